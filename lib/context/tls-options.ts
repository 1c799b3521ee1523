import { isIPv4 } from 'node:net';
import { ModemError, invalidArgument } from '../errors/index.js';
import type { ContextKey, Profile, TlsVersion } from '../cch/index.js';
import {
  authorityFile,
  isPublicRoot,
  parseCertificates,
  type CertificateFile,
  type CertificateInput,
} from './certificates.js';

/** Options of `connect` that concern the module's TLS; named and meant as in `tls.connect` where that has them. */
export interface ModuleTlsOptions {
  /** Certificate authorities that the server's chain must end in: PEM or DER, one or several. */
  ca?: CertificateInput | undefined;
  /** Whether a server that cannot be verified is refused. Default true. */
  rejectUnauthorized?: boolean | undefined;
  /** Must be `false` to use a public root: the module checks no host name, so anyone's certificate under it passes. */
  checkHostName?: boolean | undefined;
  /** Oldest TLS version. Default `'TLSv1.2'`. */
  minVersion?: string | undefined;
  /** Newest TLS version. Default: none. */
  maxVersion?: string | undefined;
  /** Name sent to the server: `host` or, for no name, `''`. Default: `host` when it is a name. */
  servername?: string | undefined;
  /** Whether certificate dates are checked, against the module's clock. Default true. */
  checkDates?: boolean | undefined;
  /** Use this SSL context, 0–9, as it was configured by hand. Then no other TLS option. */
  sslContext?: number | undefined;
}

/** What a connection asks of an SSL context: its settings by key, and the file that one of them names. */
export interface ContextRequest {
  readonly type: 'settings';
  readonly settings: ReadonlyMap<ContextKey, number | string>;
  readonly files: readonly CertificateFile[];
  /** Whether the module verifies the server's chain. */
  readonly verifies: boolean;
}

/** A context that the user configured. */
export interface GivenContext {
  readonly type: 'given';
  readonly index: number;
}

/** Options of TLS that the module cannot honour and that would secure more than it can: never ignored. */
const refused = [
  'cert',
  'key',
  'passphrase',
  'pfx',
  'crl',
  'secureContext',
  'ecdhCurve',
  'sigalgs',
  'checkServerIdentity',
  'ciphers',
] as const;

const versions: readonly TlsVersion[] = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** `negotiatetime` in s is one of these, so that equal options share a context. */
const negotiationTimes = [10, 30, 60, 120, 300] as const;

/**
 * What the TLS options of a connection mean for the module. Throws `ERR_MODEM_CA_REQUIRED`,
 * `ERR_MODEM_HOSTNAME_UNCHECKED`, `ERR_MODEM_UNSUPPORTED`, `ERR_MODEM_CERTIFICATE` or `ERR_INVALID_ARG_VALUE`, before
 * anything is opened. Nothing falls back to less security than was asked for.
 */
export function contextRequest(
  options: ModuleTlsOptions & Readonly<Record<string, unknown>>,
  connection: { host: string; connectTimeout: number; profile: Profile },
): ContextRequest | GivenContext {
  const given = givenContext(options);
  if (given) return given;
  refuseUnsupported(options);
  const verifies = options.rejectUnauthorized !== false;
  const file = verifies ? authority(options, connection.host) : undefined;
  const settings = new Map<ContextKey, number | string>([
    ['sslversion', sslVersion(options, connection.profile)],
    ['authmode', verifies ? 1 : 0],
    ['ignorelocaltime', options.checkDates === false ? 1 : 0],
    ['negotiatetime', negotiationTime(connection.connectTimeout)],
    ['enableSNI', sendsName(options, connection.host) ? 1 : 0],
  ]);
  if (file) settings.set('cacert', file.name);
  // All of them: a program before this one may have left the context with a single one.
  if (connection.profile.contextKeys.includes('ciphersuites')) settings.set('ciphersuites', 0xffff);
  // Where the module can check the name, it does unless told otherwise (field note 5.10); never left to its default.
  if (connection.profile.checksName) settings.set('ignorecertCN', options.checkHostName === false ? 1 : 0);
  return { type: 'settings', settings, files: file ? [file] : [], verifies };
}

function givenContext(options: ModuleTlsOptions & Readonly<Record<string, unknown>>): GivenContext | undefined {
  const { sslContext } = options;
  if (sslContext === undefined || (sslContext as unknown) === null) return undefined;
  if (!Number.isInteger(sslContext) || sslContext < 0 || sslContext > 9) {
    throw invalidArgument('sslContext', 'it must be a whole number from 0 to 9', sslContext);
  }
  const others = ['ca', 'checkHostName', 'minVersion', 'maxVersion', 'checkDates', 'rejectUnauthorized', ...refused];
  const other = others.find((key) => options[key] !== undefined && options[key] !== null);
  if (other) throw unsupported(other, 'a context that you configured is used as it is; leave every TLS option out');
  return { type: 'given', index: sslContext };
}

