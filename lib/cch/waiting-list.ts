import { abortError } from '../errors/index.js';

/** What is known of somebody who waits. */
export interface Claim {
  /** Higher ones go first. Default 0. */
  readonly priority?: number | undefined;
  /** Whether it is for a short time, so that it may have what is kept for such. */
  readonly short?: boolean | undefined;
}

/** Somebody who waits. */
export interface Waiter<T> {
  readonly claim: Claim;
  serve(value: T): void;
  fail(error: Error): void;
}

/** Those who wait for one of a few things: by priority, then first come, first served. */
export class WaitingList<T> {
  readonly #waiters: Waiter<T>[] = [];

  get length(): number {
    return this.#waiters.length;
  }

  /** Waits to be served. Rejects with `ABORT_ERR`, or what the list is failed with. */
  wait(signal: AbortSignal, claim: Claim = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', abort);
        const index = this.#waiters.indexOf(waiter);
        if (index >= 0) this.#waiters.splice(index, 1);
        end();
      };
      const abort = () => waiter.fail(abortError(signal));
      const waiter: Waiter<T> = {
        claim,
        serve: (value) => settle(() => resolve(value)),
        fail: (error) => settle(() => reject(error)),
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#insert(waiter);
    });
  }

  /** Who is to be served next, of those that may be. */
  next(mayHave: (claim: Claim) => boolean): Waiter<T> | undefined {
    return this.#waiters.find(({ claim }) => mayHave(claim));
  }

  /** Fails all who wait. */
  fail(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.fail(error);
  }

  #insert(waiter: Waiter<T>): void {
    const rank = ({ claim }: Waiter<T>) => claim.priority ?? 0;
    const behind = this.#waiters.findIndex((other) => rank(other) < rank(waiter));
    this.#waiters.splice(behind < 0 ? this.#waiters.length : behind, 0, waiter);
  }
}
