import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { ConnectOptions } from '../../lib/index.js';
import type { IssuedCertificate } from '../support/certificates.js';
import { KEY_PASSWORD, OTHER_KEY_PASSWORD } from '../support/secrets.js';
import type { TlsMaterials } from '../support/tls-materials.js';
import { ca, cannot, classic, modern, refusedHere, usual, type Cell, type Exception } from './matrix-cell.js';

/** In TLS 1.3 the server decides when the client's part of the handshake is over. */
const toldLate: readonly Exception[] = [
  { links: modern, says: 'closed', why: 'the module is not told before the handshake is over' },
];

function both(exceptions: readonly Exception[]): Pick<Cell, 'verified' | 'unverified'> {
  return { verified: exceptions, unverified: exceptions };
}

const as =
  (client: (of: TlsMaterials) => IssuedCertificate, more: ConnectOptions = {}) =>
  (of: TlsMaterials): ConnectOptions => ({ ...ca(of), ...client(of), ...more });

function derOf({ cert, key }: IssuedCertificate): ConnectOptions {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return { cert: new X509Certificate(cert).raw, key: der };
}

const wanted = 'wants a client, TLS 1.2';
const wanted13 = 'wants a client, TLS 1.3';
const noTls13 = both([
  { links: classic.filter((link) => usual.includes(link)), says: 'EPROTO', why: 'the family has no such version' },
]);

const identityCells: readonly Cell[] = [
  { name: 'wanted and given, TLS 1.2', server: wanted, options: as(({ client }) => client) },
  { name: 'wanted and given, TLS 1.3', server: wanted13, options: as(({ client }) => client), ...noTls13 },
  { name: 'wanted and given, with an RSA key', server: wanted, options: as(({ rsaClient }) => rsaClient) },
  { name: 'wanted and given, with its chain', server: wanted, options: as(({ clientBelow }) => clientBelow) },
  { name: 'wanted and missing, TLS 1.2', server: wanted, options: ca },
  { name: 'wanted and missing', server: 'wants a client', options: ca, ...both(toldLate) },
  { name: 'of the wrong authority, TLS 1.2', server: wanted, options: as(({ clientOfOther }) => clientOfOther) },
  {
    name: 'of the wrong authority',
    server: 'wants a client',
    options: as(({ clientOfOther }) => clientOfOther),
    ...both(toldLate),
  },
  { name: 'asked for and given', server: 'asks for a client', options: as(({ client }) => client) },
  { name: 'asked for and missing', server: 'asks for a client', options: ca },
  { name: 'given, and asked for by nobody', server: 'good', options: as(({ client }) => client) },
  { name: 'given to a server of the wrong authority', server: 'of another root', options: as(({ client }) => client) },
  { name: 'given to an expired server', server: 'expired', options: as(({ client }) => client) },
  {
    name: 'given to a server of another name, which 767 does not check then, either',
    server: 'wants a client, has another name',
    options: as(({ client }) => client),
    verified: [{ links: usual, says: 'accepted', why: 'the module checks no host names' }],
  },
  {
    name: 'given, and the name to be checked',
    server: wanted,
    options: as(({ client }) => client, { checkHostName: true }),
    ...both(cannot(usual)),
  },
  {
    name: 'expired',
    server: wanted,
    options: as(({ expiredClient }) => expiredClient),
    ...both(refusedHere('ERR_MODEM_CERTIFICATE')),
  },
  {
    name: 'expired, dates not checked here, but by the server',
    server: wanted,
    options: as(({ expiredClient }) => expiredClient, { checkDates: false }),
  },
];

const unusable = both(refusedHere('ERR_MODEM_CERTIFICATE'));

const keyCells: readonly Cell[] = [
  {
    name: 'with the wrong key',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.client.cert, key: of.clientOfOther.key }),
    ...unusable,
  },
  {
    name: 'with a key of another kind',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.client.cert, key: of.rsaClient.key }),
    ...unusable,
  },
  {
    name: 'with an encrypted key',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.client.cert, key: of.encryptedKey, passphrase: KEY_PASSWORD }),
  },
  {
    name: 'with an encrypted RSA key as older programs write it',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.rsaClient.cert, key: of.encryptedRsaKey, passphrase: KEY_PASSWORD }),
  },
  {
    name: 'with an encrypted key and its passphrase beside it',
    server: wanted,
    options: (of) => {
      return { ...ca(of), cert: of.client.cert, key: [{ pem: of.encryptedKey, passphrase: KEY_PASSWORD }] };
    },
  },
  {
    name: 'with an encrypted key, and asked for by nobody',
    server: 'good',
    options: (of) => ({ ...ca(of), cert: of.client.cert, key: of.encryptedKey, passphrase: KEY_PASSWORD }),
  },
  {
    name: 'with an encrypted key and another passphrase',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.client.cert, key: of.encryptedKey, passphrase: OTHER_KEY_PASSWORD }),
    ...unusable,
  },
  {
    name: 'with an encrypted key and no passphrase',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.client.cert, key: of.encryptedKey }),
    ...unusable,
  },
  {
    name: 'with a key in the clear and a passphrase, which is not needed',
    server: wanted,
    options: as(({ client }) => client, { passphrase: OTHER_KEY_PASSWORD }),
  },
  {
    name: 'as DER, which Node does not read',
    server: 'asks for a client',
    options: (of) => ({ ...ca(of), ...derOf(of.rsaClient) }),
    node: ({ rsaClient: { cert, key } }) => ({ cert, key }),
  },
  {
    name: 'with no key',
    server: wanted,
    options: (of) => ({ ...ca(of), cert: of.client.cert }),
    ...unusable,
  },
  {
    name: 'without the certificate of its key',
    server: wanted,
    options: (of) => ({ ...ca(of), key: of.client.key }),
    ...unusable,
  },
];

export const clientCells: readonly Cell[] = [...identityCells, ...keyCells];
