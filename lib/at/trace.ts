import debug from 'debug';
import type { Redactor } from '../util/index.js';

const at = debug('modem-tls:at');

/**
 * Prints the dialogue of a channel under `DEBUG=modem-tls:at`, fit for a bug report: seconds since the channel opened,
 * direction, text with secrets masked; payload as its length only.
 *
 * ```
 *  12.345 > AT+CCHSEND=0,125
 *  12.358 < >
 *  12.358 > (125 bytes)
 *  12.430 < OK
 * ```
 */
export class Trace {
  readonly #redactor: Redactor;
  readonly #start = performance.now();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** A command written (`>`) or a line received (`<`). */
  line(mark: '>' | '<', text: string): void {
    this.#print(mark, text);
  }

  /** Counted bytes: their number only. */
  payload(mark: '>' | '<', bytes: number): void {
    this.#print(mark, `(${bytes} bytes)`);
  }

  /** What the channel did of its own accord. */
  note(text: string): void {
    this.#print('#', text);
  }

  #print(mark: string, text: string): void {
    if (!at.enabled) return;
    const time = ((performance.now() - this.#start) / 1000).toFixed(3).padStart(8);
    at('%s %s %s', time, mark, this.#redactor.clean(text));
  }
}
