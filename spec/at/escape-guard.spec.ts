import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';

import { EscapeGuard } from '../../lib/at/escape-guard.js';

/** Silence that a module asks for, and the longest gap between two pluses, in ms (field note 3.12). */
const SILENCE = 1000;
const GAP = 900;

/** A byte as it reached the module. */
interface Arrival {
  readonly byte: number;
  readonly time: number;
}

/** Where in what arrived a module would see an escape, by the rule; `undefined`: nowhere. */
function escapeIn(arrivals: readonly Arrival[]): number | undefined {
  const gap = (index: number) => {
    const [before, next] = [arrivals[index - 1], arrivals[index]];
    return before && next ? next.time - before.time : Infinity;
  };
  const found = arrivals.findIndex((_, at) => {
    const three = arrivals.slice(at, at + 3);
    if (three.length < 3 || three.some(({ byte }) => byte !== 0x2b)) return false;
    return gap(at) >= SILENCE && gap(at + 1) <= GAP && gap(at + 2) <= GAP && gap(at + 3) >= SILENCE;
  });
  return found < 0 ? undefined : found;
}

/** A guard on fake time, and the bytes behind it. */
class Bench {
  readonly clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  readonly guard: EscapeGuard;
  readonly arrivals: Arrival[] = [];
  /** How late the next bytes arrive, in ms. */
  jitter = 0;
  /** Writes that the port has not taken, while flow control holds it. */
  blocked: (() => void)[] | undefined;
  /** Ms that a byte takes on the line. */
  readonly #byteTime: number;
  #free = 0;
  #log = '';

  constructor(byteTime = 0) {
    this.#byteTime = byteTime;
    this.guard = new EscapeGuard({
      write: (data) => this.#write(data),
      leaves: (bytes) => (this.#free = Math.max(this.#free, performance.now()) + bytes * this.#byteTime),
    });
  }

  get now(): number {
    return performance.now();
  }

  writes(text: string): void {
    this.guard.write(Buffer.from(text));
  }

  /** What went on since the last time. */
  sent(): string {
    const sent = this.#log;
    this.#log = '';
    return sent;
  }

  passes(milliseconds: number): Promise<unknown> {
    return this.clock.tickAsync(milliseconds);
  }

  end(): void {
    this.guard.reset();
    expect(this.clock.countTimers(), 'timers left open').to.equal(0);
    this.clock.restore();
  }

  #write(data: Buffer): Promise<void> {
    this.#log += data.toString();
    const before = this.arrivals.at(-1)?.time ?? 0;
    for (const byte of data) {
      this.arrivals.push({ byte, time: Math.max(before, performance.now() + this.jitter) });
    }
    const { blocked } = this;
    return blocked ? new Promise((resolve) => blocked.push(resolve)) : Promise.resolve();
  }
}

