/**
 * How far the end of a connection has come. Behind ours (every byte was sent, and the peer is not told: the module has no
 * half-close) the peer may still answer and close for a while, counted anew from each byte that it sends.
 */
export class Ending {
  readonly #linger: number;
  readonly #expired: () => void;
  #state: 'none' | 'flushed' | 'over' = 'none';
  #timer: NodeJS.Timeout | undefined;

  /** `expired`: the peer did not close within `linger` ms. */
  constructor(linger: number, expired: () => void) {
    this.#linger = linger;
    this.#expired = expired;
  }

  /** Every byte of ours was sent. */
  flushed(): void {
    if (this.#state === 'none') this.#state = 'flushed';
    this.touch();
  }

  /** The peer sent something, or its time begins anew. */
  touch(): void {
    clearTimeout(this.#timer);
    if (this.#state === 'flushed') this.#timer = setTimeout(this.#expired, this.#linger);
  }

  /** The peer has closed, or the socket is destroyed. */
  stop(): void {
    this.#state = 'over';
    clearTimeout(this.#timer);
  }
}
