import {
  commandTable,
  formatUnsolicited,
  type CommandTable,
  type Profile,
  type Unsolicited,
} from '../cch/table/index.js';
import { Clock } from './clock.js';
import { newContext, type SslContext } from './contexts.js';
import { dial, type DialOutcome, type OpenTarget } from './dial.js';
import { Log, shown } from './log.js';
import type { Faults, Settings } from './options.js';
import { Radio } from './radio.js';
import type { BrokenRule, Rule } from './rules.js';
import { Session } from './session.js';
import { FileStore } from './store.js';
import { Timers } from './timers.js';

/** How the module says something without being asked. */
export interface ModuleOutput {
  /** A line between other lines. */
  unsolicited(line: string): void;
  /** Data frames of a session in push mode, when the line has room for them. */
  push(session: Session): void;
  /** Resets the module, as `AT+CRESET` asks for. */
  reset(): void;
}

/** How the module writes its answers; set at the line. */
export interface LineState {
  echo: boolean;
  /** `ATV`: results as words. */
  verbose: boolean;
  /** `AT+CMEE`. */
  errors: 0 | 1 | 2;
}

/** Everything that the module knows and is. The behaviours ask and change it; it reads and writes no bytes. */
export class Module {
  readonly settings: Settings;
  readonly faults: Faults;
  readonly profile: Profile;
  readonly table: CommandTable;
  readonly log: Log;
  readonly clock: Clock;
  readonly radio: Radio;
  readonly store: FileStore;
  readonly sessions: readonly [Session, Session];
  readonly brokenRules: BrokenRule[] = [];
  readonly line: LineState = { echo: true, verbose: true, errors: 2 };
  /** Settings that are only kept and shown: `+IFC` → `0,0`. */
  readonly plain = new Map<string, string>();
  readonly statistics = { commands: 0, payloadIn: 0, payloadOut: 0 };
  contexts: SslContext[] = [];
  service: 'stopped' | 'running' = 'stopped';
  /** `AT+CCHSET`. */
  report = 0;
  receive = 0;
  readonly #timers = new Timers();
  readonly #output: ModuleOutput;

  constructor(settings: Settings, faults: Faults, output: ModuleOutput) {
    this.settings = settings;
    this.faults = faults;
    this.profile = settings.profile;
    this.table = commandTable(settings.profile);
    this.#output = output;
    this.log = new Log(settings.logSize, settings.log);
    this.clock = new Clock(settings.clock);
    this.store = new FileStore(settings.maxFiles, settings.storeSize);
    this.sessions = [this.#newSession(0), this.#newSession(1)];
    this.radio = new Radio({
      pin: settings.pin,
      delay: settings.registrationDelay,
      registered: settings.registrationState,
      timers: this.#timers,
      changed: (kind, state) => this.unsolicited(`+${kind}: ${state}`),
      lost: () => this.#networkLost(),
    });
    this.powerOn();
  }

  /** The state after power-on. Files survive, contexts do not (field notes 5.4, 5.13). */
  powerOn(): void {
    this.#timers.clear();
    for (const session of this.sessions) session.kill();
    this.service = 'stopped';
    this.report = 0;
    this.receive = 0;
    this.contexts = Array.from({ length: 10 }, newContext);
    this.plain.clear();
    this.resetLine();
    this.line.errors = 2;
    this.clock.reset();
    this.radio.start();
  }

  /** What `ATZ` restores. */
  resetLine(): void {
    this.line.echo = this.settings.echo;
    this.line.verbose = true;
  }

  /** The session of a number that the table has checked. */
  session(id: number): Session {
    return id === 0 ? this.sessions[0] : this.sessions[1];
  }

  unsolicited(line: string): void {
    this.#output.unsolicited(line);
  }

  /** Takes note of a rule that the host broke. */
  broke(rule: Rule, detail: string): void {
    this.brokenRules.push({ rule, detail: shown(detail), time: this.log.time });
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

  #newSession(id: number): Session {
    const { settings, faults } = this;
    return new Session(id, {
      receiveCache: settings.receiveCache,
      sendBuffer: settings.sendBuffer,
      dial: (target, signal) => this.#dial(id, target, signal),
      report: (code: Unsolicited) => this.unsolicited(formatUnsolicited(code)),
      reporting: () => ({ sends: this.report === 1, manual: this.receive === 1 }),
      push: (session) => this.#output.push(session),
      uplink: () => faults.uplink,
      dropUnsentAtClose: () => faults.dropUnsentAtClose ?? false,
      openDelay: () => faults.openDelay ?? 0,
      note: (text) => this.log.add('net', text),
    });
  }

  #dial(id: number, target: OpenTarget, signal: AbortSignal): Promise<DialOutcome> {
    const { hosts, network, connectTimeout } = this.settings;
    return dial(target, {
      hosts,
      network,
      connectTimeout,
      context: { ...(this.contexts[this.session(id).context ?? id] ?? newContext()) },
      files: this.store.files,
      now: () => this.clock.now,
      signal,
    });
  }

  /** The module stops the service of its own accord, and names no session (field note 2). */
  #networkLost(): void {
    if (this.service === 'stopped') return;
    this.service = 'stopped';
    for (const session of this.sessions) session.kill();
    this.unsolicited(formatUnsolicited({ type: 'service-stopped' }));
  }
}