describe('EscapeGuard', () => {
  let bench: Bench;
  beforeEach(() => (bench = new Bench()));
  afterEach(() => bench.end());

  it('+++: one goes first, the rest a second later', async () => {
    bench.writes('+++');
    expect(bench.sent()).to.equal('+');
    await bench.passes(999);
    expect(bench.sent()).to.equal('');
    await bench.passes(1);
    expect(bench.sent()).to.equal('++');
    await bench.passes(5000);
    expect(bench.sent()).to.equal('');
  });

  it('+, + and + in three writes: the third a second later', async () => {
    for (const due of ['+', '+', '']) {
      bench.writes('+');
      expect(bench.sent()).to.equal(due);
      await bench.passes(100);
    }
    await bench.passes(899);
    expect(bench.sent()).to.equal('');
    await bench.passes(1);
    expect(bench.sent()).to.equal('+');
  });

  it('++, and + 800 ms later: that one waits a second', async () => {
    bench.writes('++');
    await bench.passes(800);
    expect(bench.sent()).to.equal('++');
    bench.writes('+');
    await bench.passes(999);
    expect(bench.sent()).to.equal('');
    await bench.passes(1);
    expect(bench.sent()).to.equal('+');
  });

  it('++++ is no escape and goes at once, as + and ++ do', () => {
    for (const text of ['++++', '+++++++', 'a+++', '+++a', '+a++']) {
      bench.writes(text);
      expect(bench.sent()).to.equal(text);
    }
  });

  it('anything behind pluses that wait: all goes at once, in order', async () => {
    bench.writes('+++');
    await bench.passes(500);
    bench.writes('data');
    expect(bench.sent()).to.equal('+++data');
    await bench.passes(5000);
    bench.writes('+++');
    await bench.passes(100);
    bench.writes('+');
    expect(bench.sent()).to.equal('++++');
    await bench.passes(5000);
    expect(bench.sent()).to.equal('');
  });

  it('data, 600 ms of silence, +++: they wait, since a module may have heard a second', async () => {
    bench.writes('data');
    await bench.passes(600);
    bench.writes('+++');
    expect(bench.sent()).to.equal('data+');
    await bench.passes(1000);
    expect(bench.sent()).to.equal('++');
  });

  it('data, 400 ms of silence, +++: they are no escape', async () => {
    bench.writes('data');
    await bench.passes(400);
    bench.writes('+++');
    expect(bench.sent()).to.equal('data+++');
  });

  for (const before of ['+', '++', '++++', '+++++']) {
    it(`${before}, 1200 ms of silence, +++: two things to a module, and no escape`, async () => {
      bench.writes(before);
      await bench.passes(1200);
      bench.writes('+++');
      await bench.passes(5000);
      bench.writes('end');
      expect(bench.sent()).to.equal(`${before}+++end`);
      expect(escapeIn(bench.arrivals)).to.equal(undefined);
    });
  }

  it('+++, and + just before the rest goes', async () => {
    bench.writes('+++');
    await bench.passes(990);
    bench.jitter = 15;
    bench.writes('+');
    bench.jitter = 0;
    await bench.passes(5000);
    expect(bench.sent()).to.equal('++++');
    expect(escapeIn(bench.arrivals)).to.equal(undefined);
  });

  it('continuous data is never delayed, pluses and all', async () => {
    for (let index = 0; index < 200; index++) {
      const text = index % 3 === 0 ? 'data' : '+++';
      bench.writes(text);
      expect(bench.sent()).to.equal(text);
      await bench.passes(index % 400);
    }
  });

  it('nothing is nothing', async () => {
    bench.writes('+++');
    await bench.passes(700);
    bench.writes('');
    expect(bench.sent()).to.equal('+');
    await bench.passes(300);
    expect(bench.sent()).to.equal('++');
  });

  it('tells when nothing is kept back any more', async () => {
    const told: string[] = [];
    void bench.guard.flushed().then(() => told.push('nothing was kept'));
    await bench.passes(0);
    bench.writes('+++');
    void bench.guard.flushed().then(() => told.push(`flushed behind ${bench.sent()}`));
    await bench.passes(999);
    expect(told).to.deep.equal(['nothing was kept']);
    await bench.passes(1);
    expect(told).to.deep.equal(['nothing was kept', 'flushed behind +++']);
    bench.writes('+');
    void bench.guard.flushed().then(() => told.push('given up'));
    bench.guard.reset();
    await bench.passes(0);
    expect(told.at(-1)).to.equal('given up');
    expect(bench.sent()).to.equal('');
  });

  it('a reset begins anew: nothing before it counts', async () => {
    bench.writes('++');
    bench.guard.reset();
    bench.writes('+');
    expect(bench.sent()).to.equal('+++');
    bench.guard.reset();
    bench.writes('+++');
    expect(bench.sent()).to.equal('+');
    await bench.passes(1000);
    expect(bench.sent()).to.equal('++');
  });

  it('counts from when the bytes have left a slow line', async () => {
    bench.end();
    bench = new Bench(10);
    bench.writes('x'.repeat(200));
    await bench.passes(2400);
    bench.writes('+++');
    expect(bench.sent()).to.equal(`${'x'.repeat(200)}+++`);
    await bench.passes(5000);
    bench.writes('+++');
    await bench.passes(1009);
    expect(bench.sent()).to.equal('+');
    await bench.passes(1);
    expect(bench.sent()).to.equal('++');
  });

  it('counts from when a port that was held up has taken the bytes', async () => {
    bench.blocked = [];
    bench.writes('+++');
    expect(bench.sent()).to.equal('+');
    await bench.passes(1700);
    for (const taken of bench.blocked) taken();
    bench.blocked = undefined;
    await bench.passes(999);
    expect(bench.sent()).to.equal('');
    await bench.passes(1001);
    expect(bench.sent()).to.equal('++');
  });

  it('no module ever sees an escape, whatever is written when; nothing but pluses is delayed', async function () {
    this.timeout(30_000);
    bench.end();
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('+', '++', '+++', '++++') },
      { weight: 1, arbitrary: fc.constantFrom('a', 'a+++', '+++a', '\r\n', '+++\r', '+a+') },
    );
    const time = fc.oneof(
      fc.constantFrom(
        0,
        1,
        450,
        499,
        500,
        501,
        600,
        890,
        899,
        900,
        901,
        950,
        990,
        999,
        1000,
        1001,
        1200,
        1499,
        1500,
        2500,
      ),
      fc.integer({ min: 0, max: 2600 }),
    );
    const jitters = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, time), { minLength: 1, maxLength: 10 }),
        jitters,
        async (writes, late) => {
          bench = new Bench();
          try {
            let all = '';
            let turn = 0;
            for (const [written, pause] of writes) {
              bench.jitter = late[turn++ % late.length] ?? 0;
              bench.writes(written);
              all += written;
              if (!/^\+*$/.test(written)) expect(bench.arrivals).to.have.lengthOf(all.length);
              for (let passed = 0; passed < pause; passed += 50) {
                await bench.passes(Math.min(50, pause - passed));
                bench.jitter = late[turn++ % late.length] ?? 0;
              }
            }
            await bench.passes(10_000);
            expect(Buffer.from(bench.arrivals.map(({ byte }) => byte)).toString()).to.equal(all);
            expect(escapeIn(bench.arrivals), JSON.stringify(bench.arrivals)).to.equal(undefined);
          } finally {
            bench.end();
          }
        },
      ),
      { numRuns: 2000, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
    );
    bench = new Bench();
  });
});
