import fc from 'fast-check';

import { allKeys, type Parameter, type Row } from './families.js';
import { nameLength, given, writtenRow, written, type Given } from './values.js';

/** A wrong command: as the value that a caller gives, as the text that a host writes, or as both. */
export interface Wrong {
  value?: unknown;
  text?: string;
}

/** One way to get a parameter, or a whole command, wrong. */
export interface Fault {
  what: string;
  wrong: fc.Arbitrary<Wrong>;
}

/** A wrong value of one parameter, and how it would be written. */
type Bad = readonly [value: unknown, text: string];

const plain = (value: unknown): Bad => [value, String(value)];
const inQuotes = (value: string): Bad => [value, `"${value}"`];
const notNumbers = fc.constantFrom<Bad>(['1', '"1"'], [null, 'null'], [true, 'true'], [{}, '{}'], [[], '']);
const notTexts = fc.constantFrom<Bad>([5, '5'], [null, 'null'], [true, 'true'], [{}, '{}'], [['ca.pem'], 'ca.pem']);
const odd = fc.constantFrom(...[-1, 0.5, 1.5, NaN, Infinity, -Infinity, 1e21, 2 ** 53].map(plain));
const control = fc
  .oneof(fc.integer({ min: 0, max: 0x1f }), fc.constant(0x7f))
  .map((code) => inQuotes(`a${String.fromCharCode(code)}b.pem`));
const quotes = fc.constantFrom('a"b.pem', '"a"b.pem', 'a",1,"b.pem').map(inQuotes);
const surrogates = fc.constantFrom('\ud800.pem', 'a\udc00b.pem', '\udc00\ud800.pem').map(inQuotes);

/** Only as text: what no caller can ask for. */
const texts = (...all: string[]): fc.Arbitrary<Wrong> => fc.constantFrom(...all).map((text) => ({ text }));

type Faults = Readonly<Record<string, fc.Arbitrary<Bad>>>;

function numberFaults({ min, max }: { min: number; max: number }): Faults {
  return {
    ...(min > 0 && { 'too small': fc.integer({ min: 0, max: min - 1 }).map(plain) }),
    'too large': fc.oneof(fc.integer({ min: max + 1, max: max + 10 }), fc.integer({ min: max + 1 })).map(plain),
    'no whole number': odd,
    'no number': notNumbers,
  };
}

function textFaults({ min, max }: { min: number; max: number }): Faults {
  const longer = fc.constantFrom('a'.repeat(max + 1), 'é'.repeat(Math.floor(max / 2) + 1)).map(inQuotes);
  return {
    ...(min > 0 && { 'too short': fc.constant(inQuotes('')) }),
    'too long': longer,
    'no text': notTexts,
    'a control character': control,
    'a quote': quotes,
    // Its bytes on the line would be those of another text: as text there is only that one, which is allowed.
    'half a character': surrogates.map(([value]) => [value, 'unquoted']),
  };
}

function fileFaults(parameter: Extract<Parameter, { kind: 'file' }>): Faults {
  const { max, encoding } = parameter;
  const long = fc
    .constantFrom('中'.repeat(max / 3) + '.pem', 'a'.repeat(max - 3) + '.pem', 'é'.repeat(max) + '.der')
    .filter((name) => nameLength(name, encoding) > max)
    .map((name): Bad => [name, written(parameter, name)]);
  return {
    'too short': fc.constantFrom('', '.pem', '.der', 'a.pe').map(inQuotes),
    'too long': long,
    'of another kind': fc.constantFrom('ca.txt', 'ca.pem.bak', 'capem', 'ca.pem ', 'ca.crt').map(inQuotes),
    'no text': notTexts,
    'a control character': fc.oneof(control, fc.constantFrom('a\u0080.pem', 'a\u009fb.pem').map(inQuotes)),
    'a quote': quotes,
    'half a character': surrogates.map(([value]) => [value, `{non-ascii}"${encoded(String(value))}"`]),
    'a replacement character': fc.constant(inQuotes('a\ufffd.pem')),
    // Written, it is the entity of another name; that one is allowed.
    'an entity': fc.constant(['&#x4E2D;.pem', 'unquoted']),
  };
}

