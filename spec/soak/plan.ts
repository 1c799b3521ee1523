/** Who does TLS on the way to an origin. */
export const ways = ['modem', 'host', false] as const;
export type Way = (typeof ways)[number];

/**
 * What a server does with a request, and how often it does so.
 *
 * - `answers`, with a length or in chunks · `ends`: answers, and the end of the connection is the end of the body
 * - `parts`: answers, and says that it closes · `forsakes`: answers as if it kept the connection, and closes it soon
 * - `hurries`: answers before the upload has come, which it takes nevertheless
 * - `closes`, `resets`: the connection, instead of an answer · `breaks off`, `tears`: the same in the middle of the answer
 * - `waits`: for ever · `stalls`: for ever, in the middle of the answer
 */
const manners = {
  answers: 50,
  ends: 4,
  parts: 4,
  forsakes: 4,
  hurries: 4,
  closes: 2,
  resets: 2,
  'breaks off': 2,
  tears: 2,
} as const;
export type Manner = keyof typeof manners | 'waits' | 'stalls';

/** How far a request has come when it is given up, and how often it is. */
const phases = {
  'before it has a socket': 3,
  'while its socket opens': 3,
  'after its head': 3,
  'in its upload': 3,
  'in its answer': 3,
  'after its answer': 3,
} as const;
export type Phase = keyof typeof phases;

/** What it is given up by. `time`: nothing has come for a while. */
export type Means = 'signal' | 'destroy' | 'time';

/** One request of the soak, and what becomes of it. */
export interface Plan {
  readonly id: number;
  readonly way: Way;
  /** Whether it goes through an agent, which keeps the connection. */
  readonly kept: boolean;
  readonly manner: Manner;
  readonly chunked: boolean;
  /** Bytes of the upload and of the answer's body. */
  readonly up: number;
  readonly down: number;
  readonly abort: { readonly phase: Phase; readonly means: Means } | undefined;
  /** A number from 0 to below 1 for whatever else is left to chance: how soon, how far. */
  readonly chance: number;
}

/** Where nearly all sizes lie, and where all do, in bytes. */
const SMALL = 3000;
const LARGE = 100_000;
/** How often the next request goes another way than the one before. */
const CHANGE = 0.3;
/** How often one is given up. */
const GIVEN_UP = 0.3;

/** Requests, all of whose chance comes from `random`. */
export function makePlans(count: number, random: () => number, first = 0): Plan[] {
  let way: Way = 'modem';
  return Array.from({ length: count }, (_, index) => {
    if (random() < CHANGE) way = ways[Math.floor(random() * ways.length)] ?? way;
    return makePlan(first + index, way, random);
  });
}

function makePlan(id: number, way: Way, random: () => number): Plan {
  const abort = random() < GIVEN_UP ? { phase: choose(phases, random), means: means(random) } : undefined;
  const manner = abort?.means === 'time' ? hanging(abort.phase) : choose(manners, random);
  const uploads = manner === 'hurries' || abort?.phase === 'in its upload' || random() < 0.5;
  return {
    id,
    way,
    kept: random() < 0.9,
    manner,
    chunked: random() < 0.5,
    up: uploads ? size(random) : 0,
    down: size(random),
    abort,
    chance: random(),
  };
}

/** Where a request is to wait for its time to pass. */
function hanging(phase: Phase): Manner {
  if (phase === 'in its answer') return 'stalls';
  return phase === 'after its head' || phase === 'in its upload' ? 'waits' : 'answers';
}

function means(random: () => number): Means {
  const chosen = random();
  if (chosen < 0.4) return 'signal';
  return chosen < 0.8 ? 'destroy' : 'time';
}

function size(random: () => number): number {
  const chosen = random();
  if (chosen < 0.1) return 0;
  return Math.ceil(random() * (chosen < 0.95 ? SMALL : LARGE));
}

function choose<T extends string>(weights: Readonly<Record<T, number>>, random: () => number): T {
  const entries = Object.entries(weights) as [T, number][];
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  const chosen = entries.find(([, weight]) => (left -= weight) < 0) ?? entries[0];
  if (chosen === undefined) throw new Error('There is nothing to choose from.');
  return chosen[0];
}
