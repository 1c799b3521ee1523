import {
  commandTable,
  formatUnsolicited,
  type CommandTable,
  type Profile,
  type Unsolicited,
} from '../cch/table/index.js';
import { Access } from './access.js';
import { Clock } from './clock.js';
import { newContext, type SslContext } from './contexts.js';
import { dial, type DialOutcome, type OpenTarget } from './dial.js';
import { LineState } from './line-state.js';
import { Log } from './log.js';
import { Memory } from './memory.js';
import type { Faults } from './options.js';
import { Radio } from './radio.js';
import { RuleBook, type Rule } from './rules.js';
import { Session } from './session.js';
import type { Settings } from './settings.js';
import { Sim } from './sim.js';
import { FileStore } from './store.js';
import { Timers } from './timers.js';

/** How the module says something without being asked. */
export interface ModuleOutput {
  /** A line between other lines. */
  unsolicited(line: string): void;
  /** Data frames of a session in push mode, when the line has room for them. */
  push(session: Session): void;
  /** Bytes of the transparent session were cached. */
  cached(): void;
  /** The transparent session has ended, and all that was cached was handed over. */
  ended(): void;
  /** Resets the module, as `AT+CRESET` asks for. */
  reset(): void;
  /** Runs `action` once all that was said is on the line. */
  whenSaid(action: () => void): void;
}

/** The line of a boot banner that is about the SIM, and those behind it wait for it. */
const SIM_LINE = '+CPIN: READY';
/** What a SIM says that is not ready. */
const simLines = { pin: '+CPIN: SIM PIN', puk: '+CPIN: SIM PUK' } as const;

/** Everything that the module knows and is. The behaviours ask and change it; it reads and writes no bytes. */
export class Module {
  readonly settings: Settings;
  readonly faults: Faults;
  readonly profile: Profile;
  readonly table: CommandTable;
  readonly log: Log;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly sim: Sim;
  readonly access: Access;
  readonly radio: Radio;
  readonly store: FileStore;
  readonly sessions: readonly [Session, Session];
  readonly rules: RuleBook;
  readonly line: LineState;
  readonly statistics = { commands: 0, payloadIn: 0, payloadOut: 0 };
  contexts: SslContext[] = [];
  service: 'stopped' | 'running' = 'stopped';
  /** Who stopped the service: of what the module did the host may not know yet. */
  stoppedBy: 'host' | 'module' = 'host';
  /** The PDP context that the service was last started with. */
  pdpContext = 1;
  /** `AT+CCHSET`. */
  report = 0;
  receive = 0;
  /** `AT+CCHMODE`: 1 is transparent mode. */
  mode = 0;
  readonly #timers = new Timers();
  readonly #output: ModuleOutput;
  /** What of the boot banner waits for the SIM. */
  #simBanner: readonly string[] = [];
  /** The first attach of a module that has been on for a while is not news. */
  #attaches: 'unseen' | 'logged' = 'unseen';

