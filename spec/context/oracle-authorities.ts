import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { readCertificates } from './oracle-files.js';
import { certificate, given, invalid, type Fault, type Options } from './oracle-refusals.js';

const LARGEST_FILE = 10_240;

/** Whom a server's chain may lead to. */
export interface Authorities {
  readonly certificates: readonly X509Certificate[];
  /** Those of them that Node trusts by itself: anybody may have a certificate under them. */
  readonly publicRoots: readonly X509Certificate[];
  /** Those that lead to no root among them: what is above may be anybody's, too. */
  readonly partial: readonly X509Certificate[];
}

/** The authorities of `ca`, for a server that is verified. */
export function authoritiesOf(options: Options, faults: Fault[]): Authorities | undefined {
  const { ca, allowPartialTrustChain: allowed } = options;
  const empty = ca === '' || (Array.isArray(ca) && ca.length === 0);
  if (!given(ca) || empty) faults.push({ code: 'ERR_MODEM_CA_REQUIRED', names: ["tls: 'host'", 'ca'] });
  // Given, and nothing in it: either name for it is right.
  if (empty) faults.push(certificate('ca'));
  if (!given(ca) || empty) return undefined;
  const found = certificatesOf(ca, 'ca', faults);
  if (found === undefined) return undefined;
  if (datesChecked(options) && found.every(expired)) faults.push(certificate('ca'));
  const partial = found.filter((one) => !leadsToRoot(one, found));
  if (partial.length > 0 && allowed !== true) faults.push(certificate('ca', 'allowPartialTrustChain'));
  return { certificates: found, publicRoots: found.filter(isPublic), partial };
}

/** Whether a chain of certificates among `all` goes from one of them to one that is signed by itself. */
function leadsToRoot(one: X509Certificate, all: readonly X509Certificate[], below: readonly string[] = []): boolean {
  if (below.includes(one.fingerprint512)) return false;
  return all.some((issuer) => {
    if (!issued(issuer, one)) return false;
    const itself = issuer.fingerprint512 === one.fingerprint512;
    return itself || leadsToRoot(issuer, all, [...below, one.fingerprint512]);
  });
}

/** Signatures checked before: that is slow. */
const signatures = new Map<string, boolean>();

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  if (issuer.subject !== subject.issuer) return false;
  const pair = `${issuer.fingerprint512} ${subject.fingerprint512}`;
  const known = signatures.get(pair) ?? (subject.checkIssued(issuer) && subject.verify(issuer.publicKey));
  signatures.set(pair, known);
  return known;
}

/** What makes an authority, whoever signed it and until when. */
function identityOf({ subject, publicKey }: X509Certificate): string {
  return `${subject} ${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
}

const nodesRoots = new Set(rootCertificates.map((pem) => identityOf(new X509Certificate(pem))));
const judged = new Map<string, boolean>();

function isPublic(one: X509Certificate): boolean {
  const known = judged.get(one.fingerprint512) ?? nodesRoots.has(identityOf(one));
  judged.set(one.fingerprint512, known);
  return known;
}

/** The certificates of `ca` or `cert`, in order, when all of them are some and they fit into one file. */
export function certificatesOf(value: unknown, name: string, faults: Fault[]): readonly X509Certificate[] | undefined {
  const all: X509Certificate[] = [];
  for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
    const found = readCertificates(item);
    if (found === undefined) {
      faults.push(certificate(name));
      // What is neither text nor bytes may as well be called invalid.
      if (typeof item !== 'string' && !(item instanceof Uint8Array)) faults.push(invalid(name));
      return undefined;
    }
    all.push(...found);
  }
  const size = all.reduce((sum, one) => sum + one.toString().length, 0);
  if (all.length === 0 || size > LARGEST_FILE) faults.push(certificate(name));
  return all;
}

export function expired({ validTo }: X509Certificate): boolean {
  return Date.parse(validTo) < Date.now();
}

/** Only `false` turns it off. */
export function datesChecked({ checkDates }: Options): boolean {
  return checkDates !== false;
}
