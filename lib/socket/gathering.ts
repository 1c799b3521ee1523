import type { Duplex } from 'node:stream';

/** Gathers what one tick writes, so that `GET`, ` ` and `/path` are one send, and one TLS record. */
export class Gathering {
  readonly #stream: Duplex;
  #active = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Whether what was written is kept back until the end of this tick. */
  get active(): boolean {
    return this.#active;
  }

  /** Something is about to be written. */
  begin(): void {
    if (this.#active || this.#stream.destroyed) return;
    this.#active = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#active = false;
      this.#stream.uncork();
    });
  }
}
