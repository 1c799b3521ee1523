import type { PromptAnswer } from './answer.js';
import type { UploadBuffer } from './upload.js';

/** Bytes that a prompt has asked for, as they come in. */
export class CountedBytes {
  readonly #uploads: UploadBuffer;
  #asked: PromptAnswer | undefined;
  #pieces: Buffer[] = [];
  #missing = 0;

  constructor(uploads: UploadBuffer) {
    this.#uploads = uploads;
  }

  /** The prompt is out, and they are to come. */
  begin(asked: PromptAnswer): void {
    this.#asked = asked;
    this.#pieces = [];
    this.#missing = asked.cut?.after ?? asked.length;
    this.#uploads.begin();
  }

  /** How many have not come yet. */
  get missing(): number {
    return this.#missing;
  }

  /** What is kept of bytes from the host. */
  hear(bytes: Buffer): Buffer {
    return this.#asked?.upload ? this.#uploads.hear(bytes) : bytes;
  }

  /** Takes some, no more than are missing. Once they are whole: all of them, and what was asked. */
  add(bytes: Buffer): { readonly asked: PromptAnswer; readonly payload: Buffer } | undefined {
    this.#pieces.push(bytes);
    this.#missing -= bytes.length;
    if (this.#missing > 0 || !this.#asked) return undefined;
    return { asked: this.#asked, payload: Buffer.concat(this.#pieces) };
  }
}
