import { inspect } from 'node:util';
import type { Secrets } from './secrets.js';

/** Where something was shown. `driver`: its traces and errors. `elsewhere`: who may show what it conceals. */
export type Source = 'driver' | 'elsewhere';

/** A secret that was shown. */
export interface Finding {
  /** What it is. */
  readonly secret: string;
  /** Title of the test in which it was. */
  readonly test: string;
  readonly line: string;
}

/** Most findings that are kept: the first tell most. */
const MOST = 20;
/** Most errors that wait to be looked at: they are complete only when their constructors are done. */
const MOST_WAITING = 200;
/** Causes of causes that are followed. */
const DEPTH = 20;

/** Looks for secrets in what is shown, line by line, and keeps nothing but what it finds. */
export class SecretSearch {
  /** Title of the test that is running. */
  test = 'no test';
  lines = 0;
  errors = 0;
  readonly findings: Finding[] = [];

  readonly #secrets: Secrets;
  readonly #concealed: Secrets;
  #waiting: unknown[] = [];

  constructor(secrets: Secrets, concealed: Secrets) {
    this.#secrets = secrets;
    this.#concealed = concealed;
  }

  /** Something was shown. */
  line(text: string, source: Source = 'driver'): void {
    this.lines++;
    this.#look(text, source);
  }

  /** An error was made, thrown or emitted. */
  error(error: unknown): void {
    this.errors++;
    this.#waiting.push(error);
    if (this.#waiting.length >= MOST_WAITING) this.flush();
  }

  /** Looks at the errors that wait, now that they have all their properties. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const error of waiting) this.#look(textOf(error, new Set()), 'driver');
  }

  /** Says what was found, one line for each. */
  report(): string {
    return this.findings.map(({ secret, test, line }) => `${secret} in '${test}': ${line}`).join('\n');
  }

  #look(text: string, source: Source): void {
    const secret = this.#secrets.find(text) ?? (source === 'driver' ? this.#concealed.find(text) : undefined);
    if (secret === undefined || this.findings.length >= MOST) return;
    this.findings.push({ secret, test: this.test, line: text });
  }
}

/**
 * Everything that an error tells: its message, all its properties, and its causes. Without the frames of its stack, which
 * are names of functions and files; what is above them is the message.
 */
function textOf(value: unknown, seen: Set<unknown>): string {
  if (typeof value === 'string') return value;
  if (!(value instanceof Error)) return inspect(value, { depth: 5, breakLength: Infinity });
  if (seen.has(value) || seen.size >= DEPTH) return '';
  seen.add(value);
  const properties = Reflect.ownKeys(value)
    .filter((key) => key !== 'stack')
    .map((key) => `${String(key)}: ${textOf(Reflect.get(value, key), seen)}`);
  return [value.name, value.message, ...properties].join('\n');
}
