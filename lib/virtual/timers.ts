/** The timers of one owner, all of which end with it. */
export class Timers {
  readonly #timeouts = new Set<NodeJS.Timeout>();
  readonly #immediates = new Set<NodeJS.Immediate>();

  /** Runs `action` once after some milliseconds; 0 is the next turn of the event loop. Returns what cancels it. */
  after(milliseconds: number, action: () => void): () => void {
    if (milliseconds <= 0) return this.soon(action);
    const timeout = setTimeout(() => {
      this.#timeouts.delete(timeout);
      action();
    }, milliseconds);
    this.#timeouts.add(timeout);
    return () => {
      clearTimeout(timeout);
      this.#timeouts.delete(timeout);
    };
  }

  /** Runs `action` once in the next turn of the event loop. */
  soon(action: () => void): () => void {
    const immediate = setImmediate(() => {
      this.#immediates.delete(immediate);
      action();
    });
    this.#immediates.add(immediate);
    return () => {
      clearImmediate(immediate);
      this.#immediates.delete(immediate);
    };
  }

  /** Cancels all of them. */
  clear(): void {
    for (const timeout of this.#timeouts) clearTimeout(timeout);
    for (const immediate of this.#immediates) clearImmediate(immediate);
    this.#timeouts.clear();
    this.#immediates.clear();
  }
}
