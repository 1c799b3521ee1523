import { Timers } from './timers.js';

/** Silence before and behind an escape sequence, in ms (field note 3.12). */
const GUARD = 1000;
/** Longest time from one of its pluses to the next, in ms. */
const GAP = 900;

const PLUS = 0x2b;
/** Pluses of an escape sequence, no more and no fewer. */
const SEQUENCE = 3;

/**
 * What the bytes of the host were so far:
 *
 * - `busy`: one came less than a guard time ago; what comes now is data.
 * - `quiet`: none did; pluses may begin an escape sequence.
 * - `undecided`: nothing but pluses came after that. They are held.
 */
type State = 'busy' | 'quiet' | 'undecided';

/** What an {@link EscapeDetector} tells. */
export interface EscapeEvents {
  /** Pluses that were held are data. */
  readonly data: (pluses: Buffer) => void;
  /** The host has escaped. */
  readonly escaped: () => void;
}

/** Tells the escape sequence `+++` from data. Nothing is lost, and the order stays. */
export class EscapeDetector {
  readonly #events: EscapeEvents;
  readonly #timers = new Timers();
  #state: State = 'busy';
  /** Pluses held. */
  #held = 0;
  /** What follows from times that have passed, unless bytes are read that came within them. */
  #due: (() => void)[] = [];

  constructor(events: EscapeEvents) {
    this.#events = events;
  }

  /** Takes bytes of the host and returns those that are data for certain, with what was held before them. */
  take(bytes: Buffer): Buffer {
    this.#listen();
    const pluses = bytes.every((byte) => byte === PLUS);
    if (this.#state === 'busy' || !pluses || this.#held + bytes.length > SEQUENCE) {
      return Buffer.concat([this.#release(), bytes]);
    }
    this.#state = 'undecided';
    this.#held += bytes.length;
    if (this.#held < SEQUENCE) this.#after(GAP + 1, () => this.#events.data(this.#release()));
    return Buffer.alloc(0);
  }

  /** A command was heard: silence is counted from now. */
  restart(): void {
    this.stop();
    this.#listen();
  }

  /** Forgets everything; what is held is nobody's any more. */
  stop(): void {
    this.#clear();
    this.#state = 'busy';
    this.#held = 0;
  }

  /** Nothing that came within a time that has passed is still to be read. */
  conclude(): void {
    for (const action of this.#due.splice(0)) action();
  }

  #clear(): void {
    this.#timers.clear();
    this.#due = [];
  }

  #listen(): void {
    this.#clear();
    this.#after(GUARD, () => this.#silent());
  }

  #silent(): void {
    if (this.#state !== 'undecided') {
      this.#state = 'quiet';
      return;
    }
    this.stop();
    this.#events.escaped();
  }

  #release(): Buffer {
    const pluses = Buffer.alloc(this.#held, PLUS);
    this.#held = 0;
    this.#state = 'busy';
    return pluses;
  }

  /** Runs `action` when time has passed and what came meanwhile was read: a process that was held up did not hear silence. */
  #after(milliseconds: number, action: () => void): void {
    this.#timers.after(milliseconds, () => {
      this.#due.push(action);
      this.#timers.soon(() => this.conclude());
    });
  }
}
