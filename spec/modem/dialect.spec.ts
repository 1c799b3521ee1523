import { expect } from 'chai';
import type { ProfileName } from '../../lib/index.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig, type RigOptions } from '../support/rig.js';
import { unwritten } from './ssl/cells.js';

/** The largest number of `sslversion` that the driver writes. */
async function largestVersion(options: RigOptions): Promise<number> {
  const rig = await Rig.open(options);
  const { CSSLCFG } = rig.modem.ssl;
  let largest = -1;
  for (const value of [0, 1, 2, 3, 4]) {
    await CSSLCFG.write({ key: 'sslversion', context: 9, value }).then(
      () => (largest = value),
      () => undefined,
    );
  }
  await unwritten(rig, () => CSSLCFG.write({ key: 'sslversion', context: 9, value: largest + 1 }));
  await rig.close();
  return largest;
}

describe('the dialect that is spoken', () => {
  for (const [profile, versions, largest] of [
    ['manual', 'manual', 4],
    ['sim7600', 'manual', 4],
    ['a76xx', 'manual', 4],
    ['sim767x', 'tls13', 2],
    ['sim767x', 'manual', 4],
  ] as const) {
    it(`numbers the TLS versions of ${profile} as the module does: 0 to ${largest}`, async () => {
      expect(await largestVersion({ virtual: { profile, versions } })).to.equal(largest);
    });
  }

  it('numbers them as the manual does where the module does not say', async () => {
    const toModem = (chunk: Buffer) =>
      Buffer.from(chunk.toString('latin1').replace('AT+CSSLCFG=?', 'AT+NOSUCH=?'), 'latin1');
    const filter: RigOptions['filter'] = (line) => new LineFilter(line, { toModem });
    const rig = await Rig.open({ virtual: { profile: 'sim767x', versions: 'manual' }, filter, mayBreakRules: true });
    await rig.modem.ssl.CSSLCFG.write({ key: 'sslversion', context: 9, value: 4 });
    expect(rig.virtual.contexts[9]?.sslversion).to.equal(4);
    await rig.close();
  });

  for (const profile of ['manual', 'sim7600', 'a76xx'] satisfies ProfileName[]) {
    it(`is not asked for where it is known: ${profile}`, async () => {
      const rig = await Rig.open({ virtual: { profile } });
      expect(rig.commands('AT+CSSLCFG=?')).to.equal(0);
      await rig.close();
    });
  }

  it('is the one that the user names, whatever the model', async () => {
    const rig = await Rig.open({ virtual: { profile: 'a76xx' }, modem: { profile: 'sim7600' } });
    expect((await rig.modem.info()).profile).to.equal('sim7600');
    await unwritten(rig, () => rig.modem.ssl.CCHSTART.write({ context: 1 }), 'ERR_MODEM_UNSUPPORTED');
    await rig.close();
  });
});
