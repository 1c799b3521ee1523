import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SocketError } from '../errors/index.js';
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
    const event = socket.encrypted ? 'secureConnect' : 'connect';
    const settle = () => socket.off(event, connected).off('error', failed).off('close', closed);
    const connected = () => {
      settle();
      callback(null, socket);
    };
    const failed = (error: Error) => {
      settle();
      callback(error, null);
    };
    // Without an error, when the modem is closed: undici would wait for ever.
    const closed = () => {
      const message = `connect ECONNRESET ${hostname}: the socket was closed before it was connected.`;
      failed(new SocketError('ECONNRESET', message, { syscall: 'connect', hostname }));
    };
    socket.once(event, connected).once('error', failed).once('close', closed);
  };
}
