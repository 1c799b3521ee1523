import { errorMonitor, type EventEmitter } from 'node:events';
// The default export: Node's defaults can be changed while the program runs, and a namespace would not show it.
import tls from 'node:tls';
import { codeOf } from '../errors/index.js';
import { present, type ConnectOptions } from './options.js';
import type { Connection } from './source.js';
import { trustDigest } from './trust.js';

const MOST = 100;

/**
 * TLS sessions of `tls: 'host'` connections, for the next one to resume: a handshake with fewer bytes and without a
 * certificate. They are the host's, so they outlive a reset of the module. The least recently used goes.
 */
export class TlsSessions {
  readonly #kept = new Map<string, Buffer>();

  /** The session that was kept last under this key. */
  find(key: string): Buffer | undefined {
    const session = this.#kept.get(key);
    if (session) this.keep(key, session);
    return session;
  }

  keep(key: string, session: Buffer): void {
    this.#kept.delete(key);
    this.#kept.set(key, session);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST) return;
      this.#kept.delete(oldest);
    }
  }

  /** Lets go of this session, unless another one has taken its place. */
  forget(key: string, session: Buffer | undefined): void {
    if (session !== undefined && this.#kept.get(key) === session) this.#kept.delete(key);
  }
}

/**
 * What the session of a connection is kept by: where it goes, and all that it asks of TLS, since Node checks neither
 * certificate nor name again when a session is resumed. `undefined` when none is to be kept or used: the caller brings a
 * session of his own, wants none (`maxCachedSessions: 0`, as for Node's agent) or a certificate status each time, or has
 * options that only Node can read.
 */
export function sessionKey({ host, port }: Connection, options: Readonly<ConnectOptions>): string | undefined {
  const { session, requestOCSP, maxCachedSessions } = options;
  if (present(session) || requestOCSP === true || maxCachedSessions === 0) return undefined;
  const given = Object.entries(options).filter(([, value]) => present(value));
  const digest = trustDigest({ ...nodeDefaults(options), ...Object.fromEntries(given) }, () => undefined);
  return digest === undefined ? undefined : `${host.toLowerCase()}:${port}:${digest}`;
}

/** What Node fills in for options that are left out; a program may change it between two connections. */
function nodeDefaults(options: Readonly<ConnectOptions>): ConnectOptions {
  const { DEFAULT_CIPHERS: ciphers, DEFAULT_ECDH_CURVE: ecdhCurve } = tls;
  const { DEFAULT_MIN_VERSION: minVersion, DEFAULT_MAX_VERSION: maxVersion } = tls;
  const { getCACertificates: authorities } = tls as { getCACertificates?: (type: 'default') => string[] };
  return {
    ciphers,
    ecdhCurve,
    minVersion,
    maxVersion,
    rejectUnauthorized: 'rejectUnauthorized' in options || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0',
    ...(authorities && !present(options.ca) ? { ca: authorities('default') } : {}),
  };
}

/**
 * Keeps the sessions of a connection that was verified, and lets go of the one it was `offered`, or has brought, when
 * its handshake fails. One that was not verified is not kept, whatever the options: resumed, it would pass for verified.
 */
export function keepSessions(
  secure: tls.TLSSocket,
  { sessions, key, offered }: { sessions: TlsSessions; key: string; offered: Buffer | undefined },
): void {
  let latest = offered;
  secure.on('session', (session: Buffer) => {
    if (!secure.authorized || secure.errored) return;
    latest = session;
    sessions.keep(key, session);
  });
  const failed = (error: unknown) => {
    // In TLS 1.3 a server refuses after the client's side of the handshake is done.
    if (inHandshake(secure) || codeOf(error)?.startsWith('ERR_SSL_')) sessions.forget(key, latest);
  };
  // Before those who listen for errors may connect anew, and in place of none of them.
  secure.once('connect', () => (secure as EventEmitter).once(errorMonitor, failed));
}

/** Until `secureConnect`; Node's types do not show it. */
export function inHandshake(secure: tls.TLSSocket): boolean {
  return (secure as unknown as { secureConnecting: boolean }).secureConnecting;
}
