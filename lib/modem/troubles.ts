import type { AtChannel } from '../at/index.js';
import { ModemError, codeOf } from '../errors/index.js';

/** What may happen to a module that was found: it has restarted, fell silent, or a byte of an answer was lost. */
const passing = ['ERR_MODEM_RESET', 'ERR_MODEM_NO_ANSWER', 'ERR_MODEM_TIMEOUT', 'ERR_MODEM_LINE'];
/** Restarts of the module, or lost answers, within one bring-up after which it is given up. */
const MOST_REPEATS = 5;

const supply =
  'Mostly the supply is too weak: a module draws peaks of 2 A while it registers and sends, which a thin USB cable, a hub, or ' +
  'the port of a small computer does not give.';

/** Counts what goes wrong while a module is brought up, and tells when that is too much. */
export class Troubles {
  readonly #begun = performance.now();
  readonly #channel: AtChannel;
  #tries = 0;
  #resets = 0;
  #last: string | undefined;
  readonly #count = (error: Error) => {
    // A channel that was given up says so first, and is no reset.
    if (codeOf(error) === 'ERR_MODEM_RESET' && this.#last !== 'ERR_MODEM_NO_ANSWER') this.#resets++;
    this.#last = codeOf(error);
  };

  constructor(channel: AtChannel) {
    this.#channel = channel;
    channel.on('interrupted', this.#count);
  }

  /** Setting the module up has failed; whether that may pass by itself, so that it is tried again. */
  mayPass(error: unknown): error is ModemError {
    this.#tries++;
    return error instanceof ModemError && passing.includes(error.code) && this.#tries <= MOST_REPEATS;
  }

  /** The error with which the module is given up, and what came before it. */
  explain(error: unknown): unknown {
    if (!(error instanceof ModemError) || !passing.includes(error.code)) return error;
    const seconds = `in ${Math.round((performance.now() - this.#begun) / 1000)} s`;
    const said = [error.message];
    if (error.code === 'ERR_MODEM_RESET') said.push(`That happened ${times(this.#resets)} ${seconds}.`);
    else if (this.#tries > 0) said.push(`It was set up ${times(this.#tries)} ${seconds}, in vain.`);
    if (error.code !== 'ERR_MODEM_RESET' && this.#resets > 0) {
      said.push(`It was reset ${times(this.#resets)}${this.#tries > 0 ? '' : ` ${seconds}`} meanwhile.`);
    }
    if (this.#resets > 0) said.push(supply);
    return said.length === 1 ? error : retold(error, said.join(' '));
  }

  /** Counts no more. */
  end(): void {
    this.#channel.off('interrupted', this.#count);
  }
}

/** The same error with more to say. */
export function retold(error: ModemError, message: string, transient = error.transient): ModemError {
  const { code, cause = error, command, session, result } = error;
  return new ModemError(code, message, { cause, command, session, result, transient });
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
