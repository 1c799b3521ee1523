import type { ConnectOptions } from '../../lib/index.js';
import type { TlsMaterials } from '../support/tls-materials.js';
import { ca, cannot, everyLink, modern, usual, type Cell, type Exception, type LinkName } from './matrix-cell.js';

const nameless = usual.filter((link) => !modern.includes(link));

function unchecked(links: readonly LinkName[] = nameless): readonly Exception[] {
  return [{ links, says: 'accepted', why: 'the module checks no host names' }];
}

const nameWaived: readonly Exception[] = [
  { links: usual, says: 'accepted', why: 'checkHostName: false waives the name' },
];

const withName = (options: ConnectOptions) => (of: TlsMaterials) => ({ ...ca(of), ...options });

export const nameCells: readonly Cell[] = [
  { name: 'the name in SAN alone', server: 'name in SAN only', options: ca },
  { name: 'a wildcard', server: 'wildcard', host: 'van.fleet.test', options: ca },
  { name: 'a wildcard, two levels', server: 'wildcard', host: 'a.van.fleet.test', options: ca, verified: unchecked() },
  { name: 'capitals in the name', server: 'good', host: 'Server.TEST', options: ca },
  { name: 'an address', server: 'good', host: '127.0.0.1', options: ca },
  { name: 'an address that it has not', server: 'wildcard', host: '127.0.0.1', options: ca, verified: unchecked() },
  { name: 'another name', server: 'of another name', options: ca, verified: unchecked() },
  {
    name: 'another name, not to be checked',
    server: 'of another name',
    options: withName({ checkHostName: false }),
    verified: nameWaived,
  },
  { name: 'another name and the wrong authority', server: 'of another name and root', options: ca },
  {
    name: 'another name and the wrong authority, the name not to be checked',
    server: 'of another name and root',
    options: withName({ checkHostName: false }),
  },
  { name: 'another name, expired', server: 'of another name, expired', options: ca },
  {
    name: 'the name to be checked',
    server: 'good',
    options: withName({ checkHostName: true }),
    verified: cannot(nameless),
    unverified: cannot(usual),
  },
  {
    name: 'another name, to be checked',
    server: 'of another name',
    options: withName({ checkHostName: true }),
    verified: cannot(nameless),
    unverified: cannot(usual),
  },
  {
    name: 'a public root beside the right authority, and the name to be checked',
    server: 'good',
    options: ({ publicRoot, root }) => ({ ca: [publicRoot, root], checkHostName: true }),
    verified: cannot(nameless),
    unverified: cannot(usual),
  },
  {
    name: 'another name, a public root beside the right authority, and the name to be checked',
    server: 'of another name',
    options: ({ publicRoot, root }) => ({ ca: [publicRoot, root], checkHostName: true }),
    verified: cannot(nameless),
    unverified: cannot(usual),
  },
  { name: 'SNI', server: 'by SNI', options: ca },
  { name: 'SNI of another server at the same port', server: 'by SNI', host: 'else.test', options: ca },
  { name: 'SNI of nobody', server: 'by SNI', host: 'nobody.test', options: ca },
  { name: 'SNI that is wanted, and turned off', server: 'by SNI', options: withName({ servername: '' }) },
  { name: 'SNI that is wanted, and an address', server: 'by SNI', host: '127.0.0.1', options: ca },
  { name: 'SNI turned off', server: 'good', options: withName({ servername: '' }) },
  { name: 'SNI written otherwise', server: 'by SNI', options: withName({ servername: 'SERVER.test' }) },
  {
    name: 'SNI of another name than the host',
    server: 'by SNI',
    options: withName({ servername: 'else.test' }),
    verified: cannot(usual),
    unverified: cannot(usual),
  },
];

const lacking: readonly Exception[] = [{ links: nameless, says: 'EPROTO', why: 'the family has no such version' }];

function unsaid(links: readonly LinkName[]): Pick<Cell, 'verified' | 'unverified'> {
  const exceptions: readonly Exception[] = [
    { links, says: 'ERR_MODEM_UNSUPPORTED', why: 'the family has no such version' },
  ];
  return { verified: exceptions, unverified: exceptions };
}

/** Node's OpenSSL does TLS 1.1 only when it is told to. */
const old = () => ({ ciphers: 'DEFAULT:@SECLEVEL=0' });

