import { createHash, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type * as asn1js from 'asn1js';
import type * as pkijs from 'pkijs';

import { invalidArgument } from '../errors/index.js';

/** Kind of key: on a NIST curve, made in milliseconds, or RSA with 2048 bits, made in a tenth of a second or more. */
export type KeyAlgorithm = 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-2048';

/** What a certificate is issued for. */
export interface CertificateOptions {
  /**
   * DNS names (`*.example.com` too), IPv4 and IPv6 addresses, at least one. All are subject alternative names; the first
   * is the common name as well.
   */
  names: readonly string[];
  /** Whether it is for a client rather than a server (extended key usage). Default false. */
  client?: boolean | undefined;
  /** Valid from then on. Default: since a day, or a day before a `notAfter` in the past. */
  notBefore?: Date | undefined;
  /** Valid until then. Default: for a year, or a year from a `notBefore` in the future. */
  notAfter?: Date | undefined;
  /** Default: the authority's. */
  algorithm?: KeyAlgorithm | undefined;
}

/** What an authority is made of. */
export interface AuthorityOptions {
  /** Common name. Default `Throw-away authority`. */
  name?: string | undefined;
  /** As for certificates. */
  notBefore?: Date | undefined;
  /** As for certificates. */
  notAfter?: Date | undefined;
  /** Default `ecdsa-p256`, or that of the authority above. */
  algorithm?: KeyAlgorithm | undefined;
  /** @internal Whether it says that it is an authority. Default true. */
  ca?: boolean;
}

/** A certificate and its private key, as `tls.createServer` and `tls.connect` take them. */
export interface IssuedCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
}

/** A certificate authority for one test run. */
export interface Authority {
  /** Its own certificate, PEM: what clients take as `ca`. */
  readonly pem: string;
  /**
   * A new key, and a certificate for it. Rejects with `ERR_INVALID_ARG_VALUE` without names or with dates that are not
   * in order.
   */
  issue(options: CertificateOptions): Promise<IssuedCertificate>;
  /**
   * An authority below this one, to test chains: a server sends `cert + intermediate.pem`, a client knows only the `pem`
   * above. Rejects as `issue` does.
   */
  issueAuthority(options?: AuthorityOptions): Promise<Authority>;
}

/**
 * Makes a certificate authority that nobody trusts but who is given its `pem`. It exists in memory only: it goes with the
 * process. Rejects with `ERR_INVALID_ARG_VALUE` for dates that are not in order.
 *
 * ```js
 * const authority = await createAuthority();
 * const server = https.createServer(await authority.issue({ names: ['api.example.com'] }));
 * https.get('https://api.example.com/', { agent: modem.httpsAgent({ ca: authority.pem }) });
 * ```
 */
export async function createAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  return makeAuthority(options, undefined);
}

/** @internal A certificate signed by its own key, that is no authority. */
export async function createSelfSigned(options: CertificateOptions): Promise<IssuedCertificate> {
  return issue(options, undefined);
}

type Keys = webcrypto.CryptoKeyPair;

/** Whoever a certificate names: its subject, or its issuer. */
interface Party {
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  readonly keys: Keys;
}

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

/** Key usages as a BIT STRING: the octet, and how many of its last bits are not used (RFC 5280, 4.2.1.3). */
const keyUsages = {
  authority: { octet: 0b0000_0110, unused: 1 }, // keyCertSign, cRLSign
  leaf: { octet: 0b1010_0000, unused: 5 }, // digitalSignature, keyEncipherment
};
const purposes = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
/** The types of general names (RFC 5280, 4.2.1.6). */
const nameTypes = { dns: 2, address: 7 } as const;
const COMMON_NAME = '2.5.4.3';

async function makeAuthority(options: AuthorityOptions, parent: Party | undefined): Promise<Authority> {
  const { name = 'Throw-away authority', algorithm = parent?.algorithm ?? 'ecdsa-p256' } = options;
  const own: Party = { name, algorithm, keys: await generateKeys(algorithm) };
  const writer = await Writer.load();
  const pem = await writer.certificate(own, parent ?? own, validity(options), [
    ...writer.basics(options.ca ?? true, keyUsages.authority),
    writer.subjectKey(own),
    ...(parent ? [writer.issuerKey(parent)] : []),
  ]);
  return {
    pem,
    issue: (wanted) => issue(wanted, own),
    issueAuthority: (wanted = {}) => makeAuthority({ name: 'Throw-away intermediate', ...wanted }, own),
  };
}

