import { ExchangeError } from '../at/index.js';
import { Signal, lineTime } from '../util/index.js';
import type { Environment } from './environment.js';
import type { Failure } from './failure.js';
import { run } from './run.js';

/** Largest block that `AT+CCHSEND` takes, in bytes (F1005). */
const LARGEST_BLOCK = 2048;
/** Smallest block in bytes that a slow shared line is cut into. */
const SMALLEST_BLOCK = 256;
/** First and last wait in ms between two questions for unsent bytes. */
const ASK_FIRST = 100;
const ASK_LAST = 1000;
/** Tries of a block that is refused while nothing is unsent. */
const TRIES = 3;

/** Thrown by a {@link Sender}: why the bytes were not, or may not have been, sent. */
export class SendFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.type);
    this.failure = failure;
  }
}

/** Writes the bytes of one session in blocks, and tells when all have left the module (field notes 3.8–3.11). */
export class Sender {
  readonly #environment: Environment;
  readonly #id: number;
  /** Ms without any progress after which a send or a flush fails. */
  readonly #timeout: number;
  /** Lengths taken by the module and not yet reported as sent. */
  #unreported: number[] = [];
  /** Whether bytes were taken since the module last said that none is unsent. */
  #dirty = false;
  #over = false;
  readonly #reported = new Signal();

  constructor(environment: Environment, id: number, timeout: number) {
    this.#environment = environment;
    this.#id = id;
    this.#timeout = timeout;
  }

  /** `+CCHSEND: <id>,0`: the oldest block was sent. Some firmware says so early, some never. */
  report(): void {
    this.#unreported.shift();
    this.#reported.give();
  }

  /** The module takes no more: whoever waits fails now. */
  stop(): void {
    this.#over = true;
    this.#reported.give();
  }

  /** Resolves when the module has taken all bytes. Rejects with {@link SendFailure}. */
  async send(chunks: readonly Buffer[]): Promise<void> {
    const queue = chunks.filter((chunk) => chunk.length > 0);
    while (queue.length > 0) await this.#block(takeBlock(queue, this.#blockSize()));
  }

  /** Whether bytes were taken that the module did not yet say it has sent. */
  get dirty(): boolean {
    return this.#dirty;
  }

  /** Resolves when the module says that no byte is unsent. Rejects with {@link SendFailure}. */
  async flush(): Promise<void> {
    const patience = new Patience(this.#timeout);
    while (this.#dirty) {
      const wasOver = this.#over;
      const unsent = await this.#ask(patience);
      if (unsent === 0) return;
      // What was asked before the peer closed tells nothing of what the module has sent since.
      if (unsent !== undefined && wasOver) throw this.#refusal();
      await this.#wait(patience, unsent ?? 0);
    }
  }

  /** Bytes go to the module: they are not sent until it says so. */
  protected begin(): void {
    this.#check();
    this.#dirty = true;
  }

  async #block(parts: readonly Buffer[]): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const patience = new Patience(this.#timeout);
    for (let tries = 1; ; tries++) {
      await this.#window(patience);
      const error = await this.#write(parts, length);
      if (error === undefined) return;
      // Refused before the prompt: nothing was taken.
      const unsent = await this.#ask(patience);
      if (this.#isOver() || (!unsent && tries >= TRIES)) throw this.#refusal(error);
      if (unsent) tries = 0;
      this.#environment.retries++;
      await this.#wait(patience, unsent ?? 0);
    }
  }

  /** Writes one block; the error when it was refused before its prompt. */
  async #write(parts: readonly Buffer[], length: number): Promise<ExchangeError | undefined> {
    const { channel, table } = this.#environment;
    const beforeWrite = () => this.#check();
    this.#unreported.push(length);
    this.begin();
    try {
      const value = { session: this.#id, length };
      await run(channel, table.CCHSEND.write, value, { payload: parts, beforeWrite });
      return undefined;
    } catch (error) {
      this.#unreported.pop();
      if (!(error instanceof ExchangeError)) throw error;
      if (error.code === 'ERR_MODEM_COMMAND' && error.phase === 'command') return error;
      throw new SendFailure({ type: 'send-unknown', session: this.#id, supplied: error.supplied, cause: error });
    }
  }

  /** Waits until so few bytes are unreported that the next block will not block the line for both sessions. */
  async #window(patience: Patience): Promise<void> {
    const { profile } = this.#environment;
    const limit = profile.sendAwaitsReport ? 1 : profile.sendWindow;
    this.#check();
    while (sum(this.#unreported) >= limit) {
      await this.#wait(patience, sum(this.#unreported));
      this.#check();
      if (sum(this.#unreported) < limit) return;
      const unsent = await this.#ask(patience);
      if (unsent !== undefined) this.#unreported = unsent === 0 ? [] : [unsent];
    }
  }

  /** Bytes unsent; `undefined` when the module does not say. */
  async #ask(patience: Patience): Promise<number | undefined> {
    try {
      const unsent = await this.#environment.unsent(this.#id);
      patience.see(unsent);
      if (unsent === 0) {
        this.#dirty = false;
        this.#unreported = [];
      }
      return unsent;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      if (this.#over && error.code === 'ERR_MODEM_COMMAND') throw this.#refusal(error);
      return undefined;
    }
  }

  /** Waits for a report, or for a while that grows. Fails when nothing has moved for too long. */
  async #wait(patience: Patience, unsent: number): Promise<void> {
    if (patience.exhausted) {
      const time = Math.round(this.#timeout);
      throw new SendFailure({ type: 'send-overdue', session: this.#id, unsent, time });
    }
    if (await this.#reported.wait(patience.next())) patience.progress();
  }

  /** On a line that is shared a block takes an eighth of a second at most. */
  #blockSize(): number {
    if (!this.#environment.shared(this.#id)) return LARGEST_BLOCK;
    const eighth = Math.floor(125 / lineTime(1, this.#environment.baudRate));
    return Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, eighth));
  }

  #check(): void {
    if (this.#over) throw this.#refusal();
  }

  #isOver(): boolean {
    return this.#over;
  }

  #refusal(cause?: unknown): SendFailure {
    return new SendFailure({ type: 'send-refused', session: this.#id, cause });
  }
}

/** How long to wait, and since when nothing has moved. */
class Patience {
  readonly #timeout: number;
  #since = performance.now();
  #least = Infinity;
  #next = ASK_FIRST;

  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  get exhausted(): boolean {
    return performance.now() - this.#since >= this.#timeout;
  }

  /** The next wait in ms. */
  next(): number {
    const wait = this.#next;
    this.#next = Math.min(ASK_LAST, wait * 2);
    return wait;
  }

  /** Fewer bytes unsent than before are progress. */
  see(unsent: number): void {
    if (unsent < this.#least) this.progress();
    this.#least = unsent;
  }

  progress(): void {
    this.#since = performance.now();
    this.#next = ASK_FIRST;
  }
}

function takeBlock(queue: Buffer[], size: number): Buffer[] {
  const parts: Buffer[] = [];
  let missing = size;
  while (missing > 0) {
    const first = queue[0];
    if (first === undefined) break;
    const part = first.subarray(0, missing);
    parts.push(part);
    missing -= part.length;
    if (part.length === first.length) queue.shift();
    else queue[0] = first.subarray(part.length);
  }
  return parts;
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0);
}
