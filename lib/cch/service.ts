import { EventEmitter } from 'node:events';
import debug from 'debug';
import type { AtChannel } from '../at/index.js';
import { asError, codeOf } from '../errors/index.js';
import { Deadline } from '../util/index.js';
import { Environment, type ServiceOptions } from './environment.js';
import type { Failure } from './failure.js';
import { routeCodes } from './route-codes.js';
import { run, succeeds } from './run.js';
import { ServiceControl } from './service-control.js';
import type { Session } from './session.js';
import { OpenFailure, type OpenRequest } from './open.js';
import { Slot } from './slot.js';
import { SlotQueue, type SlotUse } from './slot-queue.js';
import { watchData } from './watch-data.js';
import type { Claim } from './waiting-list.js';
import { commandTable, type Profile } from './table/index.js';

const log = debug('modem-tls:cch');

/** Ms without a live session after which a connect that waits gets the service restarted. */
const RESTART_AFTER = 5000;
/** Number of sessions of a module, by its mode (F1003, F1010). */
const SESSIONS = { command: 2, transparent: 1 } as const;

/** Somebody who wants a session. */
export interface AcquireRequest extends Claim {
  readonly signal: AbortSignal;
  /** Called when it waits for an id, the first time or again. */
  waiting?(this: void): void;
  /** Called when an id is at hand, before the open; may take its time, for the SSL context and its files. */
  prepare(this: void, id: number): Promise<OpenRequest>;
}

export type ServiceState = 'stopped' | 'starting' | 'running';

interface ServiceEvents {
  /** The module stopped the service; every session is gone. */
  stopped: [];
  /** Somebody waits for a session and none is free. */
  wanted: [];
}

/**
 * The module's SSL service: its start and stop, its two session ids, and who gets them. Codes that the module sends
 * unasked are taken here and given to the id that they name.
 */
export class SslService extends EventEmitter<ServiceEvents> {
  readonly environment: Environment;

  readonly #slots: Slot[];
  readonly #queue: SlotQueue;
  readonly #control: ServiceControl;
  readonly #unlisten: readonly (() => void)[];
  #state: ServiceState = 'stopped';
  #starting: Promise<void> | undefined;
  #restart: Deadline | undefined;
  /** The module is not to be spoken to before {@link start} is called. */
  #suspended = true;
  /** Counts how often every session was lost at once. */
  #epoch = 0;
  #closed: Error | undefined;

