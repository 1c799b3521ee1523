import type { SslService } from '../cch/index.js';
import { ModemError, codeOf } from '../errors/index.js';
import { pause } from '../util/index.js';
import { asker, askOptional, identify, valueOf, type Ask, type Identity } from './identity.js';
import { setAccessPoint, storedName, type AccessPointTold } from './access-point.js';
import { awaitRegistration } from './registration.js';
import type { Pin } from './pin.js';
import { awaitSim, turnOn } from './sim.js';
import type { Search } from './sync.js';

/** Tries to start the service, and ms between them. */
const START_TRIES = 3;
const START_INTERVAL = 3000;
/** Ms that a start may take by itself (F1001), whatever registration has left. */
const START_TIME = 120_000;

/** What bring-up works with. */
export interface BringUp extends Search {
  /** What this process has told the module before, and what came of it. */
  readonly told: { readonly pin: Pin; readonly accessPoint: AccessPointTold };
}

/** Makes the module answer in the form that this package reads. */
export async function setForm({ channel, signal }: BringUp): Promise<Ask> {
  const ask = asker(channel, signal);
  for (const command of ['ATE0', 'ATV1', 'AT+CMEE=2']) await askOptional(ask, command);
  return ask;
}

/**
 * Learns who the module is, and waits for SIM and network. `registrationEnd`: when the time for that would have been over,
 * in ms of `performance.now()`.
 */
export async function attach(bringUp: BringUp, ask: Ask): Promise<{ identity: Identity; registrationEnd: number }> {
  const { settings, signal, report, told } = bringUp;
  const identity = await identify(ask);
  report('identity', [identity.manufacturer, identity.model, identity.revision].filter(Boolean).join(' '));
  const registrationEnd = performance.now() + settings.registrationTimeout;
  const wait = { ask, end: registrationEnd, signal, report };
  await turnOn(wait);
  told.pin.belongsTo(identity.imei);
  await awaitSim(wait, told.pin);
  if (settings.apn) {
    if (await setAccessPoint(ask, settings.apn, told.accessPoint)) report('registration', 'access point written');
  }
  await awaitRegistration(wait);
  return { identity, registrationEnd };
}

/**
 * Starts the SSL service, and returns the module's address. It is tried again in what registration has left of its time,
 * but at least in the maximum response time of one start; a try that was begun goes on to its own end.
 */
export async function startService(
  { channel, signal, report }: BringUp,
  service: SslService,
  registrationEnd: number,
): Promise<string | undefined> {
  const end = Math.max(registrationEnd, performance.now() + START_TIME);
  const ask = asker(channel, signal);
  for (let tries = 1; ; tries++) {
    report('service', 'starting');
    try {
      await service.start();
      break;
    } catch (error) {
      const reset = codeOf((error as Error).cause) === 'ERR_MODEM_RESET';
      if (reset) throw (error as Error).cause;
      if (signal.aborted) throw error;
      if (tries >= START_TRIES || performance.now() > end) throw await notStarted(error as Error, ask);
      await pause(START_INTERVAL, signal);
    }
  }
  return (
    valueOf(await askOptional(ask, 'AT+CCHADDR'))
      .split(',')
      .at(-1)
      ?.replaceAll('"', '') || undefined
  );
}

async function notStarted(error: Error, ask: Ask): Promise<Error> {
  const remedy = await startRemedy(codeOf(error.cause), ask);
  return new ModemError('ERR_MODEM_SERVICE', `${error.message} ${remedy}`, { cause: error.cause, transient: true });
}

async function startRemedy(code: string | undefined, ask: Ask): Promise<string> {
  if (code === 'ERR_MODEM_RESULT') {
    // A module that is registered and does not get an address mostly has an access point that is not the network's.
    const apn = await storedName(ask);
    return `Access point: ${apn === '' ? 'none stored' : `'${apn}'`}; is it that of the network (option apn)?`;
  }
  const restart = 'Restart it (AT+CRESET, or its power) if it stays so';
  if (code !== 'ERR_MODEM_COMMAND') return `${restart}.`;
  return `Has this module the service at all (SIM7000, SIM70xx, SIM800 and SIM900 have not)? ${restart} although it has.`;
}
