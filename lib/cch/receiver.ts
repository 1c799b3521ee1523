import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { pause } from '../util/index.js';
import type { Environment } from './environment.js';
import type { Failure } from './failure.js';
import type { Inlet, Reader } from './inlet.js';
import { Intake } from './intake.js';
import { run } from './run.js';

/** One block: what a pull may bring beyond the room that the reader has, in bytes. */
const BLOCK = 2048;
/** Smallest pull in bytes that a slow line is cut into. */
const SMALLEST = 256;
/** First and last interval in ms at which a waiting reader asks of its own accord; it doubles in between. */
const POLL_FIRST = 1000;
const POLL_LAST = 15_000;
/** Interval in ms from which on a waiting reader also wonders whether the peer has closed unnoticed. */
const INQUIRE_FROM = 4000;
/** Tries of a question or a pull that the module refuses, and ms between them. */
const TRIES = 3;
const RETRY_AFTER = 150;

/**
 * Pulls the cached bytes of one session. The frames of a pull are handed over when it has ended and brought what it was
 * to bring: a byte lost in a header can make a frame look shorter than it is. Events, the end of an open and a timer are
 * *hints* to ask how much is cached; hints may be lost, doubled or late, data never is: what the module counts is what is handed over, or the session
 * fails (field notes 3.4–3.6, 5.5–5.9).
 */
export class Receiver implements Inlet {
  readonly #environment: Environment;
  readonly #id: number;
  readonly #reader: Reader;
  #running = false;
  #stopped = false;
  #ending = false;
  /** Something may be cached: ask. */
  #hinted = false;
  /** It is only the timer that says so. */
  #byTimer = false;
  /** Bytes known to be cached. */
  #cached = 0;
  /** Bytes that the next answer must at least count, since they were counted and not handed over. */
  #floor = 0;
  #refusals = 0;
  #poll = POLL_FIRST;
  #timer: NodeJS.Timeout | undefined;

  constructor(environment: Environment, id: number, reader: Reader) {
    this.#environment = environment;
    this.#id = id;
    this.#reader = reader;
  }

  /** Something may be cached. */
  hint(): void {
    this.#hinted = true;
    this.#byTimer = false;
    this.resume();
  }

  /** The answer to somebody's question. */
  notice(cached: number): void {
    if (this.#running || cached === 0) return;
    this.#cached = cached;
    this.resume();
  }

  /** The session moved: a waiting reader asks soon again. */
  activity(): void {
    this.#poll = POLL_FIRST;
    if (!this.#running) this.#arm();
  }

  /** The reader has room again. */
  resume(): void {
    if (!this.#running && !this.#stopped) void this.#run();
  }

  /** In manual receive nothing comes unasked: this is the rest of a damaged answer. */
  take(): void {
    const cause = new ModemError('ERR_MODEM_LINE', 'Data came that was not asked for.', { session: this.#id });
    this.#fail({ type: 'line', session: this.#id, cause });
  }

  /** The peer has closed: hand over what is cached, then say so. */
  finish(): void {
    this.#ending = true;
    this.hint();
  }

  /** Hands over nothing more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      while (await this.#step());
    } catch (error) {
      this.#fail({ type: 'line', session: this.#id, cause: error });
    } finally {
      this.#running = false;
    }
    // A hint that came while the last step ended.
    if (this.#hinted && this.#reader.room() > 0) this.resume();
    else this.#arm();
  }

  /** Asks or pulls once; whether there may be more to do. */
  async #step(): Promise<boolean> {
    if (this.#stopped || this.#reader.room() <= 0) return false;
    if (this.#cached > 0) return this.#pull();
    if (!this.#hinted) return false;
    this.#hinted = false;
    const cached = await this.#ask();
    if (this.#isStopped()) return false;
    if (cached === undefined) return this.#refused(undefined);
    if (cached < this.#floor) throw new ModemError('ERR_MODEM_LINE', `${this.#floor - cached} cached bytes vanished.`);
    this.#cached = cached;
    if (cached > 0 && this.#byTimer) this.#environment.codes.missed('data was found without its event');
    this.#byTimer = false;
    if (cached > 0) this.#poll = POLL_FIRST;
    else if (this.#ending && !this.#isHinted()) this.#drained();
    return cached > 0 || this.#isHinted();
  }

  async #ask(): Promise<number | undefined> {
    try {
      return (await this.#environment.cached())[this.#id];
    } catch (error) {
      if (error instanceof ExchangeError) return undefined;
      throw error;
    }
  }

  async #pull(): Promise<boolean> {
    const length = this.#plan();
    const asked = length ?? this.#cached;
    const intake = new Intake(this.#id, length);
    const { channel, table, profile } = this.#environment;
    try {
      const value = length === undefined ? { session: this.#id } : { session: this.#id, length };
      const data = intake.reader(length ?? profile.largestCache);
      const beforeWrite = () => {
        if (this.#stopped) throw new ModemError('ERR_MODEM_SESSION', 'The session is over.');
      };
      await run(channel, table.CCHRECV.write, value, { data, answerBytes: asked, beforeWrite });
    } catch (error) {
      const refused = error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND' && intake.taken === 0;
      if (!refused) throw error;
      this.#cached = 0;
      return this.#refused(error);
    }
    intake.check(asked);
    this.#refusals = 0;
    this.#poll = POLL_FIRST;
    for (const frame of intake.frames) if (!this.#isStopped()) this.#reader.deliver(frame);
    this.#cached = Math.max(0, this.#cached - intake.taken);
    this.#floor = this.#cached;
    if (this.#cached === 0) this.#hinted = true;
    return true;
  }

  /** Length of the next pull; `undefined` for all that is cached. */
  #plan(): number | undefined {
    const { baudRate, profile } = this.#environment;
    const shared = this.#environment.shared(this.#id);
    const room = this.#reader.room() + BLOCK;
    // In seconds of the line; on a shared one as much as a send, so that both directions move alike.
    const lineBytes = Math.floor((baudRate / 10) * (shared ? 0.125 : 0.5));
    const wanted = Math.min(this.#cached, room, Math.max(lineBytes, SMALLEST));
    if (wanted <= profile.explicitRead) return wanted;
    return shared || this.#cached > room ? profile.explicitRead : undefined;
  }

  /** The module would not say or hand over anything: again in a moment, three times. */
  async #refused(cause: unknown): Promise<boolean> {
    if (++this.#refusals >= TRIES) {
      this.#fail({ type: 'read-refused', session: this.#id, cause });
      return false;
    }
    this.#environment.retries++;
    await pause(RETRY_AFTER * this.#refusals);
    this.#hinted = true;
    return true;
  }

  #drained(): void {
    this.stop();
    this.#reader.drained();
  }

  #fail(failure: Failure): void {
    if (this.#stopped) return;
    this.stop();
    this.#reader.failed(failure);
  }

  // Both change while a step waits, which the compiler does not see.
  #isHinted(): boolean {
    return this.#hinted;
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#reader.room() <= 0) return;
    this.#timer = setTimeout(() => {
      this.#poll = Math.min(this.#poll * 2, POLL_LAST);
      if (this.#poll >= INQUIRE_FROM) this.#reader.idle?.();
      this.#hinted = true;
      this.#byTimer = true;
      this.resume();
    }, this.#poll);
  }
}
