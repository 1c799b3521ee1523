import debug from 'debug';
import { ModemError, asError, codeOf } from '../errors/index.js';
import { pause } from '../util/index.js';
import { Modem } from './modem.js';
import type { ModemOptions } from './options.js';
import { sessionsOf } from './pool-access.js';
import { OpenRecord } from './pool-record.js';
import type { Sessions } from './sessions.js';
import { sumStatistics } from './statistics.js';
import type { ModemState, ModemStatistics } from './types.js';

const log = debug('modem-tls:pool');

/** A modem of a pool: its options, or what gives them each time that it is opened, as for a new `stream`. */
export type PoolEntry = ModemOptions | (() => ModemOptions | Promise<ModemOptions>);

/** Ms for which a modem is left out that could not open a connection: the first time, and at most. */
const LEAVE_OUT = 5000;
const LEAVE_OUT_MOST = 300_000;

/** What opening again does not mend. */
const lasting: readonly (string | undefined)[] = ['ABORT_ERR', 'ERR_INVALID_ARG_VALUE', 'ERR_MODEM_SERIALPORT'];

/** Sessions of a module, by its mode (F1003, F1010). */
const SESSIONS = { command: 2, transparent: 1 } as const;

/** What a member tells its pool, and is told by it. */
export interface MemberHost {
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Ms before a modem that was given up is opened again: the first time, and at most. */
  readonly reopenDelay: number;
  readonly maxReopenDelay: number;
  state(this: void, modem: Modem, state: ModemState): void;
  warn(this: void, warning: ModemError, modem?: Modem): void;
  /** It may be taken in again. */
  changed(this: void): void;
  /** It will not be opened again. */
  ended(this: void, reason: Error | undefined): void;
}

/** One modem of a pool, whichever {@link Modem} it is at the moment. */
export class PoolMember {
  /** What the user knows it by. */
  readonly name: string;
  readonly record = new OpenRecord();
  readonly #entry: PoolEntry;
  readonly #host: MemberHost;
  /** Whether it is open, or will be. */
  #life: 'kept' | 'ended' = 'kept';
  #modem: Modem | undefined;
  /** Of those that it was before. */
  #past = sumStatistics([]);
  #running: Promise<void> | undefined;
  /** Opens of connections in a row that failed by its fault, and what ends its being left out for them. */
  #faults = 0;
  #leftOut: NodeJS.Timeout | undefined;

  constructor(entry: PoolEntry, number: number, host: MemberHost) {
    const path = typeof entry === 'function' ? undefined : entry.path;
    this.name = path ?? `modem ${number}`;
    this.#entry = entry;
    this.#host = host;
  }

  /** Whether it is open, or will be. */
  get kept(): boolean {
    return this.#life === 'kept';
  }

  /** The modem while it is open. */
  get modem(): Modem | undefined {
    return this.#modem?.state === 'closed' ? undefined : this.#modem;
  }

  get ready(): boolean {
    return this.#modem?.state === 'ready';
  }

  /** Whether connects had better go elsewhere, since those before failed by its fault. */
  get leftOut(): boolean {
    return this.#leftOut !== undefined;
  }

  get source(): Sessions | undefined {
    return this.modem && sessionsOf(this.modem);
  }

  /** Number of sessions, also while it is not open. */
  get sessions(): number {
    if (!this.kept) return 0;
    const mode = typeof this.#entry === 'function' ? undefined : this.#entry.mode;
    return this.source?.sessions ?? SESSIONS[mode ?? 'command'];
  }

  /** Since the pool was opened. */
  get statistics(): ModemStatistics {
    return this.#modem ? sumStatistics([this.#past, this.#modem.statistics]) : this.#past;
  }

  /** Number of sessions in a state, as the modem sees it. */
  count(state: string): number {
    return this.modem?.sessions.filter((session) => session.state === state).length ?? 0;
  }

  /** Opens it, and again whenever it is lost. Resolves when it is open, and rejects when it was not opened, the first time. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#running = this.#run((error) => (error ? reject(error) : resolve()));
    });
  }

  /** A connection was opened, in so many ms. */
  succeeded(duration: number): void {
    this.record.succeeded(duration);
    this.#faults = 0;
    this.#takeIn();
  }

