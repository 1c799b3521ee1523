import { invalidArgument } from '../../errors/index.js';
import { parseInformation, parseInteger, quote, splitParameters, type Parameter } from '../../wire/index.js';

/** Text that stands for a value, read and written by both sides of the line. */
export interface Codec<T> {
  /** The text of a value. Throws `ERR_INVALID_ARG_VALUE`, naming the parameter, for a value out of range. */
  format(value: T): string;
  /** The value of a text; `undefined` for text that the manual does not allow. */
  parse(text: string): T | undefined;
}

/** One parameter: its range as a test form prints it, its text, and back. */
export interface Field<T> {
  readonly range: string;
  readonly optional: boolean;
  format(value: T, name: string): string;
  parse(parameter: Parameter): T | undefined;
}

/** A field that may be left out; every field after it in its list is then left out too. */
export interface OptionalField<T> extends Field<T> {
  readonly optional: true;
}

/** A whole number in a range, in decimal. */
export function integer(min: number, max: number): Field<number> {
  return {
    range: `(${min}-${max})`,
    optional: false,
    format(value, name) {
      if (Number.isInteger(value) && value >= min && value <= max) return String(value);
      throw invalidArgument(name, `it must be a whole number from ${min} to ${max}`, value);
    },
    parse: (parameter) => parseInteger(parameter, min, max),
  };
}

/** One of two 16-bit numbers in hexadecimal, written `0x002F`. */
export function hexadecimal(choices: readonly number[]): Field<number> {
  const format = (value: number) => `0x${value.toString(16).toUpperCase().padStart(4, '0')}`;
  return {
    range: `(${choices.map(format).join(',')})`,
    optional: false,
    format(value, name) {
      if (choices.includes(value)) return format(value);
      throw invalidArgument(name, `it must be one of ${choices.map(format).join(', ')}`, value);
    },
    parse(parameter) {
      const value = /^0x[0-9a-f]{1,4}$/i.test(parameter.text) ? Number(parameter.text) : undefined;
      return value !== undefined && choices.includes(value) ? value : undefined;
    },
  };
}

/** Text in quotes, its length in bytes of UTF-8. */
export function text(min: number, max: number, options: { range?: string; secret?: boolean } = {}): Field<string> {
  const fits = (value: string) => Buffer.byteLength(value) >= min && Buffer.byteLength(value) <= max;
  return {
    range: options.range ?? `(${min}-${max})`,
    optional: false,
    format(value, name) {
      const quoted = quote(value, name, options.secret);
      if (fits(value)) return quoted;
      throw invalidArgument(name, `it must be ${min} to ${max} bytes long`, options.secret ? undefined : value);
    },
    parse: (parameter) => (parameter.quoted && fits(parameter.text) ? parameter.text : undefined),
  };
}

/** Name of a certificate file: 5 bytes or more, ending in `.pem` or `.der` (F1013). */
export function fileName(max: number): Field<string> {
  const inner = text(5, max);
  const typed = (value: string) => /\.(pem|der)$/i.test(value);
  return {
    ...inner,
    format(value, name) {
      if (typed(value)) return inner.format(value, name);
      throw invalidArgument(name, "it must end in '.pem' or '.der'", value);
    },
    parse(parameter) {
      const value = inner.parse(parameter);
      return value !== undefined && typed(value) ? value : undefined;
    },
  };
}

/** A field that may be left out. */
export function optional<T>(field: Field<T>): OptionalField<T> {
  return { ...field, optional: true };
}

type Value<F> = F extends { parse(parameter: Parameter): infer T } ? Exclude<T, undefined> : never;

/** The object that a list of fields stands for. */
export type Values<F> = {
  -readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: Value<F[K]>;
} & {
  -readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: Value<F[K]> | undefined;
};

/** A list of parameters separated by commas, as an object. */
export interface Parameters<T> extends Codec<T> {
  /** The ranges of all parameters, as a test form prints them. */
  readonly range: string;
}

/** Declares a list of parameters: `parameters({ session: integer(0, 1), … })`. */
export function parameters<const F extends Readonly<Record<string, unknown>>>(fields: F): Parameters<Values<F>> {
  const list = Object.entries(fields) as [string, Field<unknown>][];
  return {
    range: describeRanges(list.map(([, field]) => field)),
    format(value) {
      const values = value as Record<string, unknown>;
      const used = lastUsed(list, values);
      return list
        .slice(0, used)
        .map(([name, field]) => field.format(values[name], name))
        .join(',');
    },
    parse(source) {
      const given = splitParameters(source);
      if (given === undefined || given.length > list.length) return undefined;
      const value: Record<string, unknown> = {};
      for (const [index, [name, field]] of list.entries()) {
        const parameter = given[index];
        if (parameter === undefined) {
          if (!field.optional) return undefined;
          continue;
        }
        const parsed = field.parse(parameter);
        if (parsed === undefined) return undefined;
        value[name] = parsed;
      }
      return value as Values<F>;
    },
  };
}

function lastUsed(list: [string, Field<unknown>][], values: Record<string, unknown>): number {
  let used = list.length;
  while (used > 0) {
    const [name, field] = list[used - 1] ?? ['', undefined];
    if (!field?.optional || values[name] !== undefined) return used;
    used--;
  }
  return used;
}

function describeRanges(fields: Field<unknown>[]): string {
  let out = '';
  let depth = 0;
  for (const [index, field] of fields.entries()) {
    const comma = index === 0 ? '' : ',';
    if (field.optional) {
      out += `[${comma}${field.range}`;
      depth++;
    } else {
      out += comma + field.range;
    }
  }
  return out + ']'.repeat(depth);
}

/** The information lines of one answer, as a value. */
export interface Lines<T> {
  format(this: void, value: T): string[];
  /** The value of the answer's own lines; `undefined` when they are not what the manual says. */
  parse(this: void, lines: readonly string[]): T | undefined;
  /** Whether a line, by its prefix and shape, belongs to this answer and is not an unsolicited result code. */
  owns(this: void, line: string): boolean;
}

/** An answer without information lines. */
export const noLines: Lines<undefined> = {
  format: () => [],
  parse: () => undefined,
  owns: () => false,
};

/** Zero or more lines `<name>: <codec>`, of which others with the same name but another shape are not ours. */
export function linesOf<T>(name: string, codec: Codec<T>): Lines<T[]> {
  const parseLine = (line: string) => {
    const information = parseInformation(line);
    return information?.name === name ? codec.parse(information.text) : undefined;
  };
  return {
    format: (values) => values.map((value) => `${name}: ${codec.format(value)}`),
    parse(lines) {
      const values = lines.map(parseLine);
      return values.includes(undefined) ? undefined : (values as T[]);
    },
    owns: (line) => parseLine(line) !== undefined,
  };
}

/** Exactly one line `<name>: <codec>`. */
export function lineOf<T>(name: string, codec: Codec<T>): Lines<T> {
  const lines = linesOf(name, codec);
  return {
    format: (value) => lines.format([value]),
    parse(given) {
      const values = lines.parse(given);
      return values?.length === 1 ? values[0] : undefined;
    },
    owns: (line) => lines.owns(line),
  };
}
