import { expect } from 'chai';
import fc from 'fast-check';

import { profiles } from '../../../lib/cch/table/index.js';
import { entries, seed, takersOf, type Entry } from './entries.js';
import { requests, type Row } from './families.js';
import { keysOf, parameterFaults, rowFaults, type Fault, type Wrong } from './faults.js';
import { given, head, writtenRow } from './values.js';
import { KEY_PASSWORD } from '../../support/secrets.js';

const settings = { seed, numRuns: 24, interruptAfterTimeLimit: 1500 };

/** Both sides refuse: the driver writes nothing, the module understands nothing. */
function refuse({ profile, command, form, entry }: Entry, wrong: Wrong): void {
  if ('value' in wrong) {
    expect(() => entry.text(wrong.value), JSON.stringify(wrong.value))
      .to.throw()
      .with.property('code', 'ERR_INVALID_ARG_VALUE');
  }
  if (wrong.text === undefined) return;
  const text = head(command, form) + wrong.text;
  expect(takersOf(profile, text), JSON.stringify(text)).to.deep.equal([]);
}

/** Refusals of each parameter, by its name in the table's syntax. */
type Tally = Map<string, number>;

function refuseAll(entry: Entry, faults: readonly Fault[], parameter: string, tally: Tally): void {
  for (const { what, wrong } of faults) {
    const property = fc.property(wrong, (given) => {
      refuse(entry, given);
      tally.set(parameter, (tally.get(parameter) ?? 0) + 1);
    });
    try {
      fc.assert(property, settings);
    } catch (error) {
      throw new Error(`${parameter}, ${what}`, { cause: error });
    }
  }
}

function namesIn(entry: Entry): string[] {
  return entry.entry.syntax.flatMap((syntax) => {
    const key = /"(\w+)"/.exec(syntax)?.[1] ?? '';
    return [...syntax.matchAll(/<(\w+)>/g)].map(([, name]) => `${key} ${name ?? ''}`.trim());
  });
}

const label = ({ profile, command, form }: Entry) => `${profile}: ${command} ${form}`;

describe(`the command table: what is not allowed is refused by both sides (seed ${seed})`, () => {
  for (const entry of entries) {
    const request = requests(entry.profile)[entry.command]?.[entry.form];
    if (request === undefined || request === 'bare' || request.missing) continue;
    it(label(entry), () => {
      const tally: Tally = new Map();
      const named = (row: Row, name: string) => `${row.key ?? ''} ${name}`.trim();
      for (const row of request.rows) {
        for (const parameter of row.parameters) {
          refuseAll(entry, parameterFaults(row, parameter), named(row, parameter.name), tally);
        }
        refuseAll(entry, rowFaults(row, keysOf(request.rows)), named(row, '(all)'), tally);
      }
      const names = namesIn(entry);
      expect(names, 'parameters in the syntax of the table').to.not.be.empty;
      expect([...tally.keys()]).to.include.members(names);
      for (const [name, count] of tally) expect(count, name).to.be.at.least(24 * 2);
    });
  }

  for (const entry of entries.filter(({ entry: { kind } }) => kind !== 'write')) {
    it(`${label(entry)}: nothing may stand behind it, or in it`, () => {
      const text = entry.entry.text({});
      const more = fc.constantFrom('=', '?', '==?', '=?0', ' ', '=1,', ';', '"', 'S', '=“1”');
      const property = fc.property(more, fc.constantFrom('', ' ', '+'), (behind, before) => {
        const wrong = text.replace(/[A-Z](?=[?=]|$)/, (letter) => letter + before) + behind;
        expect(takersOf(entry.profile, wrong), wrong).to.deep.equal([]);
      });
      fc.assert(property, settings);
    });
  }
});

describe('forms that a family does not have', () => {
  const missing = entries.filter(({ entry }) => entry.missing !== undefined);

  for (const entry of missing) {
    it(label(entry), () => {
      const request = requests(entry.profile)[entry.command]?.[entry.form];
      if (request === undefined || request === 'bare') throw new Error('It takes parameters.');
      expect(request.missing).to.equal(true);
      const property = fc.property(fc.oneof(...request.rows.map(given)), (valid) => {
        expect(() => entry.entry.text(valid.value))
          .to.throw()
          .with.property('code', 'ERR_MODEM_UNSUPPORTED');
        const text = head(entry.command, entry.form) + writtenRow(valid).join(',');
        expect(takersOf(entry.profile, text), text).to.deep.equal([]);
      });
      fc.assert(property, settings);
    });
  }

  it('are the start and the stop with a PDP context, where the profile says so', () => {
    const expected = Object.values(profiles).flatMap(({ name, startTakesContext, stopTakesContext }) => [
      ...(startTakesContext ? [] : [`${name}: CCHSTART write`]),
      ...(stopTakesContext ? [] : [`${name}: CCHSTOP write`]),
    ]);
    expect(missing.map(label)).to.have.members(expected);
    expect(expected).to.have.lengthOf(5);
  });
});

describe('a secret', () => {
  it('is not in the message that refuses it', () => {
    const { entry } = entries.find(({ command, form }) => command === 'CSSLCFG' && form === 'write') ?? {};
    for (const value of [
      `${KEY_PASSWORD}${'"'.repeat(200)}`,
      KEY_PASSWORD.repeat(20),
      `${KEY_PASSWORD}\n`,
      `${KEY_PASSWORD}\ud800`,
    ]) {
      expect(() => entry?.text({ key: 'keypwd', context: 0, value }))
        .to.throw()
        .with.property('message')
        .that.does.not.include(KEY_PASSWORD);
    }
    expect(() => entry?.text({ key: 'keypwd', context: 0, value: [KEY_PASSWORD] }))
      .to.throw()
      .with.property('message')
      .that.does.not.include(KEY_PASSWORD);
  });
});
