import { expect } from 'chai';
import { cell, daring, failed, on, received, unwritten } from './cells.js';

describe('modem.ssl: CCHSTART, CCHSTOP (F1001, F1002)', () => {
  for (const replyOrder of ['ok-first', 'result-first'] as const) {
    const options = { virtual: { replyOrder } };
    cell(
      'CCHSTOP',
      'execute',
      `stops the service, its result ${replyOrder}`,
      async ({ modem }) => {
        let told = 0;
        modem.on('stopped', () => told++);
        await modem.ssl.CCHSTOP.execute();
        expect(told).to.equal(1);
        await failed(modem.ssl.CCHADDR.execute(), 'ERR_MODEM_COMMAND');
        await failed(modem.ssl.CCHSTOP.execute(), 'ERR_MODEM_COMMAND');
      },
      options,
    );
    cell(
      'CCHSTART',
      'execute',
      `starts it, its result ${replyOrder}`,
      async ({ modem }) => {
        await modem.ssl.CCHSTOP.execute();
        await modem.ssl.CCHSTART.execute();
        expect((await modem.ssl.CCHADDR.execute()).address).to.equal('10.71.155.118');
      },
      options,
    );
  }

  cell(
    'CCHSTART',
    'execute',
    'is refused while it runs',
    async ({ modem }) => {
      const error = await failed(modem.ssl.CCHSTART.execute(), 'ERR_MODEM_COMMAND');
      expect(error.command).to.equal('AT+CCHSTART');
    },
    daring,
  );

  for (const profile of ['manual', 'a76xx'] as const) {
    const behind = profile === 'manual' ? 'OK' : 'ERROR';
    cell(
      'CCHSTART',
      'execute',
      `without a network is result 17, behind ${behind}`,
      async ({ modem }) => {
        await modem.ssl.CCHSTOP.execute();
        await modem.at.command('AT+CFUN=0');
        const error = await failed(modem.ssl.CCHSTART.execute(), 'ERR_MODEM_RESULT', 17);
        expect(error.result?.text).to.equal('no network');
        expect(error.message).to.contain('AT+CCHSTART').and.contain('17 (no network)');
      },
      on(profile),
    );
  }

  for (const profile of ['a76xx', 'sim767x'] as const) {
    cell(
      'CCHSTART',
      'write',
      `names the PDP context: ${profile}`,
      async (rig) => {
        await rig.modem.ssl.CCHSTOP.execute();
        await rig.modem.ssl.CCHSTART.write({ context: 15 });
        expect(received(rig).at(-1)).to.equal('AT+CCHSTART=15');
        expect((await rig.modem.ssl.CCHADDR.execute()).address).to.equal('10.71.155.118');
        for (const context of [0, 16, 1.5, '1', null]) {
          await unwritten(rig, () => rig.modem.ssl.CCHSTART.write({ context } as never));
        }
      },
      on(profile),
    );
  }

  cell(
    'CCHSTOP',
    'write',
    'names the PDP context: sim767x',
    async (rig) => {
      await failed(rig.modem.ssl.CCHSTOP.write({ context: 2 }), 'ERR_MODEM_COMMAND');
      await rig.modem.ssl.CCHSTOP.write({ context: 1 });
      expect(received(rig).at(-1)).to.equal('AT+CCHSTOP=1');
      await failed(rig.modem.ssl.CCHADDR.execute(), 'ERR_MODEM_COMMAND');
      await unwritten(rig, () => rig.modem.ssl.CCHSTOP.write({ context: 0 }));
      await unwritten(rig, () => rig.modem.ssl.CCHSTOP.write({} as never));
      await unwritten(rig, () => rig.modem.ssl.CCHSTOP.write(undefined as never));
    },
    on('sim767x'),
  );

  for (const profile of ['manual', 'sim7600', 'a76xx'] as const) {
    cell(
      'CCHSTOP',
      'write',
      `is not there: ${profile}`,
      async (rig) => {
        const error = await unwritten(rig, () => rig.modem.ssl.CCHSTOP.write({ context: 1 }), 'ERR_MODEM_UNSUPPORTED');
        expect(error.message).to.contain(profile);
      },
      on(profile),
    );
  }

  for (const profile of ['manual', 'sim7600'] as const) {
    cell(
      'CCHSTART',
      'write',
      `is not there: ${profile}`,
      async (rig) => {
        await unwritten(rig, () => rig.modem.ssl.CCHSTART.write({ context: 1 }), 'ERR_MODEM_UNSUPPORTED');
      },
      on(profile),
    );
  }
});

