/** Bytes that a command has announced, as they come in. */
export class CountedBytes {
  #pieces: Buffer[] = [];
  #missing = 0;

  /** So many are to come. */
  begin(length: number): void {
    this.#pieces = [];
    this.#missing = length;
  }

  /** How many have not come yet. */
  get missing(): number {
    return this.#missing;
  }

  /** Takes some, no more than are missing. All of them, once they are whole. */
  add(bytes: Buffer): Buffer | undefined {
    this.#pieces.push(bytes);
    this.#missing -= bytes.length;
    return this.#missing > 0 ? undefined : Buffer.concat(this.#pieces);
  }
}
