import { isIP } from 'node:net';
import * as tls from 'node:tls';
import { SocketError, asError } from '../errors/index.js';
import { ModemSocket } from './modem-socket.js';
import { duration, present, tlsOf, type ConnectOptions } from './options.js';
import type { SessionSource } from './source.js';

/** What `connect` returns: with `tls: 'host'` a real TLSSocket of Node's. */
export type AnySocket = ModemSocket | tls.TLSSocket;

/**
 * Connects through a session of the module and returns the socket at once. Never throws on option values: the socket
 * emits what is wrong with them on the next tick. `listener` is called on `secureConnect`, or on `connect` with
 * `tls: false`.
 */
export function connect(source: SessionSource, options: ConnectOptions, listener?: () => void): AnySocket {
  if (hostTls(options)) return connectHostTls(source, options, listener);
  const socket = new ModemSocket(source, options);
  if (listener) socket.once(socket.encrypted ? 'secureConnect' : 'connect', listener);
  return socket.connect({});
}

function hostTls(options: ConnectOptions): boolean {
  try {
    return tlsOf(options) === 'host';
  } catch {
    // The socket says what is wrong.
    return false;
  }
}

/** Node's own TLS over a TCP session of the module: names, versions and options are Node's business. */
function connectHostTls(source: SessionSource, options: ConnectOptions, listener?: () => void): AnySocket {
  const { signal, timeout, ...rest } = options;
  const host = typeof options.host === 'string' ? options.host : 'localhost';
  const tcp = new ModemSocket(source, { ...rest, tls: false, ...(signal ? { signal } : {}) });
  tcp.connect({});
  const name = host.replace(/\.$/, '');
  const servername = options.servername ?? (isIP(host) === 0 ? name : '');
  let secure: tls.TLSSocket;
  try {
    const settings = { ...rest, host: name, servername, socket: tcp } as unknown as tls.ConnectionOptions;
    secure = tls.connect(settings, listener);
    if (present(timeout)) secure.setTimeout(timeout);
  } catch (error) {
    // An option that Node's TLS refuses by throwing: emitted, like every other.
    process.nextTick(() => tcp.destroy(asError(error)));
    return tcp;
  }
  bind(secure, tcp, options);
  return secure;
}

/** One falls with the other, and the time for connecting covers the handshake. */
function bind(secure: tls.TLSSocket, tcp: ModemSocket, options: ConnectOptions): void {
  tcp.on('error', (error) => secure.destroy(error));
  tcp.once('close', () => secure.destroy());
  secure.once('close', () => tcp.destroy());
  let time: number;
  try {
    time = duration(options.connectTimeout, 'connectTimeout', 150_000, 1);
  } catch {
    return; // The TCP socket emits it.
  }
  const timer = setTimeout(() => {
    const where = `${options.host ?? 'localhost'}:${options.port ?? ''}`;
    const message = `connect ETIMEDOUT ${where}: no TLS connection within ${time} ms.`;
    if (!tcp.connecting) secure.destroy(new SocketError('ETIMEDOUT', message, { syscall: 'connect', transient: true }));
  }, time);
  secure.once('secureConnect', () => clearTimeout(timer));
  secure.once('close', () => clearTimeout(timer));
}
