import { ByteQueue } from './byte-queue.js';
import { Timers } from './timers.js';

/** Longest time between two slices, in ms. */
const SLICE = 5;
/** Part of a byte that is an error of counting in ms. */
const ROUNDING = 1e-6;

/** What paces a {@link Pacer}. */
export interface PacerOptions {
  /** Bytes a second, asked for each slice; `undefined` is at once. */
  readonly rate: () => number | undefined;
  /** Takes the next bytes; `false` holds the rest back until {@link Pacer.resume}. */
  readonly deliver: (chunk: Buffer) => boolean;
  /** Most bytes in one delivery, asked for each. Default: no limit. */
  readonly slice?: () => number;
}

/**
 * A queue of bytes that are delivered no faster than a line carries them: none before its last bit would have come, and the
 * last of any number no later than a timer is late. What is pushed while bytes are delivered follows them without a gap.
 */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #queue = new ByteQueue();
  readonly #timers = new Timers();
  #state: 'idle' | 'running' | 'waiting' | 'held' = 'idle';
  /** Counts the times that the queue was cleared, so that a delivery which clears it ends the run that it is part of. */
  #epoch = 0;
  /** When the line has carried all that was delivered, in ms. */
  #freeAt = 0;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Bytes not yet delivered. */
  get length(): number {
    return this.#queue.length;
  }

  /** The next byte to be delivered. */
  get head(): number | undefined {
    return this.#queue.head;
  }

  /** Whether a delivery answered `false`, and nobody has said to go on. */
  get held(): boolean {
    return this.#state === 'held';
  }

  /** Queues bytes. `taken` runs just before the last of them is delivered. */
  push(data: Buffer, taken?: () => void): void {
    // The line has been idle; while bytes are delivered it has not.
    if (this.#queue.length === 0 && this.#state !== 'running') this.#freeAt = Math.max(this.#freeAt, performance.now());
    this.#queue.push(data, taken);
    if (this.#state === 'idle') this.#run();
  }

  /** Goes on after a delivery that answered `false`. */
  resume(): void {
    if (this.#state === 'held') this.#run();
  }

  /** Throws away what is queued. */
  clear(): void {
    this.#timers.clear();
    this.#queue.clear();
    this.#state = 'idle';
    this.#epoch++;
  }

  #run(): void {
    this.#state = 'running';
    const epoch = this.#epoch;
    while (this.#queue.length > 0) {
      const rate = this.#options.rate();
      const count = Math.min(this.#allowance(rate), this.#options.slice?.() ?? Infinity);
      if (count === 0) {
        this.#wait(Math.max(rate ?? 1, 1));
        return;
      }
      // Counted before what they are followed by is pushed.
      if (rate !== undefined) this.#freeAt += (Math.min(count, this.#queue.length) * 1000) / rate;
      const more = this.#options.deliver(this.#queue.take(count));
      if (epoch !== this.#epoch) return;
      if (!more) {
        this.#state = 'held';
        return;
      }
    }
    this.#state = 'idle';
  }

  #allowance(rate: number | undefined): number {
    if (rate === undefined) return Infinity;
    // A line that stands still saves nothing up.
    if (rate <= 0) this.#freeAt = performance.now();
    return Math.max(0, Math.floor(((performance.now() - this.#freeAt) * rate) / 1000 + ROUNDING));
  }

  #wait(rate: number): void {
    this.#state = 'waiting';
    const whole = this.#freeAt - performance.now() + (Math.min(this.#queue.length, rate) * 1000) / rate;
    this.#timers.after(Math.max(1, Math.min(SLICE, Math.ceil(whole))), () => this.#run());
  }
}
