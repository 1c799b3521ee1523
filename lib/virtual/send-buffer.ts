import type { Socket } from 'node:net';

import { Pacer } from './pacer.js';

/** What a {@link SendBuffer} needs of its session. */
export interface SendBufferOptions {
  /** Bytes a second to the network; `undefined` is at once. */
  readonly rate: () => number | undefined;
  /** Milliseconds without progress after which it is stuck. */
  readonly patience: () => number;
  /** The bytes of one send have left. */
  readonly sent: () => void;
  /** Nothing has left for too long. */
  readonly stuck: () => void;
}

/** Bytes that the module has taken from the host and that are not yet on the network. */
export class SendBuffer {
  readonly #options: SendBufferOptions;
  #connection: Connection | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: SendBufferOptions) {
    this.#options = options;
  }

  /** Bytes not yet on the network. */
  get length(): number {
    return this.#connection?.unsent ?? 0;
  }

  /** From now on bytes go to this socket. */
  connect(socket: Socket): void {
    this.#connection = new Connection(socket, this.#options, () => this.#tell());
  }

  push(payload: Buffer): void {
    this.#connection?.push(payload);
  }

  /** Resolves when bytes have left, or it is cleared. */
  progress(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The bytes go on to the network on their own account; resolves when they have left. Nothing is reported. */
  async detach(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#tell();
    await connection?.drain();
  }

  /** Throws away what has not left. */
  clear(): void {
    this.#connection?.stop();
    this.#connection = undefined;
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The way of one session's bytes to one socket. */
class Connection {
  unsent = 0;
  readonly #options: SendBufferOptions;
  readonly #pacer: Pacer;
  readonly #progress: () => void;
  /** What is unsent behind each send. */
  #sends: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;
  #state: 'running' | 'stopped' = 'running';
  readonly #socket: Socket;

  constructor(socket: Socket, options: SendBufferOptions, progress: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#progress = progress;
    this.#pacer = new Pacer({ rate: options.rate, deliver: (chunk) => this.#deliver(chunk) });
    socket.once('close', () => this.stop());
  }

  push(payload: Buffer): void {
    if (this.unsent === 0) this.#watch();
    this.unsent += payload.length;
    this.#sends.push(payload.length);
    this.#pacer.push(payload);
  }

  drain(): Promise<void> {
    this.#sends = [];
    if (this.unsent === 0) {
      this.stop();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  stop(): void {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    this.#pacer.clear();
    this.#drained?.();
    this.#drained = undefined;
  }

  #deliver(chunk: Buffer): boolean {
    // One write at a time: what the system has not taken counts as unsent.
    this.#socket.write(chunk, (cause) => {
      if (cause) return;
      this.#left(chunk.length);
      this.#pacer.resume();
    });
    return false;
  }

  #left(bytes: number): void {
    if (this.#state === 'stopped') return;
    this.unsent -= bytes;
    clearTimeout(this.#timer);
    if (this.unsent > 0) this.#watch();
    let rest = bytes;
    while (this.#sends[0] !== undefined && rest >= this.#sends[0]) {
      rest -= this.#sends[0];
      this.#sends.shift();
      this.#options.sent();
    }
    if (this.#sends[0] !== undefined) this.#sends[0] -= rest;
    this.#progress();
    if (this.unsent === 0 && this.#drained) this.stop();
  }

  #watch(): void {
    this.#timer = setTimeout(() => this.#options.stuck(), this.#options.patience());
  }
}
