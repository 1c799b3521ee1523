import type { X509Certificate } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { ModemError, invalidArgument } from '../errors/index.js';
import type { ContextKey, ModuleTls, Profile, TlsVersion } from '../cch/index.js';
import {
  certificateFile,
  findRootless,
  hasExpired,
  isPublicRoot,
  parseCertificates,
  type CertificateFile,
  type CertificateInput,
} from './certificates.js';
import { clientIdentity, type ClientIdentity, type ClientIdentityOptions } from './client-identity.js';
import { refuseBesideContext, refuseUnsupported } from './refused-options.js';
import { versionSet, type VersionOptions } from './tls-versions.js';
import { unsupported } from './unsupported.js';

/** Options of `connect` that concern the module's TLS; named and meant as in `tls.connect` where that has them. */
export interface ModuleTlsOptions extends VersionOptions, ClientIdentityOptions {
  /** Certificate authorities that the server's chain must end in: PEM or DER, one or several. */
  ca?: CertificateInput | null | undefined;
  /** Whether an authority without the root above it is enough, as in Node 22.9 and later. Default false. */
  allowPartialTrustChain?: boolean | undefined;
  /** Whether a server that cannot be verified is refused. Default true. */
  rejectUnauthorized?: boolean | undefined;
  /**
   * `false` to use a public root where the module checks no host name: anyone's certificate under it passes. `true` only
   * where it does check.
   */
  checkHostName?: boolean | undefined;
  /** All, or exactly `'AES128-SHA'`. */
  ciphers?: string | null | undefined;
  /** Name sent to the server: `host` or, for no name, `''`. Default: `host` when it is a name. */
  servername?: string | undefined;
  /** Whether certificate dates are checked, against the module's clock. Default true. */
  checkDates?: boolean | undefined;
  /** Use this SSL context, 0–9, as it was configured by hand. Then no other TLS option. */
  sslContext?: number | undefined;
}

/** What a connection asks of an SSL context: its settings by key, and the files that they name. */
export interface ContextRequest {
  readonly type: 'settings';
  readonly settings: ReadonlyMap<ContextKey, number | string>;
  readonly files: readonly CertificateFile[];
  readonly tls: ModuleTls;
}

/** A context that the user configured. */
export interface GivenContext {
  readonly type: 'given';
  readonly index: number;
}

/** Where the connection goes, and through what. */
export interface ContextTarget {
  readonly host: string;
  /** Ms. */
  readonly connectTimeout: number;
  readonly profile: Profile;
}

/** `ca: 'learn'`: the root is learned of the server itself, over TLS on the host. */
export const LEARN = 'learn';

/** `ciphersuites`: every one, and the one that has a number of its own (F1012). */
const ALL_SUITES = 0xffff;
const OLD_SUITE = 0x002f;
const OLD_SUITE_NAME = 'AES128-SHA';

/**
 * `negotiatetime` in s is one of these, so that equal options share a context. Not more than an open may take (F1003): the
 * module would hold the id of one that was given up until then.
 */
const negotiationTimes = [10, 30, 60] as const;
const LONGEST_NEGOTIATION = 120;

/** Options of which a wrong value could be taken for less security than is meant. */
const flags = ['checkHostName', 'allowPartialTrustChain'] as const;

/**
 * What the TLS options of a connection mean for the module. Throws `ERR_MODEM_CA_REQUIRED`,
 * `ERR_MODEM_HOSTNAME_UNCHECKED`, `ERR_MODEM_UNSUPPORTED`, `ERR_MODEM_CERTIFICATE` or `ERR_INVALID_ARG_VALUE`, before
 * anything is opened. Nothing falls back to less security than was asked for.
 */