function refuseUnsupported(options: Readonly<Record<string, unknown>>): void {
  const found = refused.find((key) => options[key] !== undefined && options[key] !== null);
  if (found) throw unsupported(found, "the module's TLS cannot honour it; with tls: 'host' Node's own TLS does");
  const { checkHostName, ALPNProtocols: protocols } = options;
  if (checkHostName !== undefined && checkHostName !== null && checkHostName !== false) {
    throw unsupported('checkHostName', "the module checks no host names; with tls: 'host' Node's own TLS does");
  }
  if (protocols === undefined || protocols === null) return;
  if (!Array.isArray(protocols) || !protocols.includes('http/1.1')) {
    throw unsupported('ALPNProtocols', "the module negotiates no protocol; with tls: 'host' Node's own TLS does");
  }
}

function authority(options: ModuleTlsOptions, host: string): CertificateFile {
  const { ca } = options;
  if (ca === undefined || (ca as unknown) === null || (Array.isArray(ca) && ca.length === 0)) {
    throw new ModemError(
      'ERR_MODEM_CA_REQUIRED',
      `The module has no certificate authorities of its own, so it cannot verify ${host}. ` +
        "Add one of: tls: 'host' (TLS in Node, its authorities, names checked) · " +
        "ca: readFileSync('ca.pem') (the module verifies the chain) · " +
        'rejectUnauthorized: false (verifies nothing).',
    );
  }
  const certificates = parseCertificates(ca, 'ca');
  if (options.checkHostName !== false && certificates.some(isPublicRoot)) {
    throw new ModemError(
      'ERR_MODEM_HOSTNAME_UNCHECKED',
      `The module checks no host names, and 'ca' is a public root: anyone with any certificate under it could pass ` +
        `for ${host}. Add one of: tls: 'host' (TLS in Node, names checked) · ` +
        'checkHostName: false (accept that risk).',
    );
  }
  return authorityFile(certificates);
}

/** The `sslversion` whose versions all lie between the oldest and the newest asked for (F1012; field note 4). */
function sslVersion(options: ModuleTlsOptions, profile: Profile): number {
  const min = versionIndex(options.minVersion ?? 'TLSv1.2', 'minVersion');
  const max = versionIndex(options.maxVersion ?? 'TLSv1.3', 'maxVersion');
  if (min > max) throw invalidArgument('minVersion', `it is newer than maxVersion`, options.minVersion);
  const sets = profile.versions.map(([oldest, newest], number) => ({
    number,
    oldest: versions.indexOf(oldest),
    newest: versions.indexOf(newest),
  }));
  const [best] = sets
    .filter(({ oldest, newest }) => oldest >= min && newest <= max)
    .sort((a, b) => b.newest - b.oldest - (a.newest - a.oldest) || b.newest - a.newest);
  if (best) return best.number;
  const range = min === max ? versions[min] : `${versions[min] ?? ''} to ${versions[max] ?? ''}`;
  throw unsupported(
    'minVersion',
    `modules of the family '${profile.name}' cannot be held to ${range ?? ''}; tls: 'host' can`,
  );
}

function versionIndex(version: string, option: string): number {
  const index = versions.findIndex((known) => known === version);
  if (index < 0) throw invalidArgument(option, `it must be one of ${versions.slice(1).join(', ')}`, version);
  return index;
}

function negotiationTime(connectTimeout: number): number {
  const seconds = Math.ceil(connectTimeout / 1000);
  return negotiationTimes.find((time) => time >= seconds) ?? 300;
}

function sendsName(options: ModuleTlsOptions, host: string): boolean {
  const { servername } = options as { servername?: unknown };
  if (servername === '') return false;
  if (servername === undefined || servername === null) return !isIPv4(host);
  if (typeof servername !== 'string') throw invalidArgument('servername', 'it must be a string', servername);
  if (plainName(servername) !== plainName(host)) {
    const remedy = "connect to the name, or use tls: 'host'";
    throw unsupported('servername', `the module sends the host it connects to, which is '${host}'; ${remedy}`);
  }
  return !isIPv4(host);
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function unsupported(option: string, reason: string): ModemError {
  return new ModemError('ERR_MODEM_UNSUPPORTED', `The option '${option}' is not supported: ${reason}.`);
}
