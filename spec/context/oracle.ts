import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { authoritiesOf, certificatesOf, datesChecked, expired, type Authorities } from './oracle-authorities.js';
import { openKey, type OpenedKey } from './oracle-files.js';
import {
  certificate,
  checkPlace,
  checkRefused,
  given,
  hostOf,
  invalid,
  isNumber,
  unsupported,
  type Fault,
  type Options,
} from './oracle-refusals.js';

/** The families whose dialect is spoken. */
export const families = ['manual', 'sim7600', 'a76xx', 'sim767x'] as const;
export type Family = (typeof families)[number];

/** What the client shows of itself. */
export interface ExpectedClient {
  /** DER, in order. */
  readonly certificates: readonly Buffer[];
  readonly key: KeyObject;
  /** Whether the key was encrypted, and if it is decrypted before it goes up, why. */
  readonly protection: 'none' | 'as it is' | 'opened for the family' | 'opened for its passphrase';
  /** The bytes of an encrypted key that goes up as it is. */
  readonly sealed: Buffer | undefined;
  readonly keypwd: string;
}

/** What the module is told; `undefined` where the family lacks the key, or nothing is told. */
export interface ExpectedContext {
  readonly sslversion: number;
  readonly authmode: number;
  readonly ignorelocaltime: number;
  readonly negotiatetime: number;
  readonly enableSNI: number;
  readonly ciphersuites: number | undefined;
  readonly ignorecertCN: number | undefined;
  /** DER, in order. */
  readonly authorities: readonly Buffer[] | undefined;
  /** The same, and what is to be known of them. */
  readonly trust: Authorities | undefined;
  readonly client: ExpectedClient | undefined;
}

/**
 * - `refused`: with the code of one of the faults; which of several comes first is nobody's promise.
 * - `given`: a context that the user configured, which is left as it is.
 * - `context`: one that looks so.
 */
export type Verdict =
  | { readonly type: 'refused'; readonly faults: readonly Fault[] }
  | { readonly type: 'given'; readonly index: number }
  | { readonly type: 'context'; readonly context: ExpectedContext };

/** From the oldest; SSL 3.0 is one that only modules know. */
const versions = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** F1012: 0 SSL 3.0, 1 TLS 1.0, 2 TLS 1.1, 3 TLS 1.2, 4 all of these. */
const numbersOfManual = [[0], [1], [2], [3], [0, 1, 2, 3]];
/** Field note 4: 0 TLS 1.2, 1 TLS 1.3, 2 all. */
const numbersOf767 = [[3], [4], [3, 4]];

/** F1012 and field note 4: what the families can be told. */
const can: Readonly<Record<Family, { numbers: number[][]; keypwd: boolean; suites: boolean; name: boolean }>> = {
  manual: { numbers: numbersOfManual, keypwd: true, suites: true, name: false },
  sim7600: { numbers: numbersOfManual, keypwd: true, suites: true, name: false },
  a76xx: { numbers: numbersOfManual, keypwd: false, suites: false, name: false },
  sim767x: { numbers: numbersOf767, keypwd: false, suites: true, name: true },
};

/** What a context that the user configured stands for itself. */
const settledByContext = [
  ...['ca', 'cert', 'key', 'passphrase', 'rejectUnauthorized', 'checkHostName', 'checkDates'],
  'allowPartialTrustChain',
  ...['minVersion', 'maxVersion', 'ciphers'],
];

const LONGEST_PASSWORD = 128;

/** What must come of options with the module's TLS: computed from the design alone, and pure but for the date. */
export function judge(options: Options, family: Family): Verdict {
  const faults: Fault[] = [];
  checkPlace(options, faults);
  checkRefused(options, faults);
  const context = given(options['sslContext'])
    ? checkGivenContext(options, faults)
    : expectedContext(options, family, faults);
  if (faults.length > 0 || context === undefined) return { type: 'refused', faults };
  return typeof context === 'number' ? { type: 'given', index: context } : { type: 'context', context };
}

function checkGivenContext(options: Options, faults: Fault[]): number {
  const { sslContext: index } = options;
  if (!Number.isInteger(index) || !isNumber(index, 0, 9)) faults.push(invalid('sslContext'));
  faults.push(...settledByContext.filter((name) => given(options[name])).map((name) => unsupported(name)));
  return index as number;
}

function expectedContext(options: Options, family: Family, faults: Fault[]): ExpectedContext | undefined {
  const verified = options['rejectUnauthorized'] !== false;
  const client = expectedClient(options, family, faults);
  // With one of them alone there is none, and a fault.
  const authmode = verified ? (client ? 2 : 1) : client ? 3 : 0;
  const authorities = verified ? authoritiesOf(options, faults) : undefined;
  checkName(options, { family, authmode, authorities }, faults);
  const sslversion = versionNumber(options, family, faults);
  const ciphersuites = suiteNumber(options, family, faults);
  const enableSNI = serverName(options, faults);
  if (faults.length > 0 || sslversion === undefined) return undefined;
  return {
    sslversion,
    authmode,
    ignorelocaltime: datesChecked(options) ? 0 : 1,
    negotiatetime: negotiationTime(options),
    enableSNI,
    ciphersuites,
    ignorecertCN: can[family].name ? Number(options['checkHostName'] === false) : undefined,
    authorities: authorities?.certificates.map(({ raw }) => raw),
    trust: authorities,
    client,
  };
}

/** In seconds. */
function negotiationTime({ connectTimeout }: Options): number {
  const time = (given(connectTimeout) ? (connectTimeout as number) : 150_000) / 1000;
  return [10, 30, 60].find((step) => time <= step) ?? 120;
}

