import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Deadline, lineTime } from '../util/index.js';
import { Framer, type BrokenFrame, type Frame } from '../wire/index.js';
import { Exchange, type ExchangeRequest } from './exchange.js';
import { parseFinalResult } from './final-result.js';
import { packetTime, packetsOf, writePackets } from './packets.js';
import { Secrecy } from './secrecy.js';
import { StallWatch } from './stall-watch.js';
import { Trace } from './trace.js';

/** Speed and patience of a {@link Line}. */
export interface LineOptions {
  /** Speed of the serial line, wherever it is, in bits a second; deadlines grow by the time that bytes take on it. */
  baudRate: number;
  /** Maximum response time in ms of a command that names none. */
  commandTimeout: number;
}

/**
 * Takes one unsolicited line; it may set state and schedule, never run a command at once. Returns false when, prefix or
 * not, it knows no such line.
 */
export type UnsolicitedListener = (line: string) => unknown;

/** What comes over a line beside the answers of exchanges. */
export interface LineEvents {
  /** A line that no exchange, final result or listener explains. */
  unknown: [line: string];
  /** A final result although nothing was asked: another program's, or the late one of a command of ours. */
  stray: [line: string];
  /** The echo of a command of ours. */
  echo: [];
  /** A data frame that no exchange asked for; for a module that pushes its data. */
  frame: [session: number, data: Buffer];
  /** Counted bytes that nobody asked for were damaged. */
  broken: [frame: BrokenFrame];
  /** Bytes came that are no text. */
  noise: [];
  /** `CONNECT` came: what follows is raw. */
  connected: [];
  /** Bytes of a transparent session. */
  raw: [data: Buffer];
}

const MAX_PAYLOAD = 1024 * 1024;
const connected = /^CONNECT(?: (?!FAIL$).*)?$/i;

/**
 * One serial line: writes the command of one exchange at a time and routes what comes back. A line of text is offered to
 * the pending exchange, then to the final results, then to the unsolicited listeners; what is left is unknown.
 */
export class Line {
  readonly statistics = { commands: 0, bytesSent: 0, bytesReceived: 0, payloadSent: 0, payloadReceived: 0 };
  readonly secrecy = new Secrecy();
  readonly trace = new Trace();

  readonly #port: Duplex;
  readonly #options: LineOptions;
  readonly #events: EventEmitter<LineEvents>;
  readonly #framer = new Framer({ maxPayload: MAX_PAYLOAD });
  readonly #stall: StallWatch;
  readonly #listeners = new Map<string, Set<UnsolicitedListener>>();
  readonly #onData = (chunk: Buffer) => this.#receive(chunk);
  #pending: Exchange | undefined;
  #deadline: Deadline | undefined;
  /** Ends the writing of counted bytes in packets. */
  #packets: AbortController | undefined;

