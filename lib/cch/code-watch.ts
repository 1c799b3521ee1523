/** Codes that were missed one after another, from which on it is no accident. */
const MOST_MISSED = 3;

/**
 * Notices that the module's unsolicited codes do not come to this port: a module with several ports may be set to write
 * them to another (`AT+CATR`, field note 5.16). Tells once.
 */
export class CodeWatch {
  /** Told once, why. */
  missing: (reason: string) => void = () => undefined;
  /** How often something was found that a code should have told. */
  recovered = 0;
  #missed = 0;
  #told = false;

  /** A code came. */
  seen(): void {
    this.#missed = 0;
  }

  /** Something that a code should have told was found without it. */
  missed(what: string): void {
    this.recovered++;
    if (++this.#missed >= MOST_MISSED) this.tell(`${this.#missed} times in a row ${what}`);
  }

  /** A code that must come did not. */
  tell(reason: string): void {
    if (this.#told) return;
    this.#told = true;
    this.missing(reason);
  }
}
