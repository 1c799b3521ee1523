import { Duplex } from 'node:stream';

import { expect } from 'chai';
import sinon from 'sinon';

import { AtChannel, type Answer, type Barrier, type ChannelOptions } from '../../lib/at/index.js';
import { randomChunks, seeded } from '../support/chunks.js';

/** `AT+CCHSET?`, and `AT+CGMR` for when that one was not answered. */
export const barriers: Barrier[] = [
  {
    text: 'AT+CCHSET?',
    owns: (line) => /^\+CCHSET: \d,\d$/.test(line),
    confirms: (line) => line === '+CCHSET: 1,1',
  },
  { text: 'AT+CGMR', owns: (line) => /^\+CGMR: |^LE\d/.test(line) },
];

/** What became of a request: its lines, or the error. */
export type Outcome = { lines: string[] } | { error: Error & { code?: string } };

/** A channel over a port whose far end the spec plays by hand, on fake time. */
export class Stage {
  readonly clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  readonly channel: AtChannel;
  readonly unknown: string[] = [];
  readonly suspicions: string[] = [];
  deaths = 0;

  readonly #port: Duplex;
  readonly #random = seeded(7);
  #written = '';
  #blocked = false;

  constructor(options: Partial<ChannelOptions> = {}) {
    this.#port = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#written += chunk.toString('latin1');
        if (!this.#blocked) done();
      },
    });
    // A fast line: what bytes add to a deadline is the matter of one spec only.
    this.channel = new AtChannel(this.#port, { baudRate: 1e9, commandTimeout: 9000, barriers, ...options });
    this.channel.on('unknown', (line) => this.unknown.push(line));
    this.channel.on('suspect', (reason) => this.suspicions.push(reason));
    this.channel.on('dead', () => this.deaths++);
  }

  /** The host must have written exactly this since the last time. */
  async hostSends(text: string): Promise<void> {
    expect(JSON.stringify(await this.hostWrote())).to.equal(JSON.stringify(text));
  }

  /** What the host has written since the last time, whatever it was. */
  async hostWrote(): Promise<string> {
    await this.settle();
    const written = this.#written;
    this.#written = '';
    return written;
  }

  /** Flow control: the port takes no more bytes. */
  blocks(): void {
    this.#blocked = true;
  }

  async hostIsSilent(): Promise<void> {
    await this.hostSends('');
  }

  /** The modem writes this, in chunks of 1 to 8 bytes. */
  async modemAnswers(text: string): Promise<void> {
    for (const chunk of randomChunks(Buffer.from(text, 'latin1'), this.#random)) this.#port.push(chunk);
    await this.settle();
  }

  async passes(milliseconds: number): Promise<void> {
    await this.clock.tickAsync(milliseconds);
  }

  async settle(): Promise<void> {
    await this.clock.tickAsync(0);
    await new Promise((resolve) => setImmediate(resolve));
    await this.clock.tickAsync(0);
  }

  /** The module proves that it answered everything before. */
  async barrierPasses(set = '1,1'): Promise<void> {
    await this.hostSends('AT+CCHSET?\r');
    await this.modemAnswers(`\r\n+CCHSET: ${set}\r\n\r\nOK\r\n`);
  }

  /** Runs a command and answers it, to see that the channel works. */
  async works(): Promise<void> {
    const outcome = follow(this.channel.execute({ text: 'AT+CSQ', owns: (line) => line.startsWith('+CSQ:') }));
    await this.hostSends('AT+CSQ\r');
    await this.modemAnswers('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
    expect(await outcome).to.deep.equal({ lines: ['+CSQ: 24,99'] });
  }

  /** Closes; no timer may be left. */
  async end(): Promise<void> {
    this.channel.close(new Error('The spec is over.'));
    await this.settle();
    const left = this.clock.countTimers();
    this.clock.restore();
    expect(left, 'timers left open').to.equal(0);
  }
}

/** The outcome of an answer, which never rejects. */
export function follow(answer: Promise<Answer>): Promise<Outcome> {
  return answer.then(
    ({ lines }) => ({ lines }),
    (error: unknown) => ({ error: error as Error }),
  );
}

/** The error of an outcome that must be one. */
export async function failure(outcome: Promise<Outcome>): Promise<Error & { code?: string }> {
  const settled = await outcome;
  if ('error' in settled) return settled.error;
  throw new Error(`It was answered ${settled.lines.join(', ')}.`);
}

/** Whether it has settled. */
export async function isSettled(outcome: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([outcome, Promise.resolve(pending)])) !== pending;
}
