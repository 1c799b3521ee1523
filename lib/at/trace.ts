import debug from 'debug';

const at = debug('modem-tls:at');
const wire = debug('modem-tls:wire');

/**
 * Prints the dialogue of a channel under `DEBUG=modem-tls:at`, fit for a bug report: seconds since the channel opened,
 * direction, text without secrets; payload as its length only.
 *
 * ```
 *  12.345 > AT+CCHSEND=0,125
 *  12.358 < >
 *  12.358 > (125 bytes)
 *  12.430 < OK
 * ```
 */
export class Trace {
  readonly #start = performance.now();

  /** Whether anybody wants to see it. */
  get enabled(): boolean {
    return at.enabled;
  }

  /** A command written (`>`) or a line received (`<`), without secrets. */
  line(mark: '>' | '<', text: string): void {
    this.#print(mark, text);
  }

  /** Counted bytes: their number only. */
  payload(mark: '>' | '<', bytes: number): void {
    this.#print(mark, `(${bytes} bytes)`);
  }

  /** Bytes as they cross the line, under `modem-tls:wire`: how many, never which; what they mean is printed as a line. */
  chunk(mark: '>' | '<', bytes: number): void {
    if (wire.enabled) wire('%s %s %d bytes', this.#elapsed(), mark, bytes);
  }

  /** What the channel did of its own accord. */
  note(text: string): void {
    this.#print('#', text);
  }

  #print(mark: string, text: string): void {
    if (!at.enabled) return;
    at('%s %s %s', this.#elapsed(), mark, text);
  }

  #elapsed(): string {
    return ((performance.now() - this.#start) / 1000).toFixed(3).padStart(8);
  }
}
