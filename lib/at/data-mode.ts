import { ModemError } from '../errors/index.js';
import { lineTime, pause } from '../util/index.js';
import { EscapeGuard } from './escape-guard.js';
import { RawTail } from './raw-tail.js';

/** Ms of silence before and after an escape (field note 3.12), and what is added for a clock that is not ours. */
const GUARD = 1000;
const MARGIN = 50;
const ESCAPE = Buffer.from('+++');
/** Ms for the answer to what a module in command mode made of an escape. */
const ANSWER_TIME = 200;
/** Ms after an escape in which its `OK` is due, and bytes of the server that may be on the line before it. */
const OK_TIME = 4000;
const BACKLOG = 16_384;
/** Ms that flow control may hold bytes back; a module gives a connection up after 150 s without progress (F1008). */
const BLOCKED_TIME = 160_000;

/**
 * Where a transparent session stands:
 *
 * ```
 *             CONNECT           escape            OK
 *   offline ──────────▶ online ────────▶ escaping ────▶ suspended
 *      ▲                  │ ▲                │              │
 *      └──────────────────┘ └────────────────│──────────────┘  ATO, CONNECT
 *           CLOSED                CLOSED, or no OK
 * ```
 */
export type DataState = 'offline' | 'online' | 'escaping' | 'suspended';

/** What data mode does with the line, and whom it tells. */
export interface DataModeHost {
  readonly line: { readonly baudRate: number };
  /** Writes bytes of the session; resolves when the port has taken them. */
  write(data: Buffer): Promise<void>;
  /** Writes what is for the module itself. */
  say(data: Buffer): void;
  /** Whether what comes is raw. */
  setRaw(raw: boolean): void;
  /** Reads no more from the port, or again; flow control then holds the module back. */
  pause(paused: boolean): void;
  /** Data of the session. */
  data(data: Buffer): void;
  /** The module may have ended the session: it is to be asked for something. */
  doubt(): void;
  /** Lines that the module said behind the data, when it takes commands again. */
  lines(lines: Buffer): void;
  /** The session is over: the module said so, or cannot be reached any more. Whether anybody wants to know. */
  over(error: ModemError | undefined): boolean;
}

/**
 * The data mode of a transparent session: raw bytes both ways, and the way out of it and back (field note 3.12). It is
 * weaker than counted bytes by nature: the module's `CLOSED` is told from data only by the silence behind it.
 */
export class DataMode {
  readonly #host: DataModeHost;
  readonly #guard: EscapeGuard;
  readonly #tail: RawTail;
  #state: DataState = 'offline';
  /** When the last byte that was written has left, in ms of `performance.now()`. */
  #busyUntil = 0;
  #lastWrite: Promise<void> = Promise.resolve();
  /** Whether the end was only read from the data: a server may have sent the same word. */
  #unsure = false;
  /** Whether the reader of the data has no room. */
  #full = false;
  /** Those who wait for the state to change. */
  #waiting: (() => void)[] = [];

