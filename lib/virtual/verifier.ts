import { X509Certificate } from 'node:crypto';

/** Why a chain is not trusted. */
export type VerificationFailure = 'untrusted' | 'purpose' | 'not-yet-valid' | 'expired';

/** What is verified, and against what. */
export interface Verification {
  /** The peer's own certificate. */
  readonly leaf: X509Certificate;
  /** The others that it sent. */
  readonly intermediates: readonly X509Certificate[];
  /** The certificates of the CA file. */
  readonly authorities: readonly X509Certificate[];
  /** The time that dates are checked against; `undefined`: they are not. */
  readonly at: Date | undefined;
}

const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const ANY_PURPOSE = '2.5.29.37.0';
const LONGEST_PATH = 10;

/**
 * Verifies a server's chain as a module does: some path leads to a certificate of the CA file, each certificate is
 * signed by an authority, its dates hold at the module's own time, and the leaf is for servers. Names are a matter of
 * their own (field note 5.10). Node's own verification knows only the host's time and only the first fault. `undefined`
 * is trusted.
 */
export function verifyChain(verification: Verification): VerificationFailure | undefined {
  const { leaf, at } = verification;
  const paths = pathsFrom(leaf, verification, [leaf]);
  if (paths.length === 0) return 'untrusted';
  // Node calls the extended key usage so; a certificate without it may be used for anything.
  const purposes = leaf.keyUsage as string[] | undefined;
  if (purposes !== undefined && !purposes.includes(SERVER_AUTHENTICATION) && !purposes.includes(ANY_PURPOSE)) {
    return 'purpose';
  }
  if (at === undefined) return undefined;
  const failures = paths.map((path) => dateFailure(path, at));
  return failures.includes(undefined) ? undefined : failures[0];
}

/** The certificates of a CA file: PEM, one or several, or DER. Throws when it holds none. */
export function readAuthorities(content: Buffer): X509Certificate[] {
  const blocks = content.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return (blocks ?? [content]).map((block) => new X509Certificate(block));
}

function pathsFrom(
  certificate: X509Certificate,
  verification: Verification,
  path: readonly X509Certificate[],
): (readonly X509Certificate[])[] {
  if (verification.authorities.some((authority) => authority.raw.equals(certificate.raw))) return [path];
  if (path.length >= LONGEST_PATH) return [];
  return [...verification.authorities, ...verification.intermediates]
    .filter((issuer) => !path.some((used) => used.raw.equals(issuer.raw)) && issued(issuer, certificate))
    .flatMap((issuer) => pathsFrom(issuer, verification, [...path, issuer]));
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  // `checkIssued` compares names, key identifiers and the key usage; the signature is a matter of its own.
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function dateFailure(path: readonly X509Certificate[], at: Date): VerificationFailure | undefined {
  const time = at.getTime();
  if (path.some((certificate) => time < Date.parse(certificate.validFrom))) return 'not-yet-valid';
  if (path.some((certificate) => time > Date.parse(certificate.validTo))) return 'expired';
  return undefined;
}
