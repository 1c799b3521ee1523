/** A timer that can be pushed on and brought forward, and that fires once at most. */
export class Deadline {
  readonly #onExpire: () => void;
  #duration: number;
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
    this.#timer = setTimeout(this.#onExpire, this.#duration);
  }

  /** At most `duration` ms from now, and from each later {@link extend}. */
  hasten(duration: number): void {
    if (duration >= this.#duration) return;
    this.#duration = duration;
    this.extend();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
