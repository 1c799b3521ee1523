import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { Deadline } from '../util/index.js';
import type { Environment } from './environment.js';
import type { Failure } from './failure.js';
import type { OpenOutcome, OpenRequest } from './open.js';
import { run } from './run.js';

/** Ms after `OK` without the result of an open until it is looked for (field note 5.16). */
const LOOK_AFTER = 15_000;

/** What an attempt asks of the id that it is made on. */
export interface AttemptHost {
  /** The command is about to be written. Throws when the id is not the attempt's any more. */
  written(): void;
  /** The module refused it. */
  refused(): void;
  /** A transparent open was answered `CONNECT`. */
  connected(): void;
  /** No result came so far: it may have gone elsewhere. */
  look(): void;
}

/** One `AT+CCHOPEN` and what is waited for behind it. */
export class OpenAttempt {
  /** What the module pushed before the result. */
  readonly early: Buffer[] = [];
  /** Bytes of that were lost. */
  spoilt: Failure | undefined;

  readonly #environment: Environment;
  readonly #session: number;
  readonly #host: AttemptHost;
  readonly #outcome: Promise<OpenOutcome>;
  readonly #deadlines: Deadline[] = [];
  #settle!: (outcome: OpenOutcome) => void;
  #written = false;
  /** Whether the outcome is known: nothing is waited for any more. */
  #over = false;

  constructor(environment: Environment, session: number, host: AttemptHost) {
    this.#environment = environment;
    this.#session = session;
    this.#host = host;
    this.#outcome = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Whether `AT+CCHOPEN` was written. */
  get written(): boolean {
    return this.#written;
  }

  /** Ends it: the first outcome counts. */
  settle(outcome: OpenOutcome): void {
    this.#settle(outcome);
  }

  /** Writes the command and waits for what becomes of it. */
  async run({ host, port, clientType, bindPort }: OpenRequest, signal: AbortSignal): Promise<OpenOutcome> {
    const { channel, table, transparent } = this.#environment;
    const giveUp = () => {
      if (this.#written) this.settle({ type: 'given-up' });
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const value = { session: this.#session, host, port, clientType, bindPort };
    const beforeWrite = () => this.#beforeWrite();
    run(channel, table.CCHOPEN.write, value, { signal, beforeWrite, connects: transparent }).then(
      () => this.#answered(),
      (error: unknown) => this.#failed(error),
    );
    try {
      return await this.#outcome;
    } finally {
      this.#over = true;
      for (const deadline of this.#deadlines) deadline.clear();
      signal.removeEventListener('abort', giveUp);
    }
  }

  #beforeWrite(): void {
    this.#host.written();
    this.#written = true;
    const time = this.#environment.table.CCHOPEN.write.maximumTime;
    const overdue: Failure = { type: 'open-overdue', session: this.#session, time };
    this.#deadlines.push(new Deadline(time, () => this.settle({ type: 'given-up', failure: overdue })));
  }

  #answered(): void {
    // The result may have come in one piece with the OK.
    if (this.#over) return;
    const { transparent, channel } = this.#environment;
    if (!transparent) {
      this.#deadlines.push(new Deadline(LOOK_AFTER, () => this.#host.look()));
    } else if (channel.dataState !== 'offline') {
      this.#host.connected();
    } else {
      // A transparent open has no other result than CONNECT.
      const cause = new ModemError('ERR_MODEM_COMMAND', 'AT+CCHOPEN was not answered CONNECT.');
      this.settle({ type: 'given-up', failure: { type: 'open-refused', session: this.#session, cause } });
    }
  }

  #failed(error: unknown): void {
    const session = this.#session;
    if (!this.#written) return this.settle({ type: 'unwritten', error: error as Error });
    if (error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND') {
      const type = error.final === 'CONNECT FAIL' ? 'connect-failed' : 'open-refused';
      this.settle({ type: 'failed', failure: { type, session, cause: error } });
      this.#host.refused();
    } else if (error instanceof ExchangeError) {
      this.settle({ type: 'given-up', failure: { type: 'open-overdue', session, time: 0, cause: error } });
    }
    // Anything else ended the channel or the service, which says so itself.
  }
}