describe('modem.ssl: CCHADDR, CCHMODE, CCHSET (F1007, F1010, F1011)', () => {
  cell('CCHADDR', 'execute', 'is the address', async ({ modem }) => {
    expect(await modem.ssl.CCHADDR.execute()).to.deep.equal({ address: '10.71.155.118' });
  });

  cell(
    'CCHADDR',
    'execute',
    'is the address and the PDP context, where the module names it',
    async ({ modem }) => {
      expect(await modem.ssl.CCHADDR.execute()).to.deep.equal({ address: '10.71.155.118', context: 1 });
    },
    on('sim767x'),
  );

  cell('CCHMODE', 'test', 'is the range of the mode', async ({ modem }) => {
    expect(await modem.ssl.CCHMODE.test()).to.deep.equal({ mode: { min: 0, max: 1 } });
  });

  cell('CCHMODE', 'read', 'is the mode', async ({ modem }) => {
    expect(await modem.ssl.CCHMODE.read()).to.deep.equal({ mode: 0 });
  });

  cell('CCHMODE', 'write', 'sets the mode, before the start', async (rig) => {
    const { CCHSTOP, CCHMODE } = rig.modem.ssl;
    await CCHSTOP.execute();
    await CCHMODE.write({ mode: 1 });
    expect(await CCHMODE.read()).to.deep.equal({ mode: 1 });
    await CCHMODE.write({ mode: 0 });
    expect(await CCHMODE.read()).to.deep.equal({ mode: 0 });
    for (const mode of [-1, 2, 0.5, '0', true, undefined]) await unwritten(rig, () => CCHMODE.write({ mode } as never));
  });

  cell(
    'CCHMODE',
    'write',
    'is refused while the service runs',
    async ({ modem }) => {
      await failed(modem.ssl.CCHMODE.write({ mode: 1 }), 'ERR_MODEM_COMMAND');
      expect(await modem.ssl.CCHMODE.read()).to.deep.equal({ mode: 0 });
    },
    daring,
  );

  cell('CCHSET', 'test', 'is the ranges of both', async ({ modem }) => {
    expect(await modem.ssl.CCHSET.test()).to.deep.equal({
      report: { min: 0, max: 1 },
      receive: { min: 0, max: 1, values: [0, 1] },
    });
  });

  cell('CCHSET', 'read', 'is both', async ({ modem }) => {
    expect(await modem.ssl.CCHSET.read()).to.deep.equal({ report: 1, receive: 1 });
  });

  cell('CCHSET', 'write', 'sets one or both, before the start', async (rig) => {
    const { CCHSTOP, CCHSET } = rig.modem.ssl;
    await CCHSTOP.execute();
    await CCHSET.write({ report: 0 });
    expect(received(rig).at(-1)).to.equal('AT+CCHSET=0');
    expect(await CCHSET.read()).to.deep.equal({ report: 0, receive: 1 });
    await CCHSET.write({ report: 1, receive: 0 });
    expect(received(rig).at(-1)).to.equal('AT+CCHSET=1,0');
    expect(await CCHSET.read()).to.deep.equal({ report: 1, receive: 0 });
    for (const wrong of [{ receive: 1 }, { report: 2 }, { report: 1, receive: 2 }, { report: 1, recieve: 1 }, {}]) {
      await unwritten(rig, () => CCHSET.write(wrong as never));
    }
  });

  cell(
    'CCHSET',
    'write',
    'is refused while the service runs',
    async ({ modem }) => {
      await failed(modem.ssl.CCHSET.write({ report: 0 }), 'ERR_MODEM_COMMAND');
    },
    daring,
  );
});
