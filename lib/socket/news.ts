import { ModemError } from '../errors/index.js';
import { publish, type ConnectionMessage } from '../util/index.js';

/** What is published of one connection on the channels of `node:diagnostics_channel`; see `Messages`. */
export class News {
  readonly #where: () => ConnectionMessage;
  readonly #begun = performance.now();
  #stood: number | undefined;

  /** From `connect()` on. */
  constructor(where: () => ConnectionMessage) {
    this.#where = where;
  }

  /** The connection stands. */
  stands(): void {
    const stood = (this.#stood = performance.now());
    publish('open', () => ({ ...this.#where(), duration: stood - this.#begun }));
  }

  sent(bytes: number): void {
    publish('send', () => ({ ...this.#where(), bytes }));
  }

  received(bytes: number): void {
    publish('receive', () => ({ ...this.#where(), bytes }));
  }

  /** The socket is destroyed. */
  ends(total: { bytesRead: number; bytesWritten: number }, error: Error | undefined): void {
    const stood = this.#stood;
    if (stood === undefined) {
      const given = () => error ?? new ModemError('ABORT_ERR', 'The socket was destroyed before it was connected.');
      publish('open', () => ({ ...this.#where(), duration: performance.now() - this.#begun, error: given() }));
    } else {
      publish('close', () => ({ ...this.#where(), duration: performance.now() - stood, ...total, error }));
    }
  }
}
