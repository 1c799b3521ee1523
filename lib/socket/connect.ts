import tls from 'node:tls';
import { connectHostTls, type HostTlsSocket } from './host-tls.js';
import { ModemSocket } from './modem-socket.js';
import { tlsOf, type ConnectOptions } from './options.js';
import type { SessionSource } from './source.js';

/** What `connect` returns: with `tls: 'host'` a real TLSSocket of Node's. */
export type AnySocket = ModemSocket | HostTlsSocket;

/**
 * Connects through a session of the module and returns the socket at once. Never throws on option values: the socket
 * emits what is wrong with them on the next tick. `listener` is called on `secureConnect`, or on `connect` with
 * `tls: false`.
 */
export function connect(source: SessionSource, given: ConnectOptions, listener?: () => void): AnySocket {
  const options = withoutNodesCheck(given);
  if (hostTls(options)) {
    const secure = connectHostTls(source, options, listener);
    secure.once('close', source.registerSocket(secure));
    return secure;
  }
  const socket = new ModemSocket(source, options);
  if (listener) socket.once(socket.encrypted ? 'secureConnect' : 'connect', listener);
  return socket.connect({});
}

/** Node's own check of names, which got passes with every request, asks for what leaving it out does. */
function withoutNodesCheck(options: ConnectOptions): ConnectOptions {
  const { checkServerIdentity, ...rest } = options;
  return checkServerIdentity === tls.checkServerIdentity ? rest : options;
}

function hostTls(options: ConnectOptions): boolean {
  try {
    return tlsOf(options) === 'host';
  } catch {
    // The socket says what is wrong.
    return false;
  }
}
