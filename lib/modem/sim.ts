import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { pause } from '../util/index.js';
import { askOptional, valueOf, type Ask } from './identity.js';
import type { Pin } from './pin.js';

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

/** SIM answers that nothing but a hand at the board changes; all others pass while a module starts (field note 5.13). */
const lasting = /PUK|PH-|not inserted|wrong|blocked|: ?(10|12|15)$/i;
/** What a SIM says to a PIN that it does not take. */
const refused = /incorrect|PUK|: ?(12|16)$|^ERROR$/i;

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
      await enterPin(wait.ask, pin);
      given = pin.state === 'accepted';
    } else if (lasting.test(last) && !given) {
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
  if (pin.value === undefined) {
    throw new ModemError('ERR_MODEM_SIM', "The SIM asks for its PIN: give the option 'pin'.");
  }
  if (pin.state === 'refused' || pin.state === 'unknown') throw notAgain(pin.state);
  if (pin.state === 'untried') await checkTries(ask);
  const before = pin.state;
  // Until its answer is there; one that was right before is so still.
  if (before === 'untried') pin.note('unknown');
  try {
    await ask(`AT+CPIN="${pin.value}"`);
    pin.note('accepted');
  } catch (cause) {
    if (!(cause instanceof ExchangeError) || cause.final === undefined) throw cause;
    if (refused.test(cause.final)) {
      pin.note('refused');
      throw notAgain('refused', cause);
    }
    // Busy: it was not looked at.
    pin.note(before);
  }
}

/** The last try is never spent by a program: one that is started again and again would lock the SIM with it. */
async function checkTries(ask: Ask): Promise<void> {
  // Modules without this question are believed.
  if (!/^1(,|$)/.test(valueOf(await askOptional(ask, 'AT+SPIC')))) return;
  const message =
    'Wrong PINs were given to the SIM before, and one try is left, which no program spends. Give the right PIN in a phone, or ' +
    'with AT+CPIN in a terminal: that restores the tries.';
  throw new ModemError('ERR_MODEM_SIM', message);
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
  if (/PH-/i.test(said)) return 'The module takes the SIMs of one network only, or one SIM: its seller can unlock it.';
  if (/PUK|: ?12$/i.test(said)) return 'Three wrong PINs have locked it: give it its PUK in a phone.';
  return 'Check the SIM: with the power off take it out and put it in again, and see whether a phone takes it.';
}
