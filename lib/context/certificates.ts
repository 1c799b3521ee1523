import { X509Certificate, createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { ModemError } from '../errors/index.js';

/** Largest file that `AT+CCERTDOWN` takes, in bytes (F1013). */
export const LARGEST_FILE = 10_240;

/** Certificates as `tls.connect` takes them: PEM text with one or more, or DER. */
export type CertificateInput = string | Buffer | Uint8Array | readonly (string | Buffer | Uint8Array)[];

/** What a file on the module is for; its name begins with it. */
export type FileRole = 'ca' | 'crt' | 'key';

/** A file as it is, or will be, on the module; its name says its role and its content. */
export interface CertificateFile {
  /** `ca-`, `crt-` or `key-`, 32 hex digits of the content's SHA-256, and `.pem`. */
  readonly name: string;
  readonly content: Buffer;
}

const pemBlock = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** The certificates of an option. Throws `ERR_MODEM_CERTIFICATE` for what is none; `option` names it. */
export function parseCertificates(input: CertificateInput, option: string): X509Certificate[] {
  const parts = Array.isArray(input) ? (input as readonly (string | Buffer)[]) : [input as string | Buffer];
  const certificates = parts.flatMap((part) => {
    if (typeof part !== 'string' && !((part as unknown) instanceof Uint8Array)) {
      throw new ModemError('ERR_MODEM_CERTIFICATE', `'${option}' must be PEM text or a Buffer, or several of them.`);
    }
    const bytes = Buffer.from(part as string);
    const blocks = bytes.toString('latin1').match(pemBlock);
    return (blocks ?? [bytes]).map((block) => parseOne(block, option));
  });
  if (certificates.length === 0) throw new ModemError('ERR_MODEM_CERTIFICATE', `'${option}' holds no certificate.`);
  return certificates;
}

/** One file with all certificates, as PEM. Throws `ERR_MODEM_CERTIFICATE` when they do not fit into one. */
export function certificateFile(role: 'ca' | 'crt', certificates: readonly X509Certificate[]): CertificateFile {
  const content = Buffer.from(certificates.map((certificate) => certificate.toString()).join(''));
  if (content.length > LARGEST_FILE) {
    const size = `${certificates.length} certificates make a file of ${content.length} bytes`;
    const remedy = `give only the root that the server's chain ends in, or use tls: 'host'`;
    const option = role === 'ca' ? 'ca' : 'cert';
    throw new ModemError('ERR_MODEM_CERTIFICATE', `'${option}': ${size}; the module takes ${LARGEST_FILE}: ${remedy}.`);
  }
  return namedByContent(role, content);
}

/** The file with this content, named by it. */
export function namedByContent(role: FileRole, content: Buffer): CertificateFile {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
  return { name: `${role}-${digest}.pem`, content };
}

/** Whether a file on the module was named by {@link namedByContent}: it is this package's own. */
export function isNamedByContent(name: string): boolean {
  return /^(?:ca|crt|key)-[0-9a-f]{32}\.(?:pem|der)$/.test(name);
}

/** Whether a certificate's time is over, by this host's clock. */
export function hasExpired(certificate: X509Certificate): boolean {
  return Date.parse(certificate.validTo) < Date.now();
}

/** Whether a certificate was signed by an authority. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** A server's own, too, that is no authority and may sign nothing else. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** The first of `authorities` that does not lead, through others of them, to one that is its own issuer. */
export function findRootless(authorities: readonly X509Certificate[]): X509Certificate | undefined {
  const rooted = new Set(authorities.filter(isSelfSigned));
  for (let size = -1; size !== rooted.size;) {
    size = rooted.size;
    for (const one of authorities) if ([...rooted].some((authority) => isIssuedBy(one, authority))) rooted.add(one);
  }
  return authorities.find((authority) => !rooted.has(authority));
}

let publicRoots: Set<string> | undefined;

/** Whether a certificate is one of the public roots that come with Node, or another one of the same name and key. */
export function isPublicRoot(certificate: X509Certificate): boolean {
  publicRoots ??= new Set(rootCertificates.map((pem) => identityOf(new X509Certificate(pem))));
  return publicRoots.has(identityOf(certificate));
}

function identityOf({ subject, publicKey }: X509Certificate): string {
  return `${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')} ${subject}`;
}

function parseOne(source: string | Buffer, option: string): X509Certificate {
  try {
    return new X509Certificate(source);
  } catch (cause) {
    const path = source.length < 300 && /^[^\r\n]*\.(pem|crt|cer|der)$/i.test(source.toString());
    const hint = path ? ' It looks like a path: give what the file holds, readFileSync(path).' : '';
    throw new ModemError('ERR_MODEM_CERTIFICATE', `'${option}' holds something that is no certificate.${hint}`, {
      cause,
    });
  }
}
