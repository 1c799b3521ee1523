import { isUtf8 } from 'node:buffer';

import { edited } from './command-line.js';

/** A command line as it is typed, up to its CR. */
export class TypedLine {
  readonly #max: number;
  #pieces: Buffer[] = [];
  #length = 0;
  #state: 'whole' | 'damaged' = 'whole';

  /** `max`: the most bytes that it holds. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Whether some of it was typed. */
  get begun(): boolean {
    return this.#length > 0;
  }

  add(bytes: Buffer): void {
    if (this.#length <= this.#max) this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** Part of it is another host's, or was lost: nobody can be blamed for it. */
  damage(): void {
    this.#state = 'damaged';
  }

  /** It has ended, and the next begins. What is no text is the noise of another speed. */
  finish(): { readonly type: 'command' | 'refused'; readonly text: string } {
    const bytes = Buffer.concat(this.#pieces);
    const text = edited(bytes.toString('utf8')).trim();
    const length = this.#length;
    const damaged = this.#state === 'damaged' || !isUtf8(bytes);
    this.clear();
    if (length > this.#max) return { type: 'refused', text: `<command line of more than ${this.#max} bytes>` };
    if (damaged && length > 0) return { type: 'refused', text: `<damaged command line of ${length} bytes>` };
    return { type: 'command', text };
  }

  clear(): void {
    this.#pieces = [];
    this.#length = 0;
    this.#state = 'whole';
  }
}
