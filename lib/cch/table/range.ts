/** The numbers that a parameter can have. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** All of them, where they were listed one by one: `(0,1)`. */
  readonly values?: readonly number[];
}

/** What a test form says of one parameter: the range of its numbers, or a word that stands for text (`ADDRESS`). */
export type Allowed = Range | string;

/** Longest list that a mixed range (`(0-3,5)`) is written out to. */
const MOST_VALUES = 64;

/** A range as test forms print it: `(0-1)`, `(0,1)`, `"ADDRESS"`. */
export function formatAllowed(allowed: Allowed, number: (value: number) => string = String): string {
  if (typeof allowed === 'string') return `"${allowed}"`;
  const { min, max, values } = allowed;
  return `(${values ? values.map(number).join(',') : `${number(min)}-${number(max)}`})`;
}

/**
 * The ranges of one line of a test form: `(0-1),"ADDRESS",(1-65535)[,(1-2)]`. Brackets around what may be left out are
 * not looked at. `undefined` when something else stands there.
 */
export function parseAllowed(text: string): Allowed[] | undefined {
  const pattern = /[\s,[\]]*(?:\(([^()]*)\)|"([^"]*)"|([A-Za-z]\w*))[\s\]]*/y;
  const found: Allowed[] = [];
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return undefined;
    const [, numbers, quoted, word] = match;
    const allowed = numbers === undefined ? (quoted ?? word) : parseRange(numbers);
    if (allowed === undefined) return undefined;
    found.push(allowed);
  }
  return found;
}

function parseRange(text: string): Range | undefined {
  const parts = text.split(',').map((part) => /^\s*(0x[0-9a-f]+|\d+)(?:\s*-\s*(0x[0-9a-f]+|\d+))?\s*$/i.exec(part));
  const spans: [number, number][] = [];
  for (const part of parts) {
    if (part === null) return undefined;
    const from = Number(part[1]);
    spans.push([from, part[2] === undefined ? from : Number(part[2])]);
  }
  const min = Math.min(...spans.map(([from]) => from));
  const max = Math.max(...spans.map(([, to]) => to));
  const count = spans.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  if (spans.some(([from, to]) => to < from)) return undefined;
  if (spans.length === 1 || count > MOST_VALUES) return { min, max };
  return { min, max, values: spans.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)) };
}
