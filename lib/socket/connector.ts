import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect } from './connect.js';
import { present, type ConnectOptions } from './options.js';
import type { SessionSource } from './source.js';

/** Where undici wants to be connected to. */
export interface ConnectorTarget {
  readonly hostname: string;
  readonly protocol: string;
  /** Empty for the protocol's own. */
  readonly port: string;
  readonly servername?: string | undefined;
}

/** Tells undici of the socket, or why there is none; once, and never before the connector has returned. */
export type ConnectorCallback = (...outcome: [null, Socket | TLSSocket] | [Error, null]) => void;

/** A `connect` function for undici's Client, Pool and Agent. */
export type Connector = (target: ConnectorTarget, callback: ConnectorCallback) => void;

/**
 * Connects for undici: calls back when the connection stands. An `http:` origin is plain TCP, as it is with undici's own
 * connector; `options` are those of `connect`.
 */
export function makeConnector(source: SessionSource, options: ConnectOptions): Connector {
  return ({ hostname, protocol, port, servername }, callback) => {
    const plain = protocol === 'http:';
    const socket = connect(source, {
      ...(present(servername) ? { servername } : {}),
      ...options,
      ...(plain ? { tls: false } : {}),
      host: hostname,
      port: port === '' ? (plain ? 80 : 443) : port,
    });
    const failed = (error: Error) => callback(error, null);
    socket.once('error', failed);
    socket.once(socket.encrypted ? 'secureConnect' : 'connect', () => {
      socket.off('error', failed);
      callback(null, socket);
    });
  };
}
