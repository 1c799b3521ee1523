import { duration } from './options.js';

/** The `timeout` of a socket: tells when nothing has happened for a while, and goes on. */
export class Inactivity {
  /** Ms; 0 is never, undefined if nobody said. */
  duration: number | undefined;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

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
    clearTimeout(this.#timer);
    if (this.duration && !this.#stopped) this.#timer = setTimeout(this.#expired, this.duration);
  }

  /** Tells again. */
  start(): void {
    this.#stopped = false;
    this.touch();
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
