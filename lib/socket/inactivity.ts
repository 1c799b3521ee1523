import { duration } from './options.js';

/** The `timeout` of a socket: tells when nothing has happened for a while, and goes on. */
export class Inactivity {
  /** Ms; 0 is never. */
  duration = 0;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(expired: () => void) {
    this.#expired = expired;
  }

  /** Throws `ERR_INVALID_ARG_VALUE` for what is no number of ms. */
  set(value: number): void {
    this.duration = duration(value, 'timeout', 0);
    this.touch();
  }

  /** Something happened. */
  touch(): void {
    this.clear();
    if (this.duration > 0) this.#timer = setTimeout(this.#expired, this.duration);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