  constructor(channel: AtChannel, profile: Profile, options: ServiceOptions) {
    super();
    this.environment = new Environment(channel, commandTable(profile), profile, options);
    this.#control = new ServiceControl(this.environment);
    const length = SESSIONS[options.mode];
    this.#slots = Array.from({ length }, (_, id) => new Slot(id, this.environment, () => this.#evaluate()));
    this.#queue = new SlotQueue(this.#slots);
    const busy = ({ state }: Slot) => state === 'opening' || state === 'open';
    this.environment.shared = (id) => this.wanted || this.#slots.some((slot) => slot.id !== id && busy(slot));
    this.environment.anyOpen = () => this.#slots.some((slot) => slot.session ?? slot.state === 'held');
    this.environment.suspended = () => this.#suspended;
    this.environment.noticed = (cached) => {
      for (const slot of this.#slots) slot.session?.notice(cached[slot.id] ?? 0);
    };
    const takers = { control: this.#control, slots: this.#slots, stopped: () => this.#stoppedUnasked() };
    this.#unlisten = [routeCodes(channel, takers), watchData(channel, this.#slots, options)];
  }

  /** Number of sessions that can be open at once. */
  get sessions(): number {
    return this.#slots.length;
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** Whether somebody waits for a session that he could have. */
  get wanted(): boolean {
    return this.#queue.wanted;
  }

  /** How many sessions are kept for short use: so many less are open for long at a time. */
  get kept(): number {
    return this.#queue.kept;
  }

  set kept(count: number) {
    this.#queue.kept = count;
    this.#evaluate();
  }

  /**
   * Whether a connection is open, opening, closing or waited for, or the service being started; sessions that are used by
   * hand do not count.
   */
  get busy(): boolean {
    return this.#queue.length > 0 || this.#isStarting() || this.#slots.some((slot) => this.isTaken(slot.id));
  }

  /** Whether an id belongs to a connection. */
  isTaken(id: number): boolean {
    return this.#queue.isTaken(id);
  }

  /** The id itself, for a session that is used by hand. */
  slot(id: number): Slot | undefined {
    return this.#slots[id];
  }

  /** Settings of an id, or of nobody knows which, were changed by hand: they are said again before its next open. */
  distrust(id: number | undefined): void {
    for (const slot of this.#slots) if (id === undefined || slot.id === id) slot.distrust();
  }

  /** It was started, stopped or set by hand: the next connection starts it anew. */
  unsettle(): void {
    this.#stoppedUnasked();
  }

  /** How each id is used. */
  get use(): SlotUse[] {
    return this.#queue.use;
  }

  /** Starts the service, ending whatever a program before this one left running. Rejects with `ERR_MODEM_SERVICE`. */
  start(): Promise<void> {
    this.#suspended = false;
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Stops the service until {@link start} is called; sessions that are still open fail with `failure`. Never rejects. */
  async stop(failure: Failure): Promise<void> {
    this.#suspended = true;
    // Before it: nothing is sent on a session that the module has given up.
    this.#lose(failure);
    await this.#control.stop();
  }

  /**
   * Opens a session as soon as an id is free. An open that was not yet written when the service stopped, or the module
   * was reset, starts over. Rejects with OpenFailure, AbortError, or why `prepare` failed.
   */
  async acquire(request: AcquireRequest): Promise<Session> {
    for (let [refused, unanswered] = [false, false]; ;) {
      request.waiting?.();
      const slot = await this.#nextSlot(request);
      const epoch = this.#epoch;
      try {
        const open = await request.prepare(slot.id);
        if (epoch === this.#epoch && !request.signal.aborted) return await slot.open(open, request.signal);
      } catch (error) {
        if (error instanceof OpenFailure) {
          if (refused || !(await this.#mayOpenAgain(error, slot.id, epoch))) throw error;
          refused = true;
          this.environment.retries++;
        } else if (epoch === this.#epoch || request.signal.aborted || this.#closed) {
          // A module that was reset a moment ago answers nothing; what was not written starts over, once.
          if (unanswered || request.signal.aborted || codeOf(error) !== 'ERR_MODEM_TIMEOUT') throw error;
          unanswered = true;
          this.environment.retries++;
        }
      } finally {
        this.#queue.settle(slot);
        this.#evaluate();
      }
    }
  }

  /** Every session is gone, with `failure`. What waits goes on waiting until {@link start} is called. */
  suspend(failure: Failure): void {
    this.#suspended = true;
    this.#state = 'stopped';
    this.#lose(failure);
    this.#evaluate();
  }

  /** Ends for good: every session with `failure`, what waits with `waiting`; no code is taken any more. */
  close(failure: Failure, waiting: Error): void {
    this.#closed = waiting;
    for (const end of this.#unlisten) end();
    this.#queue.fail(waiting);
    this.#restart?.clear();
    this.suspend(failure);
  }

  #nextSlot({ signal, priority, short }: AcquireRequest): Promise<Slot> {
    if (this.#closed) return Promise.reject(this.#closed);
    const slot = this.#queue.wait(signal, { priority, short });
    this.#evaluate();
    return slot;
  }

  /** After a bare `ERROR` to an open: whether the cause was found and mended, so that it can be tried once more. */
  async #mayOpenAgain({ failure }: OpenFailure, id: number, epoch: number): Promise<boolean> {
    if (failure.type !== 'open-refused') return false;
    const { channel, table } = this.environment;
    // It may have been reset without a word.
    channel.verify();
    try {
      if (!(await succeeds(run(channel, table.CCHADDR.execute, {})))) {
        log('the service does not run any more');
        this.#stoppedUnasked();
        return true;
      }
      // It may hold a connection on the id that nobody here knows of.
      return (await this.#slots[id]?.clear()) ?? false;
    } catch (error) {
      log('after a refused open: %s', asError(error).message);
      return epoch !== this.#epoch && !this.#closed;
    }
  }

  /** Gives free ids to those who wait; sees to it that there will be some. */
  #evaluate(): void {
    if (this.#closed) return;
    if (this.#state === 'running') this.#queue.serve();
    const waits = this.#queue.length > 0;
    // A start would end the session that somebody uses by hand, on a service that was started by hand.
    const held = this.#slots.some(({ state }) => state === 'held');
    if (waits && this.#state === 'stopped' && !this.#starting && !this.#suspended && !held) {
      void this.start().catch((error: unknown) => {
        if (this.#suspended) return;
        this.#queue.fail(asError(error));
      });
    }
    // An id that is being closed is on its way to one of them.
    const coming = this.#slots.filter(({ state }) => state === 'closing').length;
    if (this.wanted && this.#queue.length > coming && this.#state === 'running') this.emit('wanted');
    this.#considerRestart(waits && this.#state === 'running');
  }

  /** With nothing alive, resting and lost ids are not waited for: a restart frees them all. */
  #considerRestart(waits: boolean): void {
    const stuck = this.#slots.every(({ state }) => state === 'closing' || state === 'abandoned' || state === 'lost');
    if (!waits || !stuck) {
      this.#restart?.clear();
      this.#restart = undefined;
      return;
    }
    this.#restart ??= new Deadline(RESTART_AFTER, () => {
      log('no id came free: restarting the service');
      this.#restart = undefined;
      this.#state = 'stopped';
      this.#evaluate();
    });
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    this.#lose({ type: 'service-stopped' });
    try {
      await this.#control.start();
      // By then it may be suspended.
      if (this.#isStarting()) this.#state = 'running';
    } finally {
      if (this.#isStarting()) this.#state = 'stopped';
    }
    this.#evaluate();
  }

  /** Every session is gone. */
  #lose(failure: Failure): void {
    if (this.#state === 'running') this.#state = 'stopped';
    this.#epoch++;
    for (const slot of this.#slots) slot.stopped(failure);
  }

  #isStarting(): boolean {
    return this.#state === 'starting';
  }

  #stoppedUnasked(): void {
    if (this.#state !== 'running') return;
    this.#lose({ type: 'service-stopped' });
    this.emit('stopped');
    this.#evaluate();
  }
}
