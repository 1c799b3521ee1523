import { X509Certificate, createPrivateKey } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { createAuthority, createSelfSigned, type Authority, type IssuedCertificate } from './certificates.js';
import { KEY_PASSWORD, secrets } from './secrets.js';

const DAY = 86_400_000;
const NAMES = { names: ['server.test', '127.0.0.1'] };

/** Over since a day. */
const past = () => ({ notAfter: new Date(Date.now() - DAY) });
/** From tomorrow on. */
const future = () => ({ notBefore: new Date(Date.now() + DAY) });

type Made<T extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<T>>;
/** Certificates and keys of the TLS matrix, by what they are. */
export type TlsMaterials = Made<typeof make>;

let made: Promise<TlsMaterials> | undefined;

/** The same for every spec that asks. */
export function tlsMaterials(): Promise<TlsMaterials> {
  return (made ??= make());
}

async function make() {
  const root = await createAuthority({ name: 'Root' });
  const other = await createAuthority({ name: 'Another root' });
  const [leaves, chains, keys, clients] = await Promise.all([
    makeLeaves(root, other),
    makeChains(root),
    makeKeyTypes(),
    makeClients(other),
  ]);
  return { root: root.pem, other: other.pem, publicRoot: publicRoot(), ...leaves, ...chains, ...keys, ...clients };
}

/** Servers right under a root, with all that can be wrong with them. */
async function makeLeaves(root: Authority, other: Authority) {
  return {
    good: await root.issue(NAMES),
    ofOther: await other.issue(NAMES),
    expired: await root.issue({ ...NAMES, ...past() }),
    notYetValid: await root.issue({ ...NAMES, ...future() }),
    expiredOfOther: await other.issue({ ...NAMES, ...past() }),
    notYetValidOfOther: await other.issue({ ...NAMES, ...future() }),
    selfSigned: await createSelfSigned(NAMES),
    selfSignedExpired: await createSelfSigned({ ...NAMES, ...past() }),
    // The first name is the common name as well.
    inSanOnly: await root.issue({ names: ['cluster.test', 'server.test'] }),
    wildcard: await root.issue({ names: ['*.fleet.test'] }),
    ofOtherName: await root.issue({ names: ['else.test'] }),
    ofOtherNameAndRoot: await other.issue({ names: ['else.test'] }),
    ofOtherNameExpired: await root.issue({ names: ['else.test'], ...past() }),
    forClients: await root.issue({ ...NAMES, client: true }),
  };
}

/** Servers with somebody between them and a root, and under roots that are not valid. */
async function makeChains(root: Authority) {
  const between = await root.issueAuthority({ name: 'Between' });
  const expiredBetween = await root.issueAuthority({ name: 'Expired, between', ...past() });
  const noAuthority = await root.issueAuthority({ name: 'No authority', ca: false });
  const [expiredRoot, futureRoot] = [
    await createAuthority({ name: 'Expired root', ...past() }),
    await createAuthority({ name: 'Root of tomorrow', ...future() }),
  ];
  const [below, belowExpired, belowNone] = [
    await between.issue(NAMES),
    await expiredBetween.issue(NAMES),
    await noAuthority.issue(NAMES),
  ];
  return {
    between: between.pem,
    below,
    belowWithChain: withChain(below, between),
    belowExpiredWithChain: withChain(belowExpired, expiredBetween),
    belowNoAuthority: withChain(belowNone, noAuthority),
    expiredRoot: expiredRoot.pem,
    ofExpiredRoot: await expiredRoot.issue(NAMES),
    futureRoot: futureRoot.pem,
    ofFutureRoot: await futureRoot.issue(NAMES),
  };
}

async function makeKeyTypes() {
  const [rsa, p384] = await Promise.all([
    createAuthority({ name: 'RSA root', algorithm: 'rsa-2048' }),
    createAuthority({ name: 'P-384 root', algorithm: 'ecdsa-p384' }),
  ]);
  return {
    rsaRoot: rsa.pem,
    rsa: await rsa.issue(NAMES),
    p256OfRsa: await rsa.issue({ ...NAMES, algorithm: 'ecdsa-p256' }),
    p384Root: p384.pem,
    p384: await p384.issue(NAMES),
    p256OfP384: await p384.issue({ ...NAMES, algorithm: 'ecdsa-p256' }),
  };
}

async function makeClients(other: Authority) {
  const clients = await createAuthority({ name: 'Root of clients' });
  const betweenClients = await clients.issueAuthority({ name: 'Between clients' });
  const wanted = { names: ['client one'], client: true };
  const client = await clients.issue(wanted);
  const rsaClient = await clients.issue({ ...wanted, algorithm: 'rsa-2048' });
  return {
    clients: clients.pem,
    client,
    rsaClient,
    clientBelow: withChain(await betweenClients.issue(wanted), betweenClients),
    clientOfOther: await other.issue(wanted),
    expiredClient: await clients.issue({ ...wanted, ...past() }),
    /** With KEY_PASSWORD; as PKCS #8, and as older programs write it. */
    encryptedKey: encrypted(client, 'pkcs8'),
    encryptedRsaKey: encrypted(rsaClient, 'pkcs1'),
  };
}

function withChain({ cert, key }: IssuedCertificate, authority: Authority): IssuedCertificate {
  return { cert: cert + authority.pem, key };
}

function encrypted({ key }: IssuedCertificate, type: 'pkcs8' | 'pkcs1'): string {
  const protection = { format: 'pem', cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD } as const;
  const pem = createPrivateKey(key)
    .export({ type: type, ...protection })
    .toString();
  return secrets.addKey('encrypted key of a client', pem, KEY_PASSWORD);
}

function publicRoot(): string {
  const valid = rootCertificates.find((pem) => Date.parse(new X509Certificate(pem).validTo) > Date.now() + DAY);
  if (valid === undefined) throw new Error('no public root is valid any more');
  return valid;
}
