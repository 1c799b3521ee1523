import { isIP } from 'node:net';
import * as tls from 'node:tls';
import { SocketError, asError } from '../errors/index.js';
import { Carrier } from './carrier.js';
import { ModemSocket } from './modem-socket.js';
import { CONNECT_TIMEOUT, duration, tlsOf, type ConnectOptions } from './options.js';
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
  keep(source, socket);
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
  const name = (typeof options.host === 'string' ? options.host : 'localhost').replace(/\.$/, '');
  const servername = options.servername ?? (isIP(name) === 0 ? name : '');
  const tcp = new ModemSocket(source, { ...rest, ...(signal ? { signal } : {}) });
  try {
    const idle = duration(timeout, 'timeout', 0);
    const time = duration(options.connectTimeout, 'connectTimeout', CONNECT_TIMEOUT, 1);
    const carrier = new Carrier(tcp);
    const settings = { ...rest, host: name, servername, socket: carrier } as unknown as tls.ConnectionOptions;
    const secure = tls.connect(settings, listener);
    carrier.bind(secure);
    if (idle > 0) secure.setTimeout(idle);
    limit(secure, tcp, options, time);
    keep(source, secure);
    tcp.connect({});
    return secure;
  } catch (error) {
    // An option that Node's TLS refuses by throwing: emitted, like every other.
    process.nextTick(() => tcp.destroy(asError(error)));
    return tcp;
  }
}

/** The time for connecting covers the handshake. */
function limit(secure: tls.TLSSocket, tcp: ModemSocket, { host, port }: ConnectOptions, time: number): void {
  const timer = setTimeout(() => {
    const message = `connect ETIMEDOUT ${host ?? 'localhost'}:${port ?? ''}: no TLS connection within ${time} ms.`;
    if (!tcp.connecting) secure.destroy(new SocketError('ETIMEDOUT', message, { syscall: 'connect', transient: true }));
  }, time);
  secure.once('secureConnect', () => clearTimeout(timer));
  secure.once('close', () => clearTimeout(timer));
}

/** The source ends the socket when it is closed itself. */
function keep(source: SessionSource, socket: AnySocket): void {
  socket.once('close', source.registerSocket(socket));
}
