import { Duplex } from 'node:stream';

/** What a filter does with bytes; each returns what goes on, perhaps nothing. */
export interface LineHooks {
  toHost?: (chunk: Buffer) => Buffer;
  toModem?: (chunk: Buffer) => Buffer;
}

/** A stand between the driver and the module: loses, changes, counts or adds bytes. */
export class LineFilter extends Duplex {
  readonly #inner: Duplex;
  readonly #hooks: LineHooks;

  constructor(inner: Duplex, hooks: LineHooks) {
    super();
    this.#inner = inner;
    this.#hooks = hooks;
    inner.on('data', (chunk: Buffer) => this.say(hooks.toHost?.(chunk) ?? chunk));
    inner.on('close', () => this.destroy());
    inner.on('error', (error: Error) => this.destroy(error));
  }

  /** Says something to the host, as if the module did. */
  say(bytes: Buffer | string): void {
    if (bytes.length > 0 && !this.destroyed) this.push(Buffer.from(bytes as string));
  }

  override _read(): void {
    // The inner stream flows at all times, as a serial line does.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const passed = this.#hooks.toModem?.(chunk) ?? chunk;
    if (passed.length > 0) this.#inner.write(passed);
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#inner.destroy();
    callback(error);
  }
}
