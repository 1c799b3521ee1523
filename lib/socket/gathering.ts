import type { Duplex } from 'node:stream';

/** Gathers what one tick writes, so that `GET`, ` ` and `/path` are one send, and one TLS record. */
export class Gathering {
  readonly #stream: Duplex;
  #state: 'idle' | 'gathering' = 'idle';

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Something is about to be written. */
  begin(): void {
    if (this.#state === 'gathering' || this.#stream.destroyed) return;
    this.#state = 'gathering';
    this.#stream.cork();
    process.nextTick(() => this.end());
  }

  /** What was gathered is handed on; what the user has corked is not. */
  end(): void {
    if (this.#state === 'idle') return;
    this.#state = 'idle';
    this.#stream.uncork();
  }
}
