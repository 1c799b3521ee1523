import { isUtf8 } from 'node:buffer';

import type { Frame } from './frame.js';
import { LeadHabit } from './lead-habit.js';

/** Limits of a {@link Framer}. */
export interface FramerOptions {
  /** Longest line in bytes; what is longer becomes `discarded`. Default 4096. */
  maxLine?: number;
  /** Largest payload frame in bytes when no tighter limit is set by {@link Framer.payloadLimit}. Default 1 MiB. */
  maxPayload?: number;
}

/** Counted bytes that have begun and not ended. */
export interface PendingPayload {
  readonly session: number;
  /** Bytes announced. */
  readonly length: number;
  /** Bytes that are there. */
  readonly received: number;
}

type State =
  | 'command' // collecting a line
  | 'header-end' // CR of a data header seen, its LF is due
  | 'payload' // counting
  | 'separator-cr' // all counted bytes are there, CR is due
  | 'separator-lf' // … and LF
  | 'separator-next' // … and the CR of the line behind, which this module begins with CR LF
  | 'raw';

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const PROMPT = 0x3e;

/** In place of a length: the line was `CONNECT`, and raw data follows its LF. */
const CONNECTED = -1;

const dataHeader = /^\+CCHRECV: ?DATA, ?(\d{1,2}), ?(\d{1,9}) ?$/i;
const connect = /^CONNECT(?: (?!FAIL$).*)?$/i;

/**
 * Cuts the bytes of a serial line into {@link Frame}s. Pure: it knows no stream, timer or event, and any chunking of the
 * same bytes gives the same frames (raw bytes apart, whose chunks are those of the line).
 *
 * Counted bytes are never scanned, and copied only where they span two chunks; a payload inside one chunk is a view of
 * that chunk. (Field notes 3.1–3.9, 3.12.)
 */
export class Framer {
  /** Largest payload in bytes believed of the next data header; what is announced above it is `broken`. */
  payloadLimit: number;

  #state: State = 'command';
  #promptExpected = false;
  #connectExpected = false;
  #afterPrompt = false;

  readonly #line: Buffer;
  #lineLength = 0;
  #overlong = 0;

  #session = 0;
  #length = 0;
  #received = 0;
  #payload: Buffer | undefined;

  readonly #habit = new LeadHabit();

  constructor(options: FramerOptions = {}) {
    this.#line = Buffer.allocUnsafe(options.maxLine ?? 4096);
    this.payloadLimit = options.maxPayload ?? 1024 * 1024;
  }

  /** Whether bytes are taken as raw data of a transparent session. */
  get raw(): boolean {
    return this.#state === 'raw';
  }

