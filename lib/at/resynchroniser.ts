import { pause, lineTime } from '../util/index.js';
import type { Barrier } from './channel-options.js';
import type { Exchange, ExchangeRequest } from './exchange.js';
import { ExchangeError } from './exchange.js';
import type { Line } from './line.js';

/** Silence in ms that shows that no late answer is still under way, after commands that were not answered. */
const QUIET = 300;

/** What a {@link Resynchroniser} needs of its channel. */
export interface ResynchroniserHost {
  readonly line: { readonly baudRate: number };
  readonly barriers: readonly Barrier[];
  /** Aborted when the channel is closed. */
  readonly closing: AbortSignal;
  /** Whether the module is known not to be there. */
  gone(): boolean;
  /** A barrier's answer shows that the module is not as it was set up. */
  suspect(reason: string): void;
  /** Calls `notice` with each line that nothing explains, until the returned function is called. */
  watchUnknown(notice: (line: string) => void): () => void;
}

/**
 * Knows whether every command was answered, and finds the way back when one was not: carriage returns where the module may
 * wait for counted bytes, then a {@link Barrier}. Every line before the barrier's own information line is stale; that line
 * and the `OK` behind it prove that nothing earlier is still to come.
 */
export class Resynchroniser {
  readonly #line: Line;
  readonly #host: ResynchroniserHost;
  #doubtful = false;
  /** Counted bytes that the module may be waiting for. */
  #owed = 0;
  /** Commands whose answer may still come. */
  #unanswered: string[] = [];
  /** How the module writes results: after `ATV0` they are numbers (V.250, 6.2.6). */
  #results: 'words' | 'numbers' = 'words';

  constructor(line: Line, host: ResynchroniserHost) {
    this.#line = line;
    this.#host = host;
  }

  /** Whether an answer may still come, so that a barrier goes before the next command. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** An answer may still come. */
  doubt(): void {
    this.#doubtful = true;
  }

  /** The module may wait for so many counted bytes. */
  owe(bytes: number): void {
    this.#owed = Math.max(this.#owed, bytes);
  }

  /** Ms that so many bytes take on the line. */
  timeOf(bytes: number): number {
    return lineTime(bytes, this.#host.line.baudRate);
  }

  /** Waits for the end of an exchange and notes what it leaves behind. Whether it ended well. */
  async finish(exchange: Exchange): Promise<boolean> {
    const error: unknown = await exchange.answer.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) {
      if (exchange.doubtful) this.doubt();
      return true;
    }
    const failed = error instanceof ExchangeError ? error : undefined;
    if (failed?.code === 'ERR_MODEM_COMMAND' && failed.phase === 'command') return false;
    this.doubt();
    this.#unanswered.push(exchange.request.text.toUpperCase());
    this.owe(exchange.supplied);
    return false;
  }

  /** Runs an exchange of the channel's own. Whether it ended well. */
  converse(request: ExchangeRequest): Promise<boolean> {
    return this.finish(this.#line.begin(request));
  }

  /** Passes a barrier if one is needed, each within `timeout` and the time of what is owed. Whether the module is there. */
  async settle(timeout: number): Promise<boolean> {
    if (!this.#doubtful) return true;
    return this.#passBarrier(timeout + this.timeOf(this.#supply()));
  }

  /**
   * One `AT`, and when it is answered a barrier: whether the module is found. If not, takes `interval` ms and the time of what
   * is owed, but no longer than until `end`, in ms of `performance.now()`, or until `over` is aborted.
   */
  async attempt(interval: number, end: number, over: AbortSignal): Promise<boolean> {
    const started = performance.now();
    const late = this.#unanswered.length > 0;
    this.doubt();
    const time = Math.min(interval + this.timeOf(this.#supply()), end - started);
    if (!(await this.#greet(time))) {
      this.#line.abandon();
      await pause(time - (performance.now() - started), over);
      return false;
    }
    // Earlier attempts may have used the barriers up; late answers to those show as stray lines below.
    this.#unanswered = [];
    if (!(await this.#passBarrier(Math.max(2000, interval)))) return false;
    return late ? this.#quiet() : true;
  }

  /** `AT`; to a module that answered it with a number, `ATV1` the next time. Whether it was answered. */
  async #greet(timeout: number): Promise<boolean> {
    const text = this.#results === 'numbers' ? 'ATV1' : 'AT';
    this.#results = 'words';
    const end = this.#host.watchUnknown((line) => {
      if (/^\d$/.test(line)) this.#results = 'numbers';
    });
    const answered = await this.converse({ text, timeout });
    end();
    return answered;
  }

  /** Whether no answer to anything earlier arrives for a moment. */
  async #quiet(): Promise<boolean> {
    let stray = false;
    const end = this.#host.watchUnknown(() => (stray = true));
    await pause(QUIET, this.#host.closing);
    end();
    return !stray;
  }

  /** Writes carriage returns in place of bytes that the module may wait for; their number. */
  #supply(): number {
    const owed = this.#owed;
    this.#owed = 0;
    if (owed === 0) return 0;
    this.#line.trace.note(`${owed} carriage returns, in place of bytes that the module may wait for`);
    this.#line.write(Buffer.alloc(owed, '\r'));
    return owed;
  }

  /**
   * Tries the barriers whose answer nothing earlier can give, each at most once. A module that left one unanswered may have
   * restarted: behind a barrier that does not tell, the one that does is asked again.
   */
  async #passBarrier(timeout: number): Promise<boolean> {
    const { barriers } = this.#host;
    const telling = barriers.find(({ confirms }) => confirms);
    let asked = false;
    for (const barrier of barriers) {
      if (this.#host.gone()) return false;
      if (this.#unanswered.includes(barrier.text.toUpperCase())) continue;
      if (!(await this.#ask(barrier, timeout))) continue;
      if (barrier === telling || !telling || asked || this.#host.gone()) return true;
      asked = true;
      if (await this.#ask(telling, timeout)) return true;
    }
    return false;
  }

  async #ask({ text, owns, confirms }: Barrier, timeout: number): Promise<boolean> {
    const lines: string[] = [];
    const takes = (line: string) => owns(line) && lines.push(line) > 0;
    if (!(await this.converse({ text, owns: takes, barrier: true, timeout }))) {
      this.#line.abandon();
      return false;
    }
    this.#doubtful = false;
    this.#unanswered = [];
    const line = lines[0] ?? '';
    if (confirms?.(line) === false) this.#host.suspect(`${text} answered ${line}`);
    return true;
  }
}
