import { createHash } from 'node:crypto';

/** `unknown`: it was given, and the answer was lost. */
type PinState = 'untried' | 'accepted' | 'refused' | 'unknown';

/** What became of each PIN in this process, by module and PIN; the PINs themselves are not kept. */
const tried = new Map<string, PinState>();

/** A PIN; one that was not accepted is never given again to the same module, since the third failure locks the SIM. */
export class Pin {
  readonly value: string | undefined;
  #key = '';

  constructor(value: string | undefined) {
    this.value = value;
  }

  get state(): PinState {
    return tried.get(this.#key) ?? 'untried';
  }

  /** The module that it is for. */
  belongsTo(imei: string): void {
    this.#key = createHash('sha256')
      .update(`${imei} ${this.value ?? ''}`)
      .digest('hex');
  }

  /** Notes what the SIM said to it. */
  note(state: PinState): void {
    tried.set(this.#key, state);
  }
}
