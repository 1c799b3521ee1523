import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import tls, {
  type DetailedPeerCertificate,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';

import { Result, type Profile } from '../cch/table/index.js';
import { asError } from '../errors/index.js';
import type { SslContext } from './contexts.js';
import { unknownCurve, type CurveSupport } from './curves.js';
import { readAuthorities, verifyChain } from './verifier.js';

/** What a handshake needs beside its socket. */
export interface HandshakeOptions {
  /** Host name as the command gave it, for SNI. */
  readonly host: string;
  readonly context: SslContext;
  /** Of which the numbers of `sslversion` and whether names are checked matter. */
  readonly profile: Pick<Profile, 'versions' | 'checksName'>;
  readonly ecdsa: CurveSupport;
  readonly files: ReadonlyMap<string, Buffer>;
  /** The module's time. */
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** A secure socket, or the number of the result and why. */
export type HandshakeOutcome = { readonly socket: TLSSocket } | { readonly error: number; readonly reason: string };

/** Whether a file that the authentication mode needs is not there: result 19. */
export function certificatesMissing(context: SslContext, files: ReadonlyMap<string, Buffer>): boolean {
  const { authmode, cacert, clientcert, clientkey, password } = context;
  const needed = [
    ...(authmode === 1 || authmode === 2 ? [cacert] : []),
    ...(authmode >= 2 ? [clientcert, clientkey] : []),
    // Only a key that needs one has a password.
    ...(authmode >= 2 && password !== '' ? [password] : []),
  ];
  return needed.some((name) => !files.has(name));
}

/** Makes a connected socket secure as an SSL context says; whatever fails, the socket is destroyed. */
export async function handshake(socket: Socket, options: HandshakeOptions): Promise<HandshakeOutcome> {
  let secure: TLSSocket;
  try {
    secure = tls.connect({ socket, ...tlsOptions(options) });
  } catch (cause) {
    socket.destroy();
    return { error: Result.handshake, reason: asError(cause).message };
  }
  const failure = (await established(secure, options)) ?? verify(secure, options);
  if (failure === undefined) return { socket: secure };
  secure.destroy();
  return failure;
}

interface Failure {
  readonly error: number;
  readonly reason: string;
}

/** TLS_RSA_WITH_AES_128_CBC_SHA, as `ciphersuites` numbers it and as OpenSSL calls it. */
const OLD_SUITE = 0x002f;
const OLD_SUITE_NAME = 'AES128-SHA';

function tlsOptions({ host, context, profile, files }: HandshakeOptions): tls.ConnectionOptions {
  const [minVersion, maxVersion] = versionRange(context, profile);
  // The names that may stand in SNI are no addresses.
  const servername = context.enableSNI === 1 && isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {};
  const suites = context.ciphersuites === OLD_SUITE ? OLD_SUITE_NAME : 'DEFAULT';
  return {
    ...servername,
    ...(context.authmode >= 2 ? clientCertificate(context, files) : {}),
    // Node verifies at the host's time only; `verify` does it at the module's.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    minVersion,
    maxVersion,
    // TLS 1.0 and 1.1 exist only below OpenSSL's first security level.
    ciphers: `${suites}:@SECLEVEL=0`,
  };
}

/** The versions that a context allows, as far as Node has them. Throws when that are none. */
function versionRange(context: SslContext, { versions }: Pick<Profile, 'versions'>): [SecureVersion, SecureVersion] {
  const [oldest, newest] = versions[context.sslversion] ?? ['SSLv3', 'SSLv3'];
  if (newest === 'SSLv3') throw new Error('SSL 3.0 is not supported');
  const lowest: SecureVersion = oldest === 'SSLv3' ? 'TLSv1' : oldest;
  // TLS 1.3 has suites of its own; where the one old suite is asked for, it is out of the question.
  if (context.ciphersuites !== OLD_SUITE || newest !== 'TLSv1.3') return [lowest, newest];
  if (lowest === 'TLSv1.3') throw new Error(`TLS 1.3 has no suite ${OLD_SUITE_NAME}`);
  return [lowest, 'TLSv1.2'];
}

function clientCertificate(context: SslContext, files: ReadonlyMap<string, Buffer>): SecureContextOptions {
  const cert = files.get(context.clientcert) ?? Buffer.alloc(0);
  const key = files.get(context.clientkey) ?? Buffer.alloc(0);
  return {
    cert: isPem(cert) ? cert : new X509Certificate(cert).toString(),
    key: readKey(key, keyPassword(context, files)).export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** Given itself, or by the file that holds it (field note 4). */
function keyPassword({ keypwd, password }: SslContext, files: ReadonlyMap<string, Buffer>): string {
  return password === '' ? keypwd : (files.get(password)?.toString() ?? '').replace(/\r?\n$/, '');
}

function readKey(content: Buffer, passphrase: string): KeyObject {
  if (isPem(content)) return createPrivateKey({ key: content, passphrase });
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: content, format: 'der', type, passphrase });
    } catch {
      // Another type of key, perhaps.
    }
  }
  throw new Error('the key file holds no private key');
}

