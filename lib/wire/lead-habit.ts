/** Lines that began with CR LF of their own, behind counted bytes, after which that is taken for the module's habit. */
const LED_BY_HABIT = 2;

/** What stands behind counted bytes of a read: the next header, or the end. */
const behindPayload = /^\+CCHRECV: ?(DATA,|\d)/i;

const CR = 0x0d;
const LF = 0x0a;

/**
 * Whether a module begins the lines behind its data with CR LF of their own, as far as was seen.
 *
 * Two bytes lost from counted bytes would make them end with their own CR LF, and the CR LF that begins the next line pass
 * for it. So it is learned whether there is one; where there is, a payload that ends with CR LF must be followed by two.
 */
export class LeadHabit {
  /** How many lines behind counted bytes began so; far below 0 once one did not. */
  #led = 0;
  /** What came since a payload whose end tells that: nothing, or an empty line. */
  #since: 'payload' | 'empty-line' | undefined;

  /** Whether two CR LF must follow a payload. */
  isDueBehind(payload: Buffer | undefined): boolean {
    return this.#led >= LED_BY_HABIT && payload !== undefined && endsLine(payload);
  }

  /** A payload is handed over. */
  payload(data: Buffer): void {
    this.#since = endsLine(data) ? undefined : 'payload';
  }

  /** A line without text came. */
  emptyLine(): void {
    if (this.#since) this.#since = 'empty-line';
  }

  /** A line of text came. One without a lead is enough: such a module has no habit to rely on. */
  line(text: string): void {
    if (this.#since && behindPayload.test(text)) this.#led += this.#since === 'empty-line' ? 1 : -Infinity;
    this.#since = undefined;
  }
}

/** Whether counted bytes end with what may be their own CR LF. */
function endsLine(bytes: Buffer): boolean {
  return bytes.at(-2) === CR && bytes.at(-1) === LF;
}
