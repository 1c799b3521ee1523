import type { RegistrationState } from './options.js';
import type { Timers } from './timers.js';

/** What `+CREG`, `+CGREG` and `+CEREG` tell about. */
export type RegistrationKind = 'CREG' | 'CGREG' | 'CEREG';

/** What the radio needs to know. */
export interface RadioOptions {
  readonly pin: string | undefined;
  /** Milliseconds from power-on, or from the PIN, to the registration. */
  readonly delay: number;
  /** The state reached then. */
  readonly registered: RegistrationState;
  readonly timers: Timers;
  /** The state changed; those that asked for it are told. */
  readonly changed: (kind: RegistrationKind, state: RegistrationState) => void;
  /** The network, and with it every connection, is gone. */
  readonly lost: () => void;
}

const PIN_TRIES = 3;
/** Searching. */
const SEARCHING = 2;

/** SIM, registration and `AT+CFUN`. */
export class Radio {
  readonly #options: RadioOptions;
  readonly modes: Record<RegistrationKind, number> = { CREG: 0, CGREG: 0, CEREG: 0 };
  #functionality = 1;
  #sim: 'ready' | 'pin' | 'puk' = 'ready';
  #tries = PIN_TRIES;
  #state: RegistrationState = 0;
  #cancel: (() => void) | undefined;

  constructor(options: RadioOptions) {
    this.#options = options;
  }

  get sim(): 'ready' | 'pin' | 'puk' {
    return this.#sim;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  get registered(): boolean {
    return this.#state === 1 || this.#state === 5;
  }

  get functionality(): number {
    return this.#functionality;
  }

  /** Power-on. */
  start(): void {
    this.#cancel?.();
    this.modes.CREG = this.modes.CGREG = this.modes.CEREG = 0;
    this.#functionality = 1;
    this.#state = 0;
    if (this.#sim !== 'puk') this.#sim = this.#options.pin === undefined ? 'ready' : 'pin';
    this.#search();
  }

  /** A PIN; false when it is wrong or not wanted. */
  enter(pin: string): boolean {
    if (this.#sim !== 'pin') return false;
    if (pin !== this.#options.pin) {
      this.#tries--;
      if (this.#tries === 0) this.#sim = 'puk';
      return false;
    }
    this.#tries = PIN_TRIES;
    this.#sim = 'ready';
    this.#search();
    return true;
  }

  /** `AT+CFUN`: 0 minimal, 1 full, 4 radio off. */
  setFunctionality(level: number): void {
    if (level === this.#functionality) return;
    this.#functionality = level;
    if (level === 1) {
      this.#search();
      return;
    }
    this.#cancel?.();
    const had = this.registered;
    this.#become(0);
    if (had) this.#options.lost();
  }

  #search(): void {
    if (this.#sim !== 'ready') return;
    if (this.#options.delay === 0) {
      this.#become(this.#options.registered);
      return;
    }
    this.#become(SEARCHING);
    this.#cancel = this.#options.timers.after(this.#options.delay, () => this.#become(this.#options.registered));
  }

  #become(state: RegistrationState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const kind of ['CREG', 'CGREG', 'CEREG'] as const)
      if (this.modes[kind] > 0) this.#options.changed(kind, state);
  }
}