/** Half a pair as its three bytes, which are no UTF-8 (CESU-8). */
function encoded(name: string): string {
  const bytes = Array.from({ length: name.length }, (_, index) => {
    const code = name.charCodeAt(index);
    return code < 0x80 ? [code] : [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
  });
  return Buffer.from(bytes.flat()).toString('hex').toUpperCase();
}

/** Ways to write a parameter wrong that have no value. */
const misspelt: Readonly<Record<Parameter['kind'], fc.Arbitrary<Wrong>>> = {
  number: texts('', '+1', '0x1', '1e0', '1.0', "'1'", '“1”', '1 1', '１', '00000000001', '{non-ascii}"31"'),
  hexadecimal: texts('', '47', '65535', '"0xFFFF"', '0x2F,', '0x', 'FFFF', '0x0002F', '-0x002F', '0x35'),
  text: texts('', 'a.example', '"a.example', 'a.example"', '“a.example”', "'a'", '"a" b', '{non-ascii}"612E65"'),
  file: texts(
    ...['', 'ca.pem', '"ca.pem', '”ca.pem”', "'ca.pem'", '{non-ascii}', '{non-ascii}636 12E70656D'],
    ...['{non-ascii}"63612E70656"', '{non-ascii}"ca.pem"', '{non-ascii}""', '{ascii}"63612E70656D"'],
    ...['{non-ascii}"FF2E70656D0A"', '{non-ascii}"FFFE2E70656D"', '{non-ascii}"0D61622E70656D"'],
    ...['{non-ascii}"6122622E70656D"', '{non-ascii}"2E70656D"', `{non-ascii}"${'61'.repeat(200)}2E70656D"`],
  ),
};

function faultsOf(parameter: Parameter): Faults {
  switch (parameter.kind) {
    case 'number':
      return numberFaults(parameter);
    case 'hexadecimal':
      return {
        'none of the choices': fc
          .constantFrom(0, 0x2e, 0x30, 0x35, 0xfffe, 0x1_0000)
          .map((v): Bad => [v, `0x${v.toString(16)}`]),
        'no whole number': odd,
        'no number': notNumbers,
      };
    case 'text':
      return textFaults(parameter);
    case 'file':
      return fileFaults(parameter);
  }
}

/** A command with one of its texts changed. */
function rewritten(valid: Given, index: number, text: string): string {
  const all = writtenRow(valid);
  return all.map((old, at) => (at === index ? text : old)).join(',');
}

/** All parameters of a row, none left out. */
const full = (row: Row) =>
  given(row).filter(({ value }) => row.parameters.every(({ name }) => value[name] !== undefined));

/** Everything that can be wrong with one parameter of a row. */
export function parameterFaults(row: Row, parameter: Parameter): Fault[] {
  const { name } = parameter;
  const index = row.parameters.indexOf(parameter) + (row.key === undefined ? 0 : 1);
  const bad = Object.entries(faultsOf(parameter)).map(([what, values]) => ({
    what,
    wrong: fc.tuple(full(row), values).map(([valid, [value, text]]) => ({
      value: { ...valid.value, [name]: value },
      text: rewritten(valid, index, text),
    })),
  }));
  const spelling = fc.tuple(full(row), misspelt[parameter.kind]).map(([valid, { text = '' }]) => ({
    text: rewritten(valid, index, text),
  }));
  return [...bad, { what: 'misspelt', wrong: spelling }, ...absence(row, parameter, index)];
}

function absence(row: Row, parameter: Parameter, index: number): Fault[] {
  const without = ({ value }: Given) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== parameter.name));
  const last = row.parameters.at(-1) === parameter;
  if (parameter.optional && last) return [];
  const wrong = full(row).map((valid) => ({
    value: without(valid),
    text: parameter.optional ? rewritten(valid, index, '') : writtenRow(valid).slice(0, index).join(','),
  }));
  return [{ what: parameter.optional ? 'left out before another' : 'missing', wrong }];
}

/** What can be wrong with a row as a whole: one parameter too many, and its key. */
export function rowFaults(row: Row, keysOfFamily: readonly string[]): Fault[] {
  const many = fc.tuple(full(row), fc.constantFrom('0', '""', '')).map(([valid, more]) => ({
    value: { ...valid.value, surplus: 0 },
    text: [...writtenRow(valid), more].join(','),
  }));
  const { key } = row;
  const faults: Fault[] = [
    { what: 'a parameter too many', wrong: many },
    { what: 'no parameters at all', wrong: fc.constantFrom(undefined, null, 1).map((value) => ({ value, text: '' })) },
  ];
  if (key === undefined) return faults;
  const strangers = [...allKeys, 'sendtimeout', 'sslctx'].filter((other) => !keysOfFamily.includes(other));
  const named = (keys: fc.Arbitrary<unknown>) =>
    fc.tuple(full(row), keys).map(([valid, other]) => ({
      value: { ...valid.value, key: other },
      text: rewritten(valid, 0, typeof other === 'string' ? `"${other}"` : String(other)),
    }));
  const spelt = fc.tuple(full(row), fc.constantFrom(key, `“${key}”`, `'${key}'`, `"${key}`, `{non-ascii}"${key}"`, ''));
  return [
    ...faults,
    {
      what: 'an unknown key',
      wrong: named(fc.constantFrom('', 'unheard', `${key} `, `${key}s`, 'constructor', 'a"b')),
    },
    { what: 'a key of another family', wrong: named(fc.constantFrom(...strangers)) },
    { what: 'a key that is no text', wrong: named(fc.constantFrom(undefined, null, 0, {}, [key])) },
    { what: 'a key misspelt', wrong: spelt.map(([valid, text]) => ({ text: rewritten(valid, 0, text) })) },
    { what: 'no key', wrong: full(row).map((valid) => ({ text: writtenRow(valid).slice(1).join(',') })) },
  ];
}

/** The keys of a form with keys. */
export const keysOf = (rows: readonly Row[]): string[] => rows.flatMap(({ key }) => (key === undefined ? [] : [key]));
