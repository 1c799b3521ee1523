import { Duplex } from 'node:stream';

import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';

import { AtChannel } from '../../lib/at/index.js';
import { randomChunks, seeded } from '../support/chunks.js';
import { barriers, follow } from './stage.js';

/** How the module behaves in one run. */
interface Behaviour {
  /** Ms from the late command to its final result. */
  readonly delay: number;
  /** What the late command answers. */
  readonly late: string;
  /** Echo comes from the serial port at once, whatever the module is doing. */
  readonly echo: boolean;
  /** An unsolicited line before every answer. */
  readonly ring: boolean;
  /** Ms that the module takes for each other command. */
  readonly pace: number;
  readonly seed: number;
}

/**
 * A module that answers commands one after the other, in order, as real ones do; one of them, `AT+LATE`, takes long.
 * Everything that the host writes meanwhile waits its turn.
 */
class SlowModule {
  readonly port: Duplex;
  readonly #behaviour: Behaviour;
  readonly #random: () => number;
  #typed = '';
  #commands: string[] = [];
  #busy = false;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
    this.#random = seeded(behaviour.seed);
    this.port = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#hear(chunk.toString('latin1'));
        done();
      },
    });
  }

  #hear(text: string): void {
    if (this.#behaviour.echo) this.#say(text);
    this.#typed += text;
    const lines = this.#typed.split('\r');
    this.#typed = lines.pop() ?? '';
    this.#commands.push(...lines.filter((line) => line !== ''));
    this.#next();
  }

  #next(): void {
    const command = this.#busy ? undefined : this.#commands.shift();
    if (command === undefined) return;
    this.#busy = true;
    const late = command === 'AT+LATE';
    setTimeout(
      () => {
        if (this.#behaviour.ring) this.#say('\r\nRING\r\n');
        this.#say(late ? this.#behaviour.late : this.#answer(command));
        this.#busy = false;
        this.#next();
      },
      late ? this.#behaviour.delay : this.#behaviour.pace,
    );
  }

  #answer(command: string): string {
    if (command === 'AT+CCHSET?') return '\r\n+CCHSET: 1,1\r\n\r\nOK\r\n';
    if (command === 'AT+CGMR') return '\r\nLE20B04SIM7600M22\r\n\r\nOK\r\n';
    const number = command.slice('AT+N='.length);
    return Number(number) % 3 === 2 ? '\r\nERROR\r\n' : `\r\n+N: ${number}\r\n\r\nOK\r\n`;
  }

  #say(text: string): void {
    for (const chunk of randomChunks(Buffer.from(text), this.#random)) this.port.push(chunk);
  }
}

/** The late command, and ten others behind it; what they were answered. */
async function converse(behaviour: Behaviour): Promise<string[]> {
  const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  try {
    const channel = new AtChannel(new SlowModule(behaviour).port, { baudRate: 1e9, commandTimeout: 9000, barriers });
    const outcomes = [follow(channel.execute({ text: 'AT+LATE', owns: (line) => line.startsWith('+LATE:') }))];
    for (let number = 0; number < 10; number++) {
      const owns = (line: string) => line.startsWith('+N:');
      outcomes.push(follow(channel.execute({ text: `AT+N=${number}`, owns })));
    }
    const [late, ...others] = outcomes;
    await clock.tickAsync(60_000);
    if (behaviour.delay > 9000) expect(await late).to.have.nested.property('error.code', 'ERR_MODEM_TIMEOUT');
    const answers = await Promise.all(others);
    channel.close(new Error('The spec is over.'));
    await clock.tickAsync(60_000);
    expect(clock.countTimers()).to.equal(0);
    return answers.map((outcome) => ('lines' in outcome ? outcome.lines.join() : (outcome.error.code ?? 'error')));
  } finally {
    clock.restore();
  }
}

const own = Array.from({ length: 10 }, (_, number) => (number % 3 === 2 ? 'ERR_MODEM_COMMAND' : `+N: ${number}`));
const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);

describe('AtChannel, an answer that comes after its deadline', () => {
  const late = fc.constantFrom(
    '\r\nOK\r\n',
    '\r\nERROR\r\n',
    '\r\n+CME ERROR: 3\r\n',
    '\r\n+LATE: 1\r\n\r\nOK\r\n',
    '\r\n+LATE: 1\r\n+LATE: 2\r\n\r\nERROR\r\n',
    '\r\nOK\r\n\r\n+LATE: 0\r\n',
    '\r\n+CCHRECV: DATA,0,6\r\n\r\nOK\r\n\r\n\r\nOK\r\n',
  );

  it(`at any time, also during the barrier: the next ten commands get their own (seed ${seed})`, async function () {
    this.timeout(30_000);
    const behaviour = fc.record({
      // From just before the deadline to the last moment at which the second barrier is answered in time.
      delay: fc.oneof(
        fc.integer({ min: 8990, max: 26_000 }),
        fc.integer({ min: 8998, max: 9004 }),
        fc.integer({ min: 17_990, max: 18_010 }),
      ),
      late,
      echo: fc.boolean(),
      ring: fc.boolean(),
      pace: fc.constantFrom(0, 1, 5, 40),
      seed: fc.nat(),
    });
    let runs = 0;
    const property = fc.asyncProperty(behaviour, async (chosen) => {
      runs++;
      expect(await converse(chosen)).to.deep.equal(own);
    });
    await fc.assert(property, { seed, numRuns: 400, interruptAfterTimeLimit: 20_000 });
    expect(runs).to.be.at.least(200);
  });

  it('at every millisecond around the deadline, with a module of one millisecond', async () => {
    for (let delay = 8990; delay <= 9010; delay++) {
      for (const echo of [true, false]) {
        const behaviour = { delay, echo, late: '\r\nOK\r\n', ring: false, pace: 1, seed: delay };
        expect(await converse(behaviour), `after ${delay} ms`).to.deep.equal(own);
      }
    }
  });
});
