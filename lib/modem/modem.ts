import { inspect, type InspectOptions } from 'node:util';
import debug from 'debug';
import { AtChannel } from '../at/index.js';
import { ModemError, SocketError, asError } from '../errors/index.js';
import type { Failure, SlotUse, SslCommands } from '../cch/index.js';
import { pause, publish } from '../util/index.js';
import type { AtCommands } from './at-commands.js';
import { makeBarriers } from './barriers.js';
import { ByHand } from './by-hand.js';
import type { ModemCertificates } from './certificates.js';
import { Dialer } from './dialer.js';
import { explainFailure, type Circumstances } from './explain.js';
import { gatherInformation } from './information.js';
import { modemSettings, type ModemOptions, type Progress, type Settings } from './options.js';
import { ResetWatch } from './reset-watch.js';
import type { Sessions } from './sessions.js';
import { Startup } from './startup.js';
import { openTransport, type Transport } from './transport.js';
import type { ModemEvents, ModemInformation, ModemState, ModemStatistics } from './types.js';

const log = debug('modem-tls:modem');

/** Ms that a module which was never set up gets to stop its service, at close. */
const CLOSE_TIMEOUT = 5000;

/** A module on a port: opens connections through its SSL service. */
export class Modem extends Dialer<ModemEvents> {
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #channel: AtChannel;
  readonly #watch: ResetWatch;
  readonly #begun = performance.now();
  readonly #end = new AbortController();
  /** An open modem keeps the process alive, whatever its port is, as a listening server does. */
  readonly #keepAlive = setInterval(() => undefined, 2 ** 30);
  readonly #startup: Startup;
  readonly #byHand: ByHand;
  #state: ModemState = 'opening';
  #resets = 0;
  #closing: Promise<void> | undefined;
  /** Why the port is gone, and the last line that nothing explains: a serial server may have said why. */
  #loss: Error | undefined;
  #lastWords: string | undefined;

