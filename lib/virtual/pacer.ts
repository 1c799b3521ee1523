import { ByteQueue } from './byte-queue.js';
import { Timers } from './timers.js';

/** Longest time between two slices, in ms. */
const SLICE = 5;
/** How early a byte may be delivered, in ms; timers are no finer. The rate over time stays exact. */
const SLACK = 1;

/** What paces a {@link Pacer}. */
export interface PacerOptions {
  /** Bytes a second, asked for each slice; `undefined` is at once. */
  readonly rate: () => number | undefined;
  /** Takes the next bytes; `false` holds the rest back until {@link Pacer.resume}. */
  readonly deliver: (chunk: Buffer) => boolean;
  /** Most bytes in one delivery, asked for each. Default: no limit. */
  readonly slice?: () => number;
}

/** A queue of bytes that are delivered no faster than a line carries them. */
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
    if (this.#queue.length === 0) this.#freeAt = Math.max(this.#freeAt, performance.now());
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
      const chunk = this.#queue.take(count);
      if (rate !== undefined) this.#freeAt += (chunk.length * 1000) / rate;
      const more = this.#options.deliver(chunk);
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
    return Math.max(0, Math.floor(((performance.now() + SLACK - this.#freeAt) * rate) / 1000));
  }

  #wait(rate: number): void {
    this.#state = 'waiting';
    const whole = this.#freeAt - performance.now() + (Math.min(this.#queue.length, rate) * 1000) / rate;
    this.#timers.after(Math.max(1, Math.min(SLICE, whole)), () => this.#run());
  }
}
