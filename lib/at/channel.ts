import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { ModemError, abortError } from '../errors/index.js';
import type { Answer, ExchangeRequest } from './exchange.js';
import type { ChannelOptions, ExecuteOptions, Priority, SynchroniseOptions } from './channel-options.js';
import { DataMode, type DataState } from './data-mode.js';
import { ExchangeQueue, type QueuedExchange } from './exchange-queue.js';
import type { Rung } from './ladder.js';
import { Search } from './search.js';
import { Resynchroniser } from './resynchroniser.js';
import { Line, type LineEvents, type UnsolicitedListener } from './line.js';

interface ChannelEvents extends LineEvents {
  /** The module is not in the state that it was brought into: it has been reset. */
  suspect: [reason: string];
  /** Everything was failed with this; the module may have forgotten what it was told. */
  interrupted: [error: Error];
  /** No barrier was answered: the module is gone. */
  dead: [error: ModemError];
  /** Data of the transparent session. */
  data: [data: Buffer];
  /** The transparent session is over, or the close of one is; with an error when the module cannot be reached through it. */
  'carrier-lost': [error: ModemError | undefined];
}

/**
 * One exchange at a time over one serial line, with unsolicited lines told apart from answers.
 *
 * ```
 *   execute(request) → ExchangeQueue (order, priority) → turn: [leave data mode] [resynchronise] → Exchange ─write→ port
 *   port ─bytes→ Framer ─frames→ pending exchange → final results → unsolicited listeners → unknown
 * ```
 *
 * After a command that was not answered in time its answer may still come, and must not be taken for the next one's: see
 * {@link Resynchroniser}. Input is never flushed. While a transparent session is online ({@link DataMode}), a command
 * escapes first, and when nothing more is queued the session goes on.
 */
export class AtChannel extends EventEmitter<ChannelEvents> {
  readonly options: ChannelOptions;

  readonly #line: Line;
  readonly #queue = new ExchangeQueue();
  readonly #resynchroniser: Resynchroniser;
  readonly #data: DataMode;
  /** How many want command mode to be kept. */
  #holds = 0;
  /** Why nothing is written until {@link synchronise} has found the module. */
  #interruption: Error | undefined;
  #closed: Error | undefined;
  /** Ends what is waited for when the channel is closed. */
  readonly #closing = new AbortController();

