import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { pause } from '../util/index.js';
import { askOptional, valueOf, type Ask } from './identity.js';

/** What became of the PIN; a refused one is never given again, since the third failure locks the SIM. */
export class Pin {
  readonly value: string | undefined;
  #state: 'untried' | 'accepted' | 'refused' = 'untried';

  constructor(value: string | undefined) {
    this.value = value;
  }

  get refused(): boolean {
    return this.#state === 'refused';
  }

  /** Notes what the SIM said to it. */
  tried(accepted: boolean): void {
    this.#state = accepted ? 'accepted' : 'refused';
  }
}

/** What waiting for SIM and network needs. */
export interface Wait {
  readonly ask: Ask;
  /** `performance.now()` at which waiting ends. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
  report(this: void, step: 'sim' | 'registration', detail: string): void;
}

/** Ms between two questions, each of which is reported. */
export const INTERVAL = 1000;

/** SIM answers that pass by themselves while a module starts (field note 5.13). */
const passing = /busy|failure|not ready|: ?(13|14|15|313)$/i;

/** Turns the radio on where a program before this one left it off. */
export async function turnOn({ ask, report }: Wait): Promise<void> {
  const level = valueOf(await askOptional(ask, 'AT+CFUN?'));
  if (level !== '0' && level !== '4') return;
  report('sim', `the radio was off (AT+CFUN=${level})`);
  await askOptional(ask, 'AT+CFUN=1');
}

/** Waits until the SIM is ready; gives the PIN where it asks for it. Rejects with `ERR_MODEM_SIM`. */
export async function awaitSim(wait: Wait, pin: Pin): Promise<void> {
  let last = 'no answer';
  let given = false;
  while (performance.now() < wait.end && !wait.signal?.aborted) {
    last = await askSim(wait.ask);
    if (last === 'READY') return;
    if (last === 'SIM PIN' && !given) {
      given = true;
      await enterPin(wait.ask, pin);
    } else if (!passing.test(last) && !given) {
      throw simError(last);
    }
    wait.report('sim', last);
    await pause(INTERVAL, wait.signal);
  }
  throw simError(last);
}

async function askSim(ask: Ask): Promise<string> {
  try {
    return valueOf(await ask('AT+CPIN?')).toUpperCase();
  } catch (error) {
    if (error instanceof ExchangeError && error.final !== undefined) return error.final;
    throw error;
  }
}

async function enterPin(ask: Ask, pin: Pin): Promise<void> {
  if (pin.value === undefined)
    throw new ModemError('ERR_MODEM_SIM', "The SIM asks for its PIN: give the option 'pin'.");
  if (pin.refused) throw refusal(undefined);
  try {
    await ask(`AT+CPIN="${pin.value}"`);
    pin.tried(true);
  } catch (cause) {
    // Whatever became of it: a second try is never worth a locked SIM.
    pin.tried(false);
    throw refusal(cause);
  }
}

function refusal(cause: unknown): ModemError {
  const message =
    'The SIM refused the PIN. It was tried once and is not tried again, since the third failure locks it.';
  return new ModemError('ERR_MODEM_SIM', message, { cause });
}

function simError(said: string): ModemError {
  const remedy = /not inserted|: ?10$/i.test(said) ? 'Is a SIM inserted, the right way up?' : 'Check the SIM.';
  return new ModemError('ERR_MODEM_SIM', `The SIM cannot be used: it says '${said}'. ${remedy}`);
}
