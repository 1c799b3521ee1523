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

/** Learns who the module is, and waits for SIM and network. */
export async function attach(bringUp: BringUp, ask: Ask): Promise<Identity> {
  const { settings, signal, report, told } = bringUp;
  const identity = await identify(ask);
  report('identity', [identity.manufacturer, identity.model, identity.revision].filter(Boolean).join(' '));
  const end = performance.now() + settings.registrationTimeout;
  const wait = { ask, end, signal, report };
  await turnOn(wait);
  told.pin.belongsTo(identity.imei);
  await awaitSim(wait, told.pin);
  if (settings.apn) {
    if (await setAccessPoint(ask, settings.apn, told.accessPoint)) report('registration', 'access point written');
  }
  await awaitRegistration(wait);
  return identity;
}

/** Starts the SSL service, as often as the time for registration allows, and returns the module's address. */
export async function startService(
  { channel, settings, signal, report }: BringUp,
  service: SslService,
): Promise<string | undefined> {
  const end = performance.now() + settings.registrationTimeout;
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

/** A module that is registered and does not get an address mostly has an access point that is not the network's. */
async function notStarted(error: Error, ask: Ask): Promise<Error> {
  if (codeOf(error.cause) !== 'ERR_MODEM_RESULT') return error;
  const apn = await storedName(ask);
  const message = `${error.message} Access point: ${apn === '' ? 'none stored' : `'${apn}'`}; is it that of the network (option apn)?`;
  return new ModemError('ERR_MODEM_SERVICE', message, { cause: error.cause, transient: true });
}
