import { ExchangeError } from '../at/index.js';
import { pause } from '../util/index.js';
import type { Environment } from './environment.js';
import { run } from './run.js';

/** Ms after `OK` without the result of a close until the module is asked. */
const CLOSE_RESULT_TIME = 10_000;

/** Closes what lives on one session id, and takes the results of that. */
export class Closer {
  readonly #environment: Environment;
  readonly #id: number;
  #result: ((error: number) => void) | undefined;

  constructor(environment: Environment, id: number) {
    this.#environment = environment;
    this.#id = id;
  }

  /** `+CCHCLOSE: <id>,<err>`, or what stands for it. */
  take(error: number): void {
    this.#result?.(error);
  }

  /** No result is waited for any more. */
  forget(): void {
    this.#result = undefined;
  }

  /** Writes `AT+CCHCLOSE` for an open that nobody waits for; its result, whenever it comes, goes to `closed`. */
  async abandon(closed: (error: number) => void): Promise<void> {
    this.#result = closed;
    await this.#write();
  }

  /** `closed`: the module said so, or is gone itself · `refused`: `ERROR` · `silent`: no result came. */
  async close(): Promise<'closed' | 'refused' | 'silent'> {
    const result = new Promise<boolean>((resolve) => (this.#result = () => resolve(true)));
    // A transparent session ends in command mode, with CLOSED.
    const release = this.#environment.channel.holdCommandMode();
    try {
      const refused = await this.#write().then(
        () => undefined,
        (error: unknown) => (error instanceof ExchangeError ? error.code : 'gone'),
      );
      if (refused === 'gone') return 'closed';
      if (refused === 'ERR_MODEM_COMMAND') return 'refused';
      return (await settlesWithin(result, CLOSE_RESULT_TIME)) ? 'closed' : 'silent';
    } finally {
      release();
    }
  }

  async #write(): Promise<void> {
    const { channel, table } = this.#environment;
    await run(channel, table.CCHCLOSE.write, { session: this.#id }, { priority: 'control' });
  }
}

/** Whether something happens within `time` ms. */
async function settlesWithin(event: Promise<unknown>, time: number): Promise<boolean> {
  const patience = new AbortController();
  const overdue = pause(time, patience.signal).then(() => false);
  const came = await Promise.race([event.then(() => true), overdue]);
  patience.abort();
  return came;
}
