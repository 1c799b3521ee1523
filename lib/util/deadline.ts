/** Ms behind its time from which on a timer says that the process itself stood still. */
const STALL = 100;
/** Ms in which what came meanwhile is read. */
const GRACE = 250;

/**
 * A timer that can be pushed on and brought forward, and that fires once at most. When the process stood still over it (a
 * debugger, a suspended machine, a long computation), what is waited for may have come: it has a moment to be read.
 */
export class Deadline {
  readonly #onExpire: () => void;
  #duration: number;
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Expires `duration` ms from now. */
  constructor(duration: number, onExpire: () => void) {
    this.#onExpire = onExpire;
    this.#duration = duration;
    this.extend();
  }

  /** Starts anew: the full duration from now. */
  extend(): void {
    this.clear();
    this.#due = performance.now() + this.#duration;
    this.#timer = setTimeout(() => this.#expire(), this.#duration);
  }

  /** At most `duration` ms from now, and from each later {@link extend}. */
  hasten(duration: number): void {
    if (duration >= this.#duration) return;
    this.#duration = duration;
    if (performance.now() + duration < this.#due) this.extend();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #expire(): void {
    if (performance.now() - this.#due < STALL) this.#onExpire();
    else this.#timer = setTimeout(this.#onExpire, GRACE);
  }
}
