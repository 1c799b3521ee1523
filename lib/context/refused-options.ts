import type { Profile } from '../cch/index.js';
import { unsupported } from './unsupported.js';

const inNode = "with tls: 'host' Node's own TLS does";

/**
 * Options of Node's TLS that would secure more than the module can, or otherwise than it does: never ignored. With each, the
 * values that ask for nothing.
 */
const refused: Readonly<Record<string, (value: unknown) => boolean>> = {
  pfx: never,
  crl: never,
  secureContext: never,
  ecdhCurve: never,
  sigalgs: never,
  checkServerIdentity: never,
  secureProtocol: never,
  secureOptions: (value) => value === 0,
  minDHSize: never,
  requestOCSP: (value) => value === false,
  pskCallback: never,
  clientCertEngine: never,
  privateKeyEngine: never,
  privateKeyIdentifier: never,
};

/** What a context that the user configured excludes. */
const configured = [
  'ca',
  'cert',
  'key',
  'passphrase',
  'ciphers',
  'allowPartialTrustChain',
  'checkHostName',
  'minVersion',
  'maxVersion',
  'checkDates',
  'rejectUnauthorized',
  ...Object.keys(refused),
];

/** Throws `ERR_MODEM_UNSUPPORTED` for an option that the module's TLS cannot honour. */
export function refuseUnsupported(options: Readonly<Record<string, unknown>>, { name: family }: Profile): void {
  for (const [option, asksNothing] of Object.entries(refused)) {
    const value = options[option];
    if (isAbsent(value) || asksNothing(value)) continue;
    const reason =
      option === 'secureProtocol'
        ? 'give minVersion and maxVersion'
        : `the TLS of modules of the family '${family}' cannot honour it; ${inNode}`;
    throw unsupported(option, option === 'pfx' ? undefined : value, reason);
  }
  const { ALPNProtocols: protocols } = options;
  if (isAbsent(protocols)) return;
  if (!protocolNames(protocols).includes('http/1.1')) {
    throw unsupported('ALPNProtocols', undefined, `modules of the family '${family}' negotiate no protocol; ${inNode}`);
  }
}

/** Throws `ERR_MODEM_UNSUPPORTED` for a TLS option beside `sslContext`. */
export function refuseBesideContext(options: Readonly<Record<string, unknown>>): void {
  const other = configured.find((option) => !isAbsent(options[option]));
  if (other === undefined) return;
  throw unsupported(other, undefined, 'a context that you configured is used as it is; leave every TLS option out');
}

/** As `tls.connect` takes them: a list of texts or bytes, or bytes in which each name stands behind its length. */
function protocolNames(protocols: unknown): string[] {
  if (Array.isArray(protocols)) return protocols.map((name) => (ArrayBuffer.isView(name) ? latin(name) : String(name)));
  if (!ArrayBuffer.isView(protocols)) return [];
  const text = latin(protocols);
  const names: string[] = [];
  for (let at = 0; at < text.length; at += 1 + text.charCodeAt(at)) {
    names.push(text.slice(at + 1, at + 1 + text.charCodeAt(at)));
  }
  return names;
}

function latin({ buffer, byteOffset, byteLength }: Pick<Uint8Array, 'buffer' | 'byteOffset' | 'byteLength'>): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function never(): boolean {
  return false;
}
