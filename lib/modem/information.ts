import { inspect, type InspectOptions } from 'node:util';
import type { AtChannel } from '../at/index.js';
import { lastFour } from '../util/index.js';
import { parseClock } from './clock.js';
import { askCodeRoute } from './code-route.js';
import { asker, askOptional, valueOf, type Identity } from './identity.js';
import { askNetwork } from './registration.js';
import type { ModemInformation } from './types.js';

/** Asks the module how it is connected, and adds what is known of it. Rejects when it does not answer. */
export async function gatherInformation(
  channel: AtChannel,
  known: {
    identity: Identity | undefined;
    profile: ModemInformation['profile'] | undefined;
    address: string | undefined;
  },
): Promise<ModemInformation> {
  const ask = asker(channel, undefined);
  const clock = parseClock(valueOf(await askOptional(ask, 'AT+CCLK?')));
  return discreet({
    ...(known.identity ?? { manufacturer: '', model: '', revision: '', imei: '' }),
    ...(await askNetwork(ask)),
    profile: known.profile ?? 'manual',
    address: known.address,
    codes: await askCodeRoute(ask),
    clock: Number.isNaN(clock) ? undefined : new Date(clock),
  });
}

/** The same object; printed, it shows the end of its IMEI only, and is in all else what it was. */
function discreet(information: ModemInformation): ModemInformation {
  const show = (_depth: number, options: InspectOptions) =>
    inspect({ ...information, imei: lastFour(information.imei) }, options);
  return Object.defineProperty(information, inspect.custom, { value: show });
}
