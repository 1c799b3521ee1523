import type { RegistrationKind, RegistrationState, RegistrationStep } from './bring-up-options.js';
import type { Timers } from './timers.js';

type States = Readonly<Record<RegistrationKind, RegistrationState>>;

/** What the radio needs to know. */
export interface RadioOptions {
  /** `AT+CFUN` at power-on. */
  readonly functionality: number;
  /** What the network says, in ms from the moment that it is looked for. */
  readonly registration: readonly RegistrationStep[];
  readonly timers: Timers;
  /** The module attaches. `refused`: the network does not register it for data. */
  readonly attach: () => 'welcome' | 'refused';
  /** The state changed; those that asked for it are told. */
  readonly changed: (kind: RegistrationKind, state: RegistrationState) => void;
  /** The module is registered for data. */
  readonly registered: () => void;
  /** The network, and with it every connection, is gone. */
  readonly lost: () => void;
}

const kinds = ['CREG', 'CGREG', 'CEREG'] as const;
const none: States = { CREG: 0, CGREG: 0, CEREG: 0 };
/** Registration denied. */
const DENIED = 3;

const isRegistered = (state: RegistrationState) => state === 1 || state === 5;
const carriesData = ({ CGREG, CEREG }: States) => isRegistered(CGREG) || isRegistered(CEREG);

/** Registration, attachment and `AT+CFUN`. */
export class Radio {
  readonly #options: RadioOptions;
  readonly modes: Record<RegistrationKind, number> = { CREG: 0, CGREG: 0, CEREG: 0 };
  #functionality = 1;
  #sim: 'absent' | 'ready' = 'absent';
  #attachment: 'welcome' | 'refused' | 'detached' = 'welcome';
  /** What the network says. */
  #offered: States = none;
  /** What the module says. */
  #states: States = none;
  #cancels: (() => void)[] = [];

  constructor(options: RadioOptions) {
    this.#options = options;
  }

  state(kind: RegistrationKind): RegistrationState {
    return this.#states[kind];
  }

  /** For data, which is what sessions need. */
  get registered(): boolean {
    return carriesData(this.#states);
  }

  /** With any network, if only for calls. */
  get onNetwork(): boolean {
    return this.registered || isRegistered(this.#states.CREG);
  }

  get functionality(): number {
    return this.#functionality;
  }

  /** Power-on: nothing of before holds, and nobody is told. */
  start(): void {
    this.#stop();
    this.modes.CREG = this.modes.CGREG = this.modes.CEREG = 0;
    this.#functionality = this.#options.functionality;
    this.#sim = 'absent';
    this.#attachment = 'welcome';
    this.#states = none;
  }

  /** The SIM is ready. */
  simReady(): void {
    this.#sim = 'ready';
    this.#search();
  }

  /** `AT+CFUN`: 0 minimal, 1 full, 4 radio off. */
  setFunctionality(level: number): void {
    if (level === this.#functionality) return;
    this.#functionality = level;
    if (level === 1) {
      this.#search();
    } else {
      this.#stop();
      this.#update();
    }
  }

  /** `AT+CGATT`. */
  setAttached(attached: boolean): void {
    if (attached === (this.#attachment !== 'detached')) return;
    this.#attachment = attached ? this.#options.attach() : 'detached';
    this.#update();
  }

  /** Looks for the network, and attaches. */
  #search(): void {
    if (this.#sim !== 'ready' || this.#functionality !== 1) return;
    this.#stop();
    this.#attachment = this.#options.attach();
    for (const [time, state] of this.#options.registration) {
      const step = () => {
        const states = typeof state === 'number' ? { CREG: state, CGREG: state, CEREG: state } : state;
        this.#offered = { ...this.#offered, ...states };
        this.#update();
      };
      if (time === 0) step();
      else this.#cancels.push(this.#options.timers.after(time, step));
    }
  }

  #stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#offered = none;
  }

  #update(): void {
    const before = this.#states;
    this.#states = { CREG: this.#offered.CREG, CGREG: this.#packets('CGREG'), CEREG: this.#packets('CEREG') };
    for (const kind of kinds) {
      const state = this.#states[kind];
      if (state !== before[kind] && this.modes[kind] > 0) this.#options.changed(kind, state);
    }
    const [had, has] = [before, this.#states].map(carriesData);
    if (had && !has) this.#options.lost();
    if (!had && has) this.#options.registered();
  }

  #packets(kind: 'CGREG' | 'CEREG'): RegistrationState {
    if (this.#attachment === 'detached') return 0;
    const state = this.#offered[kind];
    return this.#attachment === 'refused' && isRegistered(state) ? DENIED : state;
  }
}
