import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Modem } from '../../lib/index.js';

/** Ms of fake time for which somebody may wait although he need not: the module is told a few things meanwhile. */
const GRACE = 1500;

/** A socket that somebody asked for, and whether it may have a session that is kept. */
interface Asked {
  readonly socket: Pick<Duplex, 'destroyed'> & { readonly connecting: boolean };
  readonly short: boolean;
}

/** Looks who waits for a session, and whether he need not. */
export class WaitingWatch {
  readonly #modem: Modem;
  readonly #agents: readonly Agent[];
  readonly #asked = new Set<Asked>();
  /** Since when somebody waits for no reason, by what it is. */
  readonly #since = new Map<string, number>();
  /** Sessions that are kept for short requests. */
  kept = 0;

  constructor(modem: Modem, agents: readonly Agent[]) {
    this.#modem = modem;
    this.#agents = agents;
  }

  /** Notes a socket that somebody asked for. */
  note<T extends Asked['socket']>(socket: T, short: boolean): T {
    this.#asked.add({ socket, short });
    return socket;
  }

  /** What is wrong for longer than it may be. */
  look(now: number): string[] {
    const wrong = this.#wrong();
    for (const name of this.#since.keys()) if (!wrong.includes(name)) this.#since.delete(name);
    for (const name of wrong) if (!this.#since.has(name)) this.#since.set(name, now);
    return wrong.filter((name) => now - (this.#since.get(name) ?? now) > GRACE);
  }

  #wrong(): string[] {
    const states = this.#modem.sessions.map(({ state }) => state);
    const count = (state: string) => states.filter((each) => each === state).length;
    const wrong: string[] = [];
    const waits = this.#waits(count('opening'), count('closing'));
    if (waits && count('free') > 0) wrong.push(`${waits} although a session is free`);
    const idle = this.#agents.flatMap((agent) => Object.values(agent.freeSockets).flat());
    if (waits && idle.some((socket) => socket?.destroyed === false)) {
      wrong.push(`${waits} although an agent keeps a socket that nobody uses`);
    }
    for (const [index, agent] of this.#agents.entries()) {
      if (starved(agent)) wrong.push(`a request of agent ${index} waits within it although it may have a socket`);
    }
    return wrong;
  }

  /** Who certainly waits, and could have any session that came free; nobody knows which socket it is that opens. */
  #waits(opening: number, coming: number): string | undefined {
    for (const asked of this.#asked) if (asked.socket.destroyed) this.#asked.delete(asked);
    const all = [...this.#asked];
    const connecting = all.filter(({ socket }) => socket.connecting);
    if (connecting.length - opening <= coming) return undefined;
    if (this.kept === 0) return 'a connect waits';
    const shorts = connecting.filter(({ short }) => short).length;
    if (shorts > opening + coming) return 'a short connect waits';
    const idle = new Set<unknown>(this.#agents.flatMap((agent) => Object.values(agent.freeSockets).flat()));
    const used = all.filter(({ socket, short }) => !short && !socket.connecting && !idle.has(socket)).length;
    const longs = connecting.length - shorts;
    const mayHave = used + opening + coming < this.#modem.sessions.length - this.kept;
    return mayHave && longs > opening + coming ? 'a connect waits beside the kept session' : undefined;
  }
}

/** Whether an agent keeps a request to itself that it need not. */
function starved(agent: Agent): boolean {
  const { totalSocketCount } = agent as unknown as { totalSocketCount: number };
  const idle = Object.values(agent.freeSockets).some((sockets) => sockets?.some(({ destroyed }) => !destroyed));
  return Object.entries(agent.requests).some(([name, requests = []]) => {
    const sockets = agent.sockets[name]?.length ?? 0;
    return requests.length > 0 && sockets < agent.maxSockets && (idle || totalSocketCount < agent.maxTotalSockets);
  });
}
