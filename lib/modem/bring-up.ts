import type { AtChannel } from '../at/index.js';
import type { SslService } from '../cch/index.js';
import { codeOf } from '../errors/index.js';
import { pause } from '../util/index.js';
import { asker, askOptional, identify, valueOf, type Ask, type Identity } from './identity.js';
import { setAccessPoint } from './access-point.js';
import type { Progress, Settings } from './options.js';
import { awaitRegistration } from './registration.js';
import { awaitSim, turnOn, type Pin } from './sim.js';

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
  /** What this process has told the module before, and what came of it. */
  readonly told: { readonly pin: Pin; accessPoint: boolean };
  /** Whether the module may have been left in data mode. */
  readonly escape: boolean;
  report(this: void, step: Progress['step'], detail: string): void;
}

/** Finds the module. Rejects with `ERR_MODEM_NO_ANSWER`. */
export async function synchronise({ channel, settings, signal, escape, report }: BringUp): Promise<void> {
  let reported = -Infinity;
  const attempt = () => {
    if (performance.now() - reported < REPORT_INTERVAL) return;
    reported = performance.now();
    report('sync', 'looking for the module');
  };
  await channel.synchronise({ interval: SYNC_INTERVAL, timeout: settings.bootTimeout, signal, escape, attempt });
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
  await awaitSim(wait, told.pin);
  if (settings.apn) {
    if (await setAccessPoint(ask, settings.apn, told.accessPoint)) report('registration', 'access point written');
    told.accessPoint = true;
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
