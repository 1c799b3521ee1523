import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { expect } from 'chai';
import { Modem, type ModemOptions } from '../../lib/index.js';
import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority, type Authority, type IssuedCertificate } from './certificates.js';

/** Names under which every server of a rig is reached. */
const names = ['server.test', 'a.test', 'b.test', 'c.test'];

let shared: Promise<{ authority: Authority; leaf: IssuedCertificate }> | undefined;

/** One authority and one server certificate for all specs. */
export function certificates(): Promise<{ authority: Authority; leaf: IssuedCertificate }> {
  shared ??= createAuthority().then(async (authority) => ({ authority, leaf: await authority.issue({ names }) }));
  return shared;
}

/** How the driver reaches the module. */
export type TransportName = 'memory' | 'tcp' | 'pty';

/** A real module, and how it reaches servers that listen on this machine. */
export interface RealModule {
  /** Its port, as `Modem.open` takes it. */
  path: string;
  /** Name or address of this machine in the module's network. */
  host: string;
  /** First of the TCP ports, open to that network, that servers listen on; one a server. */
  firstPort: number;
}

export interface RigOptions {
  transport?: TransportName;
  virtual?: VirtualModemOptions;
  modem?: Partial<ModemOptions>;
  /** What stands between the driver and the module; returns the stream that the driver gets. */
  filter?: (port: Duplex) => Duplex;
  /** A real module instead of a virtual one. */
  real?: RealModule;
  /** Rules that this spec's driver is meant to break. */
  mayBreakRules?: boolean;
}

/** A virtual modem, a driver on it, and servers that it can reach; everything is closed, and checked, at the end. */
export class Rig {
  /** With a real module, one that is not used. */
  readonly virtual: VirtualModem;
  readonly modem: Modem;
  /** What the servers are reached by. */
  readonly host: string;
  readonly ca: string;
  readonly #leaf: IssuedCertificate;
  readonly #servers: (net.Server | http.Server)[] = [];
  readonly #mayBreakRules: boolean;
  readonly #said: EventEmitter;
  readonly #real: RealModule | undefined;

  private constructor(
    virtual: VirtualModem,
    modem: Modem,
    ca: string,
    leaf: IssuedCertificate,
    said: EventEmitter,
    options: RigOptions,
  ) {
    this.virtual = virtual;
    this.#said = said;
    this.modem = modem;
    this.ca = ca;
    this.#leaf = leaf;
    this.#mayBreakRules = options.mayBreakRules ?? false;
    this.#real = options.real;
    this.host = options.real?.host ?? 'server.test';
  }

  static async open(options: RigOptions = {}): Promise<Rig> {
    const { authority, leaf: shared } = await certificates();
    const leaf = options.real ? await authority.issue({ names: [options.real.host] }) : shared;
    const hosts = Object.fromEntries(names.map((name) => [name, '127.0.0.1']));
    const said = new EventEmitter();
    const virtual = new VirtualModem({
      log: () => said.emit('entry'),
      ...options.virtual,
      hosts: { ...hosts, ...options.virtual?.hosts },
    });
    try {
      const modem = await Modem.open({ ...(await connection(virtual, options)), ...options.modem });
      return new Rig(virtual, modem, authority.pem, leaf, said, options);
    } catch (error) {
      await virtual.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.modem.close();
    await this.virtual.close();
    for (const server of this.#servers) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
    if (!this.#mayBreakRules) expect(this.virtual.brokenRules, 'rules that the driver broke').to.deep.equal([]);
  }

  /** An HTTPS server; its port. */
  async https(listener: http.RequestListener): Promise<number> {
    return this.listen(https.createServer({ ...this.#leaf, keepAliveTimeout: 60_000 }, listener));
  }

  async http(listener: http.RequestListener): Promise<number> {
    return this.listen(http.createServer({ keepAliveTimeout: 60_000 }, listener));
  }

  /** A TLS server; its port. */
  async tls(listener: (socket: tls.TLSSocket) => void, options: tls.TlsOptions = {}): Promise<number> {
    return this.listen(tls.createServer({ ...this.#leaf, ...options }, (socket) => listener(ignoringErrors(socket))));
  }

  /** A TCP server; its port. */
  async tcp(listener: (socket: net.Socket) => void, options: net.ServerOpts = {}): Promise<number> {
    return this.listen(net.createServer(options, (socket) => listener(ignoringErrors(socket))));
  }

  /** Number of commands that the module received and that begin so. */
  commands(prefix: string): number {
    return this.virtual.log.filter(({ direction, text }) => direction === 'host' && text.startsWith(prefix)).length;
  }

  /** Waits until the dialogue with the module has come so far. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#said, 'entry');
  }

  /** Has a server listen; its port. */
  async listen(server: net.Server | http.Server): Promise<number> {
    const place = this.#real ? { port: this.#real.firstPort + this.#servers.length } : { port: 0, host: '127.0.0.1' };
    this.#servers.push(server);
    if (!('closeAllConnections' in server)) {
      const sockets = new Set<net.Socket>();
      server.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      Object.assign(server, { closeAllConnections: () => sockets.forEach((socket) => socket.destroy()) });
    }
    server.listen(place);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}

async function connection(virtual: VirtualModem, options: RigOptions): Promise<Partial<ModemOptions>> {
  const { transport = 'memory', filter, real } = options;
  if (real) return { path: real.path };
  if (transport === 'tcp') return { path: `tcp://127.0.0.1:${(await virtual.listen({ port: 0 })).port}` };
  if (transport === 'pty') return { path: (await virtual.openPty()).path };
  const port = virtual.attach();
  return { stream: filter ? filter(port) : port };
}

function ignoringErrors<T extends net.Socket>(socket: T): T {
  return socket.on('error', () => undefined);
}

/** What a request brought. */
export interface Response {
  status: number;
  body: Buffer;
}

/** One request, over whatever agent or `createConnection` the options name. */
export function request(options: https.RequestOptions, body?: Buffer): Promise<Response> {
  const { protocol } = options;
  const module = protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const outgoing = module.request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
      incoming.on('error', reject);
      incoming.on('aborted', () => reject(new Error('aborted')));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Everything that a stream brings. */
export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Takes so many bytes of a stream; the rest stays in it. */
export async function take(stream: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let missing = length; missing > 0;) {
    const chunk = stream.read(Math.min(missing, stream.readableLength)) as Buffer | null;
    if (chunk) chunks.push(chunk);
    else await once(stream, 'readable');
    missing -= chunk?.length ?? 0;
  }
  return Buffer.concat(chunks);
}

/** The error that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error('It was expected to fail');
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

export { randomBytes };
