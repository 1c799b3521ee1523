/** Something that happens again and again, and can be waited for. */
export class Signal {
  #waiters = new Set<() => void>();

  /** It happened: lets all who wait go. */
  give(): void {
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const waiter of waiters) waiter();
  }

  /** Waits for it, `time` ms at most; whether it came. */
  wait(time: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        resolve(false);
      }, time);
      this.#waiters.add(waiter);
    });
  }
}
