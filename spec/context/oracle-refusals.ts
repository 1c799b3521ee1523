import { isIPv6 } from 'node:net';
import { bytesOf } from './oracle-files.js';

/** Options of a connection, as whoever calls has them: any value may stand there. */
export type Options = Readonly<Record<string, unknown>>;

/** One thing that is wrong with options. */
export interface Fault {
  readonly code: string;
  /** What the message must name. */
  readonly names: readonly string[];
}

/** Options that would secure more than the module can. */
const refusedWhenGiven = [
  'pfx',
  'crl',
  'secureContext',
  'ecdhCurve',
  'sigalgs',
  'checkServerIdentity',
  'secureProtocol',
  'minDHSize',
  'pskCallback',
  'clientCertEngine',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'socketPath',
  'localAddress',
];

/** Whether an option was given; `null` is none. */
export function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function invalid(name: string): Fault {
  return { code: 'ERR_INVALID_ARG_VALUE', names: [name] };
}

export function unsupported(...names: string[]): Fault {
  return { code: 'ERR_MODEM_UNSUPPORTED', names };
}

export function certificate(...names: string[]): Fault {
  return { code: 'ERR_MODEM_CERTIFICATE', names };
}

/** Where to, and how long it may take. */
export function checkPlace(options: Options, faults: Fault[]): void {
  const { port, connectTimeout, sendTimeout, tls } = options;
  const host = hostOf(options);
  const bare = typeof host === 'string' ? host.replace(/^\[(.*)\]$/, '$1') : '';
  if (typeof host !== 'string' || host === '' || /["\p{Cc}]|:\/\//u.test(host) || isIPv6(bare)) {
    faults.push(invalid('host'));
  }
  if (given(tls) && tls !== 'modem') faults.push(invalid('tls'));
  if (!isNumber(Number(port), 1, 65_535)) faults.push(invalid('port'));
  const longest = 2 ** 31 - 1;
  if (given(connectTimeout) && !isNumber(connectTimeout, 1, longest)) faults.push(invalid('connectTimeout'));
  if (given(sendTimeout) && !isNumber(sendTimeout, 60_000, 150_000)) faults.push(invalid('sendTimeout'));
}

export function isNumber(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

export function hostOf({ host }: Options): unknown {
  return given(host) ? host : 'localhost';
}

/** What the module cannot do, and is not safely ignored. */
export function checkRefused(options: Options, faults: Fault[]): void {
  for (const name of refusedWhenGiven) if (given(options[name])) faults.push(unsupported(name));
  const { secureOptions, requestOCSP, ALPNProtocols: protocols } = options;
  if (given(secureOptions) && secureOptions !== 0) faults.push(unsupported('secureOptions'));
  if (requestOCSP === true) faults.push(unsupported('requestOCSP'));
  if (given(protocols) && !protocolsOf(protocols).includes('http/1.1')) faults.push(unsupported('ALPNProtocols'));
}

/** A list of texts or bytes, or all of them on end, each behind its length (as `tls.connect` takes it). */
function protocolsOf(value: unknown): string[] {
  if (Array.isArray(value))
    return value.map((entry) => (typeof entry === 'string' ? entry : bytesOf(entry).toString()));
  const bytes = bytesOf(value);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += 1 + (bytes[at] ?? 0)) {
    found.push(bytes.toString('latin1', at + 1, at + 1 + (bytes[at] ?? 0)));
  }
  return found;
}
