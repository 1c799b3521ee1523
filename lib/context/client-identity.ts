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
import { keyForModule, parsePrivateKey, type KeyInput } from './private-key.js';

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

/** The client certificate and key that are asked for, if any. Throws `ERR_MODEM_CERTIFICATE`. */
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
  const stored = keyForModule(secret, profile);
  const content = Buffer.from(stored.pem);
  if (content.length > LARGEST_FILE)
    throw unusable(`'key' is ${content.length} bytes; the module takes ${LARGEST_FILE}`);
  return {
    certificate: certificateFile('crt', certificates),
    key: namedByContent('key', content),
    passphrase: stored.passphrase,
  };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function unusable(reason: string): ModemError {
  return new ModemError('ERR_MODEM_CERTIFICATE', `The client certificate cannot be used: ${reason}.`);
}
