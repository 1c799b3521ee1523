import type { AtChannel } from '../at/index.js';
import { SslService, openQueryMisbehaves } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import { Deadline } from '../util/index.js';
import { attach, setForm, startService, type BringUp } from './bring-up.js';
import { setClock, readClock } from './clock.js';
import { codesMissing, routeCodesHere } from './code-route.js';
import { dialectOf } from './dialect.js';
import { OpenFailed } from './explain.js';
import { asker, type Identity } from './identity.js';
import type { Learned } from './learner.js';
import type { Progress, Settings } from './options.js';
import type { ResetWatch } from './reset-watch.js';
import { Sessions } from './sessions.js';
import type { SerialStream } from './serial-stream.js';
import { Pin } from './pin.js';
import { findModule } from './sync.js';
import { Troubles } from './troubles.js';
import { setWire } from './wire.js';

/** Ms without news after which the last is told again: a module may take its time for all that it is asked. */
const REPEAT_AFTER = 4000;

/** What a {@link Startup} needs of its modem. */
export interface StartupHost {
  readonly channel: AtChannel;
  readonly settings: Settings;
  /** What the modem is called: its port. */
  readonly name: string;
  /** The port, where it is a serial one. */
  readonly serial: SerialStream | undefined;
  readonly watch: ResetWatch;
  /** Aborted when the modem is closed meanwhile. */
  readonly signal: AbortSignal;
  report(this: void, step: Progress['step'], detail: string): void;
  warn(this: void, warning: ModemError): void;
  /** A server's root was learned. */
  learned(this: void, event: Learned): void;
  /** The service was made; it is the same for all later bring-ups. */
  made(this: void, service: SslService): void;
}

/** Brings the module up, again after each reset, and keeps what was learned of it. */
export class Startup {
  readonly #host: StartupHost;
  readonly #told: BringUp['told'];
  /** Warnings are told once each. */
  readonly #warned = new Set<string>();
  /** Held back while the module is brought up: before that is done nobody can listen. */
  #heldBack: ModemError[] | undefined;
  /** Only who holds an open modem can listen to it. */
  #listeners: 'none' | 'possible' = 'none';
  #repeat: Deadline | undefined;
  /** Files of the module may have been cut short by carriage returns. */
  #filesDoubtful = false;
  #identity: Identity | undefined;
  #service: SslService | undefined;
  #sessions: Sessions | undefined;

  constructor(host: StartupHost) {
    this.#host = host;
    this.#told = { pin: new Pin(host.settings.pin), accessPoint: { authentication: false, attachPending: false } };
  }

  /** Who the module says it is, once it was asked. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  get service(): SslService | undefined {
    return this.#service;
  }

  get sessions(): Sessions | undefined {
    return this.#sessions;
  }

  /** Both. Throws `ERR_MODEM_CLOSED` when the modem never came so far. */
  get opened(): { service: SslService; sessions: Sessions } {
    if (this.#service && this.#sessions) return { service: this.#service, sessions: this.#sessions };
    throw new ModemError('ERR_MODEM_CLOSED', 'The modem was never opened.');
  }

  /** From silence to sessions that can be opened; from the start again when the module restarts meanwhile. */
  async run(): Promise<void> {
    const warnings: ModemError[] = (this.#heldBack = []);
    const troubles = new Troubles(this.#host.channel);
    try {
      await this.#run(troubles);
      this.#listeners = 'possible';
    } catch (error) {
      const explained = troubles.explain(error);
      throw this.#listeners === 'none' ? new OpenFailed(explained, warnings.splice(0)) : explained;
    } finally {
      troubles.end();
      this.#repeat?.clear();
      this.#heldBack = undefined;
      for (const warning of warnings) this.#host.warn(warning);
    }
  }

  async #run(troubles: Troubles): Promise<void> {
    const { channel, settings, serial, watch, signal } = this.#host;
    const report: StartupHost['report'] = (step, detail) => this.#report(step, detail);
    // A program before this one, or an escape of ours that failed, may have left it in data mode.
    const escape = settings.mode === 'transparent';
    const bringUp: BringUp = { channel, settings, serial, signal, escape, told: this.#told, report };
    for (;;) {
      watch.disarm();
      // A module that was reset has forgotten that there is flow control.
      if (serial?.settings.rtscts) await serial.reopen({ ...serial.settings, rtscts: false });
      if (await findModule(bringUp)) this.#distrustFiles();
      try {
        await this.#setUp(bringUp);
        return;
      } catch (error) {
        if (!troubles.mayPass(error) || signal.aborted) throw error;
        const restarted = error.code === 'ERR_MODEM_RESET';
        report('sync', restarted ? 'the module has restarted' : `once more: ${error.message}`);
      }
    }
  }

  async #setUp(bringUp: BringUp): Promise<void> {
    const { channel, settings, watch } = this.#host;
    const { report } = bringUp;
    const ask = await setForm(bringUp);
    for (const warning of await setWire(bringUp, ask)) this.#warn(warning);
    if (settings.routeCodes) this.#warn(await routeCodesHere(ask));
    let registrationEnd: number;
    let echoes = 0;
    const count = () => echoes++;
    channel.on('echo', count);
    try {
      ({ identity: this.#identity, registrationEnd } = await attach(bringUp, ask));
    } finally {
      channel.off('echo', count);
    }
    watch.arm(echoes > 0);
    const { told, warning } = await setClock(ask, settings.clock);
    report('clock', told);
    this.#warn(warning);
    const service = (this.#service ??= await this.#makeService(this.#identity));
    const sessions = (this.#sessions ??= this.#makeSessions(service, this.#identity));
    if (this.#filesDoubtful) sessions.store.distrust();
    this.#filesDoubtful = false;
    sessions.address = await startService(bringUp, service, registrationEnd);
  }

  #makeSessions(service: SslService, identity: Identity): Sessions {
    const { channel, settings, signal, learned, name } = this.#host;
    const clock = () => readClock(asker(channel, signal));
    return new Sessions(service, { identity, clock, learned, name, learnedRoots: settings.learnedRoots });
  }

  async #makeService({ model, revision }: Identity): Promise<SslService> {
    const { channel, settings, made } = this.#host;
    const { profile, receive, mode } = settings;
    const service = new SslService(channel, await dialectOf(channel, profile, model), {
      openQuery: !openQueryMisbehaves(model, revision),
      receive,
      mode,
      flowControl: settings.rtscts,
    });
    service.environment.codes.missing = (reason) => this.#warn(codesMissing(reason));
    made(service);
    return service;
  }

  #distrustFiles(): void {
    this.#filesDoubtful = true;
  }

  #warn(warning: ModemError | undefined): void {
    if (warning === undefined || this.#warned.has(warning.message)) return;
    this.#warned.add(warning.message);
    if (this.#heldBack) this.#heldBack.push(warning);
    else this.#host.warn(warning);
  }

  #report(step: Progress['step'], detail: string): void {
    this.#host.report(step, detail);
    this.#repeat?.clear();
    this.#repeat = new Deadline(REPEAT_AFTER, () => this.#report(step, detail));
  }
}
