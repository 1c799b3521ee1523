import type { Way } from './plan.js';

/** How an agent is made. */
export interface AgentPlan {
  readonly way: Way;
  readonly options: {
    readonly maxSockets?: number;
    readonly maxFreeSockets?: number;
    readonly scheduling?: 'fifo' | 'lifo';
    readonly keepAlive?: boolean;
    readonly short?: boolean;
  };
}

/**
 * Who uses a session, and how.
 *
 * - `agent`: a request of the agent of that number · `connector`: a request of undici's
 * - `connect`: a bare connection · `socket`: the same, of a socket that is connected afterwards
 */
export type User =
  | { readonly type: 'agent'; readonly agent: number }
  | { readonly type: 'connector' | 'connect' | 'socket'; readonly way: Way };

/** One use of a session; times are ms of fake time. */
export interface Use {
  readonly user: User;
  readonly host: string;
  /** When it is asked for. */
  readonly at: number;
  /** How long the server takes to answer, or the connection is kept. */
  readonly hold: number;
  readonly priority: number;
  readonly short: boolean;
  readonly connectTimeout: number | undefined;
  /** When it is given up, after it was asked for. */
  readonly abort: number | undefined;
}

/** Who wants what, when. */
export interface Schedule {
  readonly agents: readonly AgentPlan[];
  readonly uses: readonly Use[];
  /** Whether a session is kept for short requests, from when until when. */
  readonly reserve: { readonly from: number; readonly until: number } | undefined;
  /** Ms that an open takes. */
  readonly openDelay: number;
}

const hosts = ['a.test', 'b.test', 'c.test'];
/** Ms in which everything is asked for, and that anybody has a session for at most. */
const SPAN = 8000;
const HOLD = 3000;

/** A schedule, all of whose chance comes from `random`. */
export function makeSchedule(uses: number, random: () => number): Schedule {
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const reserved = random() < 0.5;
  const agents: AgentPlan[] = [
    { way: 'modem', options: agentOptions(one, random, reserved) },
    { way: 'host', options: agentOptions(one, random, reserved) },
    { way: false, options: agentOptions(one, random, reserved) },
    { way: 'modem', options: {} },
  ];
  const users: readonly (() => User)[] = [
    () => ({ type: 'agent', agent: Math.floor(random() * agents.length) }),
    () => ({ type: 'agent', agent: Math.floor(random() * agents.length) }),
    () => ({ type: 'agent', agent: Math.floor(random() * agents.length) }),
    () => ({ type: 'connector', way: one(['modem', 'host', false]) }),
    () => ({ type: 'connect', way: one(['modem', 'host', false]) }),
    () => ({ type: 'socket', way: one(['modem', false]) }),
  ];
  const from = random() * SPAN;
  return {
    agents,
    uses: Array.from({ length: uses }, () => ({
      user: one(users)(),
      host: one(hosts),
      at: Math.floor(random() * SPAN),
      hold: random() < 0.3 ? 0 : Math.floor(random() * HOLD),
      priority: one([0, 0, 0, 1, -1, 5]),
      short: random() < 0.3,
      connectTimeout: random() < 0.3 ? 500 + Math.floor(random() * 5000) : undefined,
      abort: random() < 0.2 ? Math.floor(random() * 3000) : undefined,
    })),
    reserve: reserved ? { from: Math.floor(from), until: Math.floor(from + random() * SPAN) } : undefined,
    openDelay: one([0, 20, 500]),
  };
}

function agentOptions(
  one: <T>(choices: readonly T[]) => T,
  random: () => number,
  reserved: boolean,
): AgentPlan['options'] {
  return {
    ...(random() < 0.5 ? { maxSockets: one([1, 2, 5]) } : {}),
    ...(random() < 0.5 ? { maxFreeSockets: one([1, 2]) } : {}),
    ...(random() < 0.3 ? { scheduling: 'fifo' as const } : {}),
    ...(random() < 0.2 ? { keepAlive: false } : {}),
    // A long one beside a session that is kept for short ones is the only one of its kind.
    ...(random() < 0.2 && !reserved ? { short: false } : {}),
  };
}
