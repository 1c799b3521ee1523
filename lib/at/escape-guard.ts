/** Three of these alone, between two silences, are an escape. */
const PLUS = 0x2b;
/** Ms without a byte that a module may take for the silence before an escape; it asks for 1000 (field note 3.12). */
const SILENCE = 500;
/** Ms between two pluses up to which a module may still see one escape in them; it allows 900. */
const TOGETHER = 1500;
/** Ms after which pluses that were kept back follow; more than a module allows within an escape. */
const APART = 1000;

/** Where an {@link EscapeGuard} writes to. */
export interface EscapeGuardHost {
  /** Writes bytes. Resolves when the port has taken them. */
  write(this: void, data: Buffer): Promise<void>;
  /** When so many bytes that are written now will have left, in ms of `performance.now()`. */
  leaves(this: void, bytes: number): number;
}

/**
 * Keeps data of a transparent session from being taken for an escape. When what was written since a silence would be three
 * pluses and nothing else, over however many writes, one goes first and the rest a second later; as soon as anything else
 * is to be written, all goes at once.
 *
 * A gap of 500 to 1500 ms may be a silence for the module, or not: what stands before it is then thought of both ways.
 */
export class EscapeGuard {
  readonly #host: EscapeGuardHost;
  /** How many pluses, and nothing else, the module may have seen since a silence; more than two are no danger. */
  #runs: readonly number[] = [0];
  /** When the last byte has left, in ms of `performance.now()`, and how many writes the port has not taken yet. */
  #last = -Infinity;
  #untaken = 0;
  #kept: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(host: EscapeGuardHost) {
    this.#host = host;
  }

  /** Writes data, or keeps pluses back. */
  write(data: Buffer): void {
    if (data.length > 0) this.#pass(this.#kept ? Buffer.concat([this.#kept, data]) : data, this.#runsNow());
  }

  /** Resolves when nothing is kept back. */
  flushed(): Promise<void> {
    return this.#kept ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  /** An escape of our own was written, or the session is over: what was written before does not count any more. */
  reset(): void {
    this.#runs = [0];
    this.#keep(undefined);
  }

  #runsNow(): readonly number[] {
    const gap = this.#untaken > 0 ? 0 : performance.now() - this.#last;
    const together = gap < TOGETHER ? this.#runs : [];
    return gap >= SILENCE ? [...new Set([...together, 0])] : together;
  }

  #pass(all: Buffer, runs: readonly number[]): void {
    const escapes = (bytes: number) => runs.some((run) => run + bytes === 3);
    if (!all.every((byte) => byte === PLUS)) {
      this.#forward(all, []);
      this.#keep(undefined);
    } else if (!escapes(all.length)) {
      this.#forward(all, runs);
      this.#keep(undefined);
    } else {
      const first = all.length > 1 && !escapes(1) ? 1 : 0;
      if (first > 0) this.#forward(all.subarray(0, first), runs);
      this.#keep(all.subarray(first));
    }
  }

  #forward(data: Buffer, runs: readonly number[]): void {
    this.#runs = runs.map((run) => run + data.length).filter((run) => run < 3);
    this.#last = this.#host.leaves(data.length);
    this.#untaken++;
    void this.#host.write(data).finally(() => {
      this.#untaken--;
      this.#last = Math.max(this.#last, performance.now());
    });
  }

  #keep(data: Buffer | undefined): void {
    clearTimeout(this.#timer);
    this.#kept = data;
    if (data) this.#wait(Math.max(0, this.#last - performance.now()) + APART);
    else for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #wait(time: number): void {
    this.#timer = setTimeout(() => {
      // Flow control may have held the bytes before back.
      const missing = this.#untaken > 0 ? APART : this.#last + APART - performance.now();
      if (missing > 0) this.#wait(missing);
      else if (this.#kept) this.#pass(this.#kept, [0]);
    }, time);
  }
}
