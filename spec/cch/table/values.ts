import fc from 'fast-check';

import type { Parameter, Request, Row } from './families.js';

/** What must not stand in quotes: a quote, or a control character. */
const unsafe = /["\p{Cc}]/u;
/** Entities that a reader would resolve. */
const entity = /&#x[0-9a-f]{2,6};/i;

/** Text of any script. */
function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme', maxLength }).filter((text) => !unsafe.test(text));
}

/** Text of so many bytes of UTF-8, its shortest and its longest often among it. */
export function textOf(min: number, max: number): fc.Arbitrary<string> {
  return fc.oneof(
    anyText(Math.min(max, 40)).filter((text) => Buffer.byteLength(text) >= min && Buffer.byteLength(text) <= max),
    fc.constantFrom('a'.repeat(min), 'z'.repeat(max), 'é'.repeat(Math.floor(max / 2)), '&#x4E2D;', 'a,b', ' a '),
  );
}

/** A name as the module keeps it. */
export function encodedName(name: string, encoding: 'utf-8' | 'entities'): string {
  if (encoding === 'utf-8') return name;
  const written = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x7f ? character : `&#x${code.toString(16).toUpperCase().padStart(4, '0')};`;
  };
  return Array.from(name, written).join('');
}

export function nameLength(name: string, encoding: 'utf-8' | 'entities'): number {
  return Buffer.byteLength(encodedName(name, encoding));
}

/** A file name that the family takes. */
export function nameOf(max: number, encoding: 'utf-8' | 'entities'): fc.Arbitrary<string> {
  const kind = fc.constantFrom('.pem', '.der', '.PEM', '.Der');
  const body = fc.oneof(anyText(20), fc.constantFrom('a', 'b'.repeat(max - 4), '中华', '😀', 'a b,c', '&#x41;', '&#x'));
  return fc
    .tuple(body, kind)
    .map((parts) => parts.join(''))
    .filter((name) => !name.includes('\ufffd') && !/&#x(?!41;)[0-9a-f]{2,6};/i.test(name))
    .filter((name) => nameLength(name, encoding) >= 5 && nameLength(name, encoding) <= max);
}

/** A name in a list, of whatever kind. */
export function listedNameOf(): fc.Arbitrary<string> {
  return anyText(40).filter((name) => name !== '' && !entity.test(name));
}

/** The values that a parameter may have. */
export function valueOf(parameter: Parameter): fc.Arbitrary<unknown> {
  switch (parameter.kind) {
    case 'number': {
      const { min, max } = parameter;
      return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
    }
    case 'hexadecimal':
      return fc.constantFrom(...parameter.choices);
    case 'text':
      return textOf(parameter.min, parameter.max);
    case 'file':
      return nameOf(parameter.max, parameter.encoding);
  }
}

/** A value of a form, and which of its rows it belongs to. */
export interface Given {
  row: Row;
  value: Record<string, unknown>;
}

/** Valid values of one row: those that may be left out are, from the end. */
export function given(row: Row): fc.Arbitrary<Given> {
  const optional = row.parameters.filter((parameter) => parameter.optional).length;
  return fc
    .tuple(fc.nat(optional), fc.tuple(...row.parameters.map(valueOf)))
    .map(([left, values]) => ({ row, value: valueFrom(row, values.slice(0, values.length - left)) }));
}

function valueFrom({ key, parameters }: Row, values: readonly unknown[]): Record<string, unknown> {
  const named = values.map((value, index) => [parameters[index]?.name ?? '', value] as const);
  return { ...(key === undefined ? {} : { key }), ...Object.fromEntries(named) };
}

/** Valid values of a form. */
export function givenOf(request: Request): fc.Arbitrary<Given> {
  if (request === 'bare') return fc.constant({ row: { parameters: [] }, value: {} });
  return fc.oneof(...request.rows.map(given));
}

/** A parameter as it is written: by the manual, not by the table. */
export function written(parameter: Parameter, value: unknown): string {
  const text = String(value);
  switch (parameter.kind) {
    case 'number':
      return text;
    case 'hexadecimal':
      return `0x${Number(value).toString(16).toUpperCase().padStart(4, '0')}`;
    case 'text':
      return `"${text}"`;
    case 'file': {
      const hexadecimal = Buffer.from(encodedName(text, parameter.encoding)).toString('hex').toUpperCase();
      return /^[ -~]*$/.test(text) ? `"${text}"` : `{non-ascii}"${hexadecimal}"`;
    }
  }
}

/** The parameters of a row, each as text; the key, where there is one, is the first. */
export function writtenRow({ row, value }: Given): string[] {
  const present = row.parameters.filter(({ name }) => value[name] !== undefined);
  const texts = present.map((parameter) => written(parameter, value[parameter.name]));
  return row.key === undefined ? texts : [`"${row.key}"`, ...texts];
}

const suffixes: Readonly<Record<string, string>> = { test: '=?', read: '?', execute: '', write: '=', query: '=' };

/** A command up to its parameters. */
export function head(command: string, form: string): string {
  return `AT+${command}${suffixes[form] ?? ''}`;
}
