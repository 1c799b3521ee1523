import { ByteQueue } from './byte-queue.js';
import { Timers } from './timers.js';
import type { Port } from './uart.js';

/** Bytes that a system keeps for a program that does not read, and for a line that is busy. */
const INPUT = 64 * 1024;
const OUTPUT = 4096;
/** Bytes that are handed to the line at a time, and ms between two looks at a line that stands still. */
const PIECE = 64;
const POLL = 5;

interface Reader {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
  readonly resolve: (result: { buffer: Buffer; bytesRead: number }) => void;
  readonly reject: (error: Error) => void;
}

/** What a host's system keeps of what the module sent. */
export class InputBuffer {
  readonly #queue = new ByteQueue();
  #reader: Reader | undefined;

  /** Whether there is room, which RTS tells. */
  get hasRoom(): boolean {
    return this.#queue.length < INPUT;
  }

  /** What comes without room is lost. */
  push(chunk: Buffer): void {
    if (!this.hasRoom) return;
    this.#queue.push(chunk);
    if (this.#reader) this.#give(this.#reader);
  }

  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    return new Promise((resolve, reject) => {
      this.#reader = { buffer, offset, length, resolve, reject };
      if (this.#queue.length > 0) this.#give(this.#reader);
    });
  }

  clear(): void {
    this.#queue.clear();
  }

  /** Who reads is told why there is no more. */
  fail(error: Error): void {
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  #give({ buffer, offset, length, resolve }: Reader): void {
    this.#reader = undefined;
    const bytes = this.#queue.take(length);
    bytes.copy(buffer, offset);
    resolve({ buffer, bytesRead: bytes.length });
  }
}

/** What a host's system has taken and not yet sent to the module. */
export class OutputBuffer {
  readonly #port: Port;
  readonly #mayGo: () => boolean;
  readonly #queue = new ByteQueue();
  readonly #timers = new Timers();
  #state: 'idle' | 'sending' | 'stalled' = 'idle';
  #waiting: { readonly room: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  /** `mayGo`: whether the module lets bytes come. */
  constructor(port: Port, mayGo: () => boolean) {
    this.#port = port;
    this.#mayGo = mayGo;
  }

  /** Resolves when there was room for all of them. */
  write(bytes: Buffer): Promise<void> {
    this.#queue.push(bytes);
    this.#send();
    return this.#until(OUTPUT);
  }

  /** Resolves when all is sent. */
  drain(): Promise<void> {
    return this.#until(0);
  }

  clear(): void {
    this.#queue.clear();
    this.#tell();
  }

  /** Sends what still can be, and tells who waits why it is over. */
  end(error: Error): void {
    this.#timers.clear();
    if (this.#mayGo()) this.#port.receive(this.#queue.take(this.#queue.length), () => undefined);
    this.#queue.clear();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #until(room: number): Promise<void> {
    if (this.#done(room)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ room, resolve, reject }));
  }

  #done(room: number): boolean {
    return room === 0 ? this.#queue.length === 0 && this.#state === 'idle' : this.#queue.length <= room;
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ room }) => !this.#done(room));
    for (const { room, resolve } of waiting) if (this.#done(room)) resolve();
  }

  #send(): void {
    if (this.#state !== 'idle') return;
    while (this.#queue.length > 0) {
      if (!this.#mayGo()) {
        this.#state = 'stalled';
        this.#timers.after(POLL, () => this.#goOn());
        return;
      }
      let place: 'here' | 'later' = 'here';
      this.#state = 'sending';
      this.#port.receive(this.#queue.take(PIECE), () => {
        this.#state = 'idle';
        if (place === 'later') this.#goOn();
      });
      if (this.#isSending()) {
        place = 'later';
        return;
      }
    }
    this.#tell();
  }

  #goOn(): void {
    this.#state = 'idle';
    this.#tell();
    this.#send();
  }

  #isSending(): boolean {
    return this.#state === 'sending';
  }
}
