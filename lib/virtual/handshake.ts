import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import tls, {
  type DetailedPeerCertificate,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';

import { Result } from '../cch/table/index.js';
import { asError } from '../errors/index.js';
import type { SslContext } from './contexts.js';
import { readAuthorities, verifyChain } from './verifier.js';

/** What a handshake needs beside its socket. */
export interface HandshakeOptions {
  /** Host name as the command gave it, for SNI. */
  readonly host: string;
  readonly context: SslContext;
  readonly files: ReadonlyMap<string, Buffer>;
  /** The module's time. */
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** A secure socket, or the number of the result and why. */
export type HandshakeOutcome = { readonly socket: TLSSocket } | { readonly error: number; readonly reason: string };

const versions: readonly (readonly [SecureVersion, SecureVersion] | undefined)[] = [
  undefined,
  ['TLSv1', 'TLSv1'],
  ['TLSv1.1', 'TLSv1.1'],
  ['TLSv1.2', 'TLSv1.2'],
  ['TLSv1', 'TLSv1.2'],
];

/** Whether a file that the authentication mode needs is not there: result 19. */
export function certificatesMissing(context: SslContext, files: ReadonlyMap<string, Buffer>): boolean {
  const needed = [
    ...(context.authmode === 1 || context.authmode === 2 ? [context.cacert] : []),
    ...(context.authmode >= 2 ? [context.clientcert, context.clientkey] : []),
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

function tlsOptions({ host, context, files }: HandshakeOptions): tls.ConnectionOptions {
  const version = versions[context.sslversion];
  if (version === undefined) throw new Error('SSL 3.0 is not supported');
  // The names that may stand in SNI are no addresses.
  const servername = context.enableSNI === 1 && isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {};
  const suites = context.ciphersuites === 0x002f ? 'AES128-SHA' : 'DEFAULT';
  return {
    ...servername,
    ...(context.authmode >= 2 ? clientCertificate(context, files) : {}),
    // Node verifies at the host's time only; `verify` does it at the module's.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    minVersion: version[0],
    maxVersion: version[1],
    // TLS 1.0 and 1.1 exist only below OpenSSL's first security level.
    ciphers: `${suites}:@SECLEVEL=0`,
  };
}

function clientCertificate(context: SslContext, files: ReadonlyMap<string, Buffer>): SecureContextOptions {
  const cert = files.get(context.clientcert) ?? Buffer.alloc(0);
  const key = files.get(context.clientkey) ?? Buffer.alloc(0);
  return {
    cert: isPem(cert) ? cert : new X509Certificate(cert).toString(),
    key: readKey(key, context.keypwd).export({ type: 'pkcs8', format: 'pem' }),
  };
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

function verify(socket: TLSSocket, { context, files, now }: HandshakeOptions): Failure | undefined {
  if (context.authmode !== 1 && context.authmode !== 2) return undefined;
  try {
    const [leaf, ...intermediates] = peerChain(socket);
    if (leaf === undefined) return { error: Result.handshake, reason: 'no certificate' };
    const authorities = readAuthorities(files.get(context.cacert) ?? Buffer.alloc(0));
    const at = context.ignorelocaltime === 1 ? undefined : now;
    const failure = verifyChain({ leaf, intermediates, authorities, at });
    return failure && { error: Result.handshake, reason: `certificate ${failure}` };
  } catch (cause) {
    return { error: Result.handshake, reason: asError(cause).message };
  }
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
