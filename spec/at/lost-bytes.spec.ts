import { Duplex } from 'node:stream';

import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';

import { AtChannel } from '../../lib/at/index.js';
import { everyLoss, randomChunks, seeded } from '../support/chunks.js';
import { barriers, follow } from './stage.js';

/** Where the line loses a byte. */
interface Loss {
  readonly direction: 'to the module' | 'to the host';
  /** Which byte of that direction, from 0. */
  readonly at: number;
}

/** A module behind a line that loses one byte: it takes counted bytes, and for ever if need be (field note 5.18). */
class LossyModule {
  readonly port: Duplex;
  /** Whether the byte was lost at all. */
  lost = false;
  readonly #loss: Loss;
  readonly #strict: boolean;
  readonly #random = seeded(5);
  #heard = 0;
  #said = 0;
  #typed = '';
  #missing = 0;

  /** A `strict` module answers nothing to a line that does not begin with `AT`; others answer `ERROR`. */
  constructor(loss: Loss, strict: boolean) {
    this.#loss = loss;
    this.#strict = strict;
    this.port = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        for (const character of chunk.toString('latin1')) this.#hear(character);
        done();
      },
    });
  }

  #hear(character: string): void {
    if (this.#loss.direction === 'to the module' && this.#heard++ === this.#loss.at) {
      this.lost = true;
      return;
    }
    if (this.#missing > 0) {
      if (--this.#missing === 0) this.#say('\r\nOK\r\n');
    } else if (character === '\r') {
      const line = this.#typed;
      this.#typed = '';
      if (line !== '') this.#answer(line);
    } else {
      this.#typed += character;
    }
  }

  #answer(line: string): void {
    const [, count] = /^AT\+CCHSEND=0,(\d+)$/.exec(line) ?? [];
    const [, number] = /^AT\+N=(\d)$/.exec(line) ?? [];
    if (count !== undefined) {
      this.#missing = Number(count);
      this.#say('\r\n> ');
    } else if (number !== undefined) {
      this.#say(`\r\n+N: ${number}\r\n\r\nOK\r\n`);
    } else if (line === 'AT+CCHSET?') {
      this.#say('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    } else if (line === 'AT+CGMR') {
      this.#say('\r\nLE20B04SIM7600M22\r\n\r\nOK\r\n');
    } else if (!this.#strict || line.startsWith('AT')) {
      this.#say('\r\nERROR\r\n');
    }
  }

  #say(text: string): void {
    const whole = Buffer.from(text, 'latin1');
    const lost = this.#loss.direction === 'to the host' ? this.#loss.at - this.#said : -1;
    this.#said += whole.length;
    const inside = lost >= 0 && lost < whole.length;
    this.lost ||= inside;
    const heard = inside ? Buffer.concat([whole.subarray(0, lost), whole.subarray(lost + 1)]) : whole;
    for (const chunk of randomChunks(heard, this.#random)) setImmediate(() => this.port.push(chunk));
  }
}

const payload = 'a body\r\nOK\r\n> \0';
const command = `AT+CCHSEND=0,${payload.length}`;

/** One send over a lossy line, then ten other commands. */
async function converse(loss: Loss, strict: boolean): Promise<{ lost: boolean; sent: string; answers: string[] }> {
  const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  try {
    const module = new LossyModule(loss, strict);
    const channel = new AtChannel(module.port, { baudRate: 1e9, commandTimeout: 9000, barriers });
    const pass = async () => {
      for (let turn = 0; turn < 30; turn++) {
        await clock.tickAsync(turn % 3 === 2 ? 9001 : 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const send = follow(channel.execute({ text: command, payload: [Buffer.from(payload, 'latin1')] }));
    await pass();
    const sent = await send;
    const answers: string[] = [];
    for (let number = 0; number < 10; number++) {
      const answer = follow(channel.execute({ text: `AT+N=${number}`, owns: (line) => line.startsWith('+N:') }));
      await pass();
      const outcome = await answer;
      answers.push('lines' in outcome ? outcome.lines.join() : (outcome.error.code ?? 'error'));
    }
    channel.close(new Error('The spec is over.'));
    expect(clock.countTimers()).to.equal(0);
    return { lost: module.lost, sent: 'lines' in sent ? 'OK' : (sent.error.code ?? 'error'), answers };
  } finally {
    clock.restore();
  }
}

const own = Array.from({ length: 10 }, (_, number) => `+N: ${number}`);

describe('AtChannel, one byte lost in a send', () => {
  it('of the command or of the counted bytes: it fails, and the ten commands behind it get their own answers', async () => {
    const digits = command.length - String(payload.length).length;
    for (const strict of [false, true]) {
      for (let at = 0; at < command.length + 1 + payload.length; at++) {
        // A module that was told a smaller number cannot be told from one that took all: nothing on the line shows it.
        if (at >= digits && at < command.length) continue;
        const { sent, answers } = await converse({ direction: 'to the module', at }, strict);
        expect(sent, `byte ${at} lost`).to.not.equal('OK');
        expect(answers, `byte ${at} lost`).to.deep.equal(own);
      }
    }
  });

  it('of the prompt or of OK: the ten commands behind it get their own answers', async () => {
    for (let at = 0; at < '\r\n> \r\nOK\r\n'.length; at++) {
      const { lost, answers } = await converse({ direction: 'to the host', at }, true);
      expect(lost).to.equal(true);
      expect(answers, `byte ${at} lost`).to.deep.equal(own);
    }
  });

  it('in any later answer: at most that command fails, and later ones get their own answers', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 10, max: 130 }), fc.boolean(), async (at, strict) => {
      const { answers } = await converse({ direction: 'to the host', at }, strict);
      const wrong = answers.flatMap((answer, number) => (answer === own[number] ? [] : [{ answer, own: own[number] }]));
      expect(wrong.length, answers.join(' · ')).to.be.at.most(1);
      for (const { answer, own: expected = '' } of wrong) {
        // A damaged information line is missing or is its own without a byte, never another's.
        const damaged = [...everyLoss(Buffer.from(expected))].map(([, bytes]) => bytes.toString());
        expect(['', 'ERR_MODEM_TIMEOUT', ...damaged]).to.include(answer);
      }
    });
    await fc.assert(property, { numRuns: 150, interruptAfterTimeLimit: 8000 });
  });
});
