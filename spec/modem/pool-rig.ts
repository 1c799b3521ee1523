import { EventEmitter, once } from 'node:events';
import * as https from 'node:https';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { AnySocket, Modem, ModemOptions, ModemPoolOptions, PoolEntry } from '../../lib/index.js';
import { ModemPool } from '../../lib/index.js';
import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { LineFilter, type LineHooks } from '../support/line-filter.js';
import { certificates } from '../support/rig.js';

const names = ['server.test', 'a.test', 'b.test', 'c.test'];
const hosts = Object.fromEntries(names.map((name) => [name, '127.0.0.1']));

/** Without pauses that a spec would have to wait for. */
export const AT_ONCE = { reopenDelay: 1, maxReopenDelay: 20 } satisfies ModemPoolOptions;

/** Virtual modems, a pool of them, and servers that they reach; everything is closed, and checked, at the end. */
export class PoolRig {
  readonly virtuals: readonly VirtualModem[];
  readonly ca: string;
  readonly #said = new EventEmitter();
  readonly #servers: (net.Server | https.Server)[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #clients: AnySocket[] = [];
  #pool: ModemPool | undefined;

  private constructor(ca: string, options: readonly VirtualModemOptions[]) {
    this.ca = ca;
    const log = () => this.#said.emit('entry');
    this.virtuals = options.map((each) => new VirtualModem({ log, ...each, hosts: { ...hosts, ...each.hosts } }));
  }

  /** Virtual modems; nothing is opened. */
  static async create(options: readonly VirtualModemOptions[]): Promise<PoolRig> {
    const { authority } = await certificates();
    return new PoolRig(authority.pem, options);
  }

  /** A pool of as many virtual modems as there are options, and all of them ready. */
  static async open(options: readonly VirtualModemOptions[], modem: Partial<ModemOptions> = {}): Promise<PoolRig> {
    const rig = await PoolRig.create(options);
    await rig.openPool(rig.virtuals.map((_, index) => rig.entry(index, modem)));
    await rig.until(() => rig.ready === options.length);
    return rig;
  }

  async openPool(entries: readonly PoolEntry[], options: ModemPoolOptions = AT_ONCE): Promise<ModemPool> {
    this.#pool = await ModemPool.open(entries, options);
    this.#pool.on('state', () => this.#said.emit('entry'));
    return this.#pool;
  }

  get pool(): ModemPool {
    if (!this.#pool) throw new Error('No pool was opened');
    return this.#pool;
  }

  /** How many modems are ready. */
  get ready(): number {
    return this.pool.modems.filter(({ state }) => state === 'ready').length;
  }

  virtual(index: number): VirtualModem {
    const virtual = this.virtuals[index];
    if (!virtual) throw new Error(`There is no virtual modem ${index}`);
    return virtual;
  }

  modem(index: number): Modem {
    const modem = this.pool.modems[index];
    if (!modem) throw new Error(`There is no modem ${index}`);
    return modem;
  }

  /** A modem of the pool that is opened on a new cable each time, with what stands between. */
  entry(index: number, options: Partial<ModemOptions> = {}, hooks: LineHooks = {}): PoolEntry {
    return () => ({ ...options, stream: new LineFilter(this.virtual(index).attach(), hooks) });
  }

  /** Sessions that each virtual modem has open. */
  get open(): number[] {
    return this.virtuals.map(({ sessions }) => sessions.filter(({ state }) => state === 'open').length);
  }

  /** How often each was told to open one. */
  get opens(): number[] {
    return this.virtuals.map(({ log }) => {
      return log.filter(({ direction, text }) => direction === 'host' && text.startsWith('AT+CCHOPEN=')).length;
    });
  }

  /** Waits until the dialogue with the modules, or the pool, has come so far. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#said, 'entry');
  }

  /** A TCP server that keeps its connections; its port. */
  tcp(): Promise<number> {
    return this.#listen(net.createServer((socket) => socket.on('error', () => undefined).resume()));
  }

  async https(listener: (incoming: unknown, outgoing: { end(text: string): unknown }) => void): Promise<number> {
    const { leaf } = await certificates();
    return this.#listen(https.createServer({ ...leaf, keepAliveTimeout: 60_000 }, listener));
  }

  /** A plain connection through the pool, connected or not. */
  dial(port: number, options: object = {}): AnySocket {
    const socket = this.pool.connect({ host: 'server.test', port, tls: false, ...options });
    this.#clients.push(socket);
    return socket;
  }

  /** A plain connection through the pool that stands. */
  async connect(port: number, options: object = {}): Promise<AnySocket> {
    const socket = this.dial(port, options);
    await once(socket, 'connect');
    return socket;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#pool?.close();
    for (const virtual of this.virtuals) await virtual.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
    for (const { brokenRules } of this.virtuals) expect(brokenRules, 'rules that the driver broke').to.deep.equal([]);
  }

  async #listen(server: net.Server | https.Server): Promise<number> {
    this.#servers.push(server);
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}