  /**
   * Opens the port and brings the module up. Resolves when sessions can be opened. Rejects, with the port closed again:
   *
   * - `ERR_INVALID_ARG_VALUE`: an option; `ABORT_ERR`: the signal
   * - `EACCES`, `EBUSY`, `ECONNREFUSED`, `ENOENT`, `ERR_MODEM_PORT`, `ERR_MODEM_SERIALPORT`: the port
   * - `ERR_MODEM_NO_ANSWER`, `ERR_MODEM_TIMEOUT`, `ERR_MODEM_FLOW_CONTROL`, `ERR_MODEM_RESET`: the line, or the supply
   * - `ERR_MODEM_SIM`, `ERR_MODEM_COMMAND` (the access point was refused), `ERR_MODEM_NOT_REGISTERED`, `ERR_MODEM_SERVICE`
   */
  static async open(options: ModemOptions): Promise<Modem> {
    const settings = modemSettings(options);
    const modem = new Modem(settings, await openTransport(settings));
    const abort = () => {
      modem.#end.abort(settings.signal?.reason);
      modem.#channel.interrupt(new ModemError('ABORT_ERR', 'Opening the modem was aborted.'));
    };
    if (settings.signal?.aborted) abort();
    settings.signal?.addEventListener('abort', abort, { once: true });
    try {
      await modem.#bringUp();
      modem.#warn(modem.#transport.warning);
      return modem;
    } catch (error) {
      await modem.close({ timeout: 1000 });
      throw explainFailure(asError(error), modem.#circumstances());
    } finally {
      settings.signal?.removeEventListener('abort', abort);
    }
  }

  private constructor(settings: Settings, transport: Transport) {
    super();
    this.#settings = settings;
    this.#transport = transport;
    const barriers = makeBarriers({
      settled: () => this.#startup.service?.state === 'running',
      revision: () => this.#startup.identity?.revision ?? '',
      receive: settings.receive,
    });
    this.#channel = new AtChannel(transport.port, { ...settings, barriers });
    for (const secret of [settings.pin, settings.apn?.user, settings.apn?.password]) {
      if (secret !== undefined) this.#channel.conceal(secret);
    }
    this.#channel.on('unknown', (line) => {
      this.#lastWords = this.#channel.shown(line);
      this.emit('unsolicited', line);
    });
    this.#channel.on('dead', () => this.#recover('it answers no command any more'));
    this.#watch = new ResetWatch(this.#channel, (reason) => this.#recover(reason));
    this.#startup = new Startup({
      channel: this.#channel,
      settings,
      name: transport.name,
      serial: transport.serial,
      watch: this.#watch,
      signal: this.#end.signal,
      report: (step, detail) => this.#report(step, detail),
      warn: (warning) => this.#warn(warning),
      learned: (event) => this.emit('learned', event),
      made: (service) => service.on('stopped', () => this.emit('stopped')),
    });
    this.#byHand = new ByHand(this.#channel, this.#startup);
    transport.port.once('close', () => this.#lost(new ModemError('ERR_MODEM_PORT', `${transport.name} was closed.`)));
    transport.port.on('end', () => this.#lost(new ModemError('ERR_MODEM_PORT', `${transport.name} has ended.`)));
    transport.port.on('error', (error: Error) => this.#lost(error));
  }

  get state(): ModemState {
    return this.#state;
  }

  get statistics(): ModemStatistics {
    const { service, sessions } = this.#startup;
    return {
      ...this.#channel.statistics,
      sessionsOpened: sessions?.opened ?? 0,
      certificatesUploaded: sessions?.store.uploads ?? 0,
      retries: service?.environment.retries ?? 0,
      eventsRecovered: service?.environment.codes.recovered ?? 0,
      resets: this.#resets,
      errors: sessions?.errors ?? {},
    };
  }

  /** Asks the module who it is and how it is connected. Rejects when it does not answer. */
  info(): Promise<ModemInformation> {
    const { identity, service, sessions } = this.#startup;
    const profile = service?.environment.profile.name;
    return gatherInformation(this.#channel, { identity, profile, address: sessions?.address });
  }

  /** Own commands between the traffic of sockets. */
  get at(): AtCommands {
    return this.#byHand.at;
  }

  /** How each session of the module is used, now. Empty before the modem was first ready. */
  get sessions(): SlotUse[] {
    return this.#startup.sessions?.use ?? [];
  }

  /**
   * Keeps `count` sessions for short requests, those of agents and of connects with `short: true`, so that they need not
   * wait for a connection that lasts (MQTT, WebSocket). Others then share what is left. Returns a function that ends it.
   * Throws `ERR_INVALID_ARG_VALUE` when nothing would be left for others.
   */
  reserve(count = 1): () => void {
    return this.source.reserve(count);
  }

  /** The certificate and key files on the module. */
  get certificates(): ModemCertificates {
    return this.#byHand.certificates;
  }

  /** Every command of the manual's SSL chapter in every form; see docs/commands.md. */
  get ssl(): SslCommands {
    return this.#byHand.ssl;
  }

  /**
   * Ends: sockets that have ended finish, the others are destroyed, the service is stopped, the port closed. After
   * `timeout` ms nothing is awaited any more. Never rejects.
   */
  close({ timeout = CLOSE_TIMEOUT }: { timeout?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Shows no option: a PIN or a password may be among them. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { service, sessions } = this.#startup;
    const profile = service?.environment.profile.name;
    const shown = { state: this.#state, port: this.#transport.name, profile, sessions: sessions?.holders() };
    return `Modem ${inspect(shown, options)}`;
  }

  protected get source(): Sessions {
    return this.#startup.opened.sessions;
  }

  #setState(state: ModemState): void {
    if (this.#state === state || this.#state === 'closed') return;
    log('%s → %s', this.#state, state);
    this.#state = state;
    this.emit('state', state);
  }

  async #bringUp(): Promise<void> {
    await this.#startup.run();
    this.#setState('ready');
  }

  /** The module was reset, or fell silent: every socket fails, and it is brought up again. */
  #recover(reason: string): void {
    const error = new ModemError('ERR_MODEM_RESET', `The module was reset: ${reason}.`, { transient: true });
    if (this.#state === 'closed') return;
    const wasReady = this.#state === 'ready';
    if (wasReady) this.#setState('recovering');
    this.#startup.service?.suspend({ type: 'module-reset', reason });
    this.#startup.sessions?.reset();
    this.#channel.interrupt(error);
    // It is being brought up, and begins anew.
    if (!wasReady) return;
    this.#resets++;
    publish('reset', () => ({ modem: this.#transport.name, reason }));
    this.emit('reset', reason);
    this.#bringUp().catch((failure: unknown) => this.#giveUp(asError(failure)));
  }

  #giveUp(error: Error): void {
    if (this.#state === 'closed') return;
    const explained = explainFailure(error, this.#circumstances());
    void this.close({ timeout: 1000 });
    this.emit('error', explained);
  }

  #lost(error: Error): void {
    if (this.#state === 'closed') return;
    log('port lost: %s', error.message);
    this.#loss = error;
    this.#shutDown({ type: 'port-lost', cause: error });
    this.#closing ??= this.#transport.close().then(() => void this.emit('close'));
    this.emit('disconnect', { error });
  }

  async #close(timeout: number): Promise<void> {
    const limit = new AbortController();
    const late = pause(timeout, limit.signal).then(() => true);
    const inTime = async (work: Promise<void> | undefined) => work && Promise.race([work, late]);
    const answers = this.#state === 'ready';
    this.#setState('closed');
    this.#end.abort();
    if (answers) {
      await inTime(this.#startup.sessions?.closeAll());
      await inTime(this.#channel.idle());
      await inTime(this.#startup.service?.stop({ type: 'closed' }));
    }
    this.#shutDown({ type: 'closed' });
    await inTime(this.#transport.close());
    limit.abort();
    this.emit('close');
  }

  /** Nothing is spoken with the module from here on. */
  #shutDown(failure: Failure): void {
    this.#setState('closed');
    this.#end.abort();
    clearInterval(this.#keepAlive);
    this.#watch.stop();
    const message = failure.type === 'closed' ? 'The modem is closed.' : 'The port of the modem is gone.';
    const error = new SocketError('ENODEV', message, { cause: 'cause' in failure ? failure.cause : undefined });
    this.#startup.sessions?.destroyAll(failure);
    this.#startup.service?.close(failure, error);
    this.#channel.close(error);
  }

  /** Not before whoever opens the modem can listen. */
  #warn(warning: ModemError | undefined): void {
    if (warning) setImmediate(() => this.emit('warning', warning));
  }

  #report(step: Progress['step'], said: string): void {
    const elapsed = Math.round(performance.now() - this.#begun);
    // The module's own words, which may be an answer to something else.
    const detail = this.#channel.shown(said);
    log('%s: %s', step, detail);
    this.#settings.onProgress({ step, detail, elapsed });
  }

  #circumstances(): Circumstances {
    const { signal, baudRate } = this.#settings;
    return { signal, baudRate, port: this.#transport.name, loss: this.#loss, lastWords: this.#lastWords };
  }
}
