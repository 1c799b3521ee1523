import { getEventListeners, setMaxListeners } from 'node:events';
import type { Agent, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ModemAgentOptions, ModemOptions } from '../../lib/index.js';
import type { Faults, VirtualModemOptions } from '../../lib/virtual/index.js';
import { seededRandom } from '../../lib/virtual/random.js';
import { Rig } from '../support/rig.js';
import { turn } from '../support/turn.js';
import { carryOut, type Outcome } from './client.js';
import { Ledger } from './ledger.js';
import { listeners, liveBytes, tally, type Counts } from './leftovers.js';
import { makePlans, ways, type Plan, type Way } from './plan.js';
import { Servers } from './servers.js';

/** Requests that are under way at a time: more than there are sessions. */
const WORKERS = 6;
/** Ms within which every request settles: far more than any takes. */
const LIMIT = 40_000;
/** Turns of the event loop in which all that is closed is at rest. */
const PATIENCE = 20_000;

/** What is left between two rounds, when no agent keeps a connection any more. */
export interface Rest {
  readonly heap: number;
  readonly buffers: number;
  /** Sockets that were made so far, that closed, and that are not collected. */
  readonly made: number;
  readonly closed: number;
  readonly alive: number;
  /** How the driver and the module use the sessions. */
  readonly sessions: readonly string[];
  readonly module: readonly string[];
  /** Listeners of the port. */
  readonly port: Counts;
  /** Listeners of a signal that every request had. */
  readonly signal: number;
  /** What the agents keep. */
  readonly agents: Counts;
  /** What the books say that is not so. */
  readonly differences: readonly string[];
}

export interface SoakOptions {
  readonly seed: number;
  readonly virtual?: VirtualModemOptions;
  readonly modem?: Partial<ModemOptions>;
}

/** Rounds of requests over the sessions of one virtual modem. */
export class Soak {
  readonly rig: Rig;
  readonly ledger = new Ledger();
  /** What went wrong, in words. */
  readonly wrong: string[] = [];
  /** How requests came out: `finished`, or the code of their failure. */
  readonly outcomes: string[] = [];
  readonly rests: Rest[] = [];
  /** Listeners of the port before the first request. */
  readonly port: Counts;
  readonly #servers: Servers;
  readonly #wire: Duplex;
  readonly #random: () => number;
  readonly #signal = new AbortController().signal;
  /** Listeners of a socket when it was first kept. */
  readonly #kept = new WeakMap<Duplex, Counts>();
  /** Bytes that were asked for, and of requests that finished. */
  readonly #bytes = { asked: { up: 0, down: 0 }, finished: { up: 0, down: 0 } };
  #requests = 0;
  /** Whether any request may fail, since the modem is closed. */
  #state: 'open' | 'closing' = 'open';

  private constructor(rig: Rig, wire: Duplex, servers: Servers, seed: number) {
    this.rig = rig;
    this.#wire = wire;
    this.#servers = servers;
    this.#random = seededRandom(seed);
    this.port = listeners(wire);
    setMaxListeners(0, this.#signal);
  }

  static async open({ seed, virtual, modem = {} }: SoakOptions): Promise<Soak> {
    let wire: Duplex | undefined;
    const filter = (port: Duplex) => (wire = port);
    const rig = await Rig.open({ virtual: { logSize: 200, seed, ...virtual }, modem, filter });
    if (wire === undefined) throw new Error('The modem has no port.');
    return new Soak(rig, wire, await Servers.open(rig), seed);
  }

  /** So many requests, and then everything at rest. */
  async round(requests: number, faults: Faults): Promise<void> {
    const { virtual } = this.rig;
    Object.assign(
      virtual.faults,
      Object.fromEntries(Object.keys(virtual.faults).map((name) => [name, undefined])),
      faults,
    );
    const agents = this.#agents();
    await this.#carryOut(makePlans(requests, this.#random, this.#requests), agents);
    this.#requests += requests;
    for (const agent of agents.values()) agent.destroy();
    for (let left = PATIENCE; left > 0 && !this.#atRest(); left--) await turn();
    this.rests.push(await this.#rest(agents));
  }

  /** The modem is closed in the middle of a round. */
  async closeAmid(requests: number): Promise<void> {
    const agents = this.#agents();
    const plans = makePlans(requests, this.#random, this.#requests);
    const before = this.outcomes.length;
    const all = this.#carryOut(plans, agents);
    while (this.outcomes.length < before + requests / 2) await turn();
    this.#state = 'closing';
    await this.rig.modem.close();
    await all;
    for (const agent of agents.values()) agent.destroy();
    this.wrong.push(...this.#differences());
  }

  async close(): Promise<void> {
    this.ledger.end();
    await this.rig.close();
  }

  #agents(): Map<Way, Agent> {
    const { modem, ca } = this.rig;
    const make = (way: Way, options: ModemAgentOptions): Agent =>
      way === false ? modem.httpAgent(options) : modem.httpsAgent({ ...options, tls: way, ca });
    return new Map(
      ways.map((way) => {
        const agent = make(way, this.#random() < 0.3 ? { maxFreeSockets: 1, scheduling: 'fifo' } : {});
        const create = agent.createConnection.bind(agent);
        agent.createConnection = (...given: Parameters<typeof create>) => this.ledger.note(create(...given) as Duplex);
        agent.on('free', (socket: Duplex) => this.#checkListeners(socket));
        return [way, agent];
      }),
    );
  }

  /** A socket that is kept has no more listeners than it had the first time. */
  #checkListeners(socket: Duplex): void {
    // Only one that nobody uses has the agent listen for errors.
    if (socket.listenerCount('error') === 0) return;
    const now = listeners(socket);
    const first = this.#kept.get(socket) ?? now;
    this.#kept.set(socket, first);
    // One more may be that of a request which is just over.
    const more = Object.entries(now).filter(([event, count]) => count > (first[event] ?? 0) + 1);
    for (const [event, count] of more)
      this.wrong.push(`${count} listeners for ${event}, and at first ${first[event] ?? 0}`);
  }

  async #carryOut(plans: readonly Plan[], agents: ReadonlyMap<Way, Agent>): Promise<void> {
    const next = plans.values();
    const work = async () => {
      for (const plan of next) this.#enter(plan, await this.#settles(plan, agents.get(plan.way)));
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  }

  /** Rejects when a request does not settle: nothing of the rest would. */
  #settles(plan: Plan, agent: Agent | undefined): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        const { modem, virtual } = this.rig;
        const state = { sessions: modem.sessions, module: virtual.sessions, log: virtual.log.slice(-30) };
        reject(new Error(`A request did not settle: ${JSON.stringify({ plan, ...state }, undefined, 1)}`));
      }, LIMIT);
      const given = { servers: this.#servers, options: this.#options(plan, agent), signal: this.#signal };
      carryOut(plan, given)
        .then(resolve, reject)
        .finally(() => clearTimeout(limit));
    });
  }

  #options({ kept, way }: Plan, agent: Agent | undefined): RequestOptions {
    if (kept) return { agent };
    const { modem, ca } = this.rig;
    // Node does not hand on the one that the request is given.
    const createConnection = (options: object) =>
      this.ledger.note(
        modem.createConnection({ ...options, ca, tls: way, short: true, signal: this.#signal }),
      ) as never;
    return { createConnection };
  }

  #enter(plan: Plan, { type, errors, wrong, unprovoked }: Outcome): void {
    this.outcomes.push(type === 'finished' ? 'finished' : (errors[0]?.code ?? 'without a code'));
    const { asked, finished } = this.#bytes;
    for (const sums of type === 'finished' && plan.abort === undefined ? [asked, finished] : [asked]) {
      sums.up += plan.manner === 'hurries' && sums === finished ? 0 : plan.up;
      sums.down += plan.down;
    }
    const failure =
      unprovoked && this.#state === 'open' ? `failed without a reason: ${errors[0]?.stack ?? ''}` : undefined;
    if (wrong ?? failure) this.wrong.push(`${wrong ?? failure ?? ''} (${JSON.stringify(plan)})`);
  }

  #atRest(): boolean {
    const { modem, virtual } = this.rig;
    const free = modem.sessions.every(({ state }) => state === 'free');
    return free && virtual.sessions.every(({ state }) => state === 'idle') && this.ledger.made === this.ledger.closed;
  }

