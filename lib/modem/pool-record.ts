/** Ms in which what is known of an open loses half its weight. */
const HALF_LIFE = 600_000;
/** What is believed of a modem that nothing is known of: one open, that succeeded in so many ms (field note 5.14). */
const USUAL_TIME = 2000;

/** How the opens of a modem went, the latest counting most. */
export class OpenRecord {
  #opens = 0;
  #successes = 0;
  /** Ms that the successes took. */
  #time = 0;
  #at = performance.now();

  /** An open that took so many ms. */
  succeeded(duration: number): void {
    this.#decay();
    this.#opens++;
    this.#successes++;
    this.#time += duration;
  }

  failed(): void {
    this.#decay();
    this.#opens++;
  }

  /** Share of opens that succeeded, 0 to 1. */
  get share(): number {
    this.#decay();
    return (this.#successes + 1) / (this.#opens + 1);
  }

  /** Ms that an open takes. */
  get duration(): number {
    this.#decay();
    return (this.#time + USUAL_TIME) / (this.#successes + 1);
  }

  /** Ms until a connection stands, when opens that fail are tried again: the less, the better. */
  get cost(): number {
    return this.duration / this.share;
  }

  #decay(): void {
    const now = performance.now();
    const left = 0.5 ** ((now - this.#at) / HALF_LIFE);
    this.#at = now;
    this.#opens *= left;
    this.#successes *= left;
    this.#time *= left;
  }
}
