import { errorMonitor, type EventEmitter } from 'node:events';
import { codeOf } from '../errors/index.js';
import type { IdleSocket, LiveSocket } from '../socket/index.js';

/** The sockets of a modem, or of several: which live, which are idle, and what the others ended with. */
export class LiveSockets {
  readonly #live = new Set<LiveSocket>();
  /** The longest idle one first. */
  readonly #idle = new Set<IdleSocket>();
  readonly #errors = new Map<string, number>();

  /** Codes of the errors that sockets ended with, and how often. */
  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors);
  }

  /** Returns a function that ends it. */
  add(socket: LiveSocket): () => void {
    const emitter = socket as unknown as EventEmitter;
    const count = (error: unknown) => {
      const code = codeOf(error) ?? 'unknown';
      this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
    };
    this.#live.add(socket);
    // Not a listener for errors: they stay unheard where nobody listens.
    emitter.once(errorMonitor, count);
    return () => {
      this.#live.delete(socket);
      emitter.off(errorMonitor, count);
    };
  }

  /** It is idle, and may be closed for others. Returns a function that ends that. */
  addIdle(socket: IdleSocket): () => void {
    this.#idle.add(socket);
    return () => void this.#idle.delete(socket);
  }

  /** The socket that has been idle longest, which is idle no more. */
  takeIdle(): IdleSocket | undefined {
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.#idle.delete(oldest);
    return oldest;
  }

  /** Lets ended sockets finish, and destroys the others. Resolves when all are closed. */
  async closeAll(): Promise<void> {
    const all = [...this.#live].map((socket) => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      if (socket.writableEnded) socket.destroySoon();
      else socket.destroy();
      return closed;
    });
    await Promise.all(all);
  }

  destroyAll(error: () => Error): void {
    for (const socket of [...this.#live]) socket.destroy(error());
  }
}
