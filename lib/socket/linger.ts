/** The time in which a peer may still answer and close behind our end, anew from each byte that it sends. */
export class Linger {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(expired: () => void) {
    this.#expired = expired;
  }

  touch(duration: number): void {
    this.stop();
    this.#timer = setTimeout(this.#expired, duration);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
