import type { EventEmitter } from 'node:events';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { turn } from '../support/turn.js';

/** How often something is there. */
export type Counts = Readonly<Record<string, number>>;

/** Turns of the event loop that what is closed gets to be gone. */
const PATIENCE = 2000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that live, in the heap and in buffers, when all that nobody has any more is gone; without compiled code. */
export async function liveBytes(): Promise<{ heap: number; buffers: number }> {
  for (let times = 0; times < 3; times++) {
    collect();
    await turn();
  }
  const data = getHeapSpaceStatistics().filter(({ space_name: name }) => !/code|trusted/.test(name));
  const heap = data.reduce((sum, { space_used_size: used }) => sum + used, 0);
  return { heap, buffers: process.memoryUsage().arrayBuffers };
}

/** Handles and timers that keep the process alive, by kind. */
export function resources(): Counts {
  return tally(process.getActiveResourcesInfo());
}

/** Listeners by event. */
export function listeners(emitter: EventEmitter): Counts {
  return Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
}

export function tally(names: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Of what is there now, what was not there before. */
export function more(before: Counts, now: Counts): Counts {
  const grown = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}

/** Waits until `look` sees nothing, or for a while when that never comes. */
export async function soonEmpty(look: () => Counts): Promise<void> {
  for (let left = PATIENCE; left > 0 && Object.keys(look()).length > 0; left--) await turn();
}

/** Objects that should be gone one day. */
export class Mortals {
  #references: WeakRef<object>[] = [];

  add(object: object): void {
    this.#references.push(new WeakRef(object));
  }

  /** How many still live, all others being collected. */
  async alive(): Promise<number> {
    await liveBytes();
    this.#references = this.#references.filter((reference) => reference.deref() !== undefined);
    return this.#references.length;
  }
}

/** Timers of the program, also those that do not keep the process alive, until they have run or were cleared. */
export class TimerWatch {
  readonly #real = { ...pick(globalThis) };
  readonly #waiting = new Map<unknown, string>();

  constructor() {
    const { setTimeout, setInterval, clearTimeout, clearInterval } = this.#real;
    const watched = (action: (...given: never[]) => void, time?: number, ...given: never[]) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        action(...given);
      }, time);
      this.#waiting.set(timer, `${time ?? 0} ms`);
      return timer;
    };
    const repeated = (action: (...given: never[]) => void, time?: number, ...given: never[]) => {
      const timer = setInterval(() => action(...given), time);
      this.#waiting.set(timer, `${time ?? 0} ms, again and again`);
      return timer;
    };
    const forget = (clear: (timer: NodeJS.Timeout | undefined) => void) => (timer: NodeJS.Timeout | undefined) => {
      this.#waiting.delete(timer);
      clear(timer);
    };
    Object.assign(globalThis, {
      setTimeout: Object.assign(watched, setTimeout),
      setInterval: Object.assign(repeated, setInterval),
      clearTimeout: forget(clearTimeout),
      clearInterval: forget(clearInterval),
    });
  }

  /** Those that wait, by their time. */
  get waiting(): Counts {
    return tally([...this.#waiting.values()]);
  }

  restore(): void {
    Object.assign(globalThis, this.#real);
  }
}

function pick({ setTimeout, setInterval, clearTimeout, clearInterval }: typeof globalThis) {
  return { setTimeout, setInterval, clearTimeout, clearInterval };
}

/** Warnings of the process, which is where too many listeners show. */
export class WarningWatch {
  readonly heard: string[] = [];
  readonly #listener = ({ name, message }: Error) => void this.heard.push(`${name}: ${message}`);

  constructor() {
    process.on('warning', this.#listener);
  }

  end(): void {
    process.off('warning', this.#listener);
  }
}
