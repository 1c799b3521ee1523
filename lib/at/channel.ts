import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import PQueue from 'p-queue';
import { ModemError } from '../errors/index.js';
import { lineTime, pause } from '../util/index.js';
import type { Answer, Exchange, ExchangeRequest } from './exchange.js';
import { ExchangeError } from './exchange.js';
import type { Barrier, ChannelOptions, ExecuteOptions, SynchroniseOptions } from './channel-options.js';
import { Line, type LineEvents, type UnsolicitedListener } from './line.js';

interface ChannelEvents extends LineEvents {
  /** The module is not in the state that it was brought into: it has been reset. */
  suspect: [reason: string];
  /** Everything was failed with this; the module may have forgotten what it was told. */
  interrupted: [error: Error];
  /** No barrier was answered: the module is gone. */
  dead: [error: ModemError];
}

interface Entry {
  readonly request: ExchangeRequest;
  readonly options: ExecuteOptions;
  settle(outcome: { answer: Promise<Answer> } | { error: Error }): void;
}

/** Silence in ms that shows that no late answer is still under way, after commands that were not answered. */
const QUIET = 300;

/** Unanswered `AT`s after which the module may be waiting for bytes that a killed program owes it (field note 5.18). */
const SILENT_ATTEMPTS = 5;
/** Most bytes that a command makes the module wait for (F1013). */
const LARGEST_WAIT = 10_240;

/** Before any command. */
const URGENT = { priority: 2 };

/**
 * One exchange at a time over one serial line, with unsolicited lines told apart from answers.
 *
 * ```
 *   execute(request) → p-queue (order, priority) → turn: [resynchronise] → Exchange ─write→ port
 *   port ─bytes→ Framer ─frames→ pending exchange → final results → unsolicited listeners → unknown
 * ```
 *
 * After a command that was not answered in time the channel is *unsynchronised*: its answer may still come, and must
 * not be taken for the next one's. A {@link Barrier} is then written and everything before its own information line
 * is dropped; that line and the `OK` behind it prove that all earlier commands are answered. Carriage returns go first
 * where the module may be waiting for counted bytes. Input is never flushed.
 */
export class AtChannel extends EventEmitter<ChannelEvents> {
  readonly options: ChannelOptions;

  readonly #line: Line;
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #entries = new Set<Entry>();
  /**
   * - `synchronised`: every command was answered
   * - `unsynchronised`: an answer may still come; a barrier goes before the next command
   * - `interrupted`: the module is not there; nothing is written until {@link synchronise} has found it
   */
  #state: 'synchronised' | 'unsynchronised' | 'interrupted' = 'synchronised';
  #interruption: Error | undefined;
  /** Counted bytes that the module may be waiting for. */
  #owed = 0;
  /** Commands whose answer may still come. */
  #unanswered: string[] = [];
  #closed: Error | undefined;
  /** Ends what is waited for when the channel is closed. */
  readonly #closing = new AbortController();

