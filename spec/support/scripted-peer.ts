import { Duplex } from 'node:stream';

import { randomChunks, seeded } from './chunks.js';

/** One turn of a dialogue: what the host must have written, or what the modem answers. */
export interface Turn {
  readonly from: 'host' | 'modem';
  readonly bytes: Buffer;
  /** The host need not wait until the modem has said all of the turn before. */
  readonly eager?: boolean;
}

/** The host must write exactly these bytes (latin1) now. */
export function host(bytes: string | Buffer): Turn {
  return { from: 'host', bytes: toBytes(bytes) };
}

/** As {@link host}, at any time since the modem began the turn before: an answer to a damaged one. */
export function eagerHost(bytes: string | Buffer): Turn {
  return { ...host(bytes), eager: true };
}

/** The modem writes these bytes (latin1), cut into small chunks. */
export function modem(bytes: string | Buffer): Turn {
  return { from: 'modem', bytes: toBytes(bytes) };
}

export interface ScriptedPeerOptions {
  /** Seed of the cuts. Default 1. */
  seed?: number;
  /** Largest chunk in bytes. Default 8. */
  chunk?: number;
}

// Taken before a spec fakes the timers: the peer goes on by real turns of the event loop.
const realImmediate = globalThis.setImmediate;
const immediate = () => new Promise<void>((resolve) => realImmediate(() => resolve()));

/**
 * The modem's side of a dialogue that is written down beforehand. `port` is what the driver sees. Every byte of the host
 * is compared as it comes: a wrong one, one too many, or one before its turn ends the dialogue with an error that
 * shows it. Nothing sleeps: the peer goes on when the bytes that it waits for are there.
 */
export class ScriptedPeer {
  readonly port: Duplex;
  /** Everything that the host has written. */
  readonly written: Buffer[] = [];

  readonly #turns: Turn[];
  readonly #random: () => number;
  readonly #chunk: number;
  /** Timers that were running before the driver's first command. */
  #timers: number | undefined;
  #matched = 0;
  #unsaid: Buffer = Buffer.alloc(0);
  #speaking = false;
  #failure: Error | undefined;
  #waiters: (() => void)[] = [];

  constructor(turns: readonly Turn[], options: ScriptedPeerOptions = {}) {
    this.#turns = turns.filter((turn) => turn.bytes.length > 0);
    this.#random = seeded(options.seed ?? 1);
    this.#chunk = options.chunk ?? 8;
    this.port = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#take(chunk);
        done();
      },
    });
    // Not before the driver has the port.
    queueMicrotask(() => void this.#speak());
  }

  /** Resolves when it is the host's turn, or the dialogue is over. */
  async listening(): Promise<void> {
    // Not in the constructor: mocha starts the timer of a test when its function has returned a promise.
    await immediate();
    this.#timers ??= activeTimers();
    while (this.#turns[0]?.from === 'modem') await this.#change();
    if (this.#failure) throw this.#failure;
  }

  /** Resolves when the dialogue is over; rejects with what went wrong in it. */
  async finished(): Promise<void> {
    while (this.#turns.length > 0 || this.#speaking) {
      if (this.#failure) throw this.#failure;
      await this.#change();
    }
    await immediate();
    if (this.#failure) throw this.#failure;
  }

  /** As {@link finished}, and no timer was left open since the first {@link listening}. Call it when the driver is closed. */
  async settled(): Promise<void> {
    await this.finished();
    const left = activeTimers() - (this.#timers ?? Infinity);
    if (left > 0) throw new Error(`${left} timers were left open.`);
  }

  /** What is still expected, for a message. */
  get remaining(): string {
    return this.#turns.map((turn) => `${turn.from} ${show(turn.bytes)}`).join('\n');
  }

  #take(chunk: Buffer): void {
    this.written.push(chunk);
    if (this.#failure) return;
    const index = this.#turns[0]?.from === 'modem' && this.#mayInterrupt() ? 1 : 0;
    const turn = this.#turns[index];
    if (turn?.from !== 'host') return this.#fail(`wrote ${show(chunk)} out of turn`);
    const expected = turn.bytes.subarray(this.#matched, this.#matched + chunk.length);
    if (!chunk.equals(expected)) return this.#fail(`wrote ${show(chunk)} instead of ${show(expected)}`);
    this.#matched += chunk.length;
    if (this.#matched < turn.bytes.length) return;
    this.#matched = 0;
    this.#turns.splice(index, 1);
    void this.#speak();
  }

  /** Nothing but the space or the line end behind a prompt is left to say, or the next turn of the host is eager. */
  #mayInterrupt(): boolean {
    return this.#turns[1]?.eager === true || /^[ \r\n]*$/.test(this.#unsaid.toString('latin1'));
  }

  async #speak(): Promise<void> {
    if (this.#speaking) return;
    this.#speaking = true;
    for (let turn = this.#turns[0]; turn?.from === 'modem'; turn = this.#turns[0]) {
      // The turn is over just before its last chunk, since the host may answer that at once.
      const chunks = randomChunks(turn.bytes, this.#random, 1, this.#chunk);
      const last = chunks.pop();
      this.#unsaid = turn.bytes;
      for (const [index, chunk] of chunks.entries()) {
        await (index % 16 === 0 ? immediate() : Promise.resolve());
        this.#unsaid = this.#unsaid.subarray(chunk.length);
        this.port.push(chunk);
      }
      await immediate();
      this.#turns.shift();
      this.port.push(last);
    }
    this.#speaking = false;
    this.#changed();
  }

  #fail(what: string): void {
    this.#failure = new Error(`The host ${what}. Still expected:\n${this.remaining}`);
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #changed(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Bytes as text that one can read. */
export function show(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  return text.length > 200 ? `${text.slice(0, 200)}… (${bytes.length} bytes)` : text;
}

function toBytes(bytes: string | Buffer): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
