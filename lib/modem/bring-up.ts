import type { AtChannel } from '../at/index.js';
import type { SslService } from '../cch/index.js';
import { codeOf } from '../errors/index.js';
import { pause } from '../util/index.js';
import { asker, askOptional, identify, valueOf, type Ask, type Identity } from './identity.js';
import { awaitRegistration, awaitSim, setAccessPoint } from './network.js';
import type { Progress, Settings } from './options.js';

/** Ms between two `AT` while the module is silent, and between two reports of that. */
const SYNC_INTERVAL = 500;
const REPORT_INTERVAL = 5000;

/** Tries to start the service, and ms between them. */
const START_TRIES = 3;
const START_INTERVAL = 3000;

/** What bring-up works with. */
export interface BringUp {
  readonly channel: AtChannel;
  readonly settings: Settings;
  /** Aborted when the modem is closed meanwhile. */
  readonly signal: AbortSignal;
  report(this: void, step: Progress['step'], detail: string): void;
}

/** Finds the module. Rejects with `ERR_MODEM_NO_ANSWER`. */
export async function synchronise({ channel, settings, signal, report }: BringUp): Promise<void> {
  let reported = -Infinity;
  const attempt = () => {
    if (performance.now() - reported < REPORT_INTERVAL) return;
    reported = performance.now();
    report('sync', 'looking for the module');
  };
  await channel.synchronise({ interval: SYNC_INTERVAL, timeout: settings.bootTimeout, signal, attempt });
}

/** Makes the module answer in the form that this package reads. */
export async function setForm({ channel, signal }: BringUp): Promise<Ask> {
  const ask = asker(channel, signal);
  for (const command of ['ATE0', 'ATV1', 'AT+CMEE=2']) await askOptional(ask, command);
  return ask;
}

/** Learns who the module is, and waits for SIM and network. */
export async function attach(bringUp: BringUp, ask: Ask): Promise<Identity> {
  const { settings, signal, report } = bringUp;
  const identity = await identify(ask);
  report('identity', [identity.manufacturer, identity.model, identity.revision].filter(Boolean).join(' '));
  const end = performance.now() + settings.registrationTimeout;
  const wait = { ask, end, pin: settings.pin, signal, report };
  await awaitSim(wait);
  if (settings.apn && (await setAccessPoint(ask, settings.apn))) report('registration', 'access point name written');
  await awaitRegistration(wait, settings.apn?.name);
  return identity;
}

/** Starts the SSL service, as often as the time for registration allows, and returns the module's address. */
export async function startService(
  { channel, settings, signal, report }: BringUp,
  service: SslService,
): Promise<string | undefined> {
  const end = performance.now() + settings.registrationTimeout;
  for (let tries = 1; ; tries++) {
    report('service', 'starting');
    try {
      await service.start();
      break;
    } catch (error) {
      const reset = codeOf((error as Error).cause) === 'ERR_MODEM_RESET';
      if (reset) throw (error as Error).cause;
      if (tries >= START_TRIES || signal.aborted || performance.now() > end) throw error;
      await pause(START_INTERVAL, signal);
    }
  }
  const ask = asker(channel, signal);
  return (
    valueOf(await askOptional(ask, 'AT+CCHADDR'))
      .split(',')
      .at(-1)
      ?.replaceAll('"', '') || undefined
  );
}
