import type { Socket } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';

import type { Cable, Port, Uart } from './uart.js';

/** A cable that the host program holds as a stream in the same process. */
export class AttachedCable extends Duplex implements Cable {
  readonly #port: Port;
  #output: (chunk: Buffer) => boolean;

  constructor(uart: Uart) {
    super({ autoDestroy: true, emitClose: true });
    this.#output = (chunk) => this.push(chunk);
    this.#port = uart.connect({
      here: true,
      write: (chunk) => this.#output(chunk),
      destroy: () => void this.destroy(),
    });
  }

  override _read(): void {
    this.#port.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#port.receive(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#output = () => true;
    this.#port.detach();
    done(error);
  }

  /** A host that ends its side has closed the port. */
  #end(): void {
    this.#output = () => true;
    this.#port.detach();
    this.push(null);
  }
}

/** Wires a client of a raw serial server to the module. `gone` runs once when the client is. */
export function connectSocket(uart: Uart, socket: Socket, gone: () => void): void {
  socket.setNoDelay(true);
  const port = uart.connect({
    write: (chunk) => socket.destroyed || !socket.writable || socket.write(chunk),
    destroy: () => void socket.destroy(),
  });
  pipeIn(socket, port);
  socket.on('drain', () => port.resume());
  // The reason of a broken connection tells a serial port nothing.
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    port.detach();
    gone();
  });
}

/** Feeds what a stream brings into a port, no faster than the module takes it. */
export function pipeIn(source: Readable, port: Port): void {
  source.on('data', (chunk: Buffer) => {
    source.pause();
    port.receive(chunk, () => {
      if (!source.destroyed) source.resume();
    });
  });
}

/**
 * The `write` of a cable whose reader may be away: what nobody reads for `patience` ms is lost, as on a serial port, and
 * does not hold the module up.
 */
export function impatientWriter(target: Writable, patience: number, resume: () => void) {
  let state: 'ready' | 'blocked' | 'dropping' = 'ready';
  let timer: NodeJS.Timeout | undefined;
  target.on('drain', () => {
    clearTimeout(timer);
    state = 'ready';
    resume();
  });
  return {
    write(chunk: Buffer): boolean {
      if (state === 'dropping' || target.destroyed || !target.writable) return true;
      if (target.write(chunk)) return true;
      if (state === 'ready') {
        state = 'blocked';
        timer = setTimeout(() => {
          state = 'dropping';
          resume();
        }, patience);
      }
      return false;
    },
    stop: () => clearTimeout(timer),
  };
}
