import { expect } from 'chai';
import type { Faults } from '../../lib/virtual/index.js';
import { seededRandom } from '../../lib/virtual/random.js';
import { certificates } from '../support/rig.js';
import { TimerWatch, WarningWatch, listeners, more, resources, soonEmpty, tally, type Counts } from './leftovers.js';
import { Soak, type Rest } from './soak.js';

const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);
const REQUESTS = 2000;
/** Requests in whose midst the modem is closed. */
const LAST = 40;

const chance = seededRandom(seed);
/** What the module does worse than it could, one round of requests after the other. */
const rounds: readonly Faults[] = [
  {},
  { rechunk: [1, 64] },
  { openDelay: 2 },
  { interject: '+CREG: 1' },
  { loseEvents: (line) => line.startsWith('+CCHEVENT') && chance() < 0.01 },
  { uplink: 2_000_000 },
  { dropUnsentAtClose: true },
  { rechunk: [1, 8] },
  { openDelay: 2, interject: ['+CREG: 5', 'RING'] },
  {},
];

/** What a request that came to nothing says: it was given up, or its connection was closed, reset, or took no more. */
const codes = ['ABORT_ERR', 'GIVEN_UP', 'ECONNRESET', 'EPIPE'];

/** Bytes by which what lives may grow over the second half of the rounds: a kilobyte and a half for each request. */
const HEAP = 1_500_000;
const BUFFERS = 200_000;
/** How many rests are looked at, for the least that lived: more, by chance, always may. */
const LOOKS = 3;
/** Sockets that may not be collected yet: the root hook of the suite keeps errors for a while, and they their sockets. */
const IN_HAND = 60;

/** What the soak must not leave behind: handles and timers that keep the process alive, listeners, and all timers. */
function surroundings(timers: TimerWatch): Counts {
  const named = (name: string, counts: Counts) =>
    Object.fromEntries(Object.entries(counts).map(([what, count]) => [`${name} ${what}`, count]));
  return {
    ...named('resource', resources()),
    ...named('listener of the process for', listeners(process)),
    ...named('timer of', timers.waiting),
  };
}

describe(`a soak of ${REQUESTS} requests over two sessions (FC_SEED=${seed})`, () => {
  let soak: Soak;
  /** Handles, timers and listeners of the process that were not there before. */
  let left: Counts;
  let warnings: readonly string[];
  /** Outcomes before the modem was closed, and since. */
  let outcomes: readonly string[];
  let closing: readonly string[];

  before(async function () {
    this.timeout(180_000);
    await certificates();
    const timers = new TimerWatch();
    const watch = new WarningWatch();
    const beforehand = surroundings(timers);
    try {
      soak = await Soak.open({ seed });
      for (const faults of rounds) await soak.round(REQUESTS / rounds.length, faults);
      outcomes = soak.outcomes.splice(0);
      await soak.closeAmid(LAST);
      closing = soak.outcomes;
      await soak.close();
      await soonEmpty(() => more(beforehand, surroundings(timers)));
      left = more(beforehand, surroundings(timers));
    } finally {
      timers.restore();
      watch.end();
      warnings = watch.heard;
    }
  });

  it('has every finished body exact, and every failure an error with a code and a reason', () => {
    expect(soak.wrong.join('\n')).to.equal('');
  });

  it('settles every request, and most as they should', () => {
    expect(outcomes.length).to.equal(REQUESTS);
    const told = tally(outcomes);
    expect(['finished', ...codes]).to.include.members(Object.keys(told));
    expect(told).to.include.keys('ABORT_ERR', 'GIVEN_UP', 'ECONNRESET');
    expect(told['finished']).to.be.above(REQUESTS / 2);
  });

  it('settles every request while the modem is closed', () => {
    expect(closing.length).to.equal(LAST);
    expect(Object.keys(tally(closing))).to.include('ENODEV');
    expect(['finished', 'ENODEV', ...codes]).to.include.members(closing as string[]);
  });

  it('leaves nobody with a session, a socket or a listener, whenever it is at rest', () => {
    expect(soak.rests.length).to.equal(rounds.length);
    for (const { made, closed, alive, sessions, module, port, signal, agents } of soak.rests) {
      expect(alive, 'sockets that are not collected').to.be.at.most(IN_HAND);
      expect({ closed, sessions, module, port, signal, agents }).to.deep.equal({
        closed: made,
        sessions: ['free', 'free'],
        module: ['idle 0 0', 'idle 0 0'],
        port: soak.port,
        signal: 0,
        agents: {},
      });
    }
  });

  it('has statistics that agree with the module, and with what was asked for', () => {
    expect(soak.rests.flatMap(({ differences }) => differences)).to.deep.equal([]);
  });

  it('has no more in memory at the end than in the middle', () => {
    const half = soak.rests.length / 2;
    const [middle, end] = [soak.rests.slice(half - LOOKS, half), soak.rests.slice(-LOOKS)];
    const growth = (bytes: (rest: Rest) => number) => Math.min(...end.map(bytes)) - Math.min(...middle.map(bytes));
    expect(
      growth(({ heap }) => heap),
      'heap',
    ).to.be.below(HEAP);
    expect(
      growth(({ buffers }) => buffers),
      'buffers',
    ).to.be.below(BUFFERS);
  });

  it('leaves no handle, no timer and no listener of the process, and warns of nothing', () => {
    expect(left).to.deep.equal({});
    expect(warnings).to.deep.equal([]);
  });
});
