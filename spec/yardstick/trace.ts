import type { EventEmitter } from 'node:events';

/** What is followed of a socket unless told otherwise; `data` would have it flow. */
const EVENTS = ['connect', 'ready', 'secureConnect', 'end', 'finish', 'timeout', 'error', 'close'];

/** What happened, in order, in words that are the same whoever did it: no ports, no addresses, no sizes of chunks. */
export class Trace {
  readonly lines: string[] = [];
  #data: Buffer[] | undefined;

  note(...words: unknown[]): void {
    this.#data = undefined;
    this.lines.push(words.map(shown).join(' '));
  }

  /** The same event of two peers has its turn by chance: the caller gives them names. */
  follow<T extends EventEmitter>(emitter: T, more: readonly string[] = [], name = ''): T {
    for (const event of [...EVENTS, ...more]) {
      emitter.on(event, (...given: unknown[]) => {
        if (event === 'data') this.#read(given[0]);
        else this.note(...(name ? [name] : []), event, ...given.filter((one) => !isEmitter(one)));
      });
    }
    return emitter;
  }

  /** As one line, however many chunks it came in. */
  #read(chunk: unknown): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    const before = this.#data;
    const all = before ? [...before, bytes] : [bytes];
    if (before) this.lines.pop();
    this.note('data', typeof chunk, shortened(Buffer.concat(all).toString()));
    this.#data = all;
  }
}

function shown(word: unknown): string {
  if (word instanceof Error) return describe(word);
  if (word instanceof Uint8Array) return shortened(Buffer.from(word).toString());
  if (word === undefined) return 'undefined';
  return typeof word === 'string' ? word : JSON.stringify(word);
}

/** An error by what programs look at. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return [`(${code ?? error.message}`, ...(syscall === undefined ? [] : [`in ${syscall}`])].join(' ') + ')';
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.length} characters` : JSON.stringify(text);
}

function isEmitter(one: unknown): boolean {
  return typeof one === 'object' && one !== null && 'emit' in one;
}