function isPem(content: Buffer): boolean {
  return content.includes('-----BEGIN ');
}

/** Waits for the end of the handshake; `undefined` is success. */
function established(socket: TLSSocket, { context, signal }: HandshakeOptions): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const seconds = context.negotiatetime;
    const timer = setTimeout(() => {
      settle({ error: Result.operationTimeout, reason: `no handshake in ${seconds} s` });
    }, seconds * 1000);
    const settle = (failure: Failure | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.off('secureConnect', done).off('close', closed);
      resolve(failure);
    };
    const done = () => settle(undefined);
    const aborted = () => settle({ error: Result.handshake, reason: 'given up' });
    const closed = () => settle({ error: Result.handshake, reason: 'closed by the peer' });
    // Stays: an error after the end of the handshake must not be uncaught.
    socket.on('error', (cause: Error) => settle({ error: Result.handshake, reason: cause.message }));
    socket.on('secureConnect', done).on('close', closed);
    signal.addEventListener('abort', aborted);
    if (signal.aborted) aborted();
  });
}

function verify(socket: TLSSocket, options: HandshakeOptions): Failure | undefined {
  const { context, ecdsa } = options;
  const authenticates = context.authmode === 1 || context.authmode === 2;
  if (!authenticates && ecdsa === 'all') return undefined;
  try {
    const chain = peerChain(socket);
    // A signature cannot be checked whether or not the chain is.
    const [curve] = chain.flatMap((certificate) => unknownCurve(certificate, ecdsa) ?? []);
    if (curve !== undefined) return { error: Result.handshake, reason: `no support of ${curve}` };
    return authenticates ? (verifyPeer(chain, options) ?? verifyName(socket, options)) : undefined;
  } catch (cause) {
    return { error: Result.handshake, reason: asError(cause).message };
  }
}

function verifyPeer(chain: readonly X509Certificate[], options: HandshakeOptions): Failure | undefined {
  const { context, ecdsa, files, now } = options;
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) return { error: Result.handshake, reason: 'no certificate' };
  const authorities = readAuthorities(files.get(context.cacert) ?? Buffer.alloc(0)).filter(
    (authority) => unknownCurve(authority, ecdsa) === undefined,
  );
  const at = context.ignorelocaltime === 1 ? undefined : now;
  const failure = verifyChain({ leaf, intermediates, authorities, at });
  return failure && { error: Result.handshake, reason: `certificate ${failure}` };
}

/** Alternative names, else the common name, in the families that look at them (field note 5.10). */
function verifyName(socket: TLSSocket, { host, context, profile }: HandshakeOptions): Failure | undefined {
  if (!profile.checksName || context.authmode !== 1 || context.ignorecertCN === 1) return undefined;
  const cause = tls.checkServerIdentity(host, socket.getPeerCertificate());
  return cause && { error: Result.handshake, reason: cause.message };
}

function peerChain(socket: TLSSocket): X509Certificate[] {
  const chain = new Map<string, X509Certificate>();
  // It ends with a certificate that is its own issuer, or with an empty object where the server did not send the next.
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !chain.has(next.raw.toString('hex'))) {
    chain.set(next.raw.toString('hex'), new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return [...chain.values()];
}
