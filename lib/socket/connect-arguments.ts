import type { SocketConnectOpts } from 'node:net';
import type { ConnectOptions } from './options.js';

/** What `socket.connect` takes: options or a port first; those of `net.Socket.connect` too, which it stands in for. */
export type ConnectArguments = readonly [ConnectOptions | SocketConnectOpts | number | string, ...unknown[]];

/** `connect(options, listener?)`, `connect(port, host?, listener?)`. */
export function connectArguments(given: ConnectArguments): {
  options: ConnectOptions;
  listener: (() => void) | undefined;
} {
  const last = given.at(-1);
  const listener = typeof last === 'function' ? (last as () => void) : undefined;
  const [first, second] = given;
  if (typeof first === 'object') return { options: first as ConnectOptions, listener };
  return { options: { port: first, ...(typeof second === 'string' ? { host: second } : {}) }, listener };
}