  /** The payload that is being counted, or is whole and waits for the CR LF behind it. */
  get pending(): PendingPayload | undefined {
    if (this.#state === 'command' || this.#state === 'raw' || this.#length === CONNECTED) return undefined;
    return { session: this.#session, length: this.#length, received: this.#received };
  }

  /** From now on a `>` at the start of a line is a prompt: once, or until it is expected no more. */
  expectPrompt(expected = true): void {
    this.#promptExpected = expected;
  }

  /** From now on a line `CONNECT…` (not `CONNECT FAIL`) begins raw data: once, or until it is expected no more. */
  expectConnect(expected = true): void {
    this.#connectExpected = expected;
  }

  /** Begins or ends raw data at the next byte; for a transparent session entered or left by other means. */
  setRaw(raw: boolean): void {
    this.#state = raw ? 'raw' : 'command';
    this.#lineLength = 0;
    this.#overlong = 0;
  }

  /** Takes the next bytes of the line and returns the frames that they complete, in order. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < chunk.length) offset = this.#step(chunk, offset, frames);
    return frames;
  }

  /**
   * Hands over a payload whose counted bytes are all there although the CR LF behind them was not seen; for a module
   * that pushes data and then falls silent. Nothing when there is none.
   */
  release(): Frame[] {
    if (!this.#state.startsWith('separator')) return [];
    this.#state = 'command';
    return [this.#takePayload()];
  }

  /** Gives up the payload that is being counted: what came of it is `broken`, and lines are expected again. */
  abandon(): Frame[] {
    const pending = this.pending;
    if (pending === undefined) return [];
    this.#state = 'command';
    this.#payload = undefined;
    return [{ type: 'broken', reason: 'short', ...pending }];
  }

  #step(chunk: Buffer, offset: number, frames: Frame[]): number {
    switch (this.#state) {
      case 'command':
        return this.#scanLine(chunk, offset, frames);
      case 'header-end':
        // A lost LF is not mended here: the bytes are then one off, and the separator behind them tells.
        this.#beginPayload();
        return chunk[offset] === LF ? offset + 1 : offset;
      case 'payload':
        return this.#count(chunk, offset);
      case 'separator-cr':
        return this.#separator(chunk, offset, CR, 'separator-lf', frames);
      case 'separator-lf':
        return this.#separator(
          chunk,
          offset,
          LF,
          this.#habit.isDueBehind(this.#payload) ? 'separator-next' : 'command',
          frames,
        );
      case 'separator-next':
        this.#separator(chunk, offset, CR, 'command', frames);
        return offset;
      case 'raw':
        frames.push({ type: 'raw', data: chunk.subarray(offset) });
        return chunk.length;
    }
  }

  #scanLine(chunk: Buffer, offset: number, frames: Frame[]): number {
    for (let at = offset; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === CR || byte === LF) {
        this.#endLine(byte, frames);
        if (this.#state !== 'command') return at + 1;
      } else if (this.#lineLength === 0 && this.#overlong === 0 && this.#isPromptPart(byte)) {
        if (byte === PROMPT) {
          this.#promptExpected = false;
          this.#afterPrompt = true;
          frames.push({ type: 'prompt' });
        }
      } else {
        this.#append(byte ?? 0);
      }
    }
    return chunk.length;
  }

  /** An expected `>` at the start of a line, or the space that may follow it. */
  #isPromptPart(byte: number | undefined): boolean {
    if (byte === PROMPT && this.#promptExpected) return true;
    return byte === SPACE && this.#afterPrompt;
  }

  #append(byte: number): void {
    this.#afterPrompt = false;
    if (this.#overlong > 0) this.#overlong++;
    else if (this.#lineLength < this.#line.length) this.#line[this.#lineLength++] = byte;
    else this.#overlong = this.#lineLength + 1;
  }

  #endLine(terminator: number, frames: Frame[]): void {
    const bytes = this.#line.subarray(0, this.#lineLength);
    const overlong = this.#overlong;
    this.#lineLength = 0;
    this.#overlong = 0;
    if (overlong > 0) frames.push({ type: 'discarded', reason: 'overlong', bytes: overlong });
    else if (bytes.length > 0) this.#emitLine(bytes, terminator, frames);
    else this.#habit.emptyLine();
  }

  #emitLine(bytes: Buffer, terminator: number, frames: Frame[]): void {
    if (!isText(bytes)) {
      frames.push({ type: 'discarded', reason: 'noise', bytes: bytes.length });
      return;
    }
    const text = bytes.toString('utf8');
    this.#habit.line(text);
    const header = dataHeader.exec(text);
    if (header) {
      this.#emitHeader(Number(header[1]), Number(header[2]), terminator, frames);
      return;
    }
    frames.push({ type: 'line', text });
    if (this.#connectExpected && connect.test(text)) {
      this.#connectExpected = false;
      // The LF of `CONNECT…\r\n` is still the line's.
      this.#state = terminator === CR ? 'header-end' : 'raw';
      this.#length = CONNECTED;
    }
  }

  #emitHeader(session: number, length: number, terminator: number, frames: Frame[]): void {
    // No module announces nothing: digits were lost.
    if (length > this.payloadLimit || length === 0) {
      frames.push({ type: 'broken', reason: 'length', session, length, received: 0 });
      return;
    }
    frames.push({ type: 'header', session, length });
    this.#session = session;
    this.#length = length;
    this.#received = 0;
    if (terminator === CR) this.#state = 'header-end';
    else this.#beginPayload();
  }

  #beginPayload(): void {
    if (this.#length === CONNECTED) this.#state = 'raw';
    else this.#state = 'payload';
  }

  #count(chunk: Buffer, offset: number): number {
    const end = Math.min(chunk.length, offset + this.#length - this.#received);
    if (this.#received === 0 && end - offset === this.#length) {
      this.#payload = chunk.subarray(offset, end);
    } else {
      this.#payload ??= Buffer.allocUnsafe(this.#length);
      chunk.copy(this.#payload, this.#received, offset, end);
    }
    this.#received += end - offset;
    if (this.#received === this.#length) this.#state = 'separator-cr';
    return end;
  }

  #separator(chunk: Buffer, offset: number, due: number, next: State, frames: Frame[]): number {
    if (chunk[offset] === due) {
      this.#state = next;
      if (next === 'command') frames.push(this.#takePayload());
      return offset + 1;
    }
    this.#state = 'command';
    this.#payload = undefined;
    frames.push({
      type: 'broken',
      reason: 'separator',
      session: this.#session,
      length: this.#length,
      received: this.#received,
    });
    return offset;
  }

  #takePayload(): Frame {
    const data = this.#payload ?? Buffer.alloc(0);
    this.#habit.payload(data);
    this.#payload = undefined;
    return { type: 'payload', session: this.#session, data };
  }
}

/** Whether bytes are text: no control character but TAB, and, where not ASCII, valid UTF-8. */
function isText(bytes: Buffer): boolean {
  let ascii = true;
  for (const byte of bytes) {
    if ((byte < SPACE && byte !== TAB) || byte === 0x7f) return false;
    if (byte > 0x7f) ascii = false;
  }
  return ascii || isUtf8(bytes);
}
