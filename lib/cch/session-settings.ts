import type { Environment } from './environment.js';
import type { OpenRequest } from './open.js';
import { run } from './run.js';

/** Ms without progress after which the module gives a send up, unless told otherwise (F1008). */
export const DEFAULT_SEND_TIMEOUT = 150_000;

/** What is told to the module of one session id before each open: it forgets it at every close (field note 5.4). */
export class SessionSettings {
  readonly #environment: Environment;
  readonly #id: number;
  /** Whether the module's settings for the id are what it forgets them to. */
  #trusted = true;

  constructor(environment: Environment, id: number) {
    this.#environment = environment;
    this.#id = id;
  }

  /** They may be anything: all are said again before the next open. */
  distrust(): void {
    this.#trusted = false;
  }

  /** The open was written: at its end the module forgets them. */
  used(): void {
    this.#trusted = true;
  }

  /** Says what differs from the module's defaults. */
  async apply({ context, sendTimeout = DEFAULT_SEND_TIMEOUT }: OpenRequest, signal: AbortSignal): Promise<void> {
    const { channel, table } = this.#environment;
    const session = this.#id;
    const trusted = this.#trusted;
    // Until the open is written: one that comes to nothing before leaves what was said here to the next.
    this.#trusted = false;
    if (context !== undefined && (context !== session || !trusted)) {
      await run(channel, table.CCHSSLCFG.write, { session, context }, { signal });
    }
    if (sendTimeout !== DEFAULT_SEND_TIMEOUT || !trusted) {
      const value = Math.min(150, Math.max(60, Math.ceil(sendTimeout / 1000)));
      await run(channel, table.CCHCFG.write, { key: 'sendtimeout', session, value }, { signal });
    }
  }
}
