import fc from 'fast-check';

import type { ProfileName } from '../../../lib/cch/table/index.js';
import { families } from './families.js';
import { encodedName, listedNameOf, nameOf, textOf } from './values.js';

/** What a form answers: values, the lines that they stand for, and lines that look nearly like it. */
export interface AnswerModel {
  value: fc.Arbitrary<unknown>;
  /** The parameters of each line, written by the manual and not by the table. */
  lines: (value: never) => readonly string[][];
  /** Parameters of lines that are not this answer. */
  wrong: fc.Arbitrary<readonly string[]>;
}

const bit = fc.integer({ min: 0, max: 1 });
const port = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constantFrom(1, 65535));
const size = fc.oneof(fc.nat(999_999_999), fc.constantFrom(0, 16_384));
const context = fc.integer({ min: 0, max: 9 });
const strings = (...all: readonly string[][]) => fc.constantFrom(...all);
/** What is no number of a range. */
const noBit = fc.constantFrom('2', '-1', '', '"0"', '0x0', 'x', '0 0', '1.0', '(0-1)', '９');
const noSize = fc.constantFrom('-1', '', '"0"', 'x', '1e3', '0x10', '1234567890', '0 0');
/** `base` with one of its parameters exchanged, or with one more or less. */
const broken = (base: readonly string[], bad: fc.Arbitrary<string>, from = 0) =>
  fc.oneof(
    fc.tuple(fc.integer({ min: from, max: base.length - 1 }), bad).map(([at, text]) => base.with(at, text)),
    fc.constant([...base, '0']),
    fc.constant(base.slice(0, -1)),
  );

interface Open {
  session: number;
  host: string;
  port?: number;
  clientType?: number;
  bindPort?: number;
}

const opened = {
  value: fc.array(
    fc.oneof(
      fc.record({ session: fc.integer({ min: 0, max: 2 }), host: fc.constant('') }),
      fc.record(
        { session: bit, host: textOf(1, 256), port, clientType: fc.integer({ min: 1, max: 2 }), bindPort: port },
        { requiredKeys: ['session', 'host', 'port', 'clientType'] },
      ),
    ),
    { maxLength: 3 },
  ),
  lines: (value: Open[]) =>
    value.map(({ session, host, port: number, clientType, bindPort }) =>
      host === ''
        ? [String(session), '""', '', '', '']
        : [session, `"${host}"`, number, clientType, bindPort].flatMap((part) =>
            part === undefined ? [] : [String(part)],
          ),
    ),
  // A result of an open is none, nor is a test form.
  wrong: strings(
    ...[
      ['0', '0'],
      ['0', '15'],
      ['3', '"a"', '443', '2'],
      ['', '"a"', '443', '2'],
      ['"0"', '"a"', '443', '2'],
    ],
    ...[
      ['0', 'a', '443', '2'],
      ['0', '"a"', '0', '2'],
      ['0', '"a"', '65536', '2'],
      ['0', '"a"', '443', '3'],
    ],
    ...[['0', '"a"', '443', '2', '0'], ['0', '"a"', '"443"', '2'], ['0', '“a”', '443', '2'], ['0', '"a', '443'], ['0']],
  ),
};

const settings = {
  value: fc.array(fc.record({ session: bit, sendtimeout: fc.integer({ min: 60, max: 150 }), sslctx: context })),
  lines: (value: { session: number; sendtimeout: number; sslctx: number }[]) =>
    value.map(({ session, sendtimeout, sslctx }) => [session, sendtimeout, sslctx].map(String)),
  wrong: fc.oneof(
    broken(['0', '150', '0'], fc.constantFrom('', '"0"', 'x', '-1', '1000')),
    strings(['0', '59', '0'], ['0', '151', '0'], ['2', '60', '0'], ['0', '60', '10']),
  ),
};

const chosen = {
  value: fc.array(fc.record({ session: bit, context }, { requiredKeys: ['session'] })),
  lines: (value: { session: number; context?: number }[]) =>
    value.map(({ session, context: number }) => [String(session), String(number ?? '')]),
  wrong: strings(
    ['2', '0'],
    ['0'],
    ['', '0'],
    ['0', '10'],
    ['0', '-1'],
    ['0', 'x'],
    ['0', '1', ''],
    ['"0"', '1'],
    ['(0-1)', '(0-9)'],
  ),
};

const pair = (marks: readonly string[], name: 'unsent' | 'cached') => ({
  value: fc.tuple(size, size).map((both) => ({ [name]: both })),
  lines: (value: Record<string, readonly [number, number]>) => {
    const [first, second] = (value[name] ?? []).map(String);
    return [name === 'unsent' ? ['0', first ?? '', '1', second ?? ''] : [...marks, first ?? '', second ?? '']];
  },
});

