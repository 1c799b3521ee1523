import type { Environment } from './environment.js';
import type { OpenRequest } from './open.js';
import { run } from './run.js';

/** Ms without progress after which the module gives a send up, unless told otherwise (F1008). */
export const DEFAULT_SEND_TIMEOUT = 150_000;

/**
 * What is told to the module of one session id before each open. It forgets that after an open that failed and after a close
 * that was carried out (F1008, F1009; field note 5.4), and only then is it known what it goes by: its own defaults.
 */
export class SessionSettings {
  readonly #environment: Environment;
  readonly #id: number;
  /** Whether the module is known to go by its own context for the id. A program before this one may have left any. */
  #forgotten = false;
  /** Whether it may have another send timeout than its own. */
  #timeoutSet = false;

  constructor(environment: Environment, id: number) {
    this.#environment = environment;
    this.#id = id;
  }

  /** They were changed by hand: all are said before the next open. */
  distrust(): void {
    this.#forgotten = false;
    this.#timeoutSet = true;
  }

  /** The module said that an open failed, or that the id was closed. */
  forgotten(): void {
    this.#forgotten = true;
    this.#timeoutSet = false;
  }

  /** Says what differs from the module's defaults, or may. Rejects as an exchange does. */
  async apply({ context, sendTimeout = DEFAULT_SEND_TIMEOUT }: OpenRequest, signal: AbortSignal): Promise<void> {
    const { channel, table } = this.#environment;
    const session = this.#id;
    const ownContext = this.#forgotten;
    this.#forgotten = false;
    if (context !== undefined && (context !== session || !ownContext)) {
      await run(channel, table.CCHSSLCFG.write, { session, context }, { signal });
    }
    if (sendTimeout !== DEFAULT_SEND_TIMEOUT || this.#timeoutSet) {
      this.#timeoutSet = true;
      const value = Math.min(150, Math.max(60, Math.ceil(sendTimeout / 1000)));
      await run(channel, table.CCHCFG.write, { key: 'sendtimeout', session, value }, { signal });
    }
  }
}
