import type { TLSSocket } from 'node:tls';
import { connectHostTls } from './host-tls.js';
import { ModemSocket } from './modem-socket.js';
import { tlsOf, type ConnectOptions } from './options.js';
import type { SessionSource } from './source.js';

/** What `connect` returns: with `tls: 'host'` a real TLSSocket of Node's. */
export type AnySocket = ModemSocket | TLSSocket;

/**
 * Connects through a session of the module and returns the socket at once. Never throws on option values: the socket
 * emits what is wrong with them on the next tick. `listener` is called on `secureConnect`, or on `connect` with
 * `tls: false`.
 */
export function connect(source: SessionSource, options: ConnectOptions, listener?: () => void): AnySocket {
  if (hostTls(options)) return kept(source, connectHostTls(source, options, listener));
  const socket = kept(source, new ModemSocket(source, options));
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

/** The source ends the socket when it is closed itself. */
function kept<T extends AnySocket>(source: SessionSource, socket: T): T {
  socket.once('close', source.registerSocket(socket));
  return socket;
}
