import { Signal } from '../util/index.js';

/** Holds a result that comes apart from its command's `OK`, before or after it. */
export class ResultBox {
  #value: number | undefined;
  #expected = false;
  readonly #signal = new Signal();

  /** Makes ready for a new result; before the command is written. */
  clear(): void {
    this.#value = undefined;
    this.#expected = true;
  }

  /** Takes a result; whether one was expected. */
  put(value: number): boolean {
    const expected = this.#expected;
    this.#value = value;
    this.#expected = false;
    this.#signal.give();
    return expected;
  }

  /** The result, waited for at most `time` ms. */
  async wait(time: number): Promise<number | undefined> {
    if (this.#value === undefined) await this.#signal.wait(time);
    this.#expected = false;
    return this.#value;
  }
}
