import type { SynchroniseOptions } from './channel-options.js';
import type { DataMode } from './data-mode.js';
import type { Rung } from './ladder.js';
import type { Resynchroniser } from './resynchroniser.js';

/** Nothing but `AT`, again and again. */
const PATIENCE: Rung = { name: 'AT', attempts: Infinity };

/** Ms that an escape takes, with its silences ({@link DataMode.escapeBlindly}). */
const ESCAPE_TIME = 2300;

/** What a {@link Search} needs of its channel. */
export interface SearchHost {
  readonly resynchroniser: Resynchroniser;
  readonly data: DataMode;
  /** Aborted when the channel is closed. */
  readonly closing: AbortSignal;
  /** Throws why nobody is to be looked for any more. */
  check(this: void): void;
  /** From now on the module may be there. */
  hope(this: void): void;
  /** Whether it was seen to restart since. */
  restarted(this: void): boolean;
}

/** Looks for a module on the rungs of a ladder. */
export class Search {
  readonly #host: SearchHost;

  constructor(host: SearchHost) {
    this.#host = host;
  }

  /** The rung on which it was found; `undefined` when the time, until `end` in ms of `performance.now()`, was over before. */
  async run(options: SynchroniseOptions, end: number): Promise<Rung | undefined> {
    let found: Rung | undefined;
    while (!found && performance.now() < end) found = await this.#climb(options, end);
    return found;
  }

  /** One way up, until the module is found, it restarts, or the time is over. */
  async #climb({ interval, signal, rungs, setBaudRate, attempt }: SynchroniseOptions, end: number) {
    const { resynchroniser, data, closing, check, hope, restarted } = this.#host;
    const over = AbortSignal.any([closing, ...(signal ? [signal] : [])]);
    for (const rung of rungs?.() ?? [PATIENCE]) {
      if (rung.baudRate !== undefined && (await setBaudRate?.(rung.baudRate)) === false) continue;
      const time = resynchroniser.timeOf(rung.returns ?? 0) + (rung.escape ? ESCAPE_TIME : 0);
      // Half an escape would be the beginning of a command.
      if (time > 0 && time + interval > end - performance.now()) continue;
      if (rung.escape) await data.escapeBlindly(over);
      if (rung.returns !== undefined) resynchroniser.owe(rung.returns);
      for (let attempts = 0; attempts < rung.attempts && performance.now() < end; attempts++) {
        check();
        hope();
        attempt?.(rung);
        if (await resynchroniser.attempt(interval, end, over)) return rung;
        if (restarted()) return undefined;
      }
      check();
      if (performance.now() >= end) return undefined;
    }
    return undefined;
  }
}
