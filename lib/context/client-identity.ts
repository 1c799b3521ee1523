import type { Profile } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import {
  LARGEST_FILE,
  certificateFile,
  hasExpired,
  namedByContent,
  parseCertificates,
  type CertificateFile,
  type CertificateInput,
} from './certificates.js';
import { parsePrivateKey, toPem, type KeyInput } from './private-key.js';

/** How this host shows a server who it is, checked here before anything goes to the module. */
export interface ClientIdentity {
  readonly certificate: CertificateFile;
  readonly key: CertificateFile;
  /** What the module needs to open the key with (`keypwd`); `undefined` for a key in the clear. */
  readonly passphrase: string | undefined;
}

/** Options that make a {@link ClientIdentity}. */
export interface ClientIdentityOptions {
  /** Certificate of this client, PEM (with its chain) or DER. With `key`. */
  cert?: CertificateInput | null | undefined;
  /** Its private key, PEM or DER. */
  key?: KeyInput | null | undefined;
  /** Opens an encrypted `key`. */
  passphrase?: string | null | undefined;
}

/**
 * The client certificate and key that are asked for, if any. An encrypted key goes to the module as it is where that has a
 * setting for the passphrase (F1012), and is decrypted here where it has none (field note 4). Throws
 * `ERR_MODEM_CERTIFICATE`.
 */
export function clientIdentity(
  options: ClientIdentityOptions,
  { profile, checkDates }: { profile: Profile; checkDates: boolean },
): ClientIdentity | undefined {
  const { cert, key, passphrase } = options;
  if (isAbsent(cert) && isAbsent(key)) return undefined;
  if (isAbsent(cert)) throw unusable("'key' was given without 'cert'");
  if (isAbsent(key)) throw unusable("'cert' was given without 'key'");
  const certificates = parseCertificates(cert, 'cert');
  const [own] = certificates;
  const secret = parsePrivateKey(key, passphrase);
  if (!own?.checkPrivateKey(secret.key)) {
    const order = certificates.length > 1 ? "; 'cert' must begin with the client's own certificate" : '';
    throw unusable(`'key' is not the key of 'cert'${order}`);
  }
  if (checkDates && hasExpired(own)) {
    throw unusable(`'cert' has expired on ${own.validTo} (this host's clock says ${new Date().toISOString()})`);
  }
  const open = secret.passphrase !== undefined && takesPassphrase(profile, secret.passphrase);
  const content = Buffer.from(open || secret.passphrase === undefined ? secret.pem : toPem(secret.key));
  if (content.length > LARGEST_FILE)
    throw unusable(`'key' is ${content.length} bytes; the module takes ${LARGEST_FILE}`);
  return {
    certificate: certificateFile('crt', certificates),
    key: namedByContent('key', content),
    passphrase: open ? secret.passphrase : undefined,
  };
}

/** Whether a passphrase can be told to the module: it has a setting for it, and the text fits into a command. */
function takesPassphrase(profile: Profile, passphrase: string): boolean {
  if (!profile.contextKeys.includes('keypwd')) return false;
  return Buffer.byteLength(passphrase) <= 128 && /^[^"\u0000-\u001f\u007f]+$/.test(passphrase);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function unusable(reason: string): ModemError {
  return new ModemError('ERR_MODEM_CERTIFICATE', `The client certificate cannot be used: ${reason}.`);
}
