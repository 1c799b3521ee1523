import { expect } from 'chai';
import fc from 'fast-check';

import type { ProfileName } from '../../../lib/cch/table/index.js';
import { formatAllowed, parseAllowed, type Allowed, type Range } from '../../../lib/cch/table/range.js';
import { entries, seed, type Entry } from './entries.js';
import { requests, type Parameter, type Row } from './families.js';
import { quickest } from '../../support/quickest.js';

const settings = { seed, numRuns: 300, interruptAfterTimeLimit: 1500 };
const label = ({ profile, command, form }: Entry) => `${profile}: ${command} ${form}`;

/** What a test form prints of a parameter, and what that says. */
function range(parameter: Parameter): { text: string; allowed: Allowed } {
  switch (parameter.kind) {
    case 'number': {
      const { min, max, listed } = parameter;
      return listed
        ? { text: `(${min},${max})`, allowed: { min, max, values: [min, max] } }
        : { text: `(${min}-${max})`, allowed: { min, max } };
    }
    case 'hexadecimal':
      return { text: '(0x002F,0xFFFF)', allowed: { min: 0x2f, max: 0xffff, values: [0x2f, 0xffff] } };
    case 'text': {
      const { min, max, word } = parameter;
      return word === undefined
        ? { text: `(${min}-${max})`, allowed: { min, max } }
        : { text: `"${word}"`, allowed: word };
    }
    case 'file':
      return { text: `(5-${parameter.max})`, allowed: { min: 5, max: parameter.max } };
  }
}

/** One line of a test form. */
function lineOf(command: string, { key, parameters }: Row): string {
  let text = key === undefined ? '' : `"${key}",`;
  let depth = 0;
  for (const [index, parameter] of parameters.entries()) {
    const open = parameter.optional === true;
    if (open) depth++;
    text += `${open ? '[' : ''}${index === 0 ? '' : ','}${range(parameter).text}`;
  }
  return `+${command}: ${text}${']'.repeat(depth)}`;
}

const rowsOf = (profile: ProfileName, command: string): readonly Row[] => {
  const request = requests(profile)[command]?.['write'];
  if (request === undefined || request === 'bare') throw new Error(`${command} takes no parameters.`);
  if (command !== 'CCHSET') return request.rows;
  // Its test form prints no brackets around what may be left out (F1011 T)).
  return request.rows.map(({ parameters }): Row => ({
    parameters: parameters.map((parameter): Parameter => ({ ...parameter, optional: undefined })),
  }));
};

function rangesOf(rows: readonly Row[]): Record<string, unknown> {
  const ofRow = ({ parameters }: Row) =>
    Object.fromEntries(parameters.map((parameter) => [parameter.name, range(parameter).allowed]));
  const [first] = rows;
  if (first?.key === undefined) return first === undefined ? {} : ofRow(first);
  return Object.fromEntries(rows.map((row) => [row.key ?? '', ofRow(row)]));
}

const tests = entries.filter(({ entry }) => entry.kind === 'test');

