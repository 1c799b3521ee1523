import { expect } from 'chai';
import { profiles, type ContextKey, type ProfileName } from '../../../lib/cch/index.js';
import type { Rig } from '../../support/rig.js';
import { cell, failed, families, on, received, unwritten } from './cells.js';
import { KEY_PASSWORD } from '../../support/secrets.js';

const name = 'client_key.der';
const allKeys = [...new Set(families.flatMap((profile) => profiles[profile].contextKeys))];

/** What each key is tried with: every value, or both ends of its range, and what lies beyond. */
function values(key: ContextKey, profile: ProfileName): { good: unknown[]; bad: unknown[] } {
  const newest = profiles[profile].versions.length - 1;
  const longest = profiles[profile].fileName;
  switch (key) {
    case 'sslversion':
      return { good: [...Array(newest + 1).keys()], bad: [-1, newest + 1, '3', undefined] };
    case 'authmode':
      return { good: [0, 1, 2, 3], bad: [-1, 4, 0.5] };
    case 'negotiatetime':
      return { good: [10, 300], bad: [9, 301, '300'] };
    case 'ciphersuites':
      return { good: [0x002f, 0xffff], bad: [0, 0x35, '0x002F'] };
    case 'keypwd':
      return { good: ['', KEY_PASSWORD, 'p'.repeat(128)], bad: ['p'.repeat(129), 'a"b', 'a\rb', 5, undefined] };
    case 'cacert':
    case 'clientcert':
    case 'clientkey':
    case 'password':
      return { good: [name], bad: ['', 'a.pe', 'ca.txt', `${'a'.repeat(longest - 3)}.pem`, 'a"b.pem', 5] };
    default:
      return { good: [0, 1], bad: [-1, 2, true, '1'] };
  }
}

/** As a user without types may. */
const write = ({ modem }: Rig, setting: object) => modem.ssl.CSSLCFG.write(setting as never);

describe('modem.ssl: CSSLCFG (F1012)', () => {
  for (const profile of families) {
    const { contextKeys, contextColumns, versions, fileName } = profiles[profile];

    cell(
      'CSSLCFG',
      'test',
      `is the ranges by key: ${profile}`,
      async ({ modem }) => {
        const ranges = await modem.ssl.CSSLCFG.test();
        expect(Object.keys(ranges)).to.deep.equal(contextKeys);
        expect(ranges.sslversion).to.deep.equal({
          context: { min: 0, max: 9 },
          value: { min: 0, max: versions.length - 1 },
        });
        expect(ranges.negotiatetime?.value).to.deep.equal({ min: 10, max: 300 });
        expect(ranges.cacert?.value).to.deep.equal({ min: 5, max: fileName });
      },
      on(profile),
    );

    cell(
      'CSSLCFG',
      'read',
      `is all ten: ${profile}`,
      async ({ modem }) => {
        const all = await modem.ssl.CSSLCFG.read();
        expect(all.map(({ context }) => context)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        for (const { settings, fields } of all) {
          expect(Object.keys(settings)).to.have.members(contextColumns);
          expect(settings).to.include({ sslversion: versions.length - 1, authmode: 0, cacert: '', enableSNI: 0 });
          expect(fields).to.equal(undefined);
        }
      },
      on(profile),
    );

    cell(
      'CSSLCFG',
      'query',
      `is one: ${profile}`,
      async (rig) => {
        await rig.modem.ssl.CSSLCFG.write({ key: 'negotiatetime', context: 7, value: 30 });
        const { context, settings } = await rig.modem.ssl.CSSLCFG.query({ context: 7 });
        expect(context).to.equal(7);
        expect(settings).to.include({ negotiatetime: 30, ignorelocaltime: 1 });
        expect(received(rig).at(-1)).to.equal('AT+CSSLCFG=7');
        for (const wrong of [-1, 10, '7', undefined]) {
          await unwritten(rig, () => rig.modem.ssl.CSSLCFG.query({ context: wrong } as never));
        }
      },
      on(profile),
    );

    for (const key of contextKeys) {
      cell(
        'CSSLCFG',
        'write',
        `sets ${key}: ${profile}`,
        async (rig) => {
          await rig.modem.ssl.CCERTDOWN.write({ name }, 'a key');
          const { good, bad } = values(key, profile);
          for (const value of good) {
            await write(rig, { key, context: 9, value });
            expect(rig.virtual.contexts[9]).to.have.property(key, value);
            const { settings } = await rig.modem.ssl.CSSLCFG.query({ context: 9 });
            if (contextColumns.includes(key)) expect(settings).to.have.property(key, value);
          }
          for (const value of bad) await unwritten(rig, () => write(rig, { key, context: 9, value }));
          await unwritten(rig, () => write(rig, { key, context: 10, value: good[0] }));
        },
        on(profile),
      );
    }

    cell(
      'CSSLCFG',
      'write',
      `knows no key of another family: ${profile}`,
      async (rig) => {
        for (const key of [...allKeys.filter((other) => !contextKeys.includes(other)), 'cacerts', '', undefined]) {
          const error = await unwritten(rig, () => write(rig, { key, context: 9, value: 0 }));
          expect(error.message).to.contain('sslversion');
        }
      },
      on(profile),
    );
  }

  cell('CSSLCFG', 'write', 'is refused for a file that is not there', async ({ modem }) => {
    await failed(modem.ssl.CSSLCFG.write({ key: 'cacert', context: 9, value: 'absent.pem' }), 'ERR_MODEM_COMMAND');
  });
});
