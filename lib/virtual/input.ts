import type { Uart } from './uart.js';

const CR = 0x0d;
const LF = 0x0a;

/**
 * Bytes from the host that nothing was done with yet. It knows which line feed belongs to a command: one that ends it
 * together with its CR is no part of a line, and no payload either (field note 3.2).
 */
export class Input {
  readonly #uart: Uart;
  #bytes: Buffer = Buffer.alloc(0);
  /** Whether the next byte is the first behind a command line. */
  #behindLine = false;
  /** Whether the host ends its command lines with CR LF. */
  #feedsLines = false;
  /** Whether a line feed that is still on its way belongs to the command. */
  #skipLineFeed = false;

  constructor(uart: Uart) {
    this.#uart = uart;
  }

  /** Bytes that wait. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0);
    this.#behindLine = false;
  }

  /** Takes what is typed without line feeds, up to the CR of a line and with it. */
  takeTyped(): Buffer {
    if (this.#behindLine) this.#feedsLines = this.#bytes[0] === LF;
    const end = this.#bytes.indexOf(CR);
    this.#behindLine = end >= 0;
    const typed = this.#take(end < 0 ? this.#bytes.length : end + 1);
    return typed.includes(LF) ? Buffer.from(typed.filter((byte) => byte !== LF)) : typed;
  }

  /** Whether the host ends its lines with CR LF, and that LF is not even on its way. */
  get lineFeedMissing(): boolean {
    return this.#feedsLines && this.#bytes.length === 0 && this.#uart.incoming === undefined;
  }

  /** What comes from now on is payload, but for the line feed of the command before. */
  beginPayload(): void {
    const coming = this.#bytes.length === 0 && this.#uart.incoming === LF;
    this.#feedsLines = coming || this.#bytes[0] === LF;
    this.#behindLine = false;
    this.#skipLineFeed = coming;
    if (this.#bytes[0] === LF) this.#take(1);
  }

  /** Takes payload, at most so many bytes. */
  takePayload(count: number): Buffer {
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false;
      if (this.#bytes[0] === LF) this.#take(1);
    }
    return this.#take(count);
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}
