import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { createAuthority, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { crossSigned } from './oracle-crossed.js';
import { secrets } from '../support/secrets.js';

/** A certificate, and what is to be known of it. */
export interface Certificate {
  readonly name: string;
  readonly pem: string;
  readonly der: Buffer;
}

/** A private key in one of the forms that programs keep them in. */
export interface KeyForm {
  readonly name: string;
  readonly value: string | Buffer;
  /** What opens it. */
  readonly passphrase?: string;
}

/** A client's certificate, the authorities between it and a root, and its key. */
export interface Identity {
  readonly name: string;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly keys: readonly KeyForm[];
  readonly sealedKeys: readonly KeyForm[];
}

/** Everything that options are made of; made once. */
export interface Materials {
  readonly authorities: readonly Certificate[];
  /** The first of them. */
  readonly root: Certificate;
  /** Below the first of them. */
  readonly intermediate: Certificate;
  /** A public root that another authority has signed, and that authority. */
  readonly crossed: readonly Certificate[];
  readonly oldAuthorities: readonly Certificate[];
  readonly publicRoots: readonly Certificate[];
  /** Whose signature takes long to check. */
  readonly slow: Certificate;
  /** So many that they fit into no file. */
  readonly tooMany: readonly Certificate[];
  readonly identities: readonly Identity[];
  readonly oldIdentities: readonly Identity[];
  /** What is no certificate and no key. */
  readonly junk: readonly { readonly name: string; readonly value: unknown }[];
}

const PAST = { notBefore: new Date('2015-01-01'), notAfter: new Date('2019-01-01') };

const FUTURE = { notBefore: new Date('2090-01-01'), notAfter: new Date('2095-01-01') };

/** Passwords of which some cannot stand in a command (F1012: at most 128 bytes; no quote, no control character). */
const passphrases = {
  plain: secrets.add('passphrase', 'open sesame'),
  odd: secrets.add('odd passphrase', 'a,b;c\\d $e? +++'),
  umlauts: secrets.add('passphrase with umlauts', 'Ümläut·語'),
  longest: 'l'.repeat(128),
  quoted: 'with "quotes"',
  controlled: 'tab\tand\u0001',
  tooLong: 'x'.repeat(129),
  tooManyBytes: 'ß'.repeat(65),
};

export async function makeMaterials(): Promise<Materials> {
  const [first, rsa, p384, ...old] = await Promise.all([
    createAuthority({ name: 'First' }),
    createAuthority({ name: 'RSA', algorithm: 'rsa-2048' }),
    createAuthority({ name: 'P-384', algorithm: 'ecdsa-p384' }),
    createAuthority({ name: 'Old', ...PAST }),
    createAuthority({ name: 'Older', ...PAST }),
  ]);
  const future = await createAuthority({ name: 'Future', ...FUTURE });
  const between = await first.issueAuthority({ name: 'Between' });
  const roots = publicRoots();
  const { authority, crossed } = await crossSigned(roots[0]?.der ?? Buffer.alloc(0));
  const [current, expired] = await identities(first, rsa, between);
  const authorities = [first, rsa, future];
  const many = await Promise.all(Array.from({ length: 20 }, (_, at) => createAuthority({ name: `Many ${at}` })));
  return {
    authorities: authorities.map((one, at) => certificate(`authority ${at}`, one.pem)),
    root: certificate('authority 0', first.pem),
    intermediate: certificate('between', between.pem),
    crossed: [certificate('crossed public root', crossed), certificate('crossing', authority)],
    oldAuthorities: old.map((one, at) => certificate(`old authority ${at}`, one.pem)),
    publicRoots: roots,
    slow: certificate('P-384', p384.pem),
    tooMany: many.map((one, at) => certificate(`many ${at}`, one.pem)),
    identities: current,
    oldIdentities: expired,
    junk: junk(first.pem, current),
  };
}

/** Two with a short key and two with a long one, all of them valid. */
function publicRoots(): Certificate[] {
  const now = Date.now();
  const valid = rootCertificates.filter((pem) => {
    const { validFrom, validTo } = new X509Certificate(pem);
    return Date.parse(validFrom) < now && Date.parse(validTo) > now + 86_400_000;
  });
  valid.sort((one, other) => one.length - other.length);
  return [0, 1, -2, -1].map((at) => certificate(`public root ${at}`, valid.at(at) ?? ''));
}

async function identities(first: Authority, rsa: Authority, between: Authority): Promise<[Identity[], Identity[]]> {
  const wanted = { names: ['client'], client: true };
  const [one, two, below, future, old] = await Promise.all([
    first.issue(wanted),
    rsa.issue(wanted),
    between.issue(wanted),
    first.issue({ ...wanted, ...FUTURE }),
    first.issue({ ...wanted, ...PAST }),
  ]);
  const chain = [certificate('between', between.pem)];
  return [
    [
      ...[identity('curve', one, []), identity('RSA', two, []), identity('below', below, chain)],
      identity('future', future, []),
    ],
    [identity('old', old, [])],
  ];
}

function identity(name: string, { cert, key }: IssuedCertificate, chain: readonly Certificate[]): Identity {
  const opened = createPrivateKey(key);
  return {
    name,
    certificate: certificate(`client ${name}`, cert),
    chain,
    keys: keyForms(name, opened),
    sealedKeys: sealedForms(name, opened),
  };
}

function certificate(name: string, content: string | Buffer): Certificate {
  const read = new X509Certificate(content);
  return { name, pem: read.toString(), der: read.raw };
}

/** The form of before PKCS #8, which depends on the kind of key. */
function oldType(key: KeyObject): 'pkcs1' | 'sec1' {
  return key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
}

function keyForms(owner: string, key: KeyObject): KeyForm[] {
  const forms: KeyForm[] = [];
  for (const type of ['pkcs8', oldType(key)] as const) {
    const pem = key.export({ type, format: 'pem' });
    const name = `key ${owner} ${type}`;
    forms.push({ name: `${name} PEM`, value: pem.toString() });
    forms.push({ name: `${name} PEM bytes`, value: Buffer.from(pem) });
    forms.push({ name: `${name} DER`, value: key.export({ type: type as 'pkcs8', format: 'der' }) });
    if (type === 'sec1') forms.push({ name: `${name} PEM behind its curve`, value: `${curve}${pem.toString()}` });
    forms.push({ name: `${name} PEM, Windows`, value: `A note.\r\n${pem.toString().replaceAll('\n', '\r\n')}` });
  }
  return forms;
}

/** What `openssl ecparam -genkey` writes before the key. */
const curve = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';

function sealedForms(owner: string, key: KeyObject): KeyForm[] {
  const pkcs8 = { type: 'pkcs8', cipher: 'aes-256-cbc' } as const;
  // Like `pkcs8` for its type, though the kind of key decides which of the two it is.
  const old = { type: oldType(key) as 'pkcs1', cipher: 'aes-256-cbc' } as const;
  const forms = Object.entries(passphrases).map(([kind, passphrase], at): KeyForm => {
    const name = `key ${owner} sealed, ${kind} passphrase,`;
    const [form, value] = [
      ['PEM', key.export({ ...pkcs8, format: 'pem', passphrase }).toString()],
      ['DER', key.export({ ...pkcs8, format: 'der', passphrase })],
      ['old PEM', key.export({ ...old, format: 'pem', passphrase }).toString()],
    ][(at + owner.length) % 3] as [string, string | Buffer];
    return { name: `${name} ${form}`, value: secrets.addKey('sealed key', value, passphrase), passphrase };
  });
  return forms;
}

function junk(pem: string, [one]: readonly Identity[]): Materials['junk'] {
  const body = pem.split('\n').slice(1, 3).join('\n');
  return [
    { name: 'words', value: 'no certificate' },
    { name: 'noise', value: Buffer.from([0x30, 0x03, 0x01, 0x02]) },
    { name: 'no bytes', value: Buffer.alloc(0) },
    { name: 'half a PEM', value: pem.slice(0, pem.length / 2) },
    { name: 'a damaged PEM', value: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n` },
    { name: 'a public key', value: publicKey(pem) },
    { name: 'a number', value: 42 },
    { name: 'an object', value: { certificate: pem } },
    { name: 'true', value: true },
    { name: 'whose is it', value: one === undefined ? '' : `${one.name}.pem` },
  ];
}

function publicKey(pem: string): string {
  return new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
