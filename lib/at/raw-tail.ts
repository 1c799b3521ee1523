/** Ms of silence behind such a line after which it is the module's own word, and not data. */
const SILENCE = 200;

/** Lines that a module held back while it was in data mode; with those, the beginning of another. */
const heldBack = /^(\r\n[+*^$A-Z][ -~]{0,200}\r\n)*$/;
const heldBackSoFar = /^(\r\n[+*^$A-Z][ -~]{0,200}\r\n)*(\r(\n([+*^$A-Z][ -~]{0,200}\r?)?)?)?$/;

/** A word of the module that is looked for. */
export interface ExpectedWord {
  readonly word: string;
  /** Whether lines that the module held back until then may follow it at once. */
  readonly leads?: boolean;
}

/**
 * Tells the module's own words from the data of a transparent session: exactly `CR LF CLOSED CR LF`, or another such line,
 * followed by silence. Data that could be the beginning of one waits for what follows, that long at most.
 */
export class RawTail {
  readonly #deliver: (data: Buffer) => void;
  readonly #heard: (word: string, behind: Buffer) => void;
  #expected: readonly { readonly word: string; readonly line: string; readonly leads: boolean }[] = [];
  #kept: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  /** `heard` is told of a line that was one of {@link expect}'s, and given the lines behind it. */
  constructor(deliver: (data: Buffer) => void, heard: (word: string, behind: Buffer) => void) {
    this.#deliver = deliver;
    this.#heard = heard;
  }

  /** From now on these words are looked for. */
  expect(...words: ExpectedWord[]): void {
    this.#expected = words.map(({ word, leads = false }) => ({ word, line: `\r\n${word}\r\n`, leads }));
  }

  push(chunk: Buffer): void {
    clearTimeout(this.#timer);
    const data = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    const keep = this.#beginning(data);
    this.#kept = data.subarray(data.length - keep);
    if (keep > 0) this.#timer = setTimeout(() => this.#silent(), SILENCE);
    if (keep < data.length) this.#deliver(data.subarray(0, data.length - keep));
  }

  /** What is kept back is data. */
  flush(): void {
    const kept = this.#kept;
    this.drop();
    if (kept.length > 0) this.#deliver(kept);
  }

  /** What is kept back is nobody's any more. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#kept = Buffer.alloc(0);
  }

  #silent(): void {
    const kept = this.#kept.toString('latin1');
    const found = this.#expected.find(({ line, leads }) => {
      return kept === line || (leads && kept.startsWith(line) && heldBack.test(kept.slice(line.length)));
    });
    if (found === undefined) return this.flush();
    const behind = this.#kept.subarray(found.line.length);
    this.drop();
    this.#heard(found.word, behind);
  }

  /** Length of the end of `data` that a line looked for begins with, or is, with what may stand behind it. */
  #beginning(data: Buffer): number {
    let longest = 0;
    for (const { line, leads } of this.#expected) {
      // The last such line is meant: one before it was data.
      const at = leads ? data.lastIndexOf(line, undefined, 'latin1') : -1;
      if (at >= 0 && heldBackSoFar.test(data.toString('latin1', at + line.length))) return data.length - at;
      const end = data.toString('latin1', Math.max(0, data.length - line.length));
      for (let from = 0; end.length - from > longest; from++) {
        if (line.startsWith(end.slice(from))) longest = end.length - from;
      }
    }
    return longest;
  }
}
