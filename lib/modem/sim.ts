import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { pause } from '../util/index.js';
import { askOptional, valueOf, type Ask } from './identity.js';

/** `unknown`: it was given, and the answer was lost. */
type PinState = 'untried' | 'accepted' | 'refused' | 'unknown';

/** What became of the PIN; one that was not accepted is never given again, since the third failure locks the SIM. */
export class Pin {
  readonly value: string | undefined;
  #state: PinState = 'untried';

  constructor(value: string | undefined) {
    this.value = value;
  }

  get state(): PinState {
    return this.#state;
  }

  /** Notes what the SIM said to it. */
  tried(state: Exclude<PinState, 'untried'>): void {
    this.#state = state;
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
  if (pin.state === 'refused' || pin.state === 'unknown') throw notAgain(pin.state);
  try {
    // Until its answer is there; one that was right before is so still.
    if (pin.state === 'untried') pin.tried('unknown');
    await ask(`AT+CPIN="${pin.value}"`);
    pin.tried('accepted');
  } catch (cause) {
    if (!(cause instanceof ExchangeError) || cause.code !== 'ERR_MODEM_COMMAND') throw cause;
    pin.tried('refused');
    throw notAgain('refused', cause);
  }
}

/** Whatever became of a PIN: a second try is never worth a locked SIM. */
function notAgain(state: 'refused' | 'unknown', cause?: unknown): ModemError {
  const said = state === 'refused' ? 'The SIM refused the PIN.' : 'What the SIM said to the PIN was lost on the way.';
  const message = `${said} It was tried once and is not tried again, since the third failure locks the SIM.`;
  return new ModemError('ERR_MODEM_SIM', message, { cause });
}

function simError(said: string): ModemError {
  return new ModemError('ERR_MODEM_SIM', `The SIM cannot be used: it says '${said}'. ${remedyFor(said)}`);
}

function remedyFor(said: string): string {
  if (/not inserted|: ?10$/i.test(said)) return 'Is a SIM inserted, the right way up?';
  if (/PUK/i.test(said)) return 'Three wrong PINs have locked it: give it its PUK in a phone.';
  return 'Check the SIM.';
}
