import debug from 'debug';
import { ExchangeError } from '../at/index.js';
import { ModemError, asError } from '../errors/index.js';
import type { Environment } from './environment.js';
import { ResultBox } from './result-box.js';
import { run, succeeds } from './run.js';

const log = debug('modem-tls:cch');

/** Ms in which `+CCHSTART: <err>` may follow an `ERROR` to a start (field note 4). */
const ABSORB_TIME = 2000;
/** Ms after `OK` without the result of a start until it is looked for (field note 5.16). */
const LOOK_AFTER = 15_000;
/** Ms after `OK` in which the result of a stop is due; the manual gives it no time of its own. */
const STOP_RESULT_TIME = 10_000;

/** Starts and stops the service on the module; the results of both come apart from their `OK`, before or after it. */
export class ServiceControl {
  readonly #environment: Environment;
  readonly #started = new ResultBox();
  readonly #stopped = new ResultBox();

  constructor(environment: Environment) {
    this.#environment = environment;
    environment.channel.on('interrupted', (error) => {
      this.#started.fail(error);
      this.#stopped.fail(error);
    });
  }

  /** `+CCHSTART: <err>` */
  takeStartResult(error: number): void {
    this.#started.put(error);
  }

  /** `+CCHSTOP: <err>`; whether it was asked for. */
  takeStopResult(error: number): boolean {
    return this.#stopped.put(error);
  }

  /**
   * Stops what runs, which ends sessions that a program before this one left open, and starts anew. Rejects with
   * `ERR_MODEM_SERVICE`.
   */
  async start(): Promise<void> {
    const { channel, table, receive, transparent } = this.#environment;
    try {
      await this.stop();
      await run(channel, table.CCHSET.write, { report: 1, receive: receive === 'auto' ? 0 : 1 });
      await run(channel, table.CCHMODE.write, { mode: transparent ? 1 : 0 });
      await this.#start();
    } catch (error) {
      const message = `The SSL service of the module does not start: ${asError(error).message}`;
      throw new ModemError('ERR_MODEM_SERVICE', message, { cause: error, transient: true });
    }
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    const { channel, table } = this.#environment;
    this.#stopped.clear();
    try {
      await run(channel, table.CCHSTOP.execute, {}, { priority: 'control' });
      await this.#stopped.wait(STOP_RESULT_TIME);
    } catch (error) {
      // `ERROR`: it was not running (field note 5.1).
      log('stop: %s', asError(error).message);
    }
  }

  async #start(): Promise<void> {
    const { channel, table } = this.#environment;
    const form = table.CCHSTART.execute;
    this.#started.clear();
    try {
      await run(channel, form, {});
    } catch (error) {
      const refused = error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND';
      // Waited for in any case, so that it is not taken for the result of the next start.
      const late = refused ? await this.#started.wait(ABSORB_TIME) : undefined;
      if (late === undefined || late === 0) throw error;
      throw startError(late);
    }
    const result = (await this.#started.wait(LOOK_AFTER)) ?? (await this.#lookForStart(form.maximumTime - LOOK_AFTER));
    if (result !== 0) throw startError(result);
  }

  /** The result may have gone to another port of the module; where the service runs, it tells its address. */
  async #lookForStart(time: number): Promise<number | undefined> {
    const { channel, table, codes } = this.#environment;
    if (await succeeds(run(channel, table.CCHADDR.execute, {}))) {
      codes.tell('the result of AT+CCHSTART did not come');
      return 0;
    }
    return this.#started.wait(time);
  }
}

function startError(number: number | undefined): ModemError {
  const lost = 'no result came; a module with several ports may write it to another one (give routeCodes: true)';
  const said = number === undefined ? lost : `result ${number}`;
  return new ModemError('ERR_MODEM_RESULT', `AT+CCHSTART: ${said}.`, { command: 'AT+CCHSTART' });
}
