import { Duplex } from 'node:stream';

/** Settings of a serial port that change while it is in use. */
export interface SerialSettings {
  readonly baudRate: number;
  readonly rtscts: boolean;
}

/** What is used of serialport's port. */
export interface SerialPortLike extends Duplex {
  readonly isOpen: boolean;
  open(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
  update(settings: { baudRate: number }, done: (error: Error | null) => void): void;
  set(lines: object, done: (error: Error | null) => void): void;
  get(done: (error: Error | null, lines?: { cts: boolean }) => void): void;
}

type WriteCallback = (error?: Error | null) => void;

/**
 * A serial port that stays the same stream when it is opened anew, which other flow control asks for. Destroyed when the
 * port is lost, with the reason.
 */
export class SerialStream extends Duplex {
  readonly #make: (settings: SerialSettings) => SerialPortLike;
  #port: SerialPortLike;
  #settings: SerialSettings;
  /** Writes wait for it. */
  #change: Promise<void> | undefined;

  private constructor(
    make: (settings: SerialSettings) => SerialPortLike,
    settings: SerialSettings,
    port: SerialPortLike,
  ) {
    super({ emitClose: true });
    this.#make = make;
    this.#settings = settings;
    this.#port = port;
    this.#adopt(port);
  }

  /** Opens a port that `make` makes, closed. Rejects with serialport's error. */
  static async open(
    make: (settings: SerialSettings) => SerialPortLike,
    settings: SerialSettings,
  ): Promise<SerialStream> {
    const port = make(settings);
    await opened(port);
    return new SerialStream(make, settings, port);
  }

  get settings(): SerialSettings {
    return this.#settings;
  }

  /** Another speed, without closing. */
  async setBaudRate(baudRate: number): Promise<void> {
    await done((callback) => this.#port.update({ baudRate }, callback));
    this.#settings = { ...this.#settings, baudRate };
  }

  /** Closes and opens anew; what is written meanwhile waits. */
  async reopen(settings: SerialSettings): Promise<void> {
    if (this.destroyed) throw new Error('The port is closed');
    this.#change = this.#reopen(settings);
    try {
      await this.#change;
    } catch (error) {
      this.destroy(error as Error);
      throw error;
    } finally {
      this.#change = undefined;
    }
  }

  /** Sets the control lines DTR and RTS. A PTY has none (ENOTTY): not an error. */
  async setLines(lines: object): Promise<void> {
    await done((callback) => this.#port.set(lines, callback)).catch(() => undefined);
  }

  /** Whether the module lets this side send (CTS); `undefined` where the port has no such line. */
  clearToSend(): Promise<boolean | undefined> {
    return new Promise((resolve) => this.#port.get((error, lines) => resolve(error ? undefined : lines?.cts)));
  }

  override _read(): void {
    this.#port.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    if (this.#change) {
      this.#change.then(
        () => this.#port.write(chunk, callback),
        (error: unknown) => callback(error as Error),
      );
    } else {
      this.#port.write(chunk, callback);
    }
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const port = this.#port;
    port.removeAllListeners('data');
    if (!port.isOpen) return callback(error);
    port.close(() => callback(error));
  }

  async #reopen(settings: SerialSettings): Promise<void> {
    const old = this.#port;
    old.removeAllListeners('close');
    await done((callback) => old.close(callback));
    const port = this.#make(settings);
    await opened(port);
    this.#port = port;
    this.#settings = settings;
    this.#adopt(port);
  }

  #adopt(port: SerialPortLike): void {
    port.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) port.pause();
    });
    port.on('error', (error: Error) => this.destroy(error));
    port.on('close', (error?: Error | null) => this.destroy(error ?? undefined));
  }
}

function opened(port: SerialPortLike): Promise<void> {
  return done((callback) => port.open(callback));
}

function done(action: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => action((error) => (error ? reject(error) : resolve())));
}
