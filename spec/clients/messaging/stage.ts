import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream, type ClientOptions, type WebSocket } from 'ws';
import type { AnySocket, ConnectOptions } from '../../../lib/index.js';
import { Rig, certificates, type RigOptions } from '../../support/rig.js';
import { titleOf, type Given, type Mode } from '../page.js';

/** A message that the broker took of a client. */
export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
}

/** What speaks MQTT itself, and what speaks it, or anything else, under WebSockets. */
export type Transport = 'mqtt' | 'web';

/**
 * A virtual modem with an open driver, and what is reached through it, with TLS and without: an MQTT broker, and a server
 * of WebSockets, which leads to the broker at `/mqtt`, sends back at `/echo` what it hears, and leaves the rest to the spec.
 */
export class Stage {
  readonly rig: Rig;
  readonly broker: Aedes;
  /** Messages of clients, in the order in which they came, and as often. */
  readonly arrived: Published[] = [];
  /** Those that the broker took on, each when it did. */
  readonly published: Published[] = [];
  /** TCP connections that the broker has had. */
  readonly brokerSockets: Duplex[] = [];
  readonly web: WebSocketServer;
  /** Where who asks for `/moved` is sent. */
  redirect = '/';
  readonly #servers = new Map<string, { readonly server: net.Server; readonly port: number }>();

  private constructor(rig: Rig, broker: Aedes, web: WebSocketServer) {
    this.rig = rig;
    this.broker = broker;
    this.web = web;
    broker.on('publish', ({ topic, payload, qos }, client) => {
      if (client) this.published.push({ topic, payload: String(payload), qos });
    });
    broker.authorizePublish = (_, { topic, payload, qos }, done) => {
      this.arrived.push({ topic, payload: String(payload), qos });
      done(null);
    };
    web.on('connection', (socket: WebSocket, { url }: http.IncomingMessage) => {
      socket.on('error', () => undefined);
      if (url === '/mqtt') this.#serve(createWebSocketStream(socket));
      if (url === '/echo') socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
  }

  static async open(options: RigOptions = {}): Promise<Stage> {
    const rig = await Rig.open(options);
    // A virtual modem connects at once and tells of it late: the broker is to wait for the first word as long.
    const broker = await Aedes.createBroker({ connectTimeout: 180_000 });
    const handleProtocols = (offered: Set<string>): string | false => [...offered].at(-1) ?? false;
    const web = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 }, handleProtocols });
    const stage = new Stage(rig, broker, web);
    await stage.#listen();
    return stage;
  }

  /** Where a server is reached. */
  url(mode: Mode, transport: Transport, path = ''): string {
    const scheme = { mqtt: mode === false ? 'mqtt' : 'mqtts', web: mode === false ? 'ws' : 'wss' }[transport];
    return `${scheme}://server.test:${this.port(mode, transport)}${path}`;
  }

  port(mode: Mode, transport: Transport): number {
    return this.#server(mode, transport).port;
  }

  /** The server is gone, and its connections with it: who asks is refused. */
  leave(mode: Mode, transport: Transport): void {
    this.#server(mode, transport).server.close();
    for (const socket of this.brokerSockets) socket.destroy();
    for (const socket of this.web.clients) socket.terminate();
  }

  /** It is there again. */
  async comeBack(mode: Mode, transport: Transport): Promise<void> {
    const { server, port } = this.#server(mode, transport);
    await once(server.listen(port, '127.0.0.1'), 'listening');
  }

  /** What a snippet is given to run in a mode. */
  given(mode: Mode, transport: Transport, path = ''): Given {
    const { modem, ca } = this.rig;
    return { modem, url: this.url(mode, transport, path), ca, tls: mode || 'modem' };
  }

  /** Options of `connect` and of an agent in a mode. */
  options(mode: Mode): { tls: Mode; ca?: string } {
    return mode === false ? { tls: false } : { tls: mode, ca: this.rig.ca };
  }

  /** An agent for connections that live long. */
  agent(mode: Mode, options: ConnectOptions = {}): https.Agent | http.Agent {
    const { modem } = this.rig;
    if (mode === false) return modem.httpAgent({ short: false, ...options });
    return modem.httpsAgent({ ...this.options(mode), short: false, ...options });
  }

  /** The server's end of the next WebSocket. */
  async peer(): Promise<WebSocket> {
    return ((await once(this.web, 'connection')) as [WebSocket])[0];
  }

  /** Whether the module has every session at hand. */
  get idle(): boolean {
    return this.rig.modem.sessions.every(({ state }) => state === 'free');
  }

  /** Connections that the module was asked for. */
  get opens(): number {
    return this.rig.commands('AT+CCHOPEN=');
  }

  async close(): Promise<void> {
    for (const socket of this.web.clients) socket.terminate();
    this.web.close();
    await new Promise<void>((resolve) => this.broker.close(resolve));
    await this.rig.close();
  }

  #server(mode: Mode, transport: Transport): { readonly server: net.Server; readonly port: number } {
    const name = `${transport} ${mode === false ? 'tcp' : 'tls'}`;
    const found = this.#servers.get(name);
    if (found === undefined) throw new Error(`There is no server ${name}.`);
    return found;
  }

  #serve(stream: Duplex): void {
    stream.on('error', () => undefined);
    this.brokerSockets.push(stream);
    this.broker.handle(stream);
  }

  async #listen(): Promise<void> {
    const { leaf } = await certificates();
    const upgraded = (request: http.IncomingMessage, socket: Duplex, head: Buffer): void => {
      socket.on('error', () => undefined);
      if (request.url === '/silent') return;
      if (request.url === '/moved') {
        return void socket.end(`HTTP/1.1 302 Found\r\nlocation: ${this.redirect}\r\ncontent-length: 0\r\n\r\n`);
      }
      this.web.handleUpgrade(request, socket, head, (peer) => this.web.emit('connection', peer, request));
    };
    const refused: http.RequestListener = (_, outgoing) => void outgoing.writeHead(426).end();
    const servers = {
      'mqtt tls': tls.createServer({ ...leaf, noDelay: true }, (socket) => this.#serve(socket)),
      'mqtt tcp': net.createServer({ noDelay: true }, (socket) => this.#serve(socket)),
      'web tls': https.createServer(leaf, refused).on('upgrade', upgraded),
      'web tcp': http.createServer(refused).on('upgrade', upgraded),
    };
    for (const [name, server] of Object.entries(servers)) {
      this.#servers.set(name, { server, port: await this.rig.listen(server) });
    }
  }
}

