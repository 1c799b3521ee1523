import { inspect, type InspectOptions } from 'node:util';
import type { SlotUse } from '../cch/index.js';
import { ModemError, SocketError, asError, invalidArgument } from '../errors/index.js';
import { pause } from '../util/index.js';
import { Dialer } from './dialer.js';
import type { Modem } from './modem.js';
import { modemSettings } from './options.js';
import { PoolMember, type MemberHost, type PoolEntry } from './pool-member.js';
import { PoolSource } from './pool-source.js';
import { sumErrors, sumStatistics } from './statistics.js';
import type { ModemState, ModemStatistics } from './types.js';

/** Ms before a modem that was given up is opened again: the first time, and at most. */
const REOPEN_DELAY = 1000;
const MAX_REOPEN_DELAY = 60_000;
/** Ms that closing gives sockets and modems. */
const CLOSE_TIMEOUT = 5000;

/** Options of {@link ModemPool.open}. */
export interface ModemPoolOptions {
  /** Ms before a modem that was given up is opened again; doubled each time that it fails. Default 1000. */
  reopenDelay?: number | undefined;
  /** Ms before that at most. Default 60 000. */
  maxReopenDelay?: number | undefined;
  /** Ends opening, and later opening again what is lost. */
  signal?: AbortSignal | undefined;
}

/** How a session is used, and of which modem it is. */
export interface PoolSessionUse extends SlotUse {
  readonly modem: string;
}

/** Events of a {@link ModemPool}. */
export interface ModemPoolEvents {
  /** A modem was opened, has another state, or is closed. One that was lost comes back as another Modem. */
  state: [modem: Modem, state: ModemState];
  /** Of one of the modems; without one, when it could not be opened or was lost, and whether it is opened again. */
  warning: [error: ModemError, modem?: Modem];
  /** No modem is left, and none will be opened again; `close` follows. */
  error: [error: Error];
  close: [];
}

/**
 * Several modems as one: a connect goes to a modem with a free session, and among those to the one whose opens went best
 * of late. One that fails is left out until it recovers, and opened again when it was lost.
 */
export class ModemPool extends Dialer<ModemPoolEvents> {
  readonly #members: readonly PoolMember[];
  readonly #source: PoolSource;
  readonly #end = new AbortController();
  readonly #unlisten: () => void;
  /** Held back until somebody can listen. */
  #heldBack: (() => void)[] | undefined = [];
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #firstReady: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  /**
   * Opens modems, each with the options of {@link Modem.open} or a function that gives them, and resolves when the first is
   * ready; the others join when they are. One that fails, or is lost later, is opened again after growing pauses, until
   * `close` or `signal` ends that; one with a `stream` is not, but with a function that gives a new stream each time.
   *
   * Rejects with `ERR_INVALID_ARG_VALUE` for options, and when no modem could be opened: with the code of the first, a
   * message that names each, and their errors in `cause`.
   */
  static async open(modems: readonly PoolEntry[], options: ModemPoolOptions = {}): Promise<ModemPool> {
    if (!Array.isArray(modems) || modems.length === 0) {
      throw invalidArgument('modems', 'it must be a list of options for Modem.open, at least one');
    }
    for (const entry of modems as readonly PoolEntry[]) if (typeof entry !== 'function') modemSettings(entry);
    const pool = new ModemPool(modems as readonly PoolEntry[], options);
    try {
      await pool.#start();
      return pool;
    } catch (error) {
      await pool.close({ timeout: 1000 });
      throw error;
    }
  }

  private constructor(modems: readonly PoolEntry[], options: ModemPoolOptions) {
    super();
    const { signal } = options;
    const host: MemberHost = {
      signal: this.#end.signal,
      reopenDelay: delay(options.reopenDelay, 'reopenDelay', REOPEN_DELAY),
      maxReopenDelay: delay(options.maxReopenDelay, 'maxReopenDelay', MAX_REOPEN_DELAY),
      state: (modem, state) => this.#stateChanged(modem, state),
      warn: (warning, modem) => this.#warned(warning, modem),
      changed: () => this.#source.changed(),
      ended: (reason) => this.#ended(reason),
    };
    this.#members = modems.map((entry, index) => new PoolMember(entry, index + 1, host));
    this.#source = new PoolSource(this.#members);
    const abort = () => this.#end.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#unlisten = () => signal?.removeEventListener('abort', abort);
  }

