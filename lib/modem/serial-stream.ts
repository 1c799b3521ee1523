import { Duplex } from 'node:stream';
import { ModemError, asError } from '../errors/index.js';

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

/** Where a {@link SerialStream} gets its port from, at first and again. */
export interface PortSource {
  /** Makes a port, closed. */
  make(this: void, settings: SerialSettings): SerialPortLike;
  /** Control lines to set whenever it was opened. */
  readonly lines: { readonly dtr?: boolean; readonly rts?: boolean };
  /** What a user is told when it does not open again. */
  explain(this: void, error: Error): Promise<Error>;
}

type WriteCallback = (error?: Error | null) => void;

/**
 * A serial port that stays the same stream when it is opened anew, which other flow control asks for. Destroyed when the
 * port is lost, with the reason.
 */
export class SerialStream extends Duplex {
  readonly #source: PortSource;
  #port: SerialPortLike;
  #settings: SerialSettings;
  /** Writes wait for it, and so does the end. */
  #change: Promise<void> | undefined;

  private constructor(source: PortSource, settings: SerialSettings, port: SerialPortLike) {
    super({ emitClose: true });
    this.#source = source;
    this.#settings = settings;
    this.#port = port;
    this.#adopt(port);
  }

  /** Opens the port. Rejects with serialport's error. */
  static async open(source: PortSource, settings: SerialSettings): Promise<SerialStream> {
    return new SerialStream(source, settings, await openPort(source, settings));
  }

  get settings(): SerialSettings {
    return this.#settings;
  }

  /** Another speed, without closing. */
  async setBaudRate(baudRate: number): Promise<void> {
    await done((callback) => this.#port.update({ baudRate }, callback));
    this.#settings = { ...this.#settings, baudRate };
  }

  /** Closes and opens anew; what is written meanwhile waits. Rejects with what its source explains. */
  async reopen(settings: SerialSettings): Promise<void> {
    this.#check();
    this.#change = this.#reopen(settings).catch(async (error: unknown) => {
      throw await this.#source.explain(asError(error));
    });
    try {
      await this.#change;
    } catch (error) {
      this.destroy(error as Error);
      throw error;
    } finally {
      this.#change = undefined;
    }
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
    const close = () => {
      const port = this.#port;
      port.removeAllListeners('data');
      if (port.isOpen) port.close(() => callback(error));
      else callback(error);
    };
    // The port that is being opened is the one to be closed.
    if (this.#change) this.#change.then(close, close);
    else close();
  }

  async #reopen(settings: SerialSettings): Promise<void> {
    const old = this.#port;
    old.removeAllListeners('close');
    old.removeAllListeners('error').on('error', () => undefined);
    await done((callback) => old.close(callback));
    this.#check();
    this.#port = await openPort(this.#source, settings);
    this.#check();
    this.#settings = settings;
    this.#adopt(this.#port);
  }

  #check(): void {
    if (this.destroyed) throw new ModemError('ERR_MODEM_PORT', 'The port is closed.');
  }

  #adopt(port: SerialPortLike): void {
    port.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) port.pause();
    });
    port.on('error', (error: Error) => this.destroy(error));
    port.on('close', (error?: Error | null) => this.destroy(error ?? undefined));
  }
}

async function openPort({ make, lines }: PortSource, settings: SerialSettings): Promise<SerialPortLike> {
  const port = make(settings);
  await done((callback) => port.open(callback));
  // With flow control RTS is the port's own: held low, it would keep the module silent.
  const { rts, ...others } = lines;
  const set = rts === undefined || settings.rtscts ? others : lines;
  // A PTY has no lines (ENOTTY): not an error.
  if (Object.keys(set).length > 0) await done((callback) => port.set(set, callback)).catch(() => undefined);
  return port;
}

function done(action: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => action((error) => (error ? reject(error) : resolve())));
}
