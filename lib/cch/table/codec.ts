import { invalidArgument } from '../../errors/index.js';
import { parseInformation, splitParameters, type Parameter } from '../../wire/index.js';
import type { Field } from './field.js';
import { parseAllowed, type Allowed, type Range } from './range.js';

/** Text that stands for a value, read and written by both sides of the line. */
export interface Codec<T> {
  /** How it looks, one for each variant: `<session>,<length>`. */
  readonly syntax: readonly string[];
  /** The text of a value. Throws `ERR_INVALID_ARG_VALUE`, naming the parameter, for a value that is not allowed. */
  format(this: void, value: T): string;
  /** The value of a text; `undefined` for text that the manual does not allow. */
  parse(this: void, text: string): T | undefined;
  /** Whether there may be a secret in it. */
  readonly secret?: boolean;
}

/** One parameter, for the documentation. */
export interface ParameterFacts {
  readonly name: string;
  /** What it may be: `a whole number from 0 to 1`. */
  readonly words: string;
  readonly optional: boolean;
}

/** A codec whose parameters a test form tells the ranges of: one line, or one for each key. */
export interface Ranged<A> {
  /** Its parameters, one list for each variant. */
  readonly facts: readonly (readonly ParameterFacts[])[];
  /** Its own ranges, as a test form prints them, one text a line. */
  readonly ranges: readonly string[];
  /** What lines of a module's test form say; `undefined` when they are no ranges of these parameters. */
  parseRanges(this: void, texts: readonly string[]): A | undefined;
}

type AnyField = Field<unknown>;
type Fields = Readonly<Record<string, AnyField>>;
type ValueOf<F> = F extends { parse(parameter: Parameter): infer T } ? Exclude<T, undefined> : never;
type AllowedOf<F> = F extends { readonly allowed: infer A extends Allowed } ? A : never;

/** The object that a list of fields stands for. */
export type Values<F> = {
  -readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: ValueOf<F[K]>;
} & {
  -readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: ValueOf<F[K]> | undefined;
};

/** What a test form says of a list of fields; a module may leave out those that may be left out. */
export type Ranges<F> = {
  readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: AllowedOf<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: AllowedOf<F[K]>;
};

/** Declares a list of parameters, separated by commas: `parameters({ session: integer(0, 1), … })`. */
export function parameters<const F extends Fields>(fields: F): Codec<Values<F>> & Ranged<Ranges<F>> {
  const list = Object.entries<AnyField>(fields);
  return {
    syntax: [nested(list, ([name]) => `<${name}>`)],
    facts: [list.map(([name, { words, optional }]) => ({ name, words, optional }))],
    ranges: [nested(list, ([, field]) => field.range)],
    format(value) {
      const values = value as Record<string, unknown>;
      const surplus = Object.keys(values).find((key) => !Object.hasOwn(fields, key));
      if (surplus !== undefined) throw invalidArgument(surplus, `the parameters are ${Object.keys(fields).join(', ')}`);
      let used = list.length;
      while (used > 0 && list[used - 1]?.[1].optional && values[list[used - 1]?.[0] ?? ''] === undefined) used--;
      return list
        .slice(0, used)
        .map(([name, field]) => field.format(values[name], name))
        .join(',');
    },
    parse(source) {
      const given = splitParameters(source);
      if (given === undefined || given.length > list.length) return undefined;
      const value = collect(list, (field, index) => {
        const parameter = given[index];
        return parameter === undefined ? undefined : (field.parse(parameter) ?? null);
      });
      return value as Values<F> | undefined;
    },
    parseRanges([line = '']) {
      const given = parseAllowed(line);
      return given && (collect(list, (field, index) => sameKind(field, given[index])) as Ranges<F> | undefined);
    },
  };
}

/** An object with what `take` finds for each field. `undefined`: left out · `null`: wrong, as the whole is then. */
function collect(
  list: [string, AnyField][],
  take: (field: AnyField, index: number) => unknown,
): Record<string, unknown> | undefined {
  const value: Record<string, unknown> = {};
  for (const [index, [name, field]] of list.entries()) {
    const found = take(field, index);
    if (found === null || (found === undefined && !field.optional)) return undefined;
    if (found !== undefined) value[name] = found;
  }
  return value;
}

function sameKind(field: AnyField, allowed: Allowed | undefined): Allowed | null | undefined {
  return allowed === undefined || typeof allowed === typeof field.allowed ? allowed : null;
}

/** Texts with commas between them, brackets around what may be left out. */
function nested(list: [string, AnyField][], text: (entry: [string, AnyField]) => string): string {
  let out = '';
  let depth = 0;
  for (const [index, entry] of list.entries()) {
    const comma = index === 0 ? '' : ',';
    if (entry[1].optional) depth++;
    out += `${entry[1].optional ? '[' : ''}${comma}${text(entry)}`;
  }
  return out + ']'.repeat(depth);
}

/** A setting by its key: `{ key: 'sslctx', session: 0, value: 3 }`. `I` is the name of what it belongs to. */
export type Setting<I extends string, F> = {
  [K in keyof F & string]: { key: K; value: ValueOf<F[K]> } & Record<I, number>;
}[keyof F & string];