  constructor(settings: Settings, faults: Faults, output: ModuleOutput) {
    this.settings = settings;
    this.faults = faults;
    this.profile = settings.profile;
    this.table = commandTable(settings.profile);
    this.#output = output;
    const { logSize: size, log: listener } = settings;
    this.log = new Log({ size, listener, columns: this.profile.contextColumns });
    this.rules = new RuleBook(this.log);
    this.clock = new Clock(settings.clock);
    this.store = new FileStore(settings.maxFiles, settings.storeSize);
    this.sessions = [this.#newSession(0), this.#newSession(1)];
    this.memory = new Memory(settings);
    this.line = new LineState(settings, this.memory);
    const { pin, simDelay: delay, simAnswers: answers, functionality, registration } = settings;
    this.sim = new Sim({ pin, delay, answers, timers: this.#timers });
    this.access = new Access(this.memory, settings);
    this.radio = new Radio({
      functionality,
      registration,
      timers: this.#timers,
      attach: () => this.#attach(),
      changed: (kind, state) => this.unsolicited(`+${kind}: ${state}`),
      registered: () => this.#registered(),
      lost: () => this.#networkLost(),
    });
    this.powerOn();
    if (settings.poweredOn === 'now') this.booted('long ago');
    this.#attaches = 'logged';
  }

  /** The state after power-on. Files and memory survive, contexts do not (field notes 5.4, 5.13). */
  powerOn(): void {
    this.#timers.clear();
    for (const session of this.sessions) {
      session.kill();
      session.settings.forget();
    }
    this.stopService('module');
    this.report = 0;
    this.receive = 0;
    this.mode = 0;
    this.contexts = Array.from({ length: 10 }, () => newContext(this.profile.versions));
    this.line.powerOn();
    this.clock.reset();
    this.#simBanner = [];
    this.sim.off();
    this.radio.start();
  }

  /** The module has booted, and says so unless it was long ago. */
  booted(when: 'now' | 'long ago'): void {
    const { bootBanner } = this.profile;
    const first = bootBanner.indexOf(SIM_LINE);
    if (when === 'now') this.#say(bootBanner.slice(0, first));
    if (when === 'now' || this.settings.simDelay > 0) this.#simBanner = bootBanner.slice(first + 1);
    const announced = this.#simBanner.length > 0;
    this.sim.start(() => {
      const { state } = this.sim;
      if (announced) this.#say([state === 'pin' || state === 'puk' ? simLines[state] : SIM_LINE]);
      if (state === 'ready') this.simUnlocked();
    });
  }

  /** The SIM is ready. */
  simUnlocked(): void {
    this.#say(this.#simBanner);
    this.#simBanner = [];
    this.radio.simReady();
  }

  /** Another speed, once the answer is out. */
  setSpeed(speed: number): void {
    this.#output.whenSaid(() => {
      this.line.speed = speed;
    });
  }

  /** The session of a number that the table has checked. */
  session(id: number): Session {
    return id === 0 ? this.sessions[0] : this.sessions[1];
  }

  /** The SSL context of a number that the table has checked. */
  context(index: number): SslContext {
    return (this.contexts[index] ??= newContext(this.profile.versions));
  }

  get transparent(): boolean {
    return this.mode === 1;
  }

  /** The session that `ATO` goes back to. One that the peer closed counts until all that it brought was handed over. */
  get transparentSession(): Session | undefined {
    const [session] = this.sessions;
    const lives = session.state === 'open' || (session.state === 'ended' && session.cached > 0);
    return this.transparent && lives ? session : undefined;
  }

  unsolicited(line: string): void {
    this.#output.unsolicited(line);
  }

  /** Takes note of a rule that the host broke. */
  broke(rule: Rule, command: string, circumstance?: string): void {
    this.rules.broke(rule, command, circumstance);
  }

  /** The service no longer runs. */
  stopService(by: 'host' | 'module'): void {
    if (this.service === 'running') this.stoppedBy = by;
    this.service = 'stopped';
  }

  /** Asks for a reset once the answer is out. */
  reset(): void {
    this.#output.reset();
  }

  /** Everything is given back. */
  close(): void {
    for (const session of this.sessions) session.kill();
    this.#timers.clear();
  }

  #say(lines: readonly string[]): void {
    for (const line of lines) this.unsolicited(line);
  }

  #attach(): 'welcome' | 'refused' {
    const apn = this.access.attach();
    if (this.#attaches === 'logged') this.log.add('net', `attach, access point "${apn}"`);
    const refused = !this.access.accepted && this.settings.apnRefusal === 'registration';
    return refused ? 'refused' : 'welcome';
  }

  #registered(): void {
    if (this.memory.timeUpdates === 1) this.clock.now = new Date();
  }

  #newSession(id: number): Session {
    const { settings, faults } = this;
    return new Session(id, {
      receiveCache: settings.receiveCache,
      sendBuffer: settings.sendBuffer,
      dial: (target, signal) => this.#dial(id, target, signal),
      // With nothing else reported, what a transparent session has to tell is its end.
      report: (code: Unsolicited) =>
        this.transparent ? this.#output.ended() : this.unsolicited(formatUnsolicited(code, this.profile)),
      reporting: () =>
        this.transparent ? { sends: false, manual: false } : { sends: this.report === 1, manual: this.receive === 1 },
      push: (session) => (this.transparent ? this.#output.cached() : this.#output.push(session)),
      uplink: () => faults.uplink,
      dropUnsentAtClose: () => faults.dropUnsentAtClose ?? false,
      openDelay: () => faults.openDelay ?? 0,
      note: (text) => this.log.add('net', text),
    });
  }

  #dial(id: number, target: OpenTarget, signal: AbortSignal): Promise<DialOutcome> {
    const { hosts, network, connectTimeout, ecdsa } = this.settings;
    return dial(target, {
      hosts,
      network,
      connectTimeout,
      ecdsa,
      context: { ...this.context(this.session(id).settings.context ?? id) },
      profile: this.profile,
      files: this.store.files,
      now: () => this.clock.now,
      signal,
    });
  }

  /** The module stops the service of its own accord, and names no session (field note 2). */
  #networkLost(): void {
    if (this.service === 'stopped') return;
    this.stopService('module');
    const transparent = this.transparentSession;
    for (const session of this.sessions) session.kill();
    if (transparent) this.#output.ended();
    this.unsolicited(formatUnsolicited({ type: 'service-stopped' }, this.profile));
  }
}
