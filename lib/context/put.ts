import type { Profile } from '../cch/index.js';
import { ModemError, invalidArgument } from '../errors/index.js';
import {
  LARGEST_FILE,
  certificateFile,
  hasExpired,
  isNamedByContent,
  namedByContent,
  parseCertificates,
  type CertificateFile,
} from './certificates.js';
import { refuseUnknown } from './unknown-options.js';
import { isEncryptedPem, keyForModule, parsePrivateKey, toDer } from './private-key.js';

/** How a file is stored. */
export interface PutOptions {
  /** Name of the file, `.pem` or `.der`. Default: by its content. */
  name?: string | undefined;
  /** Opens an encrypted key, which is then stored as a connection stores it; without, the key is stored as it is. */
  passphrase?: string | undefined;
  /** Whether an expired certificate is refused, by this host's clock. Default true. */
  checkDates?: boolean | undefined;
}

/** The file that a content makes. Throws `ERR_MODEM_CERTIFICATE` for one that is of no use on the module. */
export function certificateToPut(
  content: string | Buffer | Uint8Array,
  options: PutOptions,
  profile: Profile,
): CertificateFile {
  if (typeof content !== 'string' && !((content as unknown) instanceof Uint8Array)) {
    throw unusable('is neither text nor bytes; one file is stored at a time');
  }
  refuseUnknown(options, ['name', 'passphrase', 'checkDates']);
  const bytes = Buffer.from(content as string);
  const text = bytes.toString('latin1');
  const holdsKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(text);
  const holdsCertificate = /-----BEGIN (?:[A-Z0-9]+ )*CERTIFICATE-----/.test(text);
  if (holdsKey && holdsCertificate) throw unusable('holds a certificate and a key: store each by itself');
  const isKey = holdsKey || (!holdsCertificate && !isCertificate(bytes) && isPrivateKey(bytes, options));
  if (!isKey && !holdsCertificate && !isCertificate(bytes)) {
    throw unusable("holds neither certificate nor private key, or a key that 'passphrase' does not open");
  }
  const file = isKey ? keyToPut(bytes, options, profile) : certificatesToPut(bytes, options);
  if (file.content.length > LARGEST_FILE) {
    throw unusable(`is ${file.content.length} bytes; the module takes ${LARGEST_FILE}`);
  }
  const { name = file.name } = options;
  if (name !== file.name && isNamedByContent(name)) {
    throw invalidArgument('name', 'it says what another content is; take one that does not look so', name);
  }
  return { name, content: file.content };
}

function certificatesToPut(bytes: Buffer, { name, checkDates }: PutOptions): CertificateFile {
  const certificates = parseCertificates(bytes, 'content');
  const [first] = certificates;
  const expired = checkDates === false ? undefined : certificates.find(hasExpired);
  if (expired) {
    const clock = `this host's clock says ${new Date().toISOString()}`;
    throw unusable(
      `holds a certificate that has expired on ${expired.validTo} (${clock}); checkDates: false stores it`,
    );
  }
  const file = certificateFile(first?.ca === true ? 'ca' : 'crt', certificates);
  if (!isDer(name)) return file;
  if (certificates.length > 1 || first === undefined) throw unusable('holds several certificates: DER takes one');
  return { name: file.name, content: first.raw };
}

function keyToPut(bytes: Buffer, { name, passphrase }: PutOptions, profile: Profile): CertificateFile {
  // Without its passphrase an encrypted key can be stored, not checked.
  if (passphrase === undefined && isEncryptedPem(bytes) && !isDer(name)) return namedByContent('key', bytes);
  const secret = parsePrivateKey(bytes, passphrase);
  const { pem, passphrase: needed } = keyForModule(secret, profile);
  if (!isDer(name)) return namedByContent('key', Buffer.from(pem));
  if (needed !== undefined) throw unusable('holds an encrypted key: store it as .pem');
  return namedByContent('key', toDer(secret.key));
}

function isCertificate(bytes: Buffer): boolean {
  try {
    return parseCertificates(bytes, 'content').length > 0;
  } catch {
    return false;
  }
}

function isPrivateKey(bytes: Buffer, { passphrase }: PutOptions): boolean {
  try {
    parsePrivateKey(bytes, passphrase);
    return true;
  } catch {
    return false;
  }
}

function isDer(name: string | undefined): boolean {
  return name?.toLowerCase().endsWith('.der') === true;
}

function unusable(reason: string): ModemError {
  return new ModemError('ERR_MODEM_CERTIFICATE', `The file cannot be stored: it ${reason}.`);
}
