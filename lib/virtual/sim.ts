import type { SimAnswer } from './bring-up-options.js';
import type { Timers } from './timers.js';

/**
 * State of the SIM:
 *
 * - `busy`: the module does not have it yet.
 * - `pin`: it asks for its PIN.
 * - `puk`: three wrong ones have blocked it, for good.
 * - `ready`
 */
export type SimState = 'busy' | 'pin' | 'puk' | 'ready';

/** What a {@link Sim} needs to know. */
export interface SimOptions {
  readonly pin: string | undefined;
  /** Milliseconds from the boot until it is there. */
  readonly delay: number;
  /** What is answered until then, in turn. */
  readonly answers: readonly SimAnswer[];
  readonly timers: Timers;
}

const PIN_TRIES = 3;

/** The SIM. How often a wrong PIN was tried it knows itself, over resets. */
export class Sim {
  readonly #options: SimOptions;
  #state: SimState = 'busy';
  #tries = PIN_TRIES;
  #asked = 0;

  constructor(options: SimOptions) {
    this.#options = options;
  }

  get state(): SimState {
    return this.#state;
  }

  /** Wrong PINs that it still takes. */
  get triesLeft(): number {
    return this.#tries;
  }

  /** The supply is gone, or a reset has begun. */
  off(): void {
    this.#state = 'busy';
    this.#asked = 0;
  }

  /** The module has booted. `found` runs when it has the SIM. */
  start(found: () => void): void {
    const { delay, timers } = this.#options;
    const find = () => {
      this.#state = this.#found();
      found();
    };
    if (delay === 0) find();
    else timers.after(delay, find);
  }

  /** The next answer of a SIM that is not there yet. */
  get busyAnswer(): SimAnswer {
    const { answers } = this.#options;
    return answers[this.#asked++ % answers.length] ?? 'SIM busy';
  }

  /** A PIN; whether it was the right one. */
  enter(pin: string): boolean {
    if (pin !== this.#options.pin) {
      this.#tries--;
      if (this.#tries === 0) this.#state = 'puk';
      return false;
    }
    this.#tries = PIN_TRIES;
    this.#state = 'ready';
    return true;
  }

  #found(): SimState {
    if (this.#tries === 0) return 'puk';
    return this.#options.pin === undefined ? 'ready' : 'pin';
  }
}
