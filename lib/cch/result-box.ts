import { Signal } from '../util/index.js';

/** Holds a result that comes apart from its command's `OK`, before or after it. */
export class ResultBox {
  #value: number | undefined;
  #error: Error | undefined;
  #expected = false;
  readonly #signal = new Signal();

  /** Makes ready for a new result; before the command is written. */
  clear(): void {
    this.#value = undefined;
    this.#error = undefined;
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

  /** No result will come any more: who waits for it fails. */
  fail(error: Error): void {
    if (!this.#expected) return;
    this.#error = error;
    this.#signal.give();
  }

  /** The result, waited for at most `time` ms. Rejects when none will come. */
  async wait(time: number): Promise<number | undefined> {
    this.#expected ||= this.#value === undefined;
    if (this.#value === undefined && !this.#error) await this.#signal.wait(time);
    this.#expected = false;
    if (this.#value === undefined && this.#error) throw this.#error;
    return this.#value;
  }
}