  /**
   * - `ready`: a modem is
   * - `recovering`: none is, but one recovers, or will be opened again; connects wait
   * - `closed`
   */
  get state(): ModemState {
    if (this.#state !== 'open') return this.#state;
    return this.#members.some(({ ready }) => ready) ? 'ready' : 'recovering';
  }

  /** The modems that are open, in the order in which they were given. */
  get modems(): Modem[] {
    return this.#members.flatMap(({ modem }) => modem ?? []);
  }

  /** How each session of the modems that are open is used, now, and whose it is: the modem's name is its port. */
  get sessions(): PoolSessionUse[] {
    return this.#members.flatMap(({ name, modem }) => modem?.sessions.map((use) => ({ modem: name, ...use })) ?? []);
  }

  /** Sums over the modems since the pool was opened, also of those that were lost. */
  get statistics(): ModemStatistics {
    const sum = sumStatistics(this.#members.map(({ statistics }) => statistics));
    return { ...sum, errors: sumErrors(sum.errors, this.#source.errors) };
  }

  /**
   * Ends: sockets that have ended finish, the others are destroyed, the modems are closed, and none is opened again. After
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
    return `ModemPool ${inspect({ state: this.state, modems: this.#source.holders().split('; ') }, options)}`;
  }

  protected get source(): PoolSource {
    return this.#source;
  }

  async #start(): Promise<void> {
    const errors: Error[] = [];
    const opening = this.#members.map((member, index) => {
      return member.start().catch((error: unknown) => {
        errors[index] = asError(error);
        throw error;
      });
    });
    // One that failed may come up in the next try, while the others are still in their first.
    const ready = new Promise<void>((resolve) => (this.#firstReady = resolve));
    try {
      await Promise.race([ready, Promise.any(opening)]);
    } catch {
      throw this.#end.signal.aborted ? aborted(this.#end.signal) : this.#noneOpened(errors);
    }
    this.#state = 'open';
    setImmediate(() => {
      const told = this.#heldBack ?? [];
      this.#heldBack = undefined;
      for (const tell of told) tell();
    });
  }

  #noneOpened(errors: readonly Error[]): ModemError {
    const [first] = errors;
    const code = first instanceof ModemError ? first.code : 'ERR_MODEM_PORT';
    const each = this.#members.flatMap((member, index) => (errors[index] ? member.named(errors[index]) : []));
    const message = `None of the modems (${errors.length}) could be opened. ${each.join(' ')}`;
    return new ModemError(code, message, { cause: new AggregateError(errors), transient: errors.some(isTransient) });
  }

  #stateChanged(modem: Modem, state: ModemState): void {
    // Its own service first takes leave of what waits there.
    queueMicrotask(() => this.#source.changed());
    if (state === 'ready') this.#firstReady();
    this.#tell(() => this.emit('state', modem, state));
  }

  #warned(warning: ModemError, modem: Modem | undefined): void {
    if (this.#state !== 'closed') this.#tell(() => this.emit('warning', warning, modem));
  }

  #ended(reason: Error | undefined): void {
    if (this.#state !== 'open' || this.#members.some(({ kept }) => kept)) return;
    void this.close({ timeout: 0 });
    const error = reason ?? new ModemError('ERR_MODEM_CLOSED', 'Every modem of the pool was closed.');
    this.#tell(() => this.emit('error', error));
  }

  async #close(timeout: number): Promise<void> {
    const limit = new AbortController();
    const late = pause(timeout, limit.signal);
    const end = performance.now() + timeout;
    this.#state = 'closed';
    this.#unlisten();
    const sockets = this.#source.closeAll();
    await Promise.race([sockets, late]);
    limit.abort();
    this.#end.abort();
    const left = Math.max(0, end - performance.now());
    await Promise.all(this.#members.map((member) => member.close(left)));
    this.#source.fail(new SocketError('ENODEV', 'The modems are closed.'));
    this.#tell(() => this.emit('close'));
  }

  #tell(tell: () => void): void {
    if (this.#heldBack) this.#heldBack.push(tell);
    else tell();
  }
}

function delay(value: unknown, name: string, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'number' && value >= 0 && value < 2 ** 31) return value;
  throw invalidArgument(name, 'it must be a number of milliseconds', value);
}

function isTransient(error: Error): boolean {
  return error instanceof ModemError && error.transient;
}

function aborted(signal: AbortSignal): ModemError {
  return new ModemError('ABORT_ERR', 'Opening the modems was aborted.', { cause: signal.reason });
}
