import { expect } from 'chai';
import { pause } from '../../../lib/util/index.js';
import type { Faults } from '../../../lib/virtual/index.js';
import { leftWith, cleanUp, commands, fastTime, open, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { onPort, watchedBinding } from '../../support/serial.js';

describe('Modem.open: flow control', () => {
  afterEach(cleanUp);

  it('opens without, tells the module, opens anew with it, and checks', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    const port = watchedBinding(virtual);
    const { modem } = await time.until(open(virtual, { ...onPort(port), rtscts: true }));
    expect(port.actions).to.deep.equal(['open 115200', 'close', 'open 115200 rtscts']);
    const all = commands(virtual);
    expect(all[all.indexOf('AT+IFC=2,2') + 1]).to.equal('AT');
    expect((await modem.at.command('AT+IFC?')).lines).to.deep.equal(['+IFC: 2,2']);
    await time.until(modem.close());
    expect(port.held).to.equal(false);
  });

  it('does all of it again after a reset', async () => {
    const time = fastTime();
    const virtual = virtualModem({ bootTime: 1000 });
    const port = watchedBinding(virtual);
    const { modem, told } = await time.until(open(virtual, { ...onPort(port), rtscts: true }));
    port.actions.length = 0;
    virtual.reset();
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    expect(port.actions).to.deep.equal(['close', 'open 115200', 'close', 'open 115200 rtscts']);
    expect(commands(virtual, 'AT+IFC=')).to.deep.equal(['AT+IFC=2,2', 'AT+IFC=2,2']);
    expect(told.states).to.deep.equal(['recovering', 'ready']);
    expect((await modem.at.command('AT+IFC?')).lines).to.deep.equal(['+IFC: 2,2']);
  });

  it('CTS that stays low is ERR_MODEM_FLOW_CONTROL naming the wire, and the port is given back', async () => {
    const time = fastTime();
    const virtual = virtualModem({ faults: { ctsLow: true } });
    const port = watchedBinding(virtual);
    const { error, took } = await time.until(openFails(virtual, { ...onPort(port), rtscts: true }));
    expect(error.code).to.equal('ERR_MODEM_FLOW_CONTROL');
    tells(error, 'CTS', 'AT+IFC=2,2', "the wire from the module's RTS to this host's CTS", 'rtscts', '230400');
    expect(took).to.be.within(1000, 2000);
    expect(port.held).to.equal(false);
    virtual.faults.ctsLow = undefined;
    const { modem } = await time.until(open(virtual, { ...onPort(port), rtscts: true }));
    expect(modem.state).to.equal('ready');
  });

  it('a port that is taken while it is opened anew: EBUSY, and who may hold it', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    const port = watchedBinding(virtual);
    const { binding } = onPort(port).serial;
    let opens = 0;
    const openPort: typeof binding.open = (options) => {
      if (++opens > 1) throw new Error('Error Resource temporarily unavailable Cannot lock port');
      return binding.open(options);
    };
    const serial = { binding: { list: () => binding.list(), open: async (given: never) => openPort(given) } };
    const { error } = await time.until(openFails(virtual, { path: 'virtual', serial, rtscts: true }));
    expect(error).to.include({ code: 'EBUSY', transient: true });
    tells(error, 'virtual could not be opened', 'Cannot lock port', 'Another program holds it');
    expect(opens).to.equal(2);
    expect(port.held).to.equal(false);
  });

  it('closed while the port is opened anew, after a reset: it is given back', async () => {
    const time = fastTime();
    const virtual = virtualModem({ bootTime: 1000 });
    const port = watchedBinding(virtual);
    let opens = 0;
    const openPort: typeof port.open = async (options) => {
      if (++opens > 2) await pause(500);
      return port.open(options);
    };
    const serial = { binding: { list: () => port.list(), open: openPort } };
    const { modem } = await time.until(open(virtual, { path: 'virtual', serial, rtscts: true }));
    virtual.reset();
    while (opens < 3) await time.passes(10);
    await time.until(modem.close());
    await time.passes(1000);
    expect(opens).to.equal(3);
    expect(port.held).to.equal(false);
  });

  it('CTS that rises within a second is waited for', async () => {
    const time = fastTime();
    const virtual = virtualModem({ faults: { ctsLow: true } });
    const port = watchedBinding(virtual);
    const opening = open(virtual, { ...onPort(port), rtscts: true });
    while (port.actions.length < 3) await time.passes(10);
    await time.passes(700);
    virtual.faults.ctsLow = undefined;
    expect((await time.until(opening)).modem.state).to.equal('ready');
  });

  it('CTS that is low after a reset gives the modem up, with the same error', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    const port = watchedBinding(virtual);
    const { modem, told } = await time.until(open(virtual, { ...onPort(port), rtscts: true }));
    virtual.faults.ctsLow = true;
    virtual.reset();
    while (told.errors.length === 0) await time.passes(100);
    expect(told.errors).to.have.length(1);
    expect(told.errors[0]).to.include({ code: 'ERR_MODEM_FLOW_CONTROL' });
    expect(modem.state).to.equal('closed');
    while (port.held) await time.passes(100);
  });

  it('a module that refuses it: what to do, and the port is given back', async () => {
    const time = fastTime();
    const virtual = virtualModem({}, 'refused-parameters');
    const port = watchedBinding(virtual, (text) => text.replace('AT+IFC=2,2', 'AT+IFC=7,7'));
    const { error } = await time.until(openFails(virtual, { ...onPort(port), rtscts: true }));
    expect(error.code).to.equal('ERR_MODEM_FLOW_CONTROL');
    tells(error, 'refuses', 'AT+IFC=2,2', 'leave rtscts out', '230400');
    expect(port.actions).to.deep.equal(['open 115200', 'close']);
    expect(port.held).to.equal(false);
  });

  it('above 230400 without it: one warning, after a reset, too', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    await leftWith(virtual, 'AT+IPREX=921600');
    const port = watchedBinding(virtual);
    const { told } = await time.until(open(virtual, { ...onPort(port), baudRate: 921_600 }));
    await time.passes(100);
    expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_FLOW_CONTROL']);
    for (const warning of told.warnings) tells(warning, '921600 baud', '230400', 'RTS and CTS', 'rtscts: true');
    virtual.reset();
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    await time.passes(100);
    expect(told.warnings).to.have.length(1);
  });

  it('at 230400, or with it: none', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    for (const options of [{ baudRate: 230_400 }, { baudRate: 921_600, rtscts: true }]) {
      await leftWith(virtual, `AT+IPREX=${options.baudRate}`);
      const { modem, told } = await time.until(open(virtual, { ...onPort(watchedBinding(virtual)), ...options }));
      await time.passes(100);
      expect(told.warnings).to.deep.equal([]);
      await time.until(modem.close());
    }
  });

  describe('DTR and sleep', () => {
    const resets = { resetOnDtrDrop: true } satisfies Faults;

    it('hupcl is false unless told, so that closing resets no board, nor does opening anew', async () => {
      const time = fastTime();
      const virtual = virtualModem({ faults: resets });
      // The module never hears of AT&D0.
      const port = watchedBinding(virtual, (text) => text.replace('AT&D0', 'AT'));
      const { modem, told } = await time.until(open(virtual, { ...onPort(port), rtscts: true }));
      expect(port.options).to.include({ hupcl: false });
      await time.until(modem.close());
      expect(told.states).to.deep.equal(['closed']);
      expect(virtual.log.filter(({ text }) => /DTR|reset/.test(text))).to.deep.equal([]);
      const { binding } = onPort(port).serial;
      const again = await time.until(open(virtual, { path: 'virtual', serial: { binding, hupcl: true } }));
      expect(port.options).to.include({ hupcl: true });
      await time.until(again.modem.close());
      expect(virtual.log.filter(({ text }) => text === 'reset')).to.have.length(1);
    });

    it('the module is told to stay awake and to leave DTR and DCD alone', async () => {
      const virtual = virtualModem({ csclk: 1 });
      await open(virtual);
      expect(commands(virtual)).to.include.members(['AT+CSCLK=0', 'AT&D0', 'AT&C0']);
    });

    it('one that refuses that is no error', async () => {
      const time = fastTime();
      const virtual = virtualModem({}, 'unknown-command');
      const port = watchedBinding(virtual, (text) => text.replace(/AT(\+CSCLK=0|&D0|&C0)/, 'AT+NONE$1'));
      expect((await time.until(open(virtual, onPort(port)))).modem.state).to.equal('ready');
      expect(commands(virtual, 'AT+NONE')).to.have.length(3);
    });

    it('DTR is set as told each time that the port is opened; RTS is left to flow control', async () => {
      const time = fastTime();
      const virtual = virtualModem();
      const port = watchedBinding(virtual);
      const openPort: typeof port.open = async (given) => {
        const opened = await port.open(given);
        const set = opened.set.bind(opened);
        // A module heeds RTS from AT+IFC on.
        return given.rtscts ? opened : Object.assign(opened, { set: ({ dtr = true }) => set({ dtr }) });
      };
      const binding = { list: () => port.list(), open: openPort };
      const serial = { binding, dtr: false, rts: false };
      const { modem } = await time.until(open(virtual, { path: 'virtual', serial, rtscts: true }));
      expect(modem.state).to.equal('ready');
      expect(port.actions).to.deep.equal(['open 115200', 'set dtr low', 'close', 'open 115200 rtscts', 'set dtr low']);
    });

    it('DTR and RTS are set as told', async () => {
      const time = fastTime();
      const virtual = virtualModem({ faults: resets });
      const { binding } = onPort(watchedBinding(virtual)).serial;
      await time.until(open(virtual, { path: 'virtual', serial: { binding, dtr: false } }));
      expect(virtual.log.filter(({ text }) => text === 'reset')).to.have.length(1);
    });
  });

  if (process.env['MODEM_TLS_NO_PTY'] !== '1') {
    it('a PTY, which has no such lines, is no error', async () => {
      const virtual = virtualModem();
      const { path } = await virtual.openPty();
      const { modem, told } = await open(virtual, { path, rtscts: true, serial: { dtr: true, rts: true } });
      expect(modem.state).to.equal('ready');
      expect((await modem.info()).registration).to.equal('registered');
      expect(told.warnings).to.deep.equal([]);
    });
  }
});
