import { expect } from 'chai';
import { profiles } from '../../../lib/cch/index.js';
import { randomBytes } from '../../support/rig.js';
import { cell, failed, families, on, received, unwritten } from './cells.js';

/** Names of 5 bytes, of both kinds, and what is not ASCII in each of them. */
const names = ['a.pem', 'A.DER', 'with space.pem', 'a,b;c.der', '中华.pem', 'é.der', '😀.pem'];

describe('modem.ssl: CCERTDOWN, CCERTLIST, CCERTDELE (F1013, F1014, F1015)', () => {
  for (const profile of families) {
    const { fileName } = profiles[profile];
    const long = `${'n'.repeat(fileName - 4)}.pem`;

    cell(
      'CCERTDOWN',
      'test',
      `is the ranges of the lengths: ${profile}`,
      async ({ modem }) => {
        expect(await modem.ssl.CCERTDOWN.test()).to.deep.equal({
          name: { min: 5, max: fileName },
          length: { min: 1, max: 10240 },
        });
      },
      on(profile),
    );

    cell(
      'CCERTDOWN',
      'write',
      `stores files of 1 to 10240 bytes under any name: ${profile}`,
      async (rig) => {
        const content = randomBytes(10240);
        await rig.modem.ssl.CCERTDOWN.write({ name: long }, content);
        expect(rig.virtual.files.get(long)?.equals(content)).to.equal(true);
        for (const name of names) await rig.modem.ssl.CCERTDOWN.write({ name }, name);
        for (const name of names) expect(rig.virtual.files.get(name)?.toString()).to.equal(name);
        await rig.modem.ssl.CCERTDOWN.write({ name: 'a.pem' }, Buffer.of(26));
        expect(rig.virtual.files.get('a.pem')).to.deep.equal(Buffer.of(26));
      },
      on(profile),
    );

    cell(
      'CCERTLIST',
      'execute',
      `is the names, none at first: ${profile}`,
      async (rig) => {
        expect(await rig.modem.ssl.CCERTLIST.execute()).to.deep.equal([]);
        for (const name of [...names, long]) await rig.modem.ssl.CCERTDOWN.write({ name }, 'x');
        expect(await rig.modem.ssl.CCERTLIST.execute()).to.deep.equal([...names, long].map((name) => ({ name })));
      },
      on(profile),
    );

    cell(
      'CCERTDELE',
      'write',
      `deletes a file: ${profile}`,
      async (rig) => {
        const { CCERTDOWN, CCERTDELE, CCERTLIST } = rig.modem.ssl;
        for (const name of names) await CCERTDOWN.write({ name }, 'x');
        for (const name of names) await CCERTDELE.write({ name });
        expect(await CCERTLIST.execute()).to.deep.equal([]);
        await failed(CCERTDELE.write({ name: '中华.pem' }), 'ERR_MODEM_COMMAND');
      },
      on(profile),
    );

    const wrong = ['', '.pem', 'ca.txt', 'ca.pem.bak', `n${long}`, 'a"b.pem', 'a\rb.pem', '\ud800.pem', 5, undefined];
    cell(
      'CCERTDOWN',
      'write',
      `is refused, unwritten, out of range: ${profile}`,
      async (rig) => {
        const { CCERTDOWN } = rig.modem.ssl;
        for (const name of wrong) await unwritten(rig, () => CCERTDOWN.write({ name } as never, 'x'));
        for (const content of ['', Buffer.alloc(10241), undefined]) {
          await unwritten(rig, () => CCERTDOWN.write({ name: 'a.pem' }, content as never));
        }
      },
      on(profile),
    );

    cell(
      'CCERTDELE',
      'write',
      `is refused, unwritten, out of range: ${profile}`,
      async (rig) => {
        for (const name of wrong) await unwritten(rig, () => rig.modem.ssl.CCERTDELE.write({ name } as never));
      },
      on(profile),
    );
  }

  cell(
    'CCERTDOWN',
    'write',
    'is refused before any byte is written where there is no room',
    async (rig) => {
      await rig.modem.ssl.CCERTDOWN.write({ name: 'a.pem' }, 'x');
      await failed(rig.modem.ssl.CCERTDOWN.write({ name: 'b.pem' }, 'four'), 'ERR_MODEM_COMMAND');
      await rig.modem.ssl.CCHMODE.read();
      expect(received(rig).slice(-2)).to.deep.equal(['AT+CCERTDOWN="b.pem",4', 'AT+CCHMODE?']);
    },
    { virtual: { maxFiles: 1 } },
  );
});
