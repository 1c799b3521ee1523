import PQueue from 'p-queue';
import { abortError } from '../errors/index.js';
import type { ExecuteOptions, Priority } from './channel-options.js';
import type { Answer, ExchangeRequest } from './exchange.js';

/** `urgent`: before any command. */
const ranks: Readonly<Record<Priority | 'urgent', number>> = { normal: 0, control: 1, urgent: 2 };

/** An exchange that somebody waits for. */
export interface QueuedExchange {
  readonly request: ExchangeRequest;
  readonly options: ExecuteOptions;
  /** Lets whoever asked for it go. */
  settle(outcome: { answer: Promise<Answer> } | { error: Error }): void;
}

/** Exchanges and other tasks of one line, one at a time: by priority, then first come, first served. */
export class ExchangeQueue {
  readonly #tasks = new PQueue({ concurrency: 1 });
  readonly #unsettled = new Set<QueuedExchange>();

  /** Whether nothing waits for its turn. */
  get empty(): boolean {
    return this.#tasks.size === 0;
  }

  /**
   * Has `enqueue` see to the turn of an exchange, and waits until that is settled. Rejects with `ABORT_ERR`, at once, or
   * what it was settled with.
   */
  add(request: ExchangeRequest, options: ExecuteOptions, enqueue: (exchange: QueuedExchange) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const abort = () => exchange.settle({ error: abortError(signal) });
      const exchange: QueuedExchange = {
        request,
        options,
        settle: (outcome) => {
          this.#unsettled.delete(exchange);
          signal?.removeEventListener('abort', abort);
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.answer);
        },
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#unsettled.add(exchange);
      enqueue(exchange);
    });
  }

  /** Whether somebody still waits for an exchange. */
  has(exchange: QueuedExchange): boolean {
    return this.#unsettled.has(exchange);
  }

  /** Runs a task when its turn comes. */
  run<T>(task: () => Promise<T>, priority: Priority | 'urgent' = 'normal'): Promise<T> {
    return this.#tasks.add(task, { priority: ranks[priority] });
  }

  /** Fails every exchange that somebody waits for. */
  fail(error: Error): void {
    for (const exchange of [...this.#unsettled]) exchange.settle({ error });
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    await this.#tasks.onIdle();
  }
}