function versionNumber(options: Options, family: Family, faults: Fault[]): number | undefined {
  const [oldest, newest] = [rank(options, 'minVersion', 3, faults), rank(options, 'maxVersion', 4, faults)];
  if (oldest === undefined || newest === undefined) return undefined;
  if (oldest > newest) {
    faults.push(invalid('maxVersion'));
    return undefined;
  }
  const inside = [...can[family].numbers.entries()].filter(([, all]) => all.every((v) => v >= oldest && v <= newest));
  inside.sort(([, one], [, other]) => other.length - one.length || Math.max(...other) - Math.max(...one));
  if (inside.length === 0) faults.push(unsupported('Version', family));
  return inside[0]?.[0];
}

function rank(options: Options, name: string, fallback: number, faults: Fault[]): number | undefined {
  const value = options[name];
  if (!given(value)) return fallback;
  const found = versions.indexOf(value as string);
  if (found > 0) return found;
  faults.push(invalid(name));
  return undefined;
}

function suiteNumber(options: Options, family: Family, faults: Fault[]): number | undefined {
  const { ciphers, minVersion } = options;
  const { suites } = can[family];
  if (!given(ciphers)) return suites ? 0xffff : undefined;
  if (!suites || ciphers !== 'AES128-SHA') faults.push(unsupported('ciphers', family));
  // TLS 1.3 has no such suite.
  else if (minVersion === 'TLSv1.3') faults.push(unsupported('ciphers'));
  return 0x002f;
}

/** Whether the host's name is sent. */
function serverName(options: Options, faults: Fault[]): number {
  const { servername } = options;
  const host = hostOf(options);
  const plain = (name: unknown) => (typeof name === 'string' ? name.toLowerCase().replace(/\.$/, '') : name);
  if (given(servername) && servername !== '' && plain(servername) !== plain(host)) {
    faults.push(unsupported('servername'));
    // A value that is no name at all may as well be called invalid.
    if (typeof servername !== 'string') faults.push(invalid('servername'));
  }
  return servername === '' || (typeof host === 'string' && isIPv4(host)) ? 0 : 1;
}

interface NameCheck {
  readonly family: Family;
  readonly authmode: number;
  readonly authorities: Authorities | undefined;
}

function checkName(options: Options, { family, authmode, authorities }: NameCheck, faults: Fault[]): void {
  const { checkHostName, cert, key } = options;
  for (const name of ['checkHostName', 'allowPartialTrustChain']) {
    if (given(options[name]) && typeof options[name] !== 'boolean') faults.push(invalid(name));
  }
  const checked = checkHostName === true && can[family].name && authmode === 1;
  // Half an identity is a fault of its own, of which nobody says what mode it would be.
  const doubtful = authmode === 1 && (given(cert) || given(key));
  if (checkHostName === true && (!checked || doubtful)) faults.push(unsupported('checkHostName', family));
  if (checkHostName === false || (checked && !doubtful)) return;
  const anybodys = [...(authorities?.publicRoots ?? []), ...(authorities?.partial ?? [])];
  if (anybodys.length > 0) faults.push({ code: 'ERR_MODEM_HOSTNAME_UNCHECKED', names: ['checkHostName: false'] });
}

function expectedClient(options: Options, family: Family, faults: Fault[]): ExpectedClient | undefined {
  const { cert, key } = options;
  if (!given(cert) && !given(key)) return undefined;
  if (!given(cert) || !given(key)) {
    faults.push(certificate('cert', 'key'));
    return undefined;
  }
  const certificates = certificatesOf(cert, 'cert', faults);
  const opened = keyOf(options, faults);
  const [first] = certificates ?? [];
  if (first && opened && !first.checkPrivateKey(opened.key)) faults.push(certificate('key'));
  if (first && datesChecked(options) && expired(first)) faults.push(certificate('cert'));
  if (certificates === undefined || opened === undefined) return undefined;
  const protection = protectionOf(opened, family);
  const asItIs = protection === 'as it is';
  return {
    certificates: certificates.map(({ raw }) => raw),
    key: opened.key,
    protection,
    sealed: asItIs ? opened.sealed : undefined,
    keypwd: asItIs ? opened.passphrase : '',
  };
}

function protectionOf({ sealed, passphrase }: OpenedKey, family: Family): ExpectedClient['protection'] {
  if (sealed === undefined) return 'none';
  if (!can[family].keypwd) return 'opened for the family';
  return fitsCommand(passphrase) ? 'as it is' : 'opened for its passphrase';
}

/** Whether a password can stand in a command: between quotes, in a line, and as long as F1012 takes it. */
function fitsCommand(password: string): boolean {
  return !/["\u0000-\u001f\u007f]/.test(password) && Buffer.byteLength(password) <= LONGEST_PASSWORD;
}

function keyOf(options: Options, faults: Fault[]): OpenedKey | undefined {
  const { key } = options;
  const [item, ...more] = (Array.isArray(key) ? key : [key]) as unknown[];
  const entry = Array.isArray(key) && isEntry(item) ? item : { pem: item };
  const text = typeof entry.pem === 'string' || entry.pem instanceof Uint8Array;
  const passphrase = entry.passphrase ?? options['passphrase'];
  if (more.length > 0) {
    // The module takes one (F1012).
    faults.push(unsupported('key'));
    return undefined;
  }
  const opened = text ? openKey(entry.pem, passphrase) : undefined;
  if (opened === undefined) faults.push(certificate('key'));
  // What is neither text nor bytes may as well be called invalid.
  if (!text) faults.push(invalid('key'));
  return opened;
}

function isEntry(value: unknown): value is { pem: unknown; passphrase?: unknown } {
  return typeof value === 'object' && value !== null && 'pem' in value;
}
