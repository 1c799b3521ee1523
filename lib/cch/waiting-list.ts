import { ModemError } from '../errors/index.js';

interface Waiter<T> {
  serve(value: T): void;
  fail(error: Error): void;
}

/** Those who wait for one of a few things: first come, first served. */
export class WaitingList<T> {
  readonly #waiters: Waiter<T>[] = [];

  get length(): number {
    return this.#waiters.length;
  }

  /** Waits to be served. Rejects with `ABORT_ERR`, or what the list is failed with. */
  wait(signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', abort);
        const index = this.#waiters.indexOf(waiter);
        if (index >= 0) this.#waiters.splice(index, 1);
        end();
      };
      const abort = () =>
        waiter.fail(new ModemError('ABORT_ERR', 'The operation was aborted.', { cause: signal.reason }));
      const waiter: Waiter<T> = {
        serve: (value) => settle(() => resolve(value)),
        fail: (error) => settle(() => reject(error)),
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Gives to whoever has waited longest. */
  serve(value: T): void {
    this.#waiters[0]?.serve(value);
  }

  /** Fails all who wait. */
  fail(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.fail(error);
  }
}