describe(`test forms: the ranges that the module tells are those that the host reads (seed ${seed})`, () => {
  for (const entry of tests) {
    const rows = rowsOf(entry.profile, entry.command);
    const { answer } = entry.entry;

    it(label(entry), () => {
      const lines = rows.map((row) => lineOf(entry.command, row));
      expect(answer.format(undefined)).to.deep.equal(lines);
      expect(answer.syntax).to.deep.equal(lines);
      expect(answer.parse(lines)).to.deep.equal(rangesOf(rows));
      expect(lines.filter((line) => !answer.owns(line) || !answer.owns(line.replace(': ', ':')))).to.deep.equal([]);
      const spaced = lines.map((line) => line.replace(': ', ':').replaceAll(',', ' , ').replaceAll('-', ' - '));
      expect(answer.parse(spaced)).to.deep.equal(rangesOf(rows));
    });

    it(`${label(entry)}: what may be left out is, one needed is not`, () => {
      const [row] = rows;
      if (row === undefined) throw new Error('There are no rows.');
      const needed = row.parameters.filter(({ optional }) => !optional).length;
      const short = (count: number) => lineOf(entry.command, { ...row, parameters: row.parameters.slice(0, count) });
      expect(answer.parse([short(needed)])).to.deep.equal(
        rangesOf([{ ...row, parameters: row.parameters.slice(0, needed) }]),
      );
      if (needed > 1 || row.key !== undefined) expect(answer.parse([short(needed - 1)])).to.equal(undefined);
      expect(answer.parse([])).to.equal(undefined);
    });

    it(`${label(entry)}: noise is no range`, () => {
      const [line = ''] = answer.format(undefined);
      const noisy = ['“', '”', '(0-', ')(', '…', '-', '(x)', '"'].map((noise) =>
        line.replace(/\((?=[^(]*$)/, `${noise}(`),
      );
      for (const wrong of noisy) expect(answer.parse([wrong]), wrong).to.equal(undefined);
    });
  }

  it('a family that tells keys of another, or more lines than we know, is understood in what we know', () => {
    const { entry } = tests.find(({ profile, command }) => profile === 'a76xx' && command === 'CSSLCFG') ?? {};
    const lines = [
      '+CSSLCFG: "sslversion",(0-9),(0-4)',
      '+CSSLCFG: "keypwd",(0-9),(0-128)',
      '+CSSLCFG: "authmode",(0-9),x',
    ];
    expect(entry?.answer.parse(lines)).to.deep.equal({
      sslversion: { context: { min: 0, max: 9 }, value: { min: 0, max: 4 } },
    });
    expect(entry?.answer.parse(lines.slice(1))).to.equal(undefined);
  });

  it('there are as many as the manual has, in every family', () => {
    const commands = ['CCHOPEN', 'CCHSEND', 'CCHCFG', 'CCHSSLCFG', 'CCHMODE', 'CCHSET', 'CSSLCFG', 'CCERTDOWN'];
    for (const profile of ['manual', 'sim7600', 'a76xx', 'sim767x']) {
      expect(tests.filter((entry) => entry.profile === profile).map(({ command }) => command)).to.deep.equal(commands);
    }
  });
});

describe('parseAllowed', () => {
  const rows: [text: string, expected: Allowed[] | undefined][] = [
    ['', []],
    ['(0-1)', [{ min: 0, max: 1 }]],
    ['(0,1)', [{ min: 0, max: 1, values: [0, 1] }]],
    ['(7)', [{ min: 7, max: 7 }]],
    ['(0-3,5)', [{ min: 0, max: 5, values: [0, 1, 2, 3, 5] }]],
    ['(5,0-3)', [{ min: 0, max: 5, values: [5, 0, 1, 2, 3] }]],
    ['(0-1000,2000)', [{ min: 0, max: 2000 }]],
    ['(0x002F,0xFFFF)', [{ min: 0x2f, max: 0xffff, values: [0x2f, 0xffff] }]],
    ['(0x00-0xff)', [{ min: 0, max: 255 }]],
    ['"ADDRESS"', ['ADDRESS']],
    ['ADDRESS', ['ADDRESS']],
    ['""', ['']],
    [
      ' ( 0 - 1 ) , ( 1 , 2 ) ',
      [
        { min: 0, max: 1 },
        { min: 1, max: 2, values: [1, 2] },
      ],
    ],
    [
      '(0-1),"ADDRESS",(1-65535)[,(1-2)[,(1-65535)]]',
      [{ min: 0, max: 1 }, 'ADDRESS', { min: 1, max: 65535 }, { min: 1, max: 2 }, { min: 1, max: 65535 }],
    ],
    [
      '(0-1)[,[(0-1)]]',
      [
        { min: 0, max: 1 },
        { min: 0, max: 1 },
      ],
    ],
    ['[(0-1)]', [{ min: 0, max: 1 }]],
    // Typographic and other noise.
    ['“ADDRESS”', undefined],
    ['(0-1),”ADDRESS”,(1-65535)', undefined],
    ['(0–1)', undefined],
    ['(0—1)', undefined],
    ['(0-1', undefined],
    ['0-1)', undefined],
    ['0-1', undefined],
    ['()', undefined],
    ['(,)', undefined],
    ['(1,)', undefined],
    ['(a-b)', undefined],
    ['(3-1)', undefined],
    ['(-1)', undefined],
    ['(1-2-3)', undefined],
    ['(0x)', undefined],
    ['"open', undefined],
    ['((0-1))', undefined],
    ['(0-1)…', undefined],
  ];
  for (const [text, expected] of rows) {
    it(JSON.stringify(text), () => expect(parseAllowed(text)).to.deep.equal(expected));
  }

  const number = fc.nat(99_999);
  const some: fc.Arbitrary<Allowed> = fc.oneof(
    fc.tuple(number, number).map(([one, other]): Range => ({ min: Math.min(one, other), max: Math.max(one, other) })),
    fc.uniqueArray(fc.nat(40), { minLength: 2, maxLength: 12 }).map((values): Range => ({
      min: Math.min(...values),
      max: Math.max(...values),
      values,
    })),
    fc.stringMatching(/^[A-Z][A-Z_]{0,12}$/),
  );

  it('reads what formatAllowed writes, in decimal and in hexadecimal', () => {
    const hexadecimal = (value: number) => `0x${value.toString(16)}`;
    const property = fc.property(fc.array(some), fc.boolean(), (all, hex) => {
      const text = all.map((allowed) => formatAllowed(allowed, hex ? hexadecimal : String)).join(',');
      expect(parseAllowed(text), text).to.deep.equal(all);
    });
    fc.assert(property, settings);
  });

  const noise = fc.constantFrom('(', ')', ',', '-', '0', '1', '2', 'x', '"', '[', ']', ' ', 'A', '“');

  it('never throws, and is not slowed down by noise', () => {
    fc.assert(
      fc.property(fc.string({ unit: noise }), (text) => void parseAllowed(text)),
      settings,
    );
    for (const part of ['(', ')', '[', ' ', ',', '(0-1)', '(0,', ' [,']) {
      const many = part.repeat(4096);
      const time = quickest(() => {
        parseAllowed(`${many}x`);
        parseAllowed(`(0-1)${many}“`);
      });
      // Some 20 ms at most; looking back again and again takes minutes.
      expect(time).to.be.below(1000);
    }
  });
});
