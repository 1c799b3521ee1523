import { AsyncResource } from 'node:async_hooks';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { connect, type AnySocket } from './connect.js';
import { discreet } from './discretion.js';
import { duration, present, type ConnectOptions } from './options.js';
import type { SessionSource } from './source.js';
import { trustDigest } from './trust.js';

/** Options of an agent: Node's own, those of `connect`, and `idleTimeout`. */
export interface ModemAgentOptions extends ConnectOptions {
  /** Default true. */
  keepAlive?: boolean | undefined;
  /** Ms that a socket is kept without a request. Default 60 000. */
  idleTimeout?: number | undefined;
  maxSockets?: number | undefined;
  /** Default: the number of sessions of the module. */
  maxTotalSockets?: number | undefined;
  maxFreeSockets?: number | undefined;
  /** With `tls: 'host'`, 0: TLS sessions are neither kept nor resumed. Otherwise the modem keeps a hundred for all. */
  maxCachedSessions?: number | undefined;
  scheduling?: 'fifo' | 'lifo' | undefined;
}

/** What Node's Agent has and its types do not show. */
interface AgentInternals {
  addRequest(request: http.ClientRequest, options: Record<string, unknown>): void;
  keepSocketAlive(socket: Duplex): boolean;
  removeSocket(socket: Duplex, options: object): void;
  readonly requests: Record<string, http.ClientRequest[] | undefined>;
  readonly totalSocketCount: number;
  readonly protocol: string;
}

/** Names for functions and other objects that tell nothing of themselves: the same one for the same object. */
const objects = new WeakMap<object, string>();
let objectCount = 0;

function nameObject(object: object): string {
  const name = objects.get(object) ?? String(++objectCount);
  objects.set(object, name);
  return name;
}

const internals = https.Agent.prototype as unknown as AgentInternals;

const IDLE_TIMEOUT = 60_000;

/**
 * Node's Agent over the few sessions of a module. Idle sockets are kept for reuse, but never from anybody who waits: a
 * request that the agent would keep to itself, or a connect that waits for a session, has the longest idle one closed.
 * Node's own also leaves requests waiting beside a session that is free, when another of their origin is busy.
 */
export class ModemAgent extends https.Agent {
  readonly #source: SessionSource;
  readonly #idleTimeout: number;
  /** Sockets without a request, the longest idle one first, and what ends their being so. */
  readonly #idle = new Map<Duplex, () => void>();
  /** Asks again for a request that Node's agent has queued, in its own asynchronous context. */
  readonly #again = new WeakMap<http.ClientRequest, () => void>();
  /** Which requests came first. */
  readonly #order = new WeakMap<http.ClientRequest, number>();
  #count = 0;

