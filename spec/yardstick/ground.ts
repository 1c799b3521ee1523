import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { ConnectOptions } from '../../lib/index.js';
import type { Rig } from '../support/rig.js';

export type Side = 'node' | 'module';
export type Kind = 'tls' | 'tcp';

/** Options that both sides know. */
type Options = Pick<ConnectOptions, 'signal' | 'timeout' | 'linger' | 'ca' | 'servername' | 'rejectUnauthorized'>;

/** Ms that the module, which has no half-close, waits behind the end for a peer that does not close. */
const LINGER = 500;

/** Where a behaviour takes place: Node's own sockets on loopback, or the module's; the servers are the same. */
export abstract class Ground {
  abstract readonly side: Side;
  /** Name or address under which the servers are reached. */
  abstract readonly host: string;
  readonly kind: Kind;
  protected readonly rig: Rig;
  readonly #clients: Duplex[] = [];
  readonly #peers: net.Socket[] = [];
  readonly #agents: http.Agent[] = [];
  readonly #closed = new Map<Duplex, Promise<unknown>>();

  constructor(rig: Rig, kind: Kind) {
    this.rig = rig;
    this.kind = kind;
  }

  /** The event with which the connection stands. */
  get standing(): 'secureConnect' | 'connect' {
    return this.kind === 'tls' ? 'secureConnect' : 'connect';
  }

  /** A server; its port. */
  serve(listener: (peer: net.Socket) => void, options: { allowHalfOpen?: boolean } = {}): Promise<number> {
    const serve = (peer: net.Socket) => {
      this.#peers.push(peer);
      listener(peer);
    };
    return this.kind === 'tls' ? this.rig.tls(serve, options) : this.rig.tcp(serve, options);
  }

  /** A server that never says a word, TLS or not. */
  serveSilence(): Promise<number> {
    return this.rig.tcp((peer) => void this.#peers.push(peer));
  }

  serveHttp(listener: http.RequestListener): Promise<number> {
    return this.kind === 'tls' ? this.rig.https(listener) : this.rig.http(listener);
  }

  /** A port where nobody listens: somebody did, a moment ago. */
  async freePort(): Promise<number> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  serveRaw(listener: (peer: net.Socket) => void): Promise<number> {
    return this.rig.tcp((peer) => {
      this.#peers.push(peer);
      listener(peer);
    });
  }

  connect(port: number, options: Options = {}, listener?: () => void): net.Socket {
    return this.#keep(this.open({ port, host: this.host, linger: LINGER, ca: this.rig.ca, ...options }, listener));
  }

  unconnected(): net.Socket {
    return this.#keep(this.make());
  }

  agent(options: http.AgentOptions = {}): http.Agent {
    const agent = this.makeAgent({ keepAlive: true, ...options });
    this.#agents.push(agent);
    return agent;
  }

  request(port: number, options: http.RequestOptions, listener?: (response: http.IncomingMessage) => void) {
    const client = this.kind === 'tls' ? https : http;
    const request = client.request({ host: this.host, port, ...options }, listener);
    return request.on('error', () => undefined);
  }

  /** The end of it, however long ago. */
  async closed(socket: Duplex): Promise<void> {
    await this.#closed.get(socket);
  }

  /** A standing connection to a server, and its other end. */
  async pair(listener: (peer: net.Socket) => void = () => undefined, options: Options = {}): Promise<net.Socket> {
    const socket = this.connect(await this.serve(listener), options);
    await once(socket, this.standing);
    return socket;
  }

  async end(): Promise<void> {
    this.#agents.forEach((agent) => agent.destroy());
    this.#clients.forEach((client) => client.destroy());
    await Promise.all(this.#closed.values());
    this.#peers.forEach((peer) => peer.destroy());
  }

  protected abstract open(options: ConnectOptions, listener?: () => void): net.Socket;
  protected abstract make(): net.Socket;
  protected abstract makeAgent(options: http.AgentOptions): http.Agent;

  #keep(socket: net.Socket): net.Socket {
    this.#clients.push(socket);
    this.#closed.set(socket, new Promise((resolve) => socket.once('close', resolve)));
    // A spec that follows errors listens itself; this keeps the others from ending the program.
    return socket.on('error', () => undefined);
  }
}

class NodeGround extends Ground {
  readonly side = 'node';
  readonly host = '127.0.0.1';

  protected open(options: ConnectOptions, listener?: () => void): net.Socket {
    if (this.kind === 'tcp') return net.connect(options as net.TcpNetConnectOpts, listener);
    return tls.connect({ ...this.#tls(), ...options } as tls.ConnectionOptions, listener);
  }

  protected make(): net.Socket {
    return new net.Socket();
  }

  protected makeAgent(options: http.AgentOptions): http.Agent {
    return this.kind === 'tcp' ? new http.Agent(options) : new https.Agent({ ...this.#tls(), ...options });
  }

  /** The version that the module speaks. */
  #tls(): tls.ConnectionOptions {
    return { ca: this.rig.ca, servername: 'server.test', maxVersion: 'TLSv1.2' };
  }
}

class ModuleGround extends Ground {
  readonly side = 'module';
  readonly host = 'server.test';

  protected open(options: ConnectOptions, listener?: () => void): net.Socket {
    const { modem } = this.rig;
    return modem.connect(this.kind === 'tcp' ? { ...options, tls: false } : options, listener);
  }

  protected make(): net.Socket {
    return this.rig.modem.socket({ linger: LINGER, ca: this.rig.ca, ...(this.kind === 'tcp' ? { tls: false } : {}) });
  }

  protected makeAgent(options: http.AgentOptions): http.Agent {
    const { modem, ca } = this.rig;
    return this.kind === 'tcp' ? modem.httpAgent({ ...options, linger: LINGER }) : modem.httpsAgent({ ...options, ca });
  }
}

export function ground(rig: Rig, side: Side, kind: Kind): Ground {
  return side === 'node' ? new NodeGround(rig, kind) : new ModuleGround(rig, kind);
}