  constructor(host: DataModeHost) {
    this.#host = host;
    this.#guard = new EscapeGuard({
      write: (data) => (this.#lastWrite = host.write(data)),
      leaves: (bytes) => this.#leaves(bytes),
    });
    this.#tail = new RawTail(
      (data) => host.data(data),
      (word, behind) => this.#heard(word, behind),
    );
  }

  get state(): DataState {
    return this.#state;
  }

  /** Whether the module may still be in data mode although the session counts as over; asked before the next command. */
  get unsure(): boolean {
    return this.#unsure;
  }

  /** `CONNECT` came: from the next byte on everything is data. */
  entered(): void {
    this.#unsure = false;
    this.#guard.reset();
    this.#tail.expect({ word: 'CLOSED', leads: true });
    this.#to('online');
  }

  /** Raw bytes came. */
  take(chunk: Buffer): void {
    if (this.#state !== 'offline') this.#tail.push(chunk);
  }

  /** The reader has no room for data, or has it again. On a line without flow control the bytes would be lost: not for that. */
  hold(full: boolean): void {
    this.#full = full;
    this.#host.pause(full && this.#state === 'online');
  }

  /** Writes data of the session, when it is online. Resolves when the port has taken it. Rejects when the session is over. */
  async send(data: Buffer): Promise<void> {
    while (this.#state === 'escaping' || this.#state === 'suspended') await this.#change();
    if (this.#state === 'offline') throw new ModemError('ERR_MODEM_SESSION', 'The transparent session is over.');
    this.#guard.write(data);
    await this.#lastWrite;
  }

  /** Leaves data mode for commands; the session lives on. Whether the module takes commands now. */
  async escape(): Promise<boolean> {
    if (this.#state === 'offline' || this.#state === 'suspended') return true;
    this.#to('escaping');
    const left = this.#guard.flushed().then(() => this.#lastWrite);
    if (!(await this.#unlessOver(BLOCKED_TIME, left))) return this.#stuck('the module takes no bytes');
    await this.#unlessOver(Math.max(0, this.#busyUntil - performance.now()) + GUARD + MARGIN);
    if (this.#isOffline()) return true;
    // An earlier OK is the server's: the module keeps silent for as long as it asks of us.
    this.#host.say(ESCAPE);
    await this.#unlessOver(GUARD - MARGIN);
    if (this.#isOffline()) return true;
    this.#tail.expect({ word: 'CLOSED' }, { word: 'OK', leads: true });
    await this.#unlessOver(OK_TIME - GUARD + MARGIN + lineTime(BACKLOG, this.#host.line.baudRate));
    return this.#stuck('no OK followed the escape');
  }

  /**
   * An escape for a module of which nobody knows whether it is in data mode, before it is looked for; `end` cuts it short. To
   * one in command mode it is the beginning of a line, which is then ended.
   */
  async escapeBlindly(end: AbortSignal): Promise<void> {
    await pause(GUARD + MARGIN, end);
    if (!end.aborted) this.#host.say(ESCAPE);
    await pause(GUARD + MARGIN, end);
    if (!end.aborted) this.#host.say(Buffer.from('\r'));
    await pause(ANSWER_TIME, end);
    this.#unsure = false;
  }

  /** The line `CLOSED` came between two commands, or behind a close. Whether anybody wants to know. */
  closed(): boolean {
    return this.#state === 'suspended' ? this.#end(undefined) : this.#host.over(undefined);
  }

  /** The way back failed. */
  over(error?: ModemError): void {
    if (this.#state === 'suspended') this.#end(error);
  }

  /** The line is gone, or the module was reset. */
  abort(): void {
    this.#unsure = false;
    if (this.#state === 'offline') return;
    this.#leave('offline');
  }

  #heard(word: string, behind: Buffer): void {
    if (word === 'CLOSED') return this.#heardClosed(behind);
    this.#leave('suspended');
    this.#host.lines(behind);
  }

  /** Only with nothing behind it is it believed. With lines behind it is data; an escape then tells whether it was. */
  #heardClosed(behind: Buffer): void {
    if (behind.length === 0) {
      this.#unsure = true;
      this.#end(undefined);
      return;
    }
    this.#host.data(Buffer.concat([Buffer.from('\r\nCLOSED\r\n'), behind]));
    this.#host.doubt();
  }

  #end(error: ModemError | undefined): boolean {
    this.#tail.flush();
    this.#leave('offline');
    return this.#host.over(error);
  }

  /** What comes from now on are lines. */
  #leave(state: 'offline' | 'suspended'): void {
    this.#tail.drop();
    this.#guard.reset();
    if (this.#state !== 'suspended') this.#host.setRaw(false);
    this.#to(state);
  }

  /** Ends a session whose escape did not. Whether the module takes commands. */
  #stuck(why: string): boolean {
    if (this.#state !== 'escaping') return true;
    this.#end(new ModemError('ERR_MODEM_LINE', `The module did not leave data mode: ${why}.`));
    return false;
  }

  #leaves(bytes: number): number {
    this.#busyUntil = Math.max(this.#busyUntil, performance.now()) + lineTime(bytes, this.#host.line.baudRate);
    return this.#busyUntil;
  }

  /** Waits for a time, for an event, or until the escape is over; whether it was not the time that passed. */
  async #unlessOver(time: number, event?: Promise<void>): Promise<boolean> {
    if (this.#state !== 'escaping') return true;
    const patience = new AbortController();
    const wake = () => patience.abort();
    this.#waiting.push(wake);
    void event?.then(wake);
    await pause(time, patience.signal);
    return patience.signal.aborted;
  }

  #isOffline(): boolean {
    return this.#state === 'offline';
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #to(state: DataState): void {
    this.#state = state;
    if (state === 'offline') this.#full = false;
    this.#host.pause(this.#full && state === 'online');
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