  constructor(port: Duplex, options: ChannelOptions) {
    super();
    this.options = options;
    const events = this as unknown as EventEmitter<LineEvents>;
    const line = (this.#line = new Line(port, options, events));
    this.#resynchroniser = new Resynchroniser(line, {
      line: options,
      barriers: options.barriers,
      closing: this.#closing.signal,
      gone: () => this.#gone() !== undefined,
      suspect: (reason) => this.emit('suspect', reason),
      watchUnknown: (notice) => {
        this.on('unknown', notice);
        return () => this.off('unknown', notice);
      },
    });
    this.#data = new DataMode({
      line: options,
      write: (data) => line.writeData(data),
      say: (data) => line.write(data),
      setRaw: (raw) => line.setRaw(raw),
      pause: (paused) => line.pause(paused),
      data: (data) => this.emit('data', data),
      doubt: () => this.verify(),
      lines: (lines) => line.read(lines),
      over: (error) => this.emit('carrier-lost', error),
    });
    this.on('stray', () => this.#resynchroniser.doubt());
    this.on('connected', () => this.#data.entered());
    this.on('raw', (data) => this.#data.take(data));
    line.listen('CLOSED', () => this.#data.closed());
  }

  /** Commands and bytes so far. */
  get statistics(): Readonly<Line['statistics']> {
    return this.#line.statistics;
  }

  /** Where the transparent session stands, if there is one. */
  get dataState(): DataState {
    return this.#data.state;
  }

  /** The session whose counted bytes are under way. */
  get counting(): number | undefined {
    return this.#line.counting;
  }

  /** Keeps a text out of traces and messages, in commands, echoes and answers. */
  conceal(secret: string): void {
    this.#line.secrecy.redactor.add(secret);
  }

  /** A text with what is concealed taken out. */
  shown(text: string): string {
    return this.#line.secrecy.redactor.clean(text);
  }

  /** Emits `unknown` for a line. */
  tell(line: string): void {
    this.#line.tell(line);
  }

  /** Calls `listener` for unsolicited lines that begin with `prefix`, without case. Returns a function that ends it. */
  listen(prefix: string, listener: UnsolicitedListener): () => void {
    return this.#line.listen(prefix, listener);
  }

  /** Runs one exchange when its turn comes. Rejects with an ExchangeError, an AbortError, or why the channel failed. */
  execute(request: ExchangeRequest, options: ExecuteOptions = {}): Promise<Answer> {
    return this.#queue.add(request, options, (exchange) => {
      void this.#enqueue(() => this.#turn(exchange), options.priority);
    });
  }

  /** Writes data of the transparent session. Resolves when the port has taken it. Rejects when the session is over. */
  sendData(data: Buffer): Promise<void> {
    return this.#data.send(data);
  }

  /** The reader of the transparent session has no room, or has it again; only where the line has flow control. */
  holdData(full: boolean): void {
    this.#data.hold(full);
  }

  /** Stays in command mode between commands, until the returned function is called. */
  holdCommandMode(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (held) this.#holds--;
      held = false;
      void this.#enqueue(() => Promise.resolve());
    };
  }

  /**
   * Finds a module that may be silent, busy or in the middle of something: goes up a ladder of {@link Rung}s with `AT` on
   * each, and when that is answered proves with a barrier that nothing earlier is still to come. Resolves to the rung on which
   * it was found. Rejects with `ERR_MODEM_NO_ANSWER`.
   */
  async synchronise(options: SynchroniseOptions): Promise<Rung> {
    const end = performance.now() + options.timeout;
    const search = new Search({
      resynchroniser: this.#resynchroniser,
      data: this.#data,
      closing: this.#closing.signal,
      check: () => {
        if (options.signal?.aborted) throw abortError(options.signal);
        if (this.#closed) throw this.#closed;
      },
      hope: () => (this.#interruption = undefined),
      restarted: () => this.#interruption !== undefined,
    });
    return this.#enqueue(async () => {
      const found = await search.run(options, end);
      if (found) return found;
      const error = new ModemError('ERR_MODEM_NO_ANSWER', `The module did not answer AT within ${options.timeout} ms.`);
      this.#interruption = error;
      throw error;
    }, 'urgent');
  }

  /** Asks the module, before any other command, whether it is still in the state that it was brought into. */
  verify(): void {
    this.#resynchroniser.doubt();
    void this.#enqueue(() => this.#resynchronise(), 'urgent');
  }

  /** Fails the pending and all queued exchanges with `error`, and those to come until {@link synchronise}. */
  interrupt(error: Error): void {
    this.#interruption = error;
    this.#data.abort();
    this.#queue.fail(error);
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
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Why nothing is written now. */
  #gone(): Error | undefined {
    return this.#closed ?? this.#interruption;
  }

  /** Runs a task when its turn comes. The transparent session, if there is one, goes on behind the last. */
  #enqueue<T>(task: () => Promise<T>, priority?: Priority | 'urgent'): Promise<T> {
    return this.#queue.run(async () => {
      const result = await task();
      // Not before whoever was answered could ask for more: an escape takes seconds.
      if (this.#data.state === 'suspended') await setImmediate();
      if (this.#queue.empty) await this.#goOnline();
      return result;
    }, priority);
  }

  async #turn(queued: QueuedExchange): Promise<void> {
    if (!this.#queue.has(queued)) return;
    await this.#resynchronise();
    if (!this.#queue.has(queued)) return;
    const gone = this.#gone();
    if (gone) {
      queued.settle({ error: gone });
      return;
    }
    try {
      queued.options.beforeWrite?.();
    } catch (error) {
      queued.settle({ error: error as Error });
      return;
    }
    const exchange = this.#line.begin(queued.request);
    await this.#resynchroniser.finish(exchange);
    queued.settle({ answer: exchange.answer });
    // At once, not with the next command: a module that fell silent should be known as soon as possible.
    if (this.#data.state !== 'online') await this.#resynchronise();
  }

  /** Goes back to the transparent session, if there is one and nobody wants command mode. */
  async #goOnline(): Promise<void> {
    if (this.#data.state !== 'suspended' || this.#holds > 0 || this.#gone()) return;
    const answered = await this.#resynchroniser.converse({ text: 'ATO', connects: true });
    if (this.#gone() || this.#isOnline()) return;
    const silent = !answered && this.#resynchroniser.doubtful;
    const unclear = new ModemError('ERR_MODEM_LINE', 'The module did not go back to data mode.');
    this.#data.over(answered || silent ? unclear : undefined);
    if (!silent) return;
    await this.#data.escapeBlindly(this.#closing.signal);
    await this.#resynchronise();
  }

  /** This changes while a command is answered, which the compiler does not see. */
  #isOnline(): boolean {
    return this.#data.state === 'online';
  }

  /** Takes the channel to where the next command may be written: out of data mode, and behind a barrier if need be. */
  async #resynchronise(): Promise<void> {
    if (this.#gone()) return;
    const left = this.#data.state === 'offline' || (await this.#data.escape());
    if (!left || this.#data.unsure) {
      await this.#data.escapeBlindly(this.#closing.signal);
      // What it answers to that may come late.
      this.#resynchroniser.doubt();
    }
    if ((await this.#resynchroniser.settle(this.options.commandTimeout)) || this.#gone()) return;
    const error = new ModemError('ERR_MODEM_NO_ANSWER', 'The module answers no command any more.');
    this.interrupt(error);
    this.emit('dead', error);
  }
}