/** Where a connection leads, as clients ask for it. */
export interface Place {
  readonly port: number;
  readonly timeout?: number | undefined;
}

/** A way to the servers. */
export interface Way {
  readonly title: string;
  readonly mode: Mode;
  /** Whether it goes through a modem. */
  readonly modem: boolean;
  connect(this: void, stage: Stage, place: Place): AnySocket | net.Socket;
}

/** The given modes, and Node's own sockets, of which all of this must be true as well. */
export function waysOf(modes: readonly Mode[]): Way[] {
  const own = ['host', false] as const;
  return [
    ...modes.map((mode) => ({
      title: titleOf(mode),
      mode,
      modem: true,
      connect: (stage: Stage, { port, timeout }: Place) =>
        stage.rig.modem.connect({ host: 'server.test', port, timeout, ...stage.options(mode) }),
    })),
    ...own.map((mode) => ({
      title: `no modem, ${mode === false ? 'plain TCP' : 'TLS'}`,
      mode,
      modem: false,
      connect: ({ rig: { ca } }: Stage, { port, timeout = 0 }: Place) =>
        mode === false
          ? net.connect({ host: '127.0.0.1', port, timeout })
          : tls.connect({ host: '127.0.0.1', port, timeout, servername: 'server.test', ca }),
    })),
  ];
}

/** What ws takes for connecting. */
export function connecting(
  connect: (place: Place) => AnySocket | net.Socket,
): NonNullable<ClientOptions['createConnection']> {
  return (...given: readonly unknown[]) => connect(given[0] as Place);
}
