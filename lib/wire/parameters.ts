import { invalidArgument } from '../errors/index.js';

/** One parameter of a command or an information line, as it stood there. */
export interface Parameter {
  /** Its text without the quotes. */
  readonly text: string;
  /** Whether it stood in quotes. */
  readonly quoted: boolean;
  /** A mark in braces before the quotes that tells how the text is written: `{non-ascii}` (F1013). */
  readonly prefix?: string;
}

const unsafe = /["\u0000-\u001f\u007f]/;

/**
 * Refuses text that would end the parameter or the command that it is put into: a quote, CR, LF or another control
 * character. `ERR_INVALID_ARG_VALUE`; `name` names the option, `secret` keeps its value out of the message.
 */
export function checkText(text: string, name: string, secret = false): string {
  if (unsafe.test(text)) {
    const reason = 'it contains a quote, a line end or another control character';
    throw invalidArgument(name, reason, secret ? undefined : text);
  }
  return text;
}

/** `text` as a quoted parameter; refuses what {@link checkText} refuses. */
export function quote(text: string, name: string, secret = false): string {
  return `"${checkText(text, name, secret)}"`;
}

/**
 * Splits parameters at the commas outside quotes. Spaces around a parameter are not part of it (field note 2), and a
 * doubled closing quote, as the manual's F1014 example prints it, is taken for one. `undefined` when a quote is open at
 * the end, or text stands beside a quoted string.
 */
export function splitParameters(text: string): Parameter[] | undefined {
  const parameters: Parameter[] = [];
  // No two neighbours of it match the same characters: noise must not make it slow.
  const pattern = /(?:\s*(\{[\w-]{1,16}\})?\s*"([^"]*)""?\s*|([^",]*))(,|$)/y;
  for (;;) {
    const match = pattern.exec(text);
    if (!match) return undefined;
    const [, prefix, quoted, plain, end] = match;
    parameters.push({
      text: quoted ?? (plain ?? '').trim(),
      quoted: quoted !== undefined,
      ...(prefix === undefined ? {} : { prefix }),
    });
    if (end === '') return parameters;
  }
}

/** A decimal whole number in a range; `undefined` for anything else, also for signs, exponents and quotes. */
export function parseInteger(parameter: Parameter | undefined, min: number, max: number): number | undefined {
  if (parameter === undefined || parameter.quoted || !/^\d{1,10}$/.test(parameter.text)) return undefined;
  const value = Number(parameter.text);
  return value >= min && value <= max ? value : undefined;
}

/** An information line cut at its colon: `+CCHRECV: LEN,0,0` → `+CCHRECV` and `LEN,0,0`. The space may be missing. */
export interface Information {
  readonly name: string;
  readonly text: string;
}

/** Cuts a line into its name, in capitals, and what stands behind the colon; `undefined` when it has none. */
export function parseInformation(line: string): Information | undefined {
  const match = /^([+*^$][A-Za-z0-9_]+):\s*(.*)$/s.exec(line);
  return match ? { name: (match[1] ?? '').toUpperCase(), text: (match[2] ?? '').trim() } : undefined;
}