/** What a test form says of settings, by key; those of other families may be missing. */
export type SettingRanges<I extends string, F> = {
  readonly [K in keyof F & string]?: { readonly value: AllowedOf<F[K]> } & Readonly<Record<I, Range>>;
};

/** Declares settings with a key before them: `"<key>",<owner>,<value>`. */
export function keyed<const I extends string, const F extends Fields>(
  owner: I,
  ownerField: Field<number, Range>,
  fields: F,
): Codec<Setting<I, F>> & Ranged<SettingRanges<I, F>> {
  const codecs = new Map(
    Object.entries<AnyField>(fields).map(([key, field]) => {
      return [key, parameters({ [owner]: ownerField, value: field })] as const;
    }),
  );
  const keyOf = (given: string) => [...codecs.keys()].find((key) => key.toLowerCase() === given.toLowerCase());
  return {
    syntax: [...codecs].map(([key, codec]) => `"${key}",${codec.syntax.join()}`),
    facts: [...codecs].map(([key, codec]) => [
      { name: 'key', words: `'${key}'`, optional: false },
      ...codec.facts.flat(),
    ]),
    ranges: [...codecs].map(([key, codec]) => `"${key}",${codec.ranges.join()}`),
    format({ key, ...values }) {
      const codec = codecs.get(key);
      if (codec) return `"${key}",${codec.format(values)}`;
      throw invalidArgument('key', `this module knows ${[...codecs.keys()].join(', ')}`, key);
    },
    parse(source) {
      const [, given = '', rest = ''] = /^\s*"([^"]*)"\s*,(.*)$/s.exec(source) ?? [];
      const key = keyOf(given);
      const values = key === undefined ? undefined : codecs.get(key)?.parse(rest);
      return values && ({ key, ...values } as unknown as Setting<I, F>);
    },
    parseRanges(texts) {
      const all: Record<string, unknown> = {};
      for (const text of texts) {
        const [, given = '', rest = ''] = /^\s*"([^"]*)"\s*,(.*)$/s.exec(text) ?? [];
        const key = keyOf(given);
        const ranges = key === undefined ? undefined : codecs.get(key)?.parseRanges([rest]);
        if (key !== undefined && ranges !== undefined) all[key] = ranges;
      }
      return Object.keys(all).length === 0 ? undefined : (all as SettingRanges<I, F>);
    },
  };
}

/** The information lines of one answer, as a value. */
export interface Lines<T> {
  /** How they look, for the documentation. */
  readonly syntax: readonly string[];
  format(this: void, value: T): string[];
  /** The value of the answer's own lines; `undefined` when they are not what the manual says. */
  parse(this: void, lines: readonly string[]): T | undefined;
  /** Whether a line, by its prefix and shape, belongs to this answer and is not an unsolicited result code. */
  owns(this: void, line: string): boolean;
  /** Whether they may hold a secret, and are not to be shown. */
  readonly secret?: boolean;
}

/** An answer without information lines. */
export const noLines: Lines<undefined> = {
  syntax: [],
  format: () => [],
  parse: () => undefined,
  owns: () => false,
};

/**
 * Zero or more lines `<name>: <codec>`, of which others with the same name but another shape are not ours. A name may be
 * misprinted, too.
 */
export function linesOf<T>(name: string, codec: Codec<T>, misprints: readonly string[] = []): Lines<T[]> {
  const parseLine = (line: string) => {
    const information = parseInformation(line);
    const ours = information?.name === name || misprints.includes(information?.name ?? '');
    return information && ours ? codec.parse(information.text) : undefined;
  };
  return {
    syntax: codec.syntax.map((syntax) => `${name}: ${syntax}`),
    format: (values) => values.map((value) => `${name}: ${codec.format(value)}`),
    parse(lines) {
      const values = lines.map(parseLine);
      return values.includes(undefined) ? undefined : (values as T[]);
    },
    owns: (line) => parseLine(line) !== undefined,
    secret: codec.secret ?? false,
  };
}

/** Exactly one line `<name>: <codec>`. */
export function lineOf<T>(name: string, codec: Codec<T>, misprints: readonly string[] = []): Lines<T> {
  const lines = linesOf(name, codec, misprints);
  return {
    ...lines,
    format: (value) => lines.format([value]),
    parse(given) {
      const values = lines.parse(given);
      return values?.length === 1 ? values[0] : undefined;
    },
  };
}

/** The lines of a test form: their value are the ranges. The module's own are formatted from `codec`, whatever the value. */
export function rangesOf<A>(name: string, codec: Ranged<A>): Lines<A> {
  const own = () => codec.ranges.map((range) => `${name}: ${range}`);
  // Ranges stand in brackets; a line without is a result code that has the same name.
  const owns = (line: string) => parseInformation(line)?.name === name && line.includes('(');
  return {
    syntax: own(),
    format: own,
    parse: (lines) => codec.parseRanges(lines.map((line) => parseInformation(line)?.text ?? '')),
    owns,
  };
}