const address = {
  value: fc.record({ address: fc.ipV4(), context: fc.integer({ min: 0, max: 99 }) }, { requiredKeys: ['address'] }),
  lines: ({ address: ip, context: number }: { address: string; context?: number }) => [
    number === undefined ? [ip] : [String(number), ip],
  ],
  wrong: strings(
    [''],
    ['10.0.0'],
    ['x', '10.0.0.1'],
    ['1', '10.0.0.1', ''],
    ['100', '10.0.0.1'],
    ['10.0.0.1.2'],
    ['1'],
    ['::1'],
  ),
};

const both = {
  value: fc.record({ report: bit, receive: bit }),
  lines: ({ report, receive }: { report: number; receive: number }) => [[String(report), String(receive)]],
  wrong: broken(['1', '1'], noBit),
};

interface Context {
  context: number;
  settings: Record<string, number | string>;
  fields?: string[];
}

const texts = ['cacert', 'clientcert', 'clientkey', 'password', 'keypwd'];

/** One context: the family's columns, or as many as come and are no settings. */
function contexts(profile: ProfileName) {
  const { columns, encoding, fileName } = families[profile];
  const setting = (key: string): fc.Arbitrary<number | string> => {
    if (key === 'keypwd') return textOf(0, 128);
    if (texts.includes(key)) return fc.oneof(fc.constant(''), nameOf(fileName, encoding));
    return key === 'ciphersuites' ? fc.constantFrom(0x2f, 0xffff) : fc.nat(300);
  };
  const known = fc.record({
    context,
    settings: fc.record(Object.fromEntries(columns.map((key) => [key, setting(key)]))),
  });
  const others = fc.record({
    context,
    settings: fc.constant({}),
    fields: fc
      .array(fc.stringMatching(/^[\w.]{0,12}$/), { minLength: 1, maxLength: 14 })
      .filter(({ length }) => length !== columns.length),
  });
  const written = (key: string, value: number | string | undefined) => {
    if (key === 'ciphersuites') return `0x${Number(value).toString(16).toUpperCase().padStart(4, '0')}`;
    if (key === 'keypwd') return `"${value ?? ''}"`;
    return texts.includes(key) ? `"${encodedName(String(value), encoding)}"` : String(value);
  };
  return {
    value: fc.oneof(known, others) as fc.Arbitrary<Context>,
    line: (value: Context) => [
      String(value.context),
      ...(value.fields ?? columns.map((key) => written(key, value.settings[key]))),
    ],
    wrong: strings(
      ['10', '4'],
      ['', '4'],
      ['"0"', '4'],
      ['x'],
      ['0', '"open'],
      ['"sslversion"', '(0-9)', '(0-4)'],
      ['-1'],
    ),
  };
}

/** By command and form; the ranges of test forms are apart. */
export function answers(profile: ProfileName): Readonly<Record<string, Readonly<Record<string, AnswerModel>>>> {
  const { encoding } = families[profile];
  const one = contexts(profile);
  return {
    CCHOPEN: { read: opened },
    CCHSEND: {
      read: {
        ...pair([], 'unsent'),
        wrong: fc.oneof(broken(['0', '0', '1', '0'], noSize), strings(['1', '0', '0', '0'], ['0', '0'])),
      },
    },
    CCHRECV: {
      read: {
        ...pair(['LEN'], 'cached'),
        wrong: fc.oneof(broken(['LEN', '0', '0'], noSize), strings(['DATA', '0', '5'], ['0', '0'])),
      },
    },
    CCHADDR: { execute: address },
    CCHCFG: { read: settings },
    CCHSSLCFG: { read: chosen },
    CCHMODE: {
      read: {
        value: fc.record({ mode: bit }),
        lines: ({ mode }: { mode: number }) => [[String(mode)]],
        wrong: fc.oneof(
          noBit.map((text) => [text]),
          strings(['0', '0']),
        ),
      },
    },
    CCHSET: { read: both },
    CSSLCFG: {
      read: {
        value: fc.array(one.value, { maxLength: 10 }),
        lines: (value: Context[]) => value.map(one.line),
        wrong: one.wrong,
      },
      query: { value: one.value, lines: (value: Context) => [one.line(value)], wrong: one.wrong },
    },
    CCERTLIST: {
      execute: {
        value: fc.array(fc.record({ name: listedNameOf() })),
        lines: (value: { name: string }[]) => value.map(({ name }) => [`"${encodedName(name, encoding)}"`]),
        wrong: strings(['ca.pem'], ['""'], ['"ca.pem'], ['"ca.pem"', '5'], ['“ca.pem”'], [''], ['5']),
      },
    },
  };
}