  /** A connection could not be opened, and it is to blame: it is left out for a while. */
  blame(): void {
    this.#takeIn();
    const time = Math.min(LEAVE_OUT * 2 ** this.#faults++, LEAVE_OUT_MOST);
    log('%s: left out for %d ms', this.name, time);
    const end = () => {
      this.#takeIn();
      this.#host.changed();
    };
    this.#leftOut = setTimeout(end, time).unref();
  }

  /** Resolves when its port is closed. The host's signal was aborted before. */
  async close(timeout: number): Promise<void> {
    this.#takeIn();
    await this.#modem?.close({ timeout });
    await this.#running;
  }

  async #run(first: (error?: Error) => void): Promise<void> {
    const { signal, reopenDelay, maxReopenDelay, warn } = this.#host;
    for (let failures = 0; ; failures++) {
      let opened = Infinity;
      const lost = await this.#live((error) => {
        if (!error) opened = performance.now();
        first(error);
      });
      if (signal.aborted || !this.#mayReturn(lost)) {
        this.#end(lost);
        return;
      }
      if (performance.now() - opened > maxReopenDelay) failures = 0;
      const delay = Math.min(reopenDelay * 2 ** failures, maxReopenDelay);
      warn(this.#told(lost, `It is opened again in ${delay} ms.`));
      await pause(delay, signal);
    }
  }

  /** From its being opened to its end: why it is gone, or `undefined` when the program has closed it. */
  async #live(first: (error?: Error) => void): Promise<Error | undefined> {
    try {
      const { closed } = await this.#open();
      first();
      return await closed;
    } catch (error) {
      first(asError(error));
      return asError(error);
    } finally {
      this.#past = this.statistics;
      this.#modem = undefined;
    }
  }

  async #open(): Promise<{ closed: Promise<Error | undefined> }> {
    const { state, warn, signal: end } = this.#host;
    const options = typeof this.#entry === 'function' ? await this.#given(this.#entry) : this.#entry;
    const signal = options.signal ? AbortSignal.any([options.signal, end]) : end;
    const modem = await Modem.open({ ...options, signal });
    log('%s: open', this.name);
    this.#modem = modem;
    this.#faults = 0;
    this.#takeIn();
    const closed = new Promise<Error | undefined>((resolve) => {
      let lost: Error | undefined;
      modem.on('error', (error) => (lost = error));
      modem.on('disconnect', ({ error }) => (lost = error));
      modem.on('close', () => resolve(lost));
    });
    modem.on('warning', (warning) => warn(warning, modem));
    modem.on('state', (now) => state(modem, now));
    state(modem, modem.state);
    return { closed };
  }

  /** Options that may be long in coming; nobody waits for them when all ends. */
  #given(give: () => ModemOptions | Promise<ModemOptions>): Promise<ModemOptions> {
    const { signal } = this.#host;
    return new Promise((resolve, reject) => {
      const abort = () => reject(new ModemError('ABORT_ERR', 'Opening was aborted.', { cause: signal.reason }));
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      const options = async () => give();
      void options()
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', abort));
    });
  }

  /** A stream that was given is gone with its modem. */
  #mayReturn(lost: Error | undefined): lost is Error {
    const stream = typeof this.#entry === 'function' ? undefined : this.#entry.stream;
    return lost !== undefined && (stream ?? undefined) === undefined && !lasting.includes(codeOf(lost));
  }

  #end(lost: Error | undefined): void {
    this.#life = 'ended';
    this.#takeIn();
    if (lost) this.#host.warn(this.#told(lost, 'It is not opened again.'));
    this.#host.ended(lost);
  }

  #told(lost: Error, what: string): ModemError {
    const code = lost instanceof ModemError ? lost.code : 'ERR_MODEM_PORT';
    return new ModemError(code, `${this.named(lost)} ${what}`, { cause: lost, transient: this.kept });
  }

  /** What an error says, and of which modem, unless it says that itself. */
  named({ message }: Error): string {
    return message.includes(this.name) ? message : `${this.name}: ${message}`;
  }

  #takeIn(): void {
    clearTimeout(this.#leftOut);
    this.#leftOut = undefined;
  }
}
