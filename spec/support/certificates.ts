import { webcrypto } from 'node:crypto';

/** Key algorithm of a throw-away certificate. */
export type CertificateAlgorithm = 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-2048';

/** What a certificate is issued for. */
export interface IssueOptions {
  /** DNS names and IPv4 addresses of the subject alternative name; the first is the common name too. */
  names: readonly string[];
  /** Default: a day ago. */
  notBefore?: Date;
  /** Default: in a year. */
  notAfter?: Date;
  /** Default: the authority's. */
  algorithm?: CertificateAlgorithm;
  /** Extended key usage. Default `['server', 'client']`. */
  usage?: readonly ('server' | 'client')[];
}

/** What an authority is made of. */
export interface AuthorityOptions {
  /** Common name. Default `Throw-away authority`. */
  name?: string;
  /** Default `ecdsa-p256`. */
  algorithm?: CertificateAlgorithm;
  notBefore?: Date;
  notAfter?: Date;
  /** Whether it says that it is an authority. Default true. */
  ca?: boolean;
}

/** A certificate and its private key (PKCS #8), both PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A throw-away certificate authority. */
export interface Authority {
  /** Its own certificate, PEM. The same as `cert`. */
  readonly pem: string;
  readonly cert: string;
  /** Its private key, PEM. */
  readonly key: string;
  /** A certificate for a server or a client. */
  issue(options: IssueOptions): Promise<IssuedCertificate>;
  /** An authority below this one. */
  issueAuthority(options?: AuthorityOptions): Promise<Authority>;
}

type KeyPair = webcrypto.CryptoKeyPair;
type X509 = typeof import('@peculiar/x509');

const DAY = 86_400_000;

const algorithms = {
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'ecdsa-p384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'rsa-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
} as const;

/** Creates a self-signed certificate authority. It exists in memory only. */
export async function createAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  return makeAuthority(options);
}

/** A self-signed certificate that is no authority. */
export async function createSelfSigned(options: IssueOptions): Promise<IssuedCertificate> {
  const library = await load();
  const keys = await generateKeys(options.algorithm ?? 'ecdsa-p256');
  return { cert: await sign(library, options, keys, undefined), key: await exportKey(keys) };
}

interface Signer {
  readonly subject: string;
  readonly keys: KeyPair;
  readonly algorithm: CertificateAlgorithm;
}

async function makeAuthority(options: AuthorityOptions, parent?: Signer): Promise<Authority> {
  const library = await load();
  const algorithm = options.algorithm ?? parent?.algorithm ?? 'ecdsa-p256';
  const keys = await generateKeys(algorithm);
  const subject = `CN=${options.name ?? 'Throw-away authority'}`;
  const certificate = await library.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: parent?.subject ?? subject,
    ...validity(options),
    publicKey: keys.publicKey,
    signingKey: (parent?.keys ?? keys).privateKey,
    signingAlgorithm: algorithms[parent?.algorithm ?? algorithm],
    extensions: [
      new library.BasicConstraintsExtension(options.ca ?? true, undefined, true),
      new library.KeyUsagesExtension(library.KeyUsageFlags.keyCertSign | library.KeyUsageFlags.cRLSign, true),
      await library.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = endLine(certificate.toString('pem'));
  const signer: Signer = { subject, keys, algorithm };
  return {
    pem,
    cert: pem,
    key: await exportKey(keys),
    async issue(wanted) {
      const own = await generateKeys(wanted.algorithm ?? algorithm);
      return { cert: await sign(library, wanted, own, signer), key: await exportKey(own) };
    },
    issueAuthority: (wanted = {}) => makeAuthority({ name: 'Throw-away intermediate', ...wanted }, signer),
  };
}

async function sign(library: X509, options: IssueOptions, keys: KeyPair, signer: Signer | undefined): Promise<string> {
  const subject = `CN=${options.names[0] ?? 'nameless'}`;
  const usage = options.usage ?? ['server', 'client'];
  const purposes = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
  const names = options.names.map((name) => ({
    type: isAddress(name) ? ('ip' as const) : ('dns' as const),
    value: name,
  }));
  const certificate = await library.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: signer?.subject ?? subject,
    ...validity(options),
    publicKey: keys.publicKey,
    signingKey: (signer?.keys ?? keys).privateKey,
    signingAlgorithm: algorithms[signer?.algorithm ?? options.algorithm ?? 'ecdsa-p256'],
    extensions: [
      new library.BasicConstraintsExtension(false, undefined, true),
      new library.KeyUsagesExtension(
        library.KeyUsageFlags.digitalSignature | library.KeyUsageFlags.keyEncipherment,
        true,
      ),
      new library.ExtendedKeyUsageExtension(usage.map((name) => purposes[name])),
      new library.SubjectAlternativeNameExtension(names),
    ],
  });
  return endLine(certificate.toString('pem'));
}

function validity(options: { notBefore?: Date; notAfter?: Date }): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: options.notBefore ?? new Date(Date.now() - DAY),
    notAfter: options.notAfter ?? new Date(Date.now() + 365 * DAY),
  };
}

async function generateKeys(algorithm: CertificateAlgorithm): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(algorithms[algorithm], true, ['sign', 'verify']);
}

async function exportKey(keys: KeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${(der.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`;
}

function serialNumber(): string {
  // The first byte is kept positive and not zero.
  return `5a${Buffer.from(webcrypto.getRandomValues(new Uint8Array(12))).toString('hex')}`;
}

function isAddress(name: string): boolean {
  return /^\d+(\.\d+){3}$/.test(name);
}

function endLine(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}

/**
 * The library's dependency container refuses to load without a metadata polyfill, of which it reads only "nothing is
 * recorded" here: its classes have no constructor parameters to inject. These two functions say so.
 */
async function load(): Promise<X509> {
  const reflect = Reflect as unknown as Record<string, unknown>;
  reflect['getMetadata'] ??= () => undefined;
  reflect['getOwnMetadata'] ??= () => undefined;
  return import('@peculiar/x509');
}
