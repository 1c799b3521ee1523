import debug from 'debug';
import { ExchangeError } from '../at/index.js';
import { pause } from '../util/index.js';
import type { Environment } from './environment.js';
import { run } from './run.js';

const log = debug('modem-tls:cch');

/** Ms after `OK` without the result of a close until the module is asked. */
const CLOSE_RESULT_TIME = 10_000;
/** Ms that an id rests after a close on firmware that cannot be asked (field note 5.2). */
const REST_TIME = 2000;

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

  /**
   * Closes until the connection is known to be gone: the module said so, refused, which means that, too (field note 5.7), or
   * shows the id as empty. Ends early when it is `over` otherwise.
   */
  async closeUntilConfirmed(over: () => boolean): Promise<void> {
    while (!(await this.#closeOnce()) && !over()) log('session %d: still open, closing again', this.#id);
    if (!over() && !this.#environment.openQuery) await pause(REST_TIME);
  }

  async #closeOnce(): Promise<boolean> {
    if ((await this.close()) !== 'silent') return true;
    return !this.#environment.openQuery || !(await this.#environment.isOpen(this.#id));
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
