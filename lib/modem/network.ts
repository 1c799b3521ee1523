import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { pause } from '../util/index.js';
import { askOptional, valueOf, type Ask } from './identity.js';

/** What waiting for SIM and network needs. */
export interface NetworkWait {
  readonly ask: Ask;
  /** `performance.now()` at which waiting ends. */
  readonly end: number;
  readonly pin: string | undefined;
  readonly signal: AbortSignal | undefined;
  report(this: void, step: 'sim' | 'registration', detail: string): void;
}

const INTERVAL = 1000;

/** Registration states of 3GPP TS 27.007. */
const registrationTexts = [
  'not registered, not searching',
  'registered',
  'searching',
  'denied',
  'unknown',
  'registered, roaming',
] as const;

/** SIM answers that pass by themselves while a module starts (field note 5.13). */
const passing = /busy|failure|not ready|: ?(13|14|15|313)$/i;

/** Waits until the SIM is ready; gives the PIN once. Rejects with `ERR_MODEM_SIM`. */
export async function awaitSim(wait: NetworkWait): Promise<void> {
  let last = 'no answer';
  let pinGiven = false;
  while (performance.now() < wait.end && !wait.signal?.aborted) {
    last = await askSim(wait.ask);
    if (last === 'READY') return;
    if (last === 'SIM PIN' && !pinGiven) {
      pinGiven = true;
      await enterPin(wait);
    } else if (!passing.test(last) && !pinGiven) {
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

async function enterPin({ ask, pin }: NetworkWait): Promise<void> {
  if (pin === undefined) throw new ModemError('ERR_MODEM_SIM', "The SIM asks for its PIN: give the option 'pin'.");
  try {
    await ask(`AT+CPIN="${pin}"`);
  } catch (cause) {
    const message =
      'The SIM refused the PIN. It was tried once and is not tried again, since the third failure locks it.';
    throw new ModemError('ERR_MODEM_SIM', message, { cause });
  }
}

function simError(said: string): ModemError {
  const remedy = /not inserted|: ?10$/i.test(said) ? 'Is a SIM inserted, the right way up?' : 'Check the SIM.';
  return new ModemError('ERR_MODEM_SIM', `The SIM cannot be used: it says '${said}'. ${remedy}`);
}

/** What is known of the network. */
export interface Registration {
  readonly registration: string;
  readonly operator: string;
  /** 0–31, as `AT+CSQ` says; 99 when unknown. */
  readonly signal: number;
}

/** Waits until the module is registered. Rejects with `ERR_MODEM_NOT_REGISTERED` and what was seen. */
export async function awaitRegistration(wait: NetworkWait, apn: string | undefined): Promise<void> {
  const seen = new Set<string>();
  while (performance.now() < wait.end && !wait.signal?.aborted) {
    const state = await askRegistration(wait.ask);
    const text = registrationText(state);
    if (isRegistered(state)) return;
    seen.add(text);
    wait.report('registration', text);
    await pause(INTERVAL, wait.signal);
  }
  const { operator, signal } = await askNetwork(wait.ask);
  throw new ModemError(
    'ERR_MODEM_NOT_REGISTERED',
    `The module did not register with a network. States seen: ${[...seen].join(', ') || 'none'}; ` +
      `signal ${signal === 99 ? 'unknown' : `${signal} of 31`}; operator ${operator || 'none'}; ` +
      `APN ${apn ?? 'as stored'}. Check antenna, SIM contract and APN, or give a longer registrationTimeout.`,
    { transient: true },
  );
}

/** What the module knows of the network now. */
export async function askNetwork(ask: Ask): Promise<Registration> {
  const state = await askRegistration(ask);
  const [, , name = ''] = valueOf(await askOptional(ask, 'AT+COPS?')).split(',');
  const [quality = '99'] = valueOf(await askOptional(ask, 'AT+CSQ')).split(',');
  return { registration: registrationText(state), operator: name.replaceAll('"', ''), signal: Number(quality) };
}

function isRegistered(state: number): boolean {
  return state === 1 || state === 5;
}

function registrationText(state: number): string {
  return registrationTexts[state] ?? `state ${state}`;
}

/** Of LTE and packet domain, the one that is registered, or else the first that is known. */
async function askRegistration(ask: Ask): Promise<number> {
  const states: number[] = [];
  for (const command of ['AT+CEREG?', 'AT+CGREG?']) {
    const [, state] = valueOf(await askOptional(ask, command)).split(',');
    const number = Number(state ?? NaN);
    if (isRegistered(number)) return number;
    if (!Number.isNaN(number)) states.push(number);
  }
  return states.find((state) => state !== 0) ?? states[0] ?? 4;
}

/** Writes the access point name where it differs from the stored one, and attaches anew for it to act (field note 5.19). */
export async function setAccessPoint(
  ask: Ask,
  apn: { readonly name: string; readonly type: string },
): Promise<boolean> {
  const stored = await askOptional(ask, 'AT+CGDCONT?');
  const first = (stored ?? []).find((line) => /^\+CGDCONT: ?1,/i.test(line));
  const [, type, name] = (first ?? '').split(',').map((part) => part.trim().replaceAll('"', ''));
  if (name?.toLowerCase() === apn.name.toLowerCase() && type === apn.type) return false;
  await ask(`AT+CGDCONT=1,"${apn.type}","${apn.name}"`);
  await askOptional(ask, 'AT+CGATT=0');
  await askOptional(ask, 'AT+CGATT=1');
  return true;
}
