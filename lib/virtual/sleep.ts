import type { LineState } from './line-state.js';

/** Silence in ms after which a module with `AT+CSCLK` goes to sleep. */
const AWAKE = 5000;
/** Characters that are lost until it is awake; those behind the end of a line are not. */
const LOST = 4;
const CR = 0x0d;

/** Sleep between commands (`AT+CSCLK`, field note 5.17). */
export class Sleep {
  readonly #line: LineState;
  #since = performance.now();
  #losing = 0;

  constructor(line: LineState) {
    this.#line = line;
  }

  /** Something happens on the line. */
  touch(): void {
    this.#since = performance.now();
  }

  /** What is heard of bytes from the host. `busy`: the module has something to do, and does not sleep. */
  hear(chunk: Buffer, doing: 'busy' | 'nothing'): Buffer {
    const silent = performance.now() - this.#since >= AWAKE;
    this.touch();
    if (doing === 'nothing' && silent && this.#line.sleep > 0) this.#losing = LOST;
    const end = chunk.subarray(0, this.#losing).indexOf(CR);
    const lost = end < 0 ? Math.min(this.#losing, chunk.length) : end + 1;
    this.#losing = end < 0 ? this.#losing - lost : 0;
    return chunk.subarray(lost);
  }
}