  async #rest(agents: ReadonlyMap<Way, Agent>): Promise<Rest> {
    const { modem, virtual } = this.rig;
    const { made, closed, sockets } = this.ledger;
    const kept = [...agents.values()].flatMap((agent) => [
      ...Object.values(agent.requests).map(() => 'requests'),
      ...Object.values(agent.freeSockets).map(() => 'free sockets'),
      // Node leaves an empty list where a request was queued.
      ...Object.values(agent.sockets).flatMap((list = []) => list.map(() => 'sockets')),
    ]);
    return {
      alive: await sockets.alive(),
      ...(await liveBytes()),
      made,
      closed,
      sessions: modem.sessions.map(({ state }) => state),
      module: virtual.sessions.map(({ state, cached, unsent }) => `${state} ${cached} ${unsent}`),
      port: listeners(this.#wire),
      signal: getEventListeners(this.#signal, 'abort').length,
      agents: tally(kept),
      differences: this.#differences(),
    };
  }

  /** Where the statistics of modem and module, and the books, disagree. */
  #differences(): string[] {
    const { modem, virtual } = this.rig;
    const { ledger } = this;
    const [told, module] = [modem.statistics, virtual.statistics];
    const files = [...virtual.files.values()].reduce((sum, { length }) => sum + length, 0);
    const differences: string[] = [];
    const equal = (what: string, one: unknown, other: unknown) => {
      const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
      if (a !== b) differences.push(`${what}: ${a}, not ${b}`);
    };
    const most = (what: string, one: number, other: number) => {
      if (one > other) differences.push(`${what}: ${one}, more than ${other}`);
    };
    const { asked, finished } = this.#bytes;
    // Heads, chunks and TLS.
    const margin = this.#requests * 1000 + ledger.made * 6000;
    equal(
      'errors',
      tally(Object.entries(told.errors).flatMap(([code, times]) => Array<string>(times).fill(code))),
      ledger.errors,
    );
    equal('sessions that stood', told.sessionsOpened, ledger.stood);
    equal('sessions that are over', ledger.over, ledger.stood);
    equal('commands', told.commands, module.commands);
    equal('bytes to the module', told.bytesSent, module.bytesIn);
    equal('bytes of the module', told.bytesReceived, module.bytesOut);
    equal('payload to the module', told.payloadSent, module.payloadIn + files);
    equal('payload of the module', told.payloadReceived, module.payloadOut);
    most('sessions that stood', ledger.stood, module.sessionsOpened);
    most('payload that was taken', ledger.sent, module.payloadIn);
    most('payload that was handed over', ledger.received, module.payloadOut);
    most('uploads that finished', finished.up, ledger.sent);
    most('answers that finished', finished.down, ledger.received);
    most('payload to the module', module.payloadIn, asked.up + margin);
    most('payload of the module', module.payloadOut, asked.down + margin);
    return differences;
  }
}