export function contextRequest(
  options: ModuleTlsOptions & Readonly<Record<string, unknown>>,
  target: ContextTarget,
): ContextRequest | GivenContext {
  const given = givenContext(options);
  if (given) return given;
  refuseUnsupported(options, target.profile);
  for (const option of flags) checkFlag(options, option);
  const { profile, host } = target;
  const verified = options.rejectUnauthorized !== false;
  const checkDates = options.checkDates !== false;
  const versions = versionSet(options, profile);
  const suite = cipherSuite(options, profile, versions.oldest);
  const client = clientIdentity(options, { profile, checkDates });
  const nameChecked = checksName(options, profile, verified && client === undefined);
  const authority = verified ? authorityFile(options, host, nameChecked) : undefined;
  const settings = new Map<ContextKey, number | string>([
    ['sslversion', versions.number],
    ['authmode', verified ? (client ? 2 : 1) : client ? 3 : 0],
    ['ignorelocaltime', checkDates ? 0 : 1],
    ['negotiatetime', negotiationTime(target.connectTimeout)],
    ['enableSNI', sendsName(options, target) ? 1 : 0],
  ]);
  if (authority) settings.set('cacert', authority.name);
  if (client) setIdentity(settings, client, profile);
  // Always: a program before this one may have left the context with a single one.
  if (profile.contextKeys.includes('ciphersuites')) settings.set('ciphersuites', suite);
  // Where the module can check the name, it does unless told otherwise (field note 5.10); never left to its default.
  if (profile.checksName) settings.set('ignorecertCN', options.checkHostName === false ? 1 : 0);
  const only = versions.oldest === versions.newest;
  return {
    type: 'settings',
    settings,
    files: [authority, client?.certificate, client?.key].filter((file) => file !== undefined),
    tls: {
      verified,
      nameChecked,
      protocol: only ? versions.newest : undefined,
      // TLS 1.3 has suites of its own.
      cipher: suite === OLD_SUITE && versions.newest !== 'TLSv1.3' ? OLD_SUITE_NAME : undefined,
    },
  };
}

/**
 * Checks options with `ca: 'learn'` while the root is not known yet. Throws as {@link contextRequest} does, and
 * `ERR_MODEM_HOSTNAME_UNCHECKED` where the name would be checked by nobody later on and the caller has not accepted that.
 */
export function checkLearnable(
  options: ModuleTlsOptions & Readonly<Record<string, unknown>>,
  target: ContextTarget,
): void {
  // With a context that the user configured no `ca` is taken, not this one either.
  givenContext(options);
  const others = { ...options, ca: undefined, rejectUnauthorized: false, checkHostName: false };
  const request = contextRequest(others, target);
  const client = request.type === 'settings' && request.settings.get('authmode') === 3;
  const nameChecked = checksName(options, target.profile, !client);
  if (options.checkHostName === false || (nameChecked && options.checkHostName === true)) return;
  throw nameUnchecked(target.host, "a learned root is the server's own choice", nameChecked);
}

function checkFlag(options: Readonly<Record<string, unknown>>, option: (typeof flags)[number]): void {
  const value = options[option] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean')
    throw invalidArgument(option, 'it must be true or false', value);
}

function setIdentity(settings: Map<ContextKey, number | string>, client: ClientIdentity, profile: Profile): void {
  settings.set('clientcert', client.certificate.name);
  settings.set('clientkey', client.key.name);
  // One of another key may be left.
  if (profile.contextKeys.includes('keypwd')) settings.set('keypwd', client.passphrase ?? '');
}

function givenContext(options: ModuleTlsOptions & Readonly<Record<string, unknown>>): GivenContext | undefined {
  const { sslContext } = options;
  if (sslContext === undefined || (sslContext as unknown) === null) return undefined;
  if (!Number.isInteger(sslContext) || sslContext < 0 || sslContext > 9) {
    throw invalidArgument('sslContext', 'it must be a whole number from 0 to 9', sslContext);
  }
  refuseBesideContext(options);
  return { type: 'given', index: sslContext };
}

/** Whether the module compares the certificate with the host's name; only some do, and only in mode 1 (field note 5.10). */
function checksName({ checkHostName }: ModuleTlsOptions, profile: Profile, mode1: boolean): boolean {
  const checks = profile.checksName && mode1;
  if (checkHostName === true && !checks) {
    const reason = profile.checksName
      ? `modules of the family '${profile.name}' compare the name only where they verify the server and show no client ` +
        "certificate; tls: 'host' always does"
      : `modules of the family '${profile.name}' compare no name; tls: 'host' does`;
    throw unsupported('checkHostName', true, reason);
  }
  return checks && checkHostName !== false;
}