  constructor(source: SessionSource, protocol: 'https:' | 'http:', options: ModemAgentOptions) {
    const { idleTimeout, ...rest } = options;
    // `rejectUnauthorized: undefined` verifies with Node, and says so here where the environment may say otherwise.
    const isGiven = ([name, value]: [string, unknown]) => present(value) || name === 'rejectUnauthorized';
    const given = Object.fromEntries(Object.entries(rest).filter(isGiven));
    const defaults = { keepAlive: true, maxTotalSockets: source.sessions };
    super(discreet({ ...defaults, ...(protocol === 'http:' ? { tls: false } : {}), ...given }));
    this.#source = source;
    this.#idleTimeout = duration(idleTimeout, 'idleTimeout', IDLE_TIMEOUT);
    Object.assign(this, { protocol, defaultPort: protocol === 'https:' ? 443 : 80 });
    // Before Node gives it to the next request of the same origin.
    this.prependListener('free', (socket: Duplex, given: object) => {
      if (this.#mustYield(socket, given)) socket.destroy();
    });
  }

  /** Called by Node for each socket it needs; returns it at once, so that the agent counts right. */
  override createConnection(options: object, callback?: (error: Error | null, stream: Duplex) => void): Duplex {
    return connect(this.#source, { short: true, ...options }, callback as (() => void) | undefined);
  }

  /**
   * Sockets with different options are different sockets: those that bear on trust are in the name as a digest, since
   * names are shown.
   */
  override getName(options: object = {}): string {
    const place = http.Agent.prototype.getName.call(this, options);
    return `${place}:${trustDigest(options as ConnectOptions, nameObject) ?? ''}`;
  }

  /** Shows no options: among them are keys. */
  [inspect.custom](): string {
    const { protocol, sockets, idle, waiting } = this.toJSON();
    return `${this.constructor.name} { ${protocol} sockets: ${sockets}, idle: ${idle}, waiting requests: ${waiting} }`;
  }

  /** No more of it than is inspected. */
  toJSON(): { protocol: string; sockets: number; idle: number; waiting: number } {
    const { protocol, totalSocketCount: sockets } = this as unknown as AgentInternals;
    const waiting = Object.values(this.requests).reduce((sum, queue = []) => sum + queue.length, 0);
    return { protocol, sockets, idle: this.#idle.size, waiting };
  }

  /** Called by Node for each request. */
  addRequest(request: http.ClientRequest, options: Record<string, unknown>): void {
    const ask = () => internals.addRequest.call(this, request, options);
    this.#again.set(request, AsyncResource.bind(ask));
    this.#order.set(request, this.#count++);
    ask();
    this.#relieve();
  }

  /** Called by Node when a socket is gone, for the request that is to have the next. */
  removeSocket(socket: Duplex, options: object): void {
    // Node would have the next request of the same origin go first, whoever has waited longer.
    const { requests } = this;
    Object.assign(this, { requests: {} });
    internals.removeSocket.call(this, socket, options);
    Object.assign(this, { requests });
    this.#relieve();
  }

  /** Called by Node when a request is done; whether the socket is kept. */
  override keepSocketAlive(socket: Duplex): boolean {
    // Node's types call it void; it tells whether the socket may be kept.
    const kept = internals.keepSocketAlive.call(this, socket);
    if (!kept || this.#source.wanted || this.#starved()) return false;
    const unregister = this.#source.registerIdle(socket);
    const timer = this.#idleTimeout > 0 ? setTimeout(() => socket.destroy(), this.#idleTimeout) : undefined;
    timer?.unref();
    const end = () => {
      clearTimeout(timer);
      unregister();
      socket.off('close', end);
      this.#idle.delete(socket);
    };
    socket.once('close', end);
    this.#idle.set(socket, end);
    return true;
  }

  /** Called by Node when a kept socket gets a request. */
  override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
    this.#idle.get(socket)?.();
    super.reuseSocket(socket, request);
  }

  /** The oldest queued request that nothing but the limit of total sockets keeps waiting, and the name of its queue. */
  #starved(): { name: string; request: http.ClientRequest } | undefined {
    const all: { name: string; request: http.ClientRequest }[] = [];
    for (const [name, [request] = []] of Object.entries((this as unknown as AgentInternals).requests)) {
      if (request && (this.sockets[name]?.length ?? 0) < this.maxSockets) all.push({ name, request });
    }
    return all.sort((a, b) => this.#age(a.request) - this.#age(b.request))[0];
  }

  #age(request: http.ClientRequest): number {
    return this.#order.get(request) ?? 0;
  }

  /** Whether somebody else is to have the session of a socket that the next request of its origin waits for. */
  #mustYield(socket: Duplex, options: object): boolean {
    const [next] = (this as unknown as AgentInternals).requests[this.getName(options)] ?? [];
    // A new one is told of the same way.
    if (next === undefined || (socket as AnySocket).connecting) return false;
    const starved = this.#starved();
    return this.#source.wanted || (starved !== undefined && this.#age(starved.request) < this.#age(next));
  }

  /** Lets a starved request have a socket, when there may be another, or makes room for it. */
  #relieve(): void {
    const { requests, totalSocketCount } = this as unknown as AgentInternals;
    const starved = this.#starved();
    if (starved === undefined) return;
    if (totalSocketCount >= this.maxTotalSockets) {
      const [longest] = this.#idle.keys();
      longest?.destroy();
      return;
    }
    const { name, request } = starved;
    requests[name]?.shift();
    if (requests[name]?.length === 0) Reflect.deleteProperty(requests, name);
    this.#again.get(request)?.();
  }
}

export type { AnySocket };
