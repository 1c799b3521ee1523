interface Item {
  data: Buffer;
  /** Runs when the last byte of `data` was taken. */
  readonly taken: (() => void) | undefined;
}

/** Bytes first in, first out, taken in any amounts. */
export class ByteQueue {
  readonly #items: Item[] = [];
  #length = 0;

  /** Bytes in it. */
  get length(): number {
    return this.#length;
  }

  /** The next byte. */
  get head(): number | undefined {
    return this.#items[0]?.data[0];
  }

  push(data: Buffer, taken?: () => void): void {
    if (data.length === 0) {
      taken?.();
      return;
    }
    this.#items.push({ data, taken });
    this.#length += data.length;
  }

  /** Takes at most `count` bytes, runs the callbacks of what was taken whole, and returns the bytes. */
  take(count: number): Buffer {
    const pieces: Buffer[] = [];
    let left = Math.min(count, this.#length);
    this.#length -= left;
    while (left > 0) {
      const item = this.#items[0];
      if (item === undefined) break;
      const piece = item.data.subarray(0, left);
      pieces.push(piece);
      left -= piece.length;
      item.data = item.data.subarray(piece.length);
      if (item.data.length > 0) break;
      this.#items.shift();
      item.taken?.();
    }
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  }

  /** Throws everything away; no callback runs. */
  clear(): void {
    this.#items.length = 0;
    this.#length = 0;
  }
}
