import { expect } from 'chai';
import fc from 'fast-check';

import { entries, seed, takersOf } from './entries.js';
import { requests } from './families.js';
import { givenOf, head, writtenRow } from './values.js';

const settings = { seed, numRuns: 120, interruptAfterTimeLimit: 1500 };

/** Letters that are small or not, by turns that a number decides. */
function recased(text: string, bits: number): string {
  return Array.from(text, (letter, index) => ((bits >> (index % 20)) & 1 ? letter.toLowerCase() : letter)).join('');
}

describe(`the command table: what the host writes is what the module reads (seed ${seed})`, () => {
  for (const { profile, command, form, entry } of entries) {
    const request = requests(profile)[command]?.[form];
    const label = `${profile}: ${command} ${form}`;
    if (request === undefined || (request !== 'bare' && request.missing)) continue;

    it(label, () => {
      const property = fc.property(givenOf(request), fc.nat(), fc.array(fc.constantFrom('', ' ', '  ')), (...drawn) => {
        const [given, bits, spaces] = drawn;
        const parameters = writtenRow(given);
        const text = head(command, form) + parameters.join(',');
        expect(entry.text(given.value)).to.equal(text);
        expect(entry.parse(text), text).to.deep.equal(given.value);
        expect(takersOf(profile, text)).to.deep.equal([`${command} ${form}`]);
        // In small letters, the key too, and with spaces as the manual prints them (field note 2).
        const spaced = parameters.map((parameter, index) => {
          const cased = index === 0 && given.row.key !== undefined ? recased(parameter, bits) : parameter;
          return `${spaces[index] ?? ''}${cased}${spaces[index + 1] ?? ''}`;
        });
        const other = recased(head(command, form), bits) + spaced.join(',');
        expect(entry.parse(other), other).to.deep.equal(given.value);
      });
      fc.assert(property, settings);
    });
  }

  it('no entry is forgotten, and none is described that does not exist', () => {
    const described = [...new Set(entries.map(({ profile }) => profile))].flatMap((profile) =>
      Object.entries(requests(profile)).flatMap(([command, forms]) =>
        Object.keys(forms).map((form) => `${profile}: ${command} ${form}`),
      ),
    );
    const declared = entries.map(({ profile, command, form }) => `${profile}: ${command} ${form}`);
    expect(described).to.have.members(declared);
    expect(declared).to.have.lengthOf(4 * 34);
  });
});
