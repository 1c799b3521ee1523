import { expect } from 'chai';
import {
  leftWith,
  cleanUp,
  commands,
  fastTime,
  open,
  openFails,
  rungs,
  tells,
  virtualModem,
} from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';
import { onPort } from '../../support/serial.js';

describe('Modem.open: looking for the module', () => {
  afterEach(cleanUp);

  describe('one that is silent for 23 s after power-on, and registers after 50 s', () => {
    const booting = {
      poweredOn: 'booting',
      bootTime: 23_000,
      registration: [
        [0, 2],
        [50_000, 1],
      ],
    } as const;

    it('is waited for, and progress is told at least every 5 s', async () => {
      const time = fastTime();
      const virtual = virtualModem({ profile: 'sim7600', ...booting });
      const { modem, told } = await time.until(open(virtual));
      expect(modem.state).to.equal('ready');
      expect(time.elapsed).to.be.within(73_000, 80_000);
      const times = [0, ...told.progress.map(({ elapsed }) => elapsed), time.elapsed];
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(Math.max(...gaps)).to.be.at.most(5000);
      expect(Math.min(...gaps)).to.be.at.least(0);
      expect([...new Set(told.progress.map(({ step }) => step))]).to.deep.equal([
        'sync',
        'identity',
        'registration',
        'clock',
        'service',
      ]);
    });

    it('at 9600 baud, where the carriage returns of a rung alone take 8 s, too', async () => {
      const time = fastTime();
      const virtual = virtualModem({ profile: 'sim7600', ...booting, baudRate: 9600 });
      const { told } = await time.until(open(virtual, { baudRate: 9600 }));
      const times = [0, ...told.progress.map(({ elapsed }) => elapsed), time.elapsed];
      expect(Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)))).to.be.at.most(5000);
    });

    it('is asked AT every 500 ms', async () => {
      const time = fastTime();
      // Deaf: what is written is counted, not answered.
      const virtual = virtualModem({ poweredOn: 'booting', bootTime: 100_000 });
      const failed = openFails(virtual, { bootTimeout: 2900 });
      for (const expected of [3, 6, 9, 12, 15]) {
        await time.passes(400);
        expect(virtual.statistics.bytesIn).to.equal(expected);
        await time.passes(100);
      }
      expect((await time.until(failed)).error.code).to.equal('ERR_MODEM_NO_ANSWER');
      expect(virtual.statistics.bytesIn).to.equal(18);
    });
  });

  it('a boot banner begins the ladder anew', async () => {
    const time = fastTime();
    const virtual = virtualModem({ poweredOn: 'booting', bootTime: 4000 });
    const { told } = await time.until(open(virtual));
    expect(rungs(told.progress)).to.deep.equal(['AT', '2048 carriage returns', 'AT']);
    const found = told.progress.findLast(({ detail }) => detail === 'looking for the module: AT');
    expect(found?.elapsed).to.be.within(4000, 4600);
  });

  it('a boot banner while it is set up begins all of it anew', async () => {
    const time = fastTime();
    const virtual = virtualModem({ bootTime: 3000, simDelay: 2000 });
    const opening = open(virtual);
    await time.passes(1500);
    expect(commands(virtual, 'AT+CPIN?')).to.have.length(2);
    virtual.reset();
    const { modem, told } = await time.until(opening);
    expect(modem.state).to.equal('ready');
    expect(told.progress.map(({ detail }) => detail)).to.include('the module has restarted');
    expect(commands(virtual, 'ATE0')).to.have.length(2);
  });

  for (const [left, texts] of [
    ['echo on', ['ATE1']],
    ['results as numbers', ['ATV0']],
    ['echo on, and results as numbers', ['ATE1V0']],
    ['half a command', []],
  ] as const) {
    it(`finds one that was left with ${left}`, async () => {
      const time = fastTime();
      const virtual = virtualModem({ echo: false });
      await leftWith(virtual, ...texts);
      if (texts.length === 0) virtual.attach().write('AT+CGD');
      const { modem, told } = await time.until(open(virtual));
      expect(rungs(told.progress)).to.deep.equal(['AT']);
      expect(time.elapsed).to.be.below(2000);
      expect((await modem.at.command('AT+CMEE?')).lines).to.deep.equal(['+CMEE: 2']);
      expect(virtual.log.slice(-2).map(({ text }) => text)).to.deep.equal(['+CMEE: 2', 'OK']);
    });
  }

  it('ERR_MODEM_NO_ANSWER names the port, the rate, the power key, other ports, and who else may hold it', async () => {
    const time = fastTime();
    const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000 });
    const port = onPort(virtual.binding('/dev/ttyUSB3'), '/dev/ttyUSB3');
    const opening = openFails(virtual, { ...port, baudRate: 57_600, bootTimeout: 30_000 });
    const { error, progress, took } = await time.until(opening);
    expect(error).to.include({ code: 'ERR_MODEM_NO_ANSWER', transient: true });
    tells(error, '30000 ms', '/dev/ttyUSB3', '57600 baud', 'power key', 'USB modules show several', 'ModemManager');
    expect(took).to.be.within(30_000, 30_100);
    expect(rungs(progress).slice(0, 6)).to.deep.equal([
      'AT',
      '2048 carriage returns',
      '8192 carriage returns',
      'escape from data mode',
      '115200 baud',
      '9600 baud',
    ]);
  });

  it('an abort ends it at once while carriage returns cross a slow line', async () => {
    const time = fastTime();
    const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000, baudRate: 1200 });
    const controller = new AbortController();
    const opening = openFails(virtual, { baudRate: 1200, signal: controller.signal });
    await time.passes(5000);
    controller.abort();
    const { error, progress } = await time.until(opening);
    expect(error.code).to.equal('ABORT_ERR');
    expect(rungs(progress)).to.deep.equal(['AT', '2048 carriage returns']);
    expect(time.elapsed).to.be.below(6500);
  });

  it('bootTimeout holds on a slow line, too', async () => {
    const time = fastTime();
    const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000, baudRate: 1200 });
    const { error, took } = await time.until(openFails(virtual, { baudRate: 1200, bootTimeout: 5000 }));
    expect(error.code).to.equal('ERR_MODEM_NO_ANSWER');
    expect(took).to.be.within(5000, 5100);
  });

  // The escape would begin at about 5.9 s, and takes 2.3 s and the AT behind it.
  for (const [bootTimeout, escapes] of [
    [5500, false],
    [6000, false],
    [7000, false],
    [8500, false],
    [9000, true],
    [10_000, true],
  ] as const) {
    it(`bootTimeout of ${bootTimeout} ms holds where ${escapes ? 'an escape fits' : 'no escape fits any more'}`, async () => {
      const time = fastTime();
      const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000, baudRate: 115_200 });
      let written = '';
      const toModem = (chunk: Buffer) => {
        written += chunk.toString('latin1');
        return chunk;
      };
      const stream = new LineFilter(virtual.attach(), { toModem });
      const { error, took } = await time.until(openFails(virtual, { stream, bootTimeout }));
      expect(error.code).to.equal('ERR_MODEM_NO_ANSWER');
      expect(took).to.be.within(bootTimeout, bootTimeout + 100);
      // All of it, or nothing: half an escape would be the beginning of the next program's command.
      expect(/\+\+\+\r/.test(written)).to.equal(escapes);
      expect(written.includes('+')).to.equal(escapes);
    });
  }

  it('bootTimeout holds in transparent mode, too, where an escape goes first', async () => {
    for (const bootTimeout of [1000, 2500, 3000]) {
      const time = fastTime();
      const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000 });
      const { error, progress } = await time.until(openFails(virtual, { mode: 'transparent', bootTimeout }));
      expect(error.code).to.equal('ERR_MODEM_NO_ANSWER');
      expect(time.elapsed).to.be.within(bootTimeout, bootTimeout + 100);
      expect(rungs(progress)[0]).to.equal(bootTimeout === 3000 ? 'escape from data mode' : 'AT');
      await cleanUp();
    }
  });

  it('an abort ends it at once, and closes the port', async () => {
    const time = fastTime();
    const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000 });
    const controller = new AbortController();
    const stream = virtual.attach();
    const opening = openFails(virtual, { stream, signal: controller.signal });
    await time.passes(5600);
    controller.abort();
    const { error } = await time.until(opening);
    expect(error).to.include({ code: 'ABORT_ERR', name: 'AbortError' });
    expect(time.elapsed).to.be.below(7000);
    expect(stream.destroyed).to.equal(true);
  });
});
