import { expect } from 'chai';
import fc from 'fast-check';

import type { DataReader, ExchangeRequest } from '../../lib/at/index.js';
import { everyLoss } from '../support/chunks.js';
import { Stage, failure, follow, type Outcome } from './stage.js';

/** Takes the frames of a read as a session does. */
class Taker {
  readonly frames: string[] = [];
  readonly request: ExchangeRequest;

  constructor(answerBytes?: number, session = 0) {
    const data: DataReader = {
      session,
      limit: 2048,
      onFrame: (frame) => this.frames.push(frame.toString('latin1')),
      end: (line) => {
        const [, result] = new RegExp(`^\\+CCHRECV: ${session},(\\d+)$`).exec(line) ?? [];
        return result === undefined ? undefined : Number(result);
      },
    };
    this.request = { text: `AT+CCHRECV=${session}`, data, answerBytes };
  }

  get length(): number {
    return this.frames.join('').length;
  }
}

function answer(...bodies: string[]): string {
  const frames = bodies.map((body) => `\r\n+CCHRECV: DATA,0,${body.length}\r\n${body}\r\n`);
  return `\r\nOK\r\n${frames.join('')}\r\n+CCHRECV: 0,0\r\n`;
}

describe('AtChannel, a read', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  /** Its outcome is wrapped, since an async function would wait for it. */
  async function begins(text: string, taker = new Taker()): Promise<{ outcome: Promise<Outcome> }> {
    const outcome = follow(stage.channel.execute(taker.request));
    await stage.hostSends('AT+CCHRECV=0\r');
    await stage.modemAnswers(text);
    return { outcome };
  }

  async function reads(text: string, taker?: Taker): Promise<Outcome> {
    return (await begins(text, taker)).outcome;
  }

  it('ends with the line behind the last frame, not with OK', async () => {
    const taker = new Taker();
    expect(await reads(answer('one', 'two'), taker)).to.deep.equal({ lines: [] });
    expect(taker.frames).to.deep.equal(['one', 'two']);
    await stage.works();
  });

  for (const body of [
    '\r\nOK\r\n',
    '\r\nERROR\r\n',
    '> ',
    '\r\n+CCHRECV: 0,0\r\n',
    '\r\n+CCH_PEER_CLOSED: 0\r\n',
    '\nx',
    '\0',
  ]) {
    it(`is not disturbed by a body ${JSON.stringify(body)}`, async () => {
      const taker = new Taker(2 * body.length);
      expect(await reads(answer(body, body), taker)).to.deep.equal({ lines: [] });
      expect(taker.frames).to.deep.equal([body, body]);
      await stage.works();
    });
  }

  it('refused: +CCHRECV: <id>,<err>, then ERROR', async () => {
    const outcome = reads('\r\n+CCHRECV: 0,8\r\n\r\nERROR\r\n');
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_COMMAND', final: 'ERROR' });
    await stage.works();
  });

  it('refused: ERROR alone', async () => {
    expect(await failure(reads('\r\nERROR\r\n'))).to.include({ code: 'ERR_MODEM_COMMAND', final: 'ERROR' });
    await stage.works();
  });

  it('failed behind OK: the line is the final one, and no ERROR is waited for', async () => {
    expect(await failure(reads('\r\nOK\r\n\r\n+CCHRECV: 0,4\r\n'))).to.include({ final: '+CCHRECV: 0,4' });
    await stage.works();
  });

  it('the frames and the end of the other session are not its own', async () => {
    const pushed: number[] = [];
    stage.channel.on('frame', (session) => pushed.push(session));
    stage.channel.listen('+CCHRECV', () => undefined);
    const taker = new Taker();
    const text = `\r\nOK\r\n\r\n+CCHRECV: DATA,1,1\r\nx\r\n\r\n+CCHRECV: 1,0\r\n${answer('one').slice(6)}`;
    expect(await reads(text, taker)).to.deep.equal({ lines: [] });
    expect(taker.frames).to.deep.equal(['one']);
    expect(pushed).to.deep.equal([1]);
  });

  for (const [what, text] of [
    ['a frame that is one byte short', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,5\r\nhell\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['a frame larger than was asked for', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,2049\r\nhello\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['a header that is no header', '\r\nOK\r\n\r\n+CCHRECV: DTA,0,5\r\nhello\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['a header without its name', '\r\nOK\r\n\r\n+CCH: DATA,0,5\r\nhello\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['OK a second time', '\r\nOK\r\n\r\nOK\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['ERROR behind OK', '\r\nOK\r\n\r\nERROR\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['text that is no unsolicited line', '\r\nOK\r\n<html>\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['noise', '\r\nOK\r\n\xff\xff\r\n\r\n+CCHRECV: 0,0\r\n'],
  ] as const) {
    it(`fails with ERR_MODEM_LINE: ${what}; then a barrier`, async () => {
      const taker = new Taker();
      const error = await failure(reads(text, taker));
      expect(error).to.include({ code: 'ERR_MODEM_LINE', transient: true });
      expect(taker.frames).to.deep.equal([]);
      await stage.barrierPasses();
      await stage.works();
    });
  }

  it('a frame that stops coming is given up after a second, and a barrier follows', async () => {
    const { outcome } = await begins('\r\nOK\r\n\r\n+CCHRECV: DATA,0,100\r\nabc');
    await stage.passes(1001);
    expect(await failure(outcome)).to.have.property('code', 'ERR_MODEM_LINE');
    await stage.barrierPasses();
    await stage.works();
  });

  it('whole counted bytes without the line end behind them are never handed over', async () => {
    const taker = new Taker();
    const { outcome } = await begins('\r\nOK\r\n\r\n+CCHRECV: DATA,0,3\r\nabc', taker);
    await stage.passes(300);
    expect(taker.frames).to.deep.equal([]);
    await stage.passes(701);
    expect(await failure(outcome)).to.have.property('code', 'ERR_MODEM_LINE');
    expect(taker.frames).to.deep.equal([]);
    await stage.barrierPasses();
  });

  it('a pushed frame without the line end behind it is handed over after 200 ms', async () => {
    const pushed: string[] = [];
    stage.channel.on('frame', (_session, data) => pushed.push(data.toString()));
    await stage.works();
    await stage.modemAnswers('\r\n+CCHRECV: DATA,0,3\r\nabc');
    await stage.passes(199);
    expect(pushed).to.deep.equal([]);
    await stage.passes(2);
    expect(pushed).to.deep.equal(['abc']);
  });

  it('after a read with a small limit a pushed frame may be large again', async () => {
    const pushed: number[] = [];
    stage.channel.on('frame', (_session, data) => pushed.push(data.length));
    const taker = new Taker();
    await reads(answer('one'), taker);
    await stage.modemAnswers(`\r\n+CCHRECV: DATA,0,4000\r\n${'x'.repeat(4000)}`);
    await stage.passes(201);
    expect(pushed).to.deep.equal([4000]);
  });

  it('a read that brought less than is due succeeds, but the next command waits for a barrier', async () => {
    const taker = new Taker(10);
    expect(await reads(answer('abc'), taker)).to.deep.equal({ lines: [] });
    await stage.barrierPasses();
    await stage.works();
  });

  it('what is left of a damaged read is given to no later command', async () => {
    // The second digit of the length 15 is lost, and the body has a line end just there.
    const taker = new Taker(15);
    const text =
      '\r\nOK\r\n\r\n+CCHRECV: DATA,0,1\r\nx\r\n+CCHRECV: 0,0\r\n\r\nOK\r\n\r\nERROR\r\n\r\n+CCHRECV: 0,0\r\n';
    await reads(text, taker);
    await stage.barrierPasses();
    await stage.works();
  });
});

describe('AtChannel, a read with one byte lost', () => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);

  async function readsDamaged(damaged: Buffer, bodies: readonly string[]): Promise<'read' | 'short' | 'failed'> {
    const stage = new Stage();
    try {
      const due = bodies.join('').length;
      const taker = new Taker(due);
      const outcome = follow(stage.channel.execute(taker.request));
      await stage.hostSends('AT+CCHRECV=0\r');
      await stage.modemAnswers(damaged.toString('latin1'));
      await stage.passes(10_000);
      const settled = await outcome;
      if ('error' in settled) return 'failed';
      expect(taker.length).to.be.at.most(due);
      if (taker.length < due) return 'short';
      expect(taker.frames).to.deep.equal(bodies);
      return 'read';
    } finally {
      await stage.end();
    }
  }

  it('anywhere in the answer: it fails, or brings less than is due, or all of it exactly', async () => {
    const bodies = ['GET / HTTP/1.1', '\r\nOK\r\n\0\nbody of lines\r\n'];
    const counts = { read: 0, short: 0, failed: 0 };
    for (const [, damaged] of everyLoss(Buffer.from(answer(...bodies), 'latin1'))) {
      counts[await readsDamaged(damaged, bodies)]++;
    }
    // Lost bytes of line ends around lines do no harm; every other one does.
    expect(counts.failed + counts.short).to.be.at.least(bodies.join('').length + 30);
  });

  it(`in answers with any bodies (seed ${seed})`, async function () {
    this.timeout(20_000);
    const lines = ['\r\n+CCH_PEER_CLOSED: 0\r\n', '\r\n+CCHRECV: 0,0\r\n', '\r\nOK\r\n'];
    const piece = fc.constantFrom('a', 'b<c', '\r\n', '\n', '\0', '> ', 'HTTP/1.1 200 OK\r\n', 'OK', '\xff', ...lines);
    const body = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
    const property = fc.asyncProperty(
      fc.array(body, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      async (bodies, position) => {
        const whole = Buffer.from(answer(...bodies), 'latin1');
        const lost = position % whole.length;
        await readsDamaged(Buffer.concat([whole.subarray(0, lost), whole.subarray(lost + 1)]), bodies);
      },
    );
    await fc.assert(property, { seed, numRuns: 600, interruptAfterTimeLimit: 8000 });
  });
});
