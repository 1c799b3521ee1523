import { ModemError } from '../errors/index.js';
import { pause } from '../util/index.js';
import { storedName } from './access-point.js';
import { askOptional, valueOf, type Ask } from './identity.js';
import { INTERVAL, type Wait } from './sim.js';

/** Registration states of 3GPP TS 27.007. */
const texts = ['not registered, not searching', 'registered', 'searching', 'denied', 'unknown', 'registered, roaming'];

/** What is known of the network. */
export interface Registration {
  readonly registration: string;
  readonly operator: string;
  /** 0–31, as `AT+CSQ` says; 99 when unknown. */
  readonly signal: number;
}

/** Waits until the module is registered, on LTE or for packet data. Rejects with `ERR_MODEM_NOT_REGISTERED` and what was seen. */
export async function awaitRegistration(wait: Wait): Promise<void> {
  const seen = new Set<string>();
  while (performance.now() < wait.end && !wait.signal?.aborted) {
    const state = await askRegistration(wait.ask);
    if (isRegistered(state)) return;
    const text = registrationText(state);
    seen.add(text);
    wait.report('registration', text);
    await pause(INTERVAL, wait.signal);
  }
  throw notRegistered(await askNetwork(wait.ask), [...seen], await storedName(wait.ask));
}

/** What the module knows of the network now. */
export async function askNetwork(ask: Ask): Promise<Registration> {
  const state = await askRegistration(ask);
  const [, , name = ''] = valueOf(await askOptional(ask, 'AT+COPS?')).split(',');
  const [quality = '99'] = valueOf(await askOptional(ask, 'AT+CSQ')).split(',');
  return { registration: registrationText(state), operator: name.replaceAll('"', ''), signal: Number(quality) };
}

function notRegistered({ operator, signal }: Registration, seen: readonly string[], apn: string): ModemError {
  return new ModemError(
    'ERR_MODEM_NOT_REGISTERED',
    `The module did not register with a network. States seen: ${seen.join(', ') || 'none'}; ` +
      `signal ${signal === 99 ? 'unknown' : `${signal} of 31`}; operator ${operator || 'none'}; ` +
      `APN ${apn === '' ? 'none stored' : `'${apn}'`}. Check antenna, SIM contract and APN, or give a longer registrationTimeout.`,
    { transient: true },
  );
}

function isRegistered(state: number): boolean {
  return state === 1 || state === 5;
}

function registrationText(state: number): string {
  return texts[state] ?? `state ${state}`;
}

/** Of LTE and packet domain, the one that is registered, or else the first that says anything. */
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
