import sinon from 'sinon';

// Taken before a spec fakes the timers.
const realImmediate = globalThis.setImmediate;

/** Ms that pass at a time, and turns of the event loop in which all that is due then is read and answered. */
const STEP = 10;
const TURNS = 12;

/** Time that passes only while it is waited for, and then as fast as the machine goes. Real bytes cross real ports meanwhile. */
export class FastTime {
  readonly #clock: sinon.SinonFakeTimers;
  readonly #begun: number;

  /** `now`: what the host's clock shows; it is left alone without. */
  constructor(now?: Date) {
    const names = ['setTimeout', 'clearTimeout', 'performance'] as const;
    this.#clock = sinon.useFakeTimers(now === undefined ? { toFake: [...names] } : { now, toFake: [...names, 'Date'] });
    this.#begun = performance.now();
  }

  /** Ms that have passed. */
  get elapsed(): number {
    return performance.now() - this.#begun;
  }

  /** Lets time pass until something has come to its end, and hands on how it ended. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let state: 'pending' | 'settled' = 'pending';
    const settled = () => (state = 'settled');
    promise.then(settled, settled);
    const isPending = () => state === 'pending';
    await this.#turns();
    while (isPending()) await this.passes(STEP);
    return promise;
  }

  /** Lets so many ms pass. */
  async passes(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= STEP) {
      this.#clock.tick(Math.min(STEP, left));
      await this.#turns();
    }
  }

  restore(): void {
    this.#clock.restore();
  }

  async #turns(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns++) await new Promise<void>((resolve) => realImmediate(resolve));
  }
}
