import { expect } from 'chai';
import type { ConnectOptions } from '../../lib/index.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { Rig } from './rig.js';
import { attempt, type Attempted } from './tls-attempt.js';
import type { TlsMaterials } from './tls-materials.js';
import type { ServerName, TlsServers } from './tls-servers.js';

const names = ['else.test', 'nobody.test', 'van.fleet.test', 'a.van.fleet.test'];
const hosts = Object.fromEntries(names.map((name) => [name, '127.0.0.1']));

/** Contexts of a module. */
const CONTEXTS = 10;
/** Options that each want a context of its own, ten in all. */
const settings: readonly ConnectOptions[] = [
  ...[10_000, 30_000, 60_000, 120_000].flatMap((connectTimeout) =>
    [true, false].map((checkDates) => ({ connectTimeout, checkDates, servername: '' })),
  ),
  { connectTimeout: 10_000 },
  { connectTimeout: 30_000 },
];

/** An attempt, and how many bytes the module was sent for it. */
export type AttemptOverModem = Attempted & { readonly sent: number };

/** A driver on a virtual modem, for one connection after another to the servers of a matrix. */
export class TlsLink {
  readonly #rig: Rig;
  readonly #servers: TlsServers;
  /** A server and its authority that any module can verify. */
  readonly #proof: { readonly server: ServerName; readonly ca: string };

  private constructor(rig: Rig, servers: TlsServers, proof: { server: ServerName; ca: string }) {
    this.#rig = rig;
    this.#servers = servers;
    this.#proof = proof;
  }

  static async open(virtual: VirtualModemOptions, servers: TlsServers, materials: TlsMaterials): Promise<TlsLink> {
    // With flow control the module holds an upload back itself: it needs no pauses.
    const rig = await Rig.open({ virtual: { ...virtual, hosts }, modem: { rtscts: true } });
    return new TlsLink(rig, servers, { server: 'RSA', ca: materials.rsaRoot });
  }

  close(): Promise<void> {
    return this.#rig.close();
  }

  async attempt(options: ConnectOptions): Promise<AttemptOverModem> {
    const { modem } = this.#rig;
    const { bytesSent } = modem.statistics;
    const outcome = await attempt(() => modem.connect(options));
    const sent = modem.statistics.bytesSent - bytesSent;
    await this.#idle();
    return { ...outcome, sent };
  }

  /** That the module verifies, and is connected to, as if nothing had been. */
  async works(): Promise<void> {
    expect(await this.#prove()).to.include({ verdict: 'accepted', authorized: true });
    await this.#idle();
  }

  /** That every session and every context is free: one that was kept would not be taken by another connection. */
  async hasLeakedNothing(): Promise<void> {
    const both = await Promise.all([this.#prove(), this.#prove()]);
    for (const outcome of both) expect(outcome).to.include({ verdict: 'accepted', authorized: true });
    await this.#idle();
    const last = this.#rig.virtual.log.at(-1);
    for (const options of settings) {
      expect(await this.#prove(options)).to.include({ verdict: 'accepted', authorized: true });
    }
    const { log } = this.#rig.virtual;
    const written = log
      .slice(log.findIndex((entry) => entry === last) + 1)
      .flatMap(({ direction, text }) =>
        direction === 'host' ? (/^AT\+CSSLCFG="\w+",(\d)/.exec(text)?.[1] ?? []) : [],
      );
    expect(log, 'the log').to.include(last);
    expect(new Set(written).size, 'contexts that could be set anew').to.equal(CONTEXTS);
  }

  async #prove(options: ConnectOptions = {}): Promise<Attempted> {
    const { server, ca } = this.#proof;
    const port = await this.#servers.port(server);
    return attempt(() => this.#rig.modem.connect({ host: 'server.test', port, ca, ...options }));
  }

  async #idle(): Promise<void> {
    await this.#rig.until(() => this.#rig.virtual.sessions.every(({ state }) => state === 'idle'));
  }
}
