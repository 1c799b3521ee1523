import { X509Certificate } from 'node:crypto';
import { ca, cannot, refusedHere, usual, type Cell, type Exception } from './matrix-cell.js';

const datesWaived: readonly Exception[] = [
  { links: usual, says: 'accepted', why: 'checkDates: false waives the dates, an option that Node does not have' },
];

export const authorityCells: readonly Cell[] = [
  { name: 'the right authority', server: 'good', options: ca },
  { name: 'the right authority in a Buffer', server: 'good', options: ({ root }) => ({ ca: Buffer.from(root) }) },
  {
    name: 'the right authority as DER, which Node does not read',
    server: 'good',
    options: ({ root }) => ({ ca: new X509Certificate(root).raw }),
    node: ca,
  },
  { name: 'the right authority among others', server: 'good', options: (of) => ({ ca: [of.other, of.root] }) },
  { name: 'the wrong authority', server: 'of another root', options: ca },
  { name: 'the wrong authority, twice', server: 'of another root', options: (of) => ({ ca: [of.root, of.clients] }) },
  { name: 'no authority', server: 'good', verified: refusedHere('ERR_MODEM_CA_REQUIRED') },
  {
    name: 'an empty list',
    server: 'good',
    options: () => ({ ca: [] }),
    verified: refusedHere('ERR_MODEM_CA_REQUIRED'),
  },
  {
    name: 'a public root, of which the server is not',
    server: 'good',
    options: ({ publicRoot }) => ({ ca: publicRoot }),
    verified: refusedHere('ERR_MODEM_HOSTNAME_UNCHECKED'),
  },
  {
    name: 'a public root, of which the server is not, and no name to check',
    server: 'good',
    options: ({ publicRoot }) => ({ ca: publicRoot, checkHostName: false }),
  },
  {
    name: 'a public root beside the right authority',
    server: 'good',
    options: ({ publicRoot, root }) => ({ ca: [publicRoot, root] }),
    verified: cannot(usual, 'ERR_MODEM_HOSTNAME_UNCHECKED'),
  },
  {
    name: 'a public root beside the right authority, and no name to check',
    server: 'good',
    options: ({ publicRoot, root }) => ({ ca: [publicRoot, root], checkHostName: false }),
  },
  { name: 'a self-signed server', server: 'self-signed', options: ca },
  {
    name: 'a self-signed server that is the authority',
    server: 'self-signed',
    options: ({ selfSigned }) => ({ ca: selfSigned.cert }),
  },
  { name: 'a certificate for clients', server: 'for clients', options: ca },
];

export const chainCells: readonly Cell[] = [
  { name: 'an authority between', server: 'chain', options: ca },
  { name: 'an authority between that is not sent', server: 'chain not sent', options: ca },
  {
    name: 'an authority between that is not sent, but known',
    server: 'chain not sent',
    options: ({ root, between }) => ({ ca: [root, between] }),
  },
  {
    name: 'an authority between, alone',
    server: 'chain',
    options: ({ between }) => ({ ca: between }),
    verified: refusedHere('ERR_MODEM_CERTIFICATE'),
  },
  {
    name: 'an authority between, beside a root of others',
    server: 'chain',
    options: ({ between, other }) => ({ ca: [other, between] }),
    verified: refusedHere('ERR_MODEM_CERTIFICATE'),
  },
  {
    name: "the server's own certificate, that an authority has signed",
    server: 'good',
    options: ({ good }) => ({ ca: good.cert }),
    verified: refusedHere('ERR_MODEM_CERTIFICATE'),
  },
  { name: 'an expired authority between', server: 'chain with an expired authority', options: ca },
  {
    name: 'an expired authority between, dates not checked',
    server: 'chain with an expired authority',
    options: (of) => ({ ...ca(of), checkDates: false }),
    verified: datesWaived,
  },
  { name: 'somebody between who is no authority', server: 'chain through no authority', options: ca },
];

const withDates: readonly Cell[] = [
  { name: 'an expired certificate', server: 'expired', options: ca },
  { name: 'a certificate of tomorrow', server: 'not yet valid', options: ca },
  { name: 'an expired certificate of the wrong authority', server: 'expired, of another root', options: ca },
  { name: 'a certificate of tomorrow of the wrong authority', server: 'not yet valid, of another root', options: ca },
  { name: 'a self-signed certificate that has expired', server: 'self-signed and expired', options: ca },
  {
    name: 'a self-signed certificate that has expired and is the authority',
    server: 'self-signed and expired',
    options: ({ selfSignedExpired }) => ({ ca: selfSignedExpired.cert }),
    verified: refusedHere('ERR_MODEM_CERTIFICATE'),
  },
  {
    name: 'an expired root',
    server: 'of an expired root',
    options: ({ expiredRoot }) => ({ ca: expiredRoot }),
    verified: refusedHere('ERR_MODEM_CERTIFICATE'),
  },
  {
    name: 'an expired root beside others',
    server: 'of an expired root',
    options: ({ expiredRoot, root }) => ({ ca: [root, expiredRoot] }),
  },
  {
    name: 'a root of tomorrow',
    server: 'of a root of tomorrow',
    options: ({ futureRoot }) => ({ ca: futureRoot }),
  },
];

/** The same with `checkDates: false`, which makes the dates alone no matter. */
const withoutDates: readonly Cell[] = withDates.map(({ verified: _, ...cell }) => {
  const untrusted = /wrong authority|^a self-signed certificate that has expired$/.test(cell.name);
  return {
    ...cell,
    name: `${cell.name}, dates not checked`,
    options: (of) => ({ ...cell.options?.(of), checkDates: false }),
    ...(untrusted ? {} : { verified: datesWaived }),
  };
});

export const dateCells: readonly Cell[] = [...withDates, ...withoutDates];