export const versionCells: readonly Cell[] = [
  { name: 'TLS 1.1, which nobody has asked for', server: 'TLS 1.1', options: ca, node: old },
  {
    name: 'TLS 1.1, which was asked for alone',
    server: 'TLS 1.1',
    options: withName({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
    node: old,
    ...unsaid(modern),
  },
  {
    name: 'TLS 1.1, with all from 1.1 on',
    server: 'TLS 1.1',
    options: withName({ minVersion: 'TLSv1.1' }),
    node: old,
    // No number of sslversion stands for 1.1 to 1.2; the newest goes.
    verified: [{ links: usual, says: 'EPROTO', why: 'the family has no such version' }],
    unverified: [{ links: usual, says: 'EPROTO', why: 'the family has no such version' }],
  },
  {
    name: 'TLS 1.2, where 1.1 was asked for alone',
    server: 'TLS 1.2',
    options: withName({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
    node: old,
    ...unsaid(modern),
  },
  { name: 'TLS 1.2', server: 'TLS 1.2', options: ca },
  { name: 'TLS 1.2 of a server that knows 1.3', server: 'good', options: withName({ maxVersion: 'TLSv1.2' }) },
  { name: 'TLS 1.2 alone', server: 'TLS 1.2', options: withName({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }) },
  {
    name: 'TLS 1.2, where 1.3 was asked for',
    server: 'TLS 1.2',
    options: withName({ minVersion: 'TLSv1.3' }),
    ...unsaid(nameless),
  },
  { name: 'TLS 1.3', server: 'TLS 1.3', options: ca, verified: lacking, unverified: lacking },
  {
    name: 'TLS 1.3 alone',
    server: 'TLS 1.3',
    options: withName({ minVersion: 'TLSv1.3' }),
    ...unsaid(nameless),
  },
  { name: 'TLS 1.3, where 1.2 was asked for', server: 'TLS 1.3', options: withName({ maxVersion: 'TLSv1.2' }) },
  {
    name: 'TLS 1.3 and the wrong authority',
    server: 'TLS 1.3',
    options: ({ other }) => ({ ca: other }),
    unverified: lacking,
  },
  { name: 'no TLS', server: 'no TLS', options: ca },
];

function curve(...links: readonly LinkName[]): Pick<Cell, 'links' | 'verified' | 'unverified'> {
  const exceptions: readonly Exception[] = [{ links, says: 'EPROTO', why: 'the firmware does not know the curve' }];
  return { links: everyLink, verified: exceptions, unverified: exceptions };
}

export const keyCells: readonly Cell[] = [
  { name: 'RSA', server: 'RSA', options: ({ rsaRoot }) => ({ ca: rsaRoot }), links: everyLink },
  { name: 'RSA of the wrong authority', server: 'RSA', options: ca, links: everyLink },
  { name: 'P-256', server: 'good', options: ca, ...curve('sim7600, RSA only') },
  {
    name: 'P-256 under RSA',
    server: 'P-256 under RSA',
    options: ({ rsaRoot }) => ({ ca: rsaRoot }),
    ...curve('sim7600, RSA only'),
  },
  {
    name: 'P-384',
    server: 'P-384',
    options: ({ p384Root }) => ({ ca: p384Root }),
    ...curve('sim7600, RSA only', 'a76xx'),
  },
  {
    name: 'P-256 under P-384',
    server: 'P-256 under P-384',
    options: ({ p384Root }) => ({ ca: p384Root }),
    links: everyLink,
    verified: [{ links: ['sim7600, RSA only', 'a76xx'], says: 'EPROTO', why: 'the firmware does not know the curve' }],
    unverified: [{ links: ['sim7600, RSA only'], says: 'EPROTO', why: 'the firmware does not know the curve' }],
  },
  {
    name: 'the old suite, which RSA alone can do',
    server: 'RSA',
    options: ({ rsaRoot }) => ({ ca: rsaRoot, ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }),
    links: everyLink,
    verified: cannot(['a76xx']),
    unverified: cannot(['a76xx']),
  },
  {
    name: 'the old suite, which P-256 cannot do',
    server: 'TLS 1.2',
    options: withName({ ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }),
    links: everyLink,
    verified: cannot(['a76xx']),
    unverified: cannot(['a76xx']),
  },
];