  constructor(port: Duplex, options: LineOptions, events: EventEmitter<LineEvents>) {
    this.#port = port;
    this.#options = options;
    this.#events = events;
    this.#stall = new StallWatch(this.#framer, options, (frames) => this.#takeAll(frames));
    port.on('data', this.#onData);
  }

  /** Whether an exchange is under way. */
  get busy(): boolean {
    return this.#pending !== undefined;
  }

  /** The session whose counted bytes are under way. */
  get counting(): number | undefined {
    return this.#framer.pending?.session;
  }

  /** Calls `listener` for unsolicited lines that begin with `prefix`, without case. Returns a function that ends it. */
  listen(prefix: string, listener: UnsolicitedListener): () => void {
    const key = prefix.toUpperCase();
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Writes a command and becomes ready for its answer. Only when no exchange is under way. */
  begin(request: ExchangeRequest): Exchange {
    const shown = this.secrecy.command(request);
    const exchange = new Exchange(request, shown, {
      write: (parts) => this.#writeCounted(parts, request.packet),
      settled: () => this.#end(),
    });
    this.#pending = exchange;
    this.#framer.expectPrompt(request.payload !== undefined);
    this.#framer.expectConnect(request.connects ?? false);
    this.#framer.payloadLimit = request.data?.limit ?? MAX_PAYLOAD;
    this.#stall.pulling = request.data !== undefined;
    this.statistics.commands++;
    this.trace.line('>', shown);
    this.write(Buffer.from(`${request.text}\r`));
    const allowance = this.#allowance(request);
    this.#deadline = new Deadline(allowance, () =>
      exchange.fail('ERR_MODEM_TIMEOUT', `was not answered within ${Math.round(allowance)} ms`),
    );
    return exchange;
  }

  /** Writes bytes outside any exchange. */
  write(data: Buffer): void {
    this.statistics.bytesSent += data.length;
    this.trace.chunk('>', data.length);
    if (!this.#port.destroyed) this.#port.write(data);
  }

  /** Writes data of a transparent session. Resolves when the port has taken it; never rejects, a lost port says so itself. */
  writeData(data: Buffer): Promise<void> {
    this.statistics.payloadSent += data.length;
    this.statistics.bytesSent += data.length;
    this.trace.payload('>', data.length);
    if (this.#port.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#port.write(data, () => resolve()));
  }

  /** Takes bytes that came, and stood where raw ones were due. */
  read(bytes: Buffer): void {
    this.#takeAll(this.#framer.push(bytes));
  }

  /** Reads no more from the port, or again. */
  pause(paused: boolean): void {
    if (paused !== this.#port.isPaused()) this.#port[paused ? 'pause' : 'resume']();
  }

  /** Whether what comes is raw. */
  setRaw(raw: boolean): void {
    this.#framer.setRaw(raw);
  }

  /** Ends the exchange under way, if any, with `error`. */
  interrupt(error: Error): void {
    this.#pending?.end(error);
  }

  /** Gives up counted bytes that are under way: a damaged line may have announced more than will ever come. */
  abandon(): void {
    this.#takeAll(this.#framer.abandon());
  }

  /** Reads no more. */
  close(): void {
    this.#port.off('data', this.#onData);
    this.#stall.clear();
  }

  #end(): void {
    if (this.#pending) this.secrecy.ended(this.#pending);
    this.#pending = undefined;
    this.#packets?.abort();
    this.#packets = undefined;
    this.#deadline?.clear();
    this.#deadline = undefined;
    this.#framer.expectPrompt(false);
    this.#framer.expectConnect(false);
    this.#framer.payloadLimit = MAX_PAYLOAD;
    this.#stall.pulling = false;
  }

  #writeCounted(parts: readonly Buffer[], packet: number | undefined): void {
    const write = (data: Buffer) => this.#writePayload(data);
    if (packet === undefined) return parts.forEach(write);
    const { signal: over } = (this.#packets = new AbortController());
    const { baudRate } = this.#options;
    void writePackets(packetsOf(parts, packet), { packet, baudRate }, { write, over });
  }

  #writePayload(data: Buffer): void {
    this.statistics.payloadSent += data.length;
    this.trace.payload('>', data.length);
    this.write(data);
  }

  /** Deadline in ms: the command's own, and 10 bits for each byte that must cross the line. */
  #allowance(request: ExchangeRequest): number {
    const payload = (request.payload ?? []).reduce((sum, part) => sum + part.length, 0);
    const bytes = request.text.length + 1 + payload + (request.answerBytes ?? 0);
    const { baudRate, commandTimeout } = this.#options;
    const pauses = request.packet === undefined ? 0 : packetTime(payload, { packet: request.packet, baudRate });
    return (request.timeout ?? commandTimeout) + lineTime(bytes, baudRate) + pauses;
  }

  #receive(chunk: Buffer): void {
    this.statistics.bytesReceived += chunk.length;
    this.trace.chunk('<', chunk.length);
    this.#takeAll(this.#framer.push(chunk));
    this.#stall.progress();
    // Bytes of the answer push its deadline on.
    if (this.#framer.pending !== undefined) this.#deadline?.extend();
  }

  #takeAll(frames: Frame[]): void {
    for (const frame of frames) this.#take(frame);
  }

  #take(frame: Frame): void {
    const pending = this.#pending;
    switch (frame.type) {
      case 'line':
        return this.#takeLine(frame.text);
      case 'prompt':
        this.trace.line('<', '>');
        return pending?.prompt();
      case 'header':
        return;
      case 'payload':
        this.trace.payload('<', frame.data.length);
        this.statistics.payloadReceived += frame.data.length;
        if (!pending?.frame(frame.session, frame.data)) this.#events.emit('frame', frame.session, frame.data);
        return;
      case 'broken':
        this.trace.note(`broken frame (${frame.reason}): ${frame.received} of ${frame.length} bytes`);
        if (!pending?.broken(frame)) this.#events.emit('broken', frame);
        return;
      case 'raw':
        this.trace.payload('<', frame.data.length);
        this.statistics.payloadReceived += frame.data.length;
        this.#events.emit('raw', frame.data);
        return;
      case 'discarded':
        this.trace.note(`${frame.bytes} bytes of ${frame.reason} discarded`);
        pending?.noise();
        this.#events.emit('noise');
    }
  }

  #takeLine(line: string): void {
    const pending = this.#pending;
    if (this.trace.enabled) this.trace.line('<', this.secrecy.line(line, pending));
    if (pending?.takesEcho(line)) {
      this.#events.emit('echo');
      return;
    }
    if (pending?.offer(line)) {
      if (!pending.ended) this.#deadline?.extend();
      else if (pending.request.connects && connected.test(line)) this.#events.emit('connected');
      return;
    }
    if (pending?.request.hastenedBy?.(line)) this.#deadline?.hasten(this.#options.commandTimeout);
    if (this.#announce(line) || pending?.offerUnknown(line)) return;
    if (!pending && parseFinalResult(line)) this.#events.emit('stray', line);
    this.tell(line);
  }

  /** Tells of a line that nothing explains. */
  tell(line: string): void {
    this.#events.emit('unknown', this.secrecy.event(line, this.#pending));
  }

  #announce(line: string): boolean {
    const upper = line.toUpperCase();
    let known = false;
    for (const [prefix, listeners] of this.#listeners) {
      if (!upper.startsWith(prefix)) continue;
      for (const listener of [...listeners]) {
        if (listener(line) !== false) known = true;
      }
    }
    return known;
  }
}
