import { invalidArgument } from '../../errors/index.js';
import { parseInteger, quote, type Parameter } from '../../wire/index.js';
import { formatAllowed, type Allowed, type Range } from './range.js';

/** One parameter: what a test form says of it, its text, and back. */
export interface Field<T, A extends Allowed = Allowed> {
  readonly allowed: A;
  /** {@link allowed} as a test form prints it. */
  readonly range: string;
  /** What may stand here, in words: `a whole number from 0 to 1`. */
  readonly words: string;
  readonly optional: boolean;
  /** Throws `ERR_INVALID_ARG_VALUE`, naming the parameter, for a value that is not allowed. */
  format(this: void, value: T, name: string): string;
  /** `undefined` for text that is not allowed. */
  parse(this: void, parameter: Parameter): T | undefined;
}

/** A field that may be left out; every field after it in its list is then left out too. */
export interface OptionalField<T, A extends Allowed = Allowed> extends Field<T, A> {
  readonly optional: true;
}

/** A whole number from `min` to `max`, in decimal; `(0-1)`. */
export function integer(min: number, max: number): Field<number, Range> {
  const allowed = { min, max };
  const words = max - min === 1 ? `${min} or ${max}` : `a whole number from ${min} to ${max}`;
  return {
    allowed,
    range: formatAllowed(allowed),
    words,
    optional: false,
    format(value, name) {
      if (Number.isInteger(value) && value >= min && value <= max) return String(value);
      throw invalidArgument(name, `it must be ${words}`, value);
    },
    parse: (parameter) => parseInteger(parameter, min, max),
  };
}

/** 0 or 1, listed: `(0,1)`. */
export function flag(): Field<number, Range> {
  const allowed = { min: 0, max: 1, values: [0, 1] };
  return { ...integer(0, 1), allowed, range: formatAllowed(allowed) };
}

/** One of a few 16-bit numbers in hexadecimal, `0x002F`. */
export function hexadecimal(...choices: number[]): Field<number, Range> {
  const show = (value: number) => `0x${value.toString(16).toUpperCase().padStart(4, '0')}`;
  const allowed = { min: Math.min(...choices), max: Math.max(...choices), values: choices };
  const words = `one of ${choices.map(show).join(', ')}`;
  return {
    allowed,
    range: formatAllowed(allowed, show),
    words,
    optional: false,
    format(value, name) {
      if (choices.includes(value)) return show(value);
      throw invalidArgument(name, `it must be ${words}`, value);
    },
    parse(parameter) {
      const known = !parameter.quoted && /^0x[0-9a-f]{1,4}$/i.test(parameter.text);
      const value = known ? Number(parameter.text) : undefined;
      return value !== undefined && choices.includes(value) ? value : undefined;
    },
  };
}

/** Text in quotes, `min` to `max` bytes of UTF-8 long; a test form shows the lengths, or a word. */
export function text(min: number, max: number, options: { secret?: boolean } = {}): Field<string, Range> {
  const allowed = { min, max };
  const fits = (value: string) => Buffer.byteLength(value) >= min && Buffer.byteLength(value) <= max;
  return {
    allowed,
    range: formatAllowed(allowed),
    words: `text of ${min} to ${max} bytes`,
    optional: false,
    format(value, name) {
      const shown = options.secret ? undefined : value;
      if (!isWellFormed(value)) throw invalidArgument(name, 'it must be a string of whole characters', shown);
      const quoted = quote(value, name, options.secret);
      if (fits(value)) return quoted;
      throw invalidArgument(name, `it must be ${min} to ${max} bytes long`, shown);
    },
    parse({ quoted, prefix, text: value }) {
      const plain = quoted && prefix === undefined && !/[\u0000-\u001f\u007f]/.test(value);
      return plain && fits(value) ? value : undefined;
    },
  };
}

/** Whether a value is a string, without half of a surrogate pair: that would go out as another character. */
export function isWellFormed(value: unknown): value is string {
  return typeof value === 'string' && Buffer.from(value).toString() === value;
}

/** A field of which a test form shows a word and no range: `"ADDRESS"`. */
export function shownAs<T>(word: string, field: Field<T>): Field<T, string> {
  return { ...field, allowed: word, range: formatAllowed(word) };
}

/** A field that may be left out. */
export function optional<T, A extends Allowed>(field: Field<T, A>): OptionalField<T, A> {
  return { ...field, optional: true };
}
