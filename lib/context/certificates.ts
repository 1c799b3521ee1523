import { X509Certificate, createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { ModemError } from '../errors/index.js';

/** Largest file that `AT+CCERTDOWN` takes, in bytes (F1013). */
const LARGEST_FILE = 10_240;

/** Certificates as `tls.connect` takes them: PEM text with one or more, or DER. */
export type CertificateInput = string | Buffer | Uint8Array | readonly (string | Buffer | Uint8Array)[];

/** A file as it is, or will be, on the module; its name says its role and its content. */
export interface CertificateFile {
  /** `ca-`, `crt-` or `key-`, 32 hex digits of the content's SHA-256, and the type. */
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
export function authorityFile(certificates: readonly X509Certificate[]): CertificateFile {
  const content = Buffer.from(certificates.map((certificate) => certificate.toString()).join(''));
  if (content.length > LARGEST_FILE) {
    const size = `${certificates.length} certificates make a file of ${content.length} bytes`;
    const remedy = `give only the root that the server's chain ends in, or use tls: 'host'`;
    throw new ModemError('ERR_MODEM_CERTIFICATE', `'ca': ${size}; the module takes ${LARGEST_FILE}: ${remedy}.`);
  }
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
  return { name: `ca-${digest}.pem`, content };
}

let publicRoots: Set<string> | undefined;

/** Whether a certificate is one of the public roots that come with Node. */
export function isPublicRoot(certificate: X509Certificate): boolean {
  publicRoots ??= new Set(rootCertificates.map((pem) => pem.replace(/-----[^-]+-----|\s/g, '')));
  return publicRoots.has(certificate.raw.toString('base64'));
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