async function issue(options: CertificateOptions, issuer: Party | undefined): Promise<IssuedCertificate> {
  const { names, client = false, algorithm = issuer?.algorithm ?? 'ecdsa-p256' } = options;
  const [name] = names;
  if (name === undefined) throw invalidArgument('names', 'a certificate needs at least one', names);
  const own: Party = { name, algorithm, keys: await generateKeys(algorithm) };
  const writer = await Writer.load();
  const cert = await writer.certificate(own, issuer ?? own, validity(options), [
    ...writer.basics(false, keyUsages.leaf),
    writer.purpose(client ? purposes.client : purposes.server),
    writer.alternativeNames(names),
    ...(issuer ? [writer.issuerKey(issuer)] : []),
  ]);
  return { cert, key: KeyObject.from(own.keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString() };
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

function validity(options: { notBefore?: Date | undefined; notAfter?: Date | undefined }): Validity {
  const now = Date.now();
  const notBefore = options.notBefore ?? new Date(Math.min(now, options.notAfter?.getTime() ?? now) - DAY);
  const notAfter = options.notAfter ?? new Date(Math.max(now, notBefore.getTime()) + 365 * DAY);
  if (!(notBefore < notAfter)) throw invalidArgument('notAfter', 'it must be a date after notBefore', notAfter);
  return { notBefore, notAfter };
}

function generateKeys(algorithm: KeyAlgorithm): Promise<Keys> {
  return webcrypto.subtle.generateKey(algorithms[algorithm], true, ['sign', 'verify']);
}

/** A hash of the whole public key (RFC 7093), of the usual length. */
function keyIdentifier({ keys }: Party): Buffer {
  const key = KeyObject.from(keys.publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest().subarray(0, 20);
}

/** Writes certificates with PKI.js, which is loaded when the first is wanted: programs seldom do. */
class Writer {
  readonly #asn1: typeof asn1js;
  readonly #pki: typeof pkijs;
  /** Told to PKI.js each time, since the global `crypto` of a test environment may be another. */
  readonly #engine: pkijs.CryptoEngine;

  private constructor(asn1: typeof asn1js, pki: typeof pkijs) {
    this.#asn1 = asn1;
    this.#pki = pki;
    this.#engine = new pki.CryptoEngine({ name: 'node', crypto: webcrypto });
  }

  static async load(): Promise<Writer> {
    return new Writer(await import('asn1js'), await import('pkijs'));
  }

  /** A certificate, PEM. */
  async certificate(subject: Party, issuer: Party, dates: Validity, extensions: pkijs.Extension[]): Promise<string> {
    const certificate = new this.#pki.Certificate({
      version: 2, // counted from 0
      // The first byte is neither zero nor negative.
      serialNumber: new this.#asn1.Integer({ valueHex: Buffer.concat([Buffer.of(0x5a), randomBytes(12)]) }),
      subject: this.#name(subject.name),
      issuer: this.#name(issuer.name),
      notBefore: this.#time(dates.notBefore),
      notAfter: this.#time(dates.notAfter),
      extensions,
    });
    await certificate.subjectPublicKeyInfo.importKey(subject.keys.publicKey, this.#engine);
    await certificate.sign(issuer.keys.privateKey, algorithms[issuer.algorithm].hash, this.#engine);
    return new X509Certificate(Buffer.from(certificate.toSchema().toBER())).toString();
  }

  /** Whether it is an authority's, and what its key is for. */
  basics(ca: boolean, usage: { octet: number; unused: number }): pkijs.Extension[] {
    const { octet, unused } = usage;
    const bits = new this.#asn1.BitString({ valueHex: Buffer.of(octet), unusedBits: unused });
    return [
      this.#extension(this.#pki.id_BasicConstraints, new this.#pki.BasicConstraints({ cA: ca }).toSchema(), true),
      this.#extension(this.#pki.id_KeyUsage, bits, true),
    ];
  }

  purpose(purpose: string): pkijs.Extension {
    const usage = new this.#pki.ExtKeyUsage({ keyPurposes: [purpose] });
    return this.#extension(this.#pki.id_ExtKeyUsage, usage.toSchema());
  }

  alternativeNames(names: readonly string[]): pkijs.Extension {
    const altNames = names.map((value) =>
      isIP(value) === 0
        ? new this.#pki.GeneralName({ type: nameTypes.dns, value })
        : new this.#pki.GeneralName({ type: nameTypes.address, value: this.#octets(addressBytes(value)) }),
    );
    return this.#extension(this.#pki.id_SubjectAltName, new this.#pki.AltName({ altNames }).toSchema());
  }

  subjectKey(subject: Party): pkijs.Extension {
    return this.#extension(this.#pki.id_SubjectKeyIdentifier, this.#octets(keyIdentifier(subject)));
  }

  issuerKey(issuer: Party): pkijs.Extension {
    const identifier = new this.#pki.AuthorityKeyIdentifier({ keyIdentifier: this.#octets(keyIdentifier(issuer)) });
    return this.#extension(this.#pki.id_AuthorityKeyIdentifier, identifier.toSchema());
  }

  #extension(extnID: string, content: asn1js.BaseBlock, critical = false): pkijs.Extension {
    return new this.#pki.Extension({ extnID, critical, extnValue: content.toBER() });
  }

  #octets(valueHex: ArrayBuffer | Uint8Array): asn1js.OctetString {
    return new this.#asn1.OctetString({ valueHex });
  }

  #name(name: string): pkijs.RelativeDistinguishedNames {
    const value = new this.#asn1.Utf8String({ value: name });
    const typesAndValues = [new this.#pki.AttributeTypeAndValue({ type: COMMON_NAME, value })];
    return new this.#pki.RelativeDistinguishedNames({ typesAndValues });
  }

  /** Years that two digits cannot tell are written with four (RFC 5280, 4.1.2.5). */
  #time(value: Date): pkijs.Time {
    const year = value.getUTCFullYear();
    const { GeneralizedTime, UTCTime } = this.#pki.TimeType;
    return new this.#pki.Time({ type: year < 1950 || year > 2049 ? GeneralizedTime : UTCTime, value });
  }
}

/** The 4 or 16 bytes of an IP address. */
function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  // A URL writes an IPv6 address with hexadecimal groups alone; `::` stands for as many zeros as are missing.
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`);
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
