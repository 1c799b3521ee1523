import { ModemError } from '../errors/index.js';
import { askOptional, valueOf, type Ask } from './identity.js';

/** Ports that `AT+CATR` names; the numbers are those of the vendor's manuals. */
const ports = ['all ports', 'UART', 'modem port', 'AT port', 'multiplexer'];

/** Where the module writes its unsolicited codes (field note 5.16); `undefined` when it does not say. */
export async function askCodeRoute(ask: Ask): Promise<string | undefined> {
  return portOf(await askRoute(ask));
}

/** Has the module write its codes to all its ports, this one among them. A warning when it refuses. */
export async function routeCodesHere(ask: Ask): Promise<ModemError | undefined> {
  const route = await askRoute(ask);
  if (route === '0' || (await askOptional(ask, 'AT+CATR=0'))) return undefined;
  const port = portOf(route);
  const remedy =
    port === undefined
      ? 'Nor does it say where it writes them. Leave routeCodes out where opens are quick; where they take long, open ' +
        'another port of the module (npx modem-tls ports).'
      : `It writes them to one only (${port}): if that is not this one, open it instead (npx modem-tls ports), or every ` +
        'event is missing.';
  const message = `The module refuses to write its codes to all its ports (AT+CATR=0); routeCodes has no effect. ${remedy}`;
  return new ModemError('ERR_MODEM_CODES', message);
}

/** The number that `AT+CATR` has; empty when the module does not say. */
async function askRoute(ask: Ask): Promise<string> {
  return valueOf(await askOptional(ask, 'AT+CATR?')).split(',')[0] ?? '';
}

function portOf(route: string): string | undefined {
  return route === '' ? undefined : (ports[Number(route)] ?? `port ${route}`);
}

/** What is told when codes do not come. */
export function codesMissing(reason: string): ModemError {
  return new ModemError(
    'ERR_MODEM_CODES',
    `Codes of the module do not arrive: ${reason}. A module with several ports may write them to another one (AT+CATR): ` +
      'give routeCodes: true, or use the port that it writes to. modem.info() shows which it is.',
  );
}
