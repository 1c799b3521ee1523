import { expect } from 'chai';
import fc from 'fast-check';

import { commandTable, profiles, type ProfileName } from '../../../lib/cch/table/index.js';
import { seed } from './entries.js';
import { nameOf } from './values.js';

const tables = {
  manual: commandTable(profiles.manual),
  sim7600: commandTable(profiles.sim7600),
  a76xx: commandTable(profiles.a76xx),
  sim767x: commandTable(profiles.sim767x),
};
const all = Object.keys(tables) as ProfileName[];

/** `中华.pem`, as F1013 has it: as bytes of UTF-8, and as the entities that its example is. */
const utf8 = 'E4B8ADE58D8E2E70656D';
const entities = '262378344532443B262378353334453B2E70656D';

describe(`file names (seed ${seed})`, () => {
  it('go out as their bytes of UTF-8 on a 7600, as entities on A76 and 767 (F1013, field note 4)', () => {
    const texts = all.map((name) => tables[name].CCERTDELE.write.text({ name: '中华.pem' }));
    expect(texts).to.deep.equal([
      `AT+CCERTDELE={non-ascii}"${utf8}"`,
      `AT+CCERTDELE={non-ascii}"${utf8}"`,
      `AT+CCERTDELE={non-ascii}"${entities}"`,
      `AT+CCERTDELE={non-ascii}"${entities}"`,
    ]);
  });

  it('are understood in both forms, in small digits, and plainly in quotes', () => {
    for (const name of all) {
      const { CCERTDELE, CCERTDOWN, CSSLCFG } = tables[name];
      for (const hexadecimal of [utf8, entities, utf8.toLowerCase()]) {
        const written = `{non-ascii}"${hexadecimal}"`;
        expect(CCERTDELE.write.parse(`AT+CCERTDELE=${written}`)).to.deep.equal({ name: '中华.pem' });
        expect(CCERTDOWN.write.parse(`AT+CCERTDOWN={NON-ASCII} "${hexadecimal}",5`)).to.deep.equal({
          name: '中华.pem',
          length: 5,
        });
        expect(CSSLCFG.write.parse(`AT+CSSLCFG="cacert",3,${written}`)).to.deep.equal({
          key: 'cacert',
          context: 3,
          value: '中华.pem',
        });
      }
      for (const plain of ['中华.pem', '&#x4E2D;&#x534E;.pem', '&#x4e2d;&#x534e;.pem']) {
        expect(CCERTDELE.write.parse(`AT+CCERTDELE="${plain}"`)).to.deep.equal({ name: '中华.pem' });
      }
    }
  });

  it('in a list are read in both forms', () => {
    for (const name of all) {
      const { answer } = tables[name].CCERTLIST.execute;
      const lines = ['+CCERTLIST: "中华.pem"', '+CCERTLIST: "&#x4E2D;&#x534e;.pem"', '+CCERTLIST: "ca.pem""'];
      expect(answer.parse(lines)).to.deep.equal([{ name: '中华.pem' }, { name: '中华.pem' }, { name: 'ca.pem' }]);
    }
  });

  it('in a list may be of any kind: what is not ours is shown as it is', () => {
    const names = ['a', 'settings.json', '&#x41;.pem', '&#xD800;.pem', '&#x110000;.pem', '&#x4E2D.pem', 'ca .pem '];
    const lines = names.map((name) => `+CCERTLIST: "${name}"`);
    expect(tables.a76xx.CCERTLIST.execute.answer.parse(lines)).to.deep.equal(names.map((name) => ({ name })));
  });

  it('as long as the module allows them count their entities', () => {
    const name = `${'中'.repeat(6)}.pem`;
    expect(tables.sim767x.CCERTDELE.write.parse(`AT+CCERTDELE="${name}"`)).to.deep.equal({ name });
    expect(tables.sim767x.CCERTDELE.write.parse(`AT+CCERTDELE="${'中'.repeat(7)}.pem"`)).to.equal(undefined);
    expect(() => tables.sim767x.CCERTDELE.write.text({ name: `中${name}` })).to.throw('5 to 55 bytes');
    expect(tables.sim7600.CCERTDELE.write.text({ name: `中${name}` })).to.match(
      /^AT\+CCERTDELE=\{non-ascii\}"[0-9A-F]{50}"$/,
    );
  });

  it('that differ are written differently, whatever they are', () => {
    const names = fc.uniqueArray(nameOf(55, 'entities'), { minLength: 2, maxLength: 2 });
    const property = fc.property(names, fc.constantFrom(...all), (pair, name) => {
      const texts = pair.map((each) => tables[name].CCERTDELE.write.text({ name: each }));
      expect(texts[0]).to.not.equal(texts[1]);
    });
    fc.assert(property, { seed, numRuns: 300, interruptAfterTimeLimit: 1500 });
  });
});
