import { expect } from 'chai';
import { cell, failed, families, on, received, unwritten } from './cells.js';

const session = { min: 0, max: 1 };
const context = { min: 0, max: 9 };

describe('modem.ssl: CCHCFG (F1008)', () => {
  for (const profile of families) {
    cell(
      'CCHCFG',
      'test',
      `is the ranges by key: ${profile}`,
      async ({ modem }) => {
        expect(await modem.ssl.CCHCFG.test()).to.deep.equal({
          sendtimeout: { session, value: { min: 60, max: 150 } },
          sslctx: { session, value: context },
        });
      },
      on(profile),
    );
  }

  cell('CCHCFG', 'read', 'is the settings of both sessions', async ({ modem }) => {
    expect(await modem.ssl.CCHCFG.read()).to.deep.equal([
      { session: 0, sendtimeout: 150, sslctx: 0 },
      { session: 1, sendtimeout: 150, sslctx: 1 },
    ]);
  });

  cell('CCHCFG', 'write', 'sets each key, until the close', async (rig) => {
    const { CCHCFG, CCHOPEN, CCHCLOSE } = rig.modem.ssl;
    for (const value of [60, 150, 61]) await CCHCFG.write({ key: 'sendtimeout', session: 1, value });
    await CCHCFG.write({ key: 'sslctx', session: 1, value: 9 });
    expect((await CCHCFG.read())[1]).to.deep.equal({ session: 1, sendtimeout: 61, sslctx: 9 });
    expect(received(rig).filter((line) => line.includes('CCHCFG='))).to.deep.equal([
      ...[60, 150, 61].map((value) => `AT+CCHCFG="sendtimeout",1,${value}`),
      'AT+CCHCFG="sslctx",1,9',
    ]);
    const port = await rig.tcp((peer) => peer.resume());
    await CCHOPEN.write({ session: 1, host: 'a.test', port, clientType: 1 });
    await CCHCLOSE.write({ session: 1 });
    expect((await CCHCFG.read())[1]).to.deep.equal({ session: 1, sendtimeout: 150, sslctx: 1 });
  });

  cell('CCHCFG', 'write', 'is refused, unwritten, out of range and with another key', async (rig) => {
    const good = { key: 'sendtimeout', session: 0, value: 60 };
    const wrong = [
      ...[59, 151, 60.5, '60', undefined].map((value) => ({ ...good, value })),
      ...[-1, 2, undefined].map((given) => ({ ...good, session: given })),
      ...['sendTimeout', '', 'toString', undefined, 5].map((key) => ({ ...good, key })),
      ...[-1, 10].map((value) => ({ key: 'sslctx', session: 0, value })),
      { ...good, context: 0 },
      undefined,
    ];
    for (const given of wrong) await unwritten(rig, () => rig.modem.ssl.CCHCFG.write(given as never));
  });
});

describe('modem.ssl: CCHSSLCFG (F1009)', () => {
  cell('CCHSSLCFG', 'test', 'is the ranges of session and context', async ({ modem }) => {
    expect(await modem.ssl.CCHSSLCFG.test()).to.deep.equal({ session, context });
  });

  for (const profile of families) {
    cell(
      'CCHSSLCFG',
      'read',
      `shows no context where none was chosen: ${profile}`,
      async ({ modem }) => {
        expect(await modem.ssl.CCHSSLCFG.read()).to.deep.equal([{ session: 0 }, { session: 1 }]);
        await modem.ssl.CCHSSLCFG.write({ session: 1, context: 0 });
        expect(await modem.ssl.CCHSSLCFG.read()).to.deep.equal([{ session: 0 }, { session: 1, context: 0 }]);
      },
      on(profile),
    );
  }

  cell('CCHSSLCFG', 'write', 'chooses the context of the next open', async (rig) => {
    const { CSSLCFG, CCHSSLCFG, CCHOPEN } = rig.modem.ssl;
    // Without a file of an authority, authentication fails with 19: so it is seen which context was used.
    await CSSLCFG.write({ key: 'authmode', context: 9, value: 1 });
    await CCHSSLCFG.write({ session: 0, context: 9 });
    const port = await rig.tls((peer) => peer.resume());
    await failed(CCHOPEN.write({ session: 0, host: 'a.test', port }), 'ERR_MODEM_RESULT', 19);
    expect(await CCHSSLCFG.read()).to.deep.equal([{ session: 0 }, { session: 1 }]);
    await CCHOPEN.write({ session: 0, host: 'a.test', port });
  });

  cell('CCHSSLCFG', 'write', 'is refused, unwritten, out of range', async (rig) => {
    for (const wrong of [
      { session: 2, context: 0 },
      { session: 0, context: 10 },
      { session: 0 },
      { context: 1 },
      null,
    ]) {
      await unwritten(rig, () => rig.modem.ssl.CCHSSLCFG.write(wrong as never));
    }
  });

  cell(
    'CCHSSLCFG',
    'write',
    'is refused without the service',
    async (rig) => {
      await rig.modem.ssl.CCHSTOP.execute();
      await failed(rig.modem.ssl.CCHSSLCFG.write({ session: 0, context: 5 }), 'ERR_MODEM_COMMAND');
      await failed(rig.modem.ssl.CCHCFG.write({ key: 'sslctx', session: 0, value: 5 }), 'ERR_MODEM_COMMAND');
    },
    { mayBreakRules: true },
  );
});
