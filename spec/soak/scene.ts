import { once } from 'node:events';
import type { Agent, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { Pool } from 'undici';
import type { AnySocket, ConnectOptions } from '../../lib/index.js';
import { FastTime } from '../support/fast-time.js';
import { Rig, request, type RigOptions } from '../support/rig.js';
import type { Way } from './plan.js';
import type { AgentPlan, Schedule, Use } from './schedule.js';
import { WaitingWatch } from './waiting.js';

/** Ms of fake time within which everybody is through: far more than all who have a session for a while need together. */
const LIMIT = 90_000;
/** Ms of fake time between two looks. */
const LOOK = 50;
/** Ms that undici keeps a connection without a request: nobody can have it give way. */
const UNDICI_KEEPS = 500;

/** What became of a use. */
export interface Ended {
  readonly use: Use;
  readonly error: (Error & { code?: string; cause?: unknown }) | undefined;
}

/** What became of a schedule. */
export interface Played {
  readonly ended: readonly Ended[];
  /** Who waited without need, and who never came to an end. */
  readonly wrong: readonly string[];
  /** States of the sessions, by the driver and by the module, when all is over. */
  readonly left: readonly string[];
  /** Ms of fake time. */
  readonly took: number;
}

/** Plays schedules in fake time, each with a modem of its own. */
export class Scene {
  readonly #time: FastTime;
  readonly #rig: Rig;
  readonly #ports: ReadonlyMap<Way, number>;
  readonly #quiet: ReadonlyMap<Way, number>;
  readonly #agents: Agent[];
  readonly #watch: WaitingWatch;
  readonly #pools: Pool[] = [];

  private constructor(
    time: FastTime,
    rig: Rig,
    plans: readonly AgentPlan[],
    ports: [Map<Way, number>, Map<Way, number>],
  ) {
    this.#time = time;
    this.#rig = rig;
    [this.#ports, this.#quiet] = ports;
    this.#agents = plans.map(({ way, options }) =>
      way === false ? rig.modem.httpAgent(options) : rig.modem.httpsAgent({ ...options, tls: way, ca: rig.ca }),
    );
    this.#watch = new WaitingWatch(rig.modem, this.#agents);
    for (const [index, agent] of this.#agents.entries()) this.#note(agent, plans[index]?.options.short !== false);
  }

  static async play(schedule: Schedule, options: RigOptions = {}): Promise<Played> {
    const { openDelay } = schedule;
    const virtual = { ...options.virtual, faults: { openDelay, ...options.virtual?.faults } };
    const time = new FastTime();
    const rig = await time.until(Rig.open({ ...options, virtual }));
    try {
      const ports = await servers(rig);
      return await new Scene(time, rig, schedule.agents, ports).#play(schedule);
    } finally {
      await time.until(rig.close());
      time.restore();
    }
  }

  async #play({ uses, reserve }: Schedule): Promise<Played> {
    const ended: Ended[] = [];
    for (const use of uses) {
      setTimeout(() => {
        this.#use(use).then(
          () => ended.push({ use, error: undefined }),
          (error: unknown) => ended.push({ use, error: error as Ended['error'] }),
        );
      }, use.at);
    }
    if (reserve) this.#reserve(reserve);
    const wrong = new Set<string>();
    while (ended.length < uses.length && this.#time.elapsed < LIMIT) {
      await this.#time.passes(LOOK);
      for (const what of this.#watch.look(this.#time.elapsed)) wrong.add(what);
    }
    const took = this.#time.elapsed;
    for (const use of uses)
      if (!ended.some((each) => each.use === use)) wrong.add(`never ended: ${JSON.stringify(use)}`);
    return { ended, wrong: [...wrong], left: await this.#end(), took };
  }

  #reserve({ from, until }: NonNullable<Schedule['reserve']>): void {
    setTimeout(() => {
      const release = this.#rig.modem.reserve(1);
      this.#watch.kept = 1;
      setTimeout(() => {
        release();
        this.#watch.kept = 0;
      }, until - from);
    }, from);
  }

  /** Closes what is kept; how the sessions are left. */
  async #end(): Promise<string[]> {
    const { modem, virtual } = this.#rig;
    for (const agent of this.#agents) agent.destroy();
    await this.#time.until(Promise.all(this.#pools.map((pool) => pool.destroy())));
    const states = () => [...modem.sessions, ...virtual.sessions].map(({ state }) => state);
    const busy = () => states().some((state) => state !== 'free' && state !== 'idle');
    for (let left = 200; left > 0 && busy(); left--) await this.#time.passes(LOOK);
    return states();
  }

  #use(use: Use): Promise<unknown> {
    const { user, abort } = use;
    const controller = new AbortController();
    const timer = abort === undefined ? undefined : setTimeout(() => controller.abort(), abort);
    const ways = {
      agent: () => this.#request(use, controller.signal),
      connector: () => this.#undici(use, controller.signal),
      connect: () => this.#connect(use, controller.signal),
      socket: () => this.#connect(use, controller.signal),
    };
    return ways[user.type]().finally(() => clearTimeout(timer));
  }

  #request({ user, host, hold, priority, connectTimeout }: Use, signal: AbortSignal): Promise<unknown> {
    if (user.type !== 'agent') throw new Error('It is no request of an agent.');
    const agent = this.#agents[user.agent];
    const way: Way = (agent as unknown as { protocol: string }).protocol === 'http:' ? false : 'modem';
    const options = { host, port: this.#ports.get(way), path: `/${hold}`, agent, signal, priority, connectTimeout };
    return request({ ...options, protocol: way === false ? 'http:' : 'https:' });
  }

  async #undici({ user, host, hold, priority, connectTimeout }: Use, signal: AbortSignal): Promise<unknown> {
    if (user.type !== 'connector') throw new Error('It is no request of undici.');
    const { modem, ca } = this.#rig;
    const connector = modem.connector({ tls: user.way, ca, priority, connectTimeout, short: true });
    const port = this.#ports.get(user.way) ?? 0;
    const pool = new Pool(`${user.way === false ? 'http' : 'https'}://${host}:${port}`, {
      keepAliveTimeout: UNDICI_KEEPS,
      // The server says more.
      keepAliveMaxTimeout: UNDICI_KEEPS,
      headersTimeout: 0,
      bodyTimeout: 0,
      connections: 1,
      connect: (target, callback) => {
        const asked = { destroyed: false, connecting: true };
        this.#watch.note(asked, true);
        connector(target, (...outcome) => {
          asked.destroyed = true;
          callback(...outcome);
        });
      },
    });
    this.#pools.push(pool);
    const { body } = await pool.request({ path: `/${hold}`, method: 'GET', signal });
    return body.text();
  }

  async #connect({ user, host, hold, priority, connectTimeout, short }: Use, signal: AbortSignal): Promise<void> {
    if (user.type === 'agent') throw new Error('It is no bare connection.');
    const { modem, ca } = this.#rig;
    const options: ConnectOptions = { ca, tls: user.way, priority, connectTimeout, short, signal };
    const port = this.#quiet.get(user.way) ?? 0;
    const socket: AnySocket =
      user.type === 'connect'
        ? modem.connect({ ...options, host, port })
        : modem.socket({ ...options, tls: user.way as 'modem' }).connect(port, host);
    this.#watch.note(socket, short);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // It may be given up while it is kept.
    socket.on('error', () => undefined);
    await once(socket, user.way === false ? 'connect' : 'secureConnect');
    setTimeout(() => socket.destroy(), hold);
    await closed;
  }

  /** Notes the sockets of an agent. */
  #note(agent: Agent, short: boolean): void {
    const create = agent.createConnection.bind(agent);
    agent.createConnection = (...given: Parameters<typeof create>) =>
      this.#watch.note(create(...given) as AnySocket, short);
  }
}

/** Servers that answer after as many ms as the path says, and servers that say nothing. */
async function servers(rig: Rig): Promise<[Map<Way, number>, Map<Way, number>]> {
  const answer: RequestListener = ({ url = '' }, outgoing) => {
    setTimeout(() => outgoing.end('answered'), Number(url.slice(1)));
  };
  const quiet = (peer: Duplex) => void peer.resume();
  const [https, http] = [await rig.https(answer), await rig.http(answer)];
  const [tls, tcp] = [await rig.tls(quiet), await rig.tcp(quiet)];
  const map = (secure: number, plain: number) =>
    new Map<Way, number>([
      ['modem', secure],
      ['host', secure],
      [false, plain],
    ]);
  return [map(https, http), map(tls, tcp)];
}
