import type { ClientRequest } from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type AnySocket } from './connect.js';
import { duration, type ConnectOptions } from './options.js';
import type { SessionSource } from './source.js';

/** Options of an agent: Node's own, those of `connect`, and `idleTimeout`. */
export interface ModemAgentOptions extends Omit<ConnectOptions, 'timeout'> {
  /** Default true. */
  keepAlive?: boolean | undefined;
  /** Ms that a socket is kept without a request. Default 60 000. */
  idleTimeout?: number | undefined;
  maxSockets?: number | undefined;
  /** Default: the number of sessions of the module. */
  maxTotalSockets?: number | undefined;
  maxFreeSockets?: number | undefined;
  scheduling?: 'fifo' | 'lifo' | undefined;
  timeout?: number | undefined;
}

/** What Node's Agent has and its types do not show. */
interface AgentInternals {
  addRequest(request: ClientRequest, options: Record<string, unknown>): void;
  keepSocketAlive(socket: Duplex): boolean;
  readonly requests: Readonly<Record<string, ClientRequest[] | undefined>>;
}

const internals = https.Agent.prototype as unknown as AgentInternals;

const IDLE_TIMEOUT = 60_000;

/**
 * Node's Agent over the few sessions of a module. Idle sockets are kept for reuse, but never from anybody who waits: a
 * request that the agent would keep to itself, or a connect that waits for a session, has the longest idle one closed.
 */
export class ModemAgent extends https.Agent {
  readonly #source: SessionSource;
  readonly #idleTimeout: number;
  readonly #idle = new WeakMap<object, () => void>();

  constructor(source: SessionSource, protocol: 'https:' | 'http:', options: ModemAgentOptions) {
    const { idleTimeout, ...rest } = options;
    const defaults = { keepAlive: true, maxTotalSockets: source.sessions };
    super({ ...defaults, ...(protocol === 'http:' ? { tls: false } : {}), ...rest });
    this.#source = source;
    this.#idleTimeout = duration(idleTimeout, 'idleTimeout', IDLE_TIMEOUT);
    Object.assign(this, { protocol, defaultPort: protocol === 'https:' ? 443 : 80 });
  }

  /** Called by Node for each socket it needs; returns it at once, so that the agent counts right. */
  override createConnection(options: object, callback?: (error: Error | null, stream: Duplex) => void): Duplex {
    return connect(this.#source, options as ConnectOptions, callback as (() => void) | undefined);
  }

  /** Sockets with different options are different sockets. */
  override getName(options?: object): string {
    const { tls, checkHostName, checkDates, sslContext } = (options ?? {}) as ConnectOptions;
    return `${super.getName(options)}:${[tls, checkHostName, checkDates, sslContext].join(':')}`;
  }

  /** Called by Node for each request. */
  addRequest(request: ClientRequest, options: Record<string, unknown>): void {
    internals.addRequest.call(this, request, options);
    const queued = Object.values((this as unknown as AgentInternals).requests);
    if (queued.some((requests) => requests?.includes(request))) this.#source.evict();
  }

  /** Called by Node when a request is done; whether the socket is kept. */
  override keepSocketAlive(socket: Duplex): boolean {
    // Node's types call it void; it tells whether the socket may be kept.
    const kept = internals.keepSocketAlive.call(this, socket);
    if (!kept || this.#source.wanted) return false;
    const unregister = this.#source.registerIdle(socket);
    const timer = this.#idleTimeout > 0 ? setTimeout(() => socket.destroy(), this.#idleTimeout) : undefined;
    timer?.unref();
    const end = () => {
      clearTimeout(timer);
      unregister();
      socket.off('close', end);
    };
    socket.once('close', end);
    this.#idle.set(socket, end);
    return true;
  }

  /** Called by Node when a kept socket gets a request. */
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#idle.get(socket)?.();
    this.#idle.delete(socket);
    super.reuseSocket(socket, request);
  }
}

export type { AnySocket };