function authorityFile(options: ModuleTlsOptions, host: string, nameChecked: boolean): CertificateFile {
  const { ca } = options;
  if (ca === undefined || ca === null || (Array.isArray(ca) && ca.length === 0)) {
    throw new ModemError(
      'ERR_MODEM_CA_REQUIRED',
      `The module has no certificate authorities of its own, so it cannot verify ${host}. ` +
        "Add one of: tls: 'host' (TLS in Node, its authorities, names checked) · " +
        "ca: readFileSync('ca.pem') (the module verifies the chain) · " +
        'rejectUnauthorized: false (verifies nothing).',
    );
  }
  const certificates = parseCertificates(ca, 'ca');
  const rootless = findRootless(certificates);
  if (rootless && options.allowPartialTrustChain !== true) throw noRoot(rootless);
  // Where the module is said to compare the name, whoever relies on it for a public root must say so.
  const accepted = options.checkHostName === false || (nameChecked && options.checkHostName === true);
  if (!accepted && rootless)
    throw nameUnchecked(host, "nobody knows whether the root above 'ca' is public", nameChecked);
  if (!accepted && certificates.some(isPublicRoot)) throw nameUnchecked(host, "'ca' is a public root", nameChecked);
  if (options.checkDates !== false && certificates.every(hasExpired)) {
    const clock = `this host's clock says ${new Date().toISOString()}`;
    const last = certificates.map(({ validTo }) => validTo).at(-1) ?? '';
    throw new ModemError('ERR_MODEM_CERTIFICATE', `'ca' has expired, the last of it on ${last} (${clock}).`);
  }
  return certificateFile('ca', certificates);
}

/** Node refuses what does not end in a root, too, unless told otherwise. What a module does is not known. */
function noRoot({ subject }: X509Certificate): ModemError {
  const name = subject.replaceAll('\n', ', ');
  const message =
    `'ca' holds a certificate that does not lead to a root in 'ca': ${name}. Give the root that the server's chain ends ` +
    'in, or allowPartialTrustChain: true to trust what you gave.';
  return new ModemError('ERR_MODEM_CERTIFICATE', message);
}

function nameUnchecked(host: string, why: string, couldCheck: boolean): ModemError {
  const checking = couldCheck
    ? `The module is said to compare the host's name with the certificate, which nobody has seen it do, and ${why}: if it ` +
      `does not, anyone with any certificate under it could pass for ${host}. `
    : `The module checks no host names, and ${why}: anyone with any certificate under it could pass for ${host}. `;
  const trust = couldCheck ? ' · checkHostName: true (rely on the module)' : '';
  return new ModemError(
    'ERR_MODEM_HOSTNAME_UNCHECKED',
    `${checking}Add one of: tls: 'host' (TLS in Node, names checked) · checkHostName: false (accept that risk)${trust}.`,
  );
}

function cipherSuite({ ciphers }: ModuleTlsOptions, profile: Profile, oldest: TlsVersion): number {
  if (ciphers === undefined || ciphers === null) return ALL_SUITES;
  const known = profile.contextKeys.includes('ciphersuites');
  if (known && ciphers === OLD_SUITE_NAME && oldest !== 'TLSv1.3') return OLD_SUITE;
  const choice = known ? `all suites or ${OLD_SUITE_NAME}, up to TLS 1.2` : 'all suites';
  const reason = `modules of the family '${profile.name}' take ${choice}; leave it out, or use tls: 'host'`;
  throw unsupported('ciphers', ciphers, reason);
}

function negotiationTime(connectTimeout: number): number {
  const seconds = Math.ceil(connectTimeout / 1000);
  return negotiationTimes.find((time) => time >= seconds) ?? LONGEST_NEGOTIATION;
}

function sendsName(options: ModuleTlsOptions, { host, profile }: ContextTarget): boolean {
  const { servername } = options as { servername?: unknown };
  if (servername === '') return false;
  if (servername === undefined || servername === null) return !isIPv4(host);
  if (typeof servername !== 'string') throw invalidArgument('servername', 'it must be a string', servername);
  if (plainName(servername) !== plainName(host)) {
    const reason = `modules of the family '${profile.name}' send the host that they connect to, which is '${host}'; connect to the name, or use tls: 'host'`;
    throw unsupported('servername', servername, reason);
  }
  return !isIPv4(host);
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