  constructor(port: Duplex, options: ChannelOptions) {
    super();
    this.options = options;
    this.#line = new Line(port, options, this as unknown as EventEmitter<LineEvents>);
    this.on('stray', () => this.#doubt());
  }

  /** Commands and bytes so far. */
  get statistics(): Readonly<Line['statistics']> {
    return this.#line.statistics;
  }

  /** Keeps a text out of traces and messages, in commands, echoes and answers. */
  conceal(secret: string): void {
    this.#line.redactor.add(secret);
  }

  /** A text with what is concealed taken out. */
  shown(text: string): string {
    return this.#line.redactor.clean(text);
  }

  /** Calls `listener` for unsolicited lines that begin with `prefix`, without case. Returns a function that ends it. */
  listen(prefix: string, listener: UnsolicitedListener): () => void {
    return this.#line.listen(prefix, listener);
  }

  /** Runs one exchange when its turn comes. Rejects with an ExchangeError, an AbortError, or why the channel failed. */
  execute(request: ExchangeRequest, options: ExecuteOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const abort = () => entry.settle({ error: abortError(signal) });
      const entry: Entry = {
        request,
        options,
        settle: (outcome) => {
          this.#entries.delete(entry);
          signal?.removeEventListener('abort', abort);
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.answer);
        },
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#entries.add(entry);
      const priority = options.priority === 'control' ? 1 : 0;
      void this.#queue.add(() => this.#turn(entry), { priority });
    });
  }

  /**
   * Finds a module that may be silent, busy or in the middle of something: writes `AT` until it is answered, then proves
   * with a barrier that nothing earlier is still to come. One that stays silent gets carriage returns, in case it waits for
   * the counted bytes of a program that was killed. Rejects with `ERR_MODEM_NO_ANSWER`.
   */
  async synchronise(options: SynchroniseOptions): Promise<void> {
    const end = performance.now() + options.timeout;
    // Half of the time between two attempts is the line's for these.
    const share = Math.floor(options.interval / 2 / lineTime(1, this.options.baudRate));
    let wait = LARGEST_WAIT;
    await this.#queue.add(async () => {
      for (let attempts = 0; performance.now() < end; attempts++) {
        if (options.signal?.aborted) throw abortError(options.signal);
        if (this.#closed) throw this.#closed;
        options.attempt?.();
        if (attempts >= SILENT_ATTEMPTS) {
          this.#owed = Math.max(this.#owed, Math.min(share, wait));
          wait = Math.max(0, wait - share);
        }
        this.#state = 'unsynchronised';
        if (await this.#attempt(options.interval)) return;
      }
      this.#state = 'interrupted';
      throw new ModemError('ERR_MODEM_NO_ANSWER', `The module did not answer AT within ${options.timeout} ms.`);
    }, URGENT);
  }

  /** Asks the module, before any other command, whether it is still in the state that it was brought into. */
  verify(): void {
    this.#doubt();
    void this.#queue.add(() => this.#resynchronise(), URGENT);
  }

  /** Fails the pending and all queued exchanges with `error`, and those to come until {@link synchronise}. */
  interrupt(error: Error): void {
    this.#state = 'interrupted';
    this.#interruption = error;
    for (const entry of [...this.#entries]) entry.settle({ error });
    this.#line.interrupt(error);
    this.emit('interrupted', error);
  }

  /** Ends the channel: everything fails with `error`, nothing is written or read any more. The port stays open. */
  close(error: Error): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#closing.abort();
    this.#line.close();
    this.interrupt(error);
  }

  /** Resolves when nothing is queued or running. */
  async idle(): Promise<void> {
    await this.#queue.onIdle();
  }

  async #turn(entry: Entry): Promise<void> {
    if (!this.#entries.has(entry)) return;
    await this.#resynchronise();
    if (!this.#entries.has(entry)) return;
    const gone = this.#closed ?? (this.#state === 'interrupted' ? this.#interruption : undefined);
    if (gone) {
      entry.settle({ error: gone });
      return;
    }
    try {
      entry.options.beforeWrite?.();
    } catch (error) {
      entry.settle({ error: error as Error });
      return;
    }
    const exchange = this.#line.begin(entry.request);
    await this.#finish(exchange);
    entry.settle({ answer: exchange.answer });
    // At once, not with the next command: a module that fell silent should be known as soon as possible.
    await this.#resynchronise();
  }

  /** Waits for the end of an exchange and notes what it leaves behind. Whether it ended well. */
  async #finish(exchange: Exchange): Promise<boolean> {
    const error: unknown = await exchange.answer.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) {
      if (exchange.doubtful) this.#doubt();
      return true;
    }
    const failed = error instanceof ExchangeError ? error : undefined;
    if (failed?.code === 'ERR_MODEM_COMMAND' && failed.phase === 'command') return false;
    this.#doubt();
    this.#unanswered.push(exchange.request.text.toUpperCase());
    this.#owed = Math.max(this.#owed, exchange.supplied);
    return false;
  }

  async #converse(request: ExchangeRequest): Promise<boolean> {
    return this.#finish(this.#line.begin(request));
  }

  async #attempt(interval: number): Promise<boolean> {
    const started = performance.now();
    const late = this.#unanswered.length > 0;
    this.#supply();
    if (!(await this.#converse({ text: 'AT', timeout: interval }))) {
      this.#line.abandon();
      await pause(interval - (performance.now() - started), this.#closing.signal);
      return false;
    }
    // Earlier attempts may have used the barriers up; late answers to those show as stray lines below.
    this.#unanswered = [];
    if (!(await this.#passBarrier(Math.max(2000, interval)))) return false;
    return late ? this.#quiet() : true;
  }

  /** Whether no answer to anything earlier arrives for a moment. */
  async #quiet(): Promise<boolean> {
    let stray = false;
    const notice = () => (stray = true);
    this.on('unknown', notice);
    await pause(QUIET, this.#closing.signal);
    this.off('unknown', notice);
    return !stray;
  }

  async #resynchronise(): Promise<void> {
    if (this.#state !== 'unsynchronised' || this.#closed) return;
    const owed = this.#supply();
    if (await this.#passBarrier(this.options.commandTimeout + lineTime(owed, this.options.baudRate))) return;
    if (this.#isGone()) return;
    const error = new ModemError('ERR_MODEM_NO_ANSWER', 'The module answers no command any more.');
    this.interrupt(error);
    this.emit('dead', error);
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
    const telling = this.options.barriers.find(({ confirms }) => confirms);
    let asked = false;
    for (const barrier of this.options.barriers) {
      if (this.#isGone()) return false;
      if (this.#unanswered.includes(barrier.text.toUpperCase())) continue;
      if (!(await this.#ask(barrier, timeout))) continue;
      if (barrier === telling || !telling || asked || this.#isGone()) return true;
      asked = true;
      if (await this.#ask(telling, timeout)) return true;
    }
    return false;
  }

  async #ask({ text, owns, confirms }: Barrier, timeout: number): Promise<boolean> {
    const lines: string[] = [];
    const takes = (line: string) => owns(line) && lines.push(line) > 0;
    if (!(await this.#converse({ text, owns: takes, barrier: true, timeout }))) {
      this.#line.abandon();
      return false;
    }
    this.#state = 'synchronised';
    this.#unanswered = [];
    const line = lines[0] ?? '';
    if (confirms?.(line) === false) this.emit('suspect', `${text} answered ${line}`);
    return true;
  }

  #doubt(): void {
    if (this.#state === 'synchronised') this.#state = 'unsynchronised';
  }

  #isGone(): boolean {
    return this.#closed !== undefined || this.#state === 'interrupted';
  }
}

function abortError(signal: AbortSignal | undefined): ModemError {
  return new ModemError('ABORT_ERR', 'The operation was aborted.', { cause: signal?.reason });
}
