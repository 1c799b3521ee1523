import { expect } from 'chai';
import type { VirtualModem } from '../../../lib/virtual/index.js';
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
import { onPort, watchedBinding } from '../../support/serial.js';

describe('Modem.open: the speed of a serial port', () => {
  afterEach(cleanUp);

  for (const left of [9600, 921_600]) {
    it(`finds a module that was left at ${left} baud, and brings it back`, async () => {
      const time = fastTime();
      const virtual = virtualModem();
      await leftWith(virtual, `AT+IPR=${left}`);
      const port = watchedBinding(virtual);
      const { modem, told, took } = await time.until(open(virtual, onPort(port)));
      expect(rungs(told.progress)).to.include.members(['AT', 'escape from data mode', `${left} baud`]);
      expect(rungs(told.progress).at(-1)).to.equal(`(the module speaks at ${left} baud; setting 115200)`);
      expect(commands(virtual, 'AT+IPR=')).to.deep.equal([`AT+IPR=${left}`, 'AT+IPR=115200']);
      expect(port.actions.slice(-2)).to.deep.equal([`speed ${left}`, 'speed 115200']);
      expect(port.actions.filter((action) => action.startsWith('open'))).to.deep.equal(['open 115200']);
      expect(told.warnings).to.deep.equal([]);
      expect((await modem.at.command('AT+IPR?')).lines).to.deep.equal(['+IPR: 115200']);
      expect(took).to.be.below(30_000);
    });
  }

  it('comes back to it after a reset, which the module forgets it by', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    await leftWith(virtual, 'AT+IPREX=9600');
    const port = watchedBinding(virtual);
    const { modem, told } = await time.until(open(virtual, onPort(port)));
    virtual.reset();
    // Its banner comes at 9600 baud: the next command finds out.
    await time.until(modem.info().catch(() => undefined));
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    expect(told.states).to.deep.equal(['recovering', 'ready']);
    expect(commands(virtual, 'AT+IPR=')).to.deep.equal(['AT+IPR=115200', 'AT+IPR=115200']);
    expect(port.actions.at(-1)).to.equal('speed 115200');
  });

  it('goes on at the speed of a module that does not take the one that is wanted, with one warning', async () => {
    const time = fastTime();
    const virtual = virtualModem({}, 'refused-parameters');
    const port = watchedBinding(virtual);
    const { modem, told } = await time.until(open(virtual, { ...onPort(port), baudRate: 250_000 }));
    expect(modem.state).to.equal('ready');
    expect(commands(virtual, 'AT+IPR=')).to.deep.equal(['AT+IPR=250000']);
    expect(port.actions.at(-1)).to.equal('speed 115200');
    await time.passes(100);
    expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_SPEED']);
    for (const warning of told.warnings) tells(warning, '250000 baud', 'at 115200', 'baudRate');
    expect((await modem.info()).model).to.equal('SIMCOM_VIRTUAL');
  });

  it('goes on at the speed of a module that says OK to the one that is wanted and stays, with one warning', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    await leftWith(virtual, 'AT+IPR=9600');
    const port = watchedBinding(virtual, (text) => text.replace('AT+IPR=115200', 'AT'));
    const { modem, told, took } = await time.until(open(virtual, onPort(port)));
    expect(port.actions.slice(-3)).to.deep.equal(['speed 9600', 'speed 115200', 'speed 9600']);
    expect(took).to.be.below(30_000);
    await time.passes(100);
    expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_SPEED']);
    for (const warning of told.warnings) tells(warning, '115200 baud', 'at 9600', 'baudRate');
    expect((await time.until(modem.info())).model).to.equal('SIMCOM_VIRTUAL');
  });

  describe('a port that does not take every speed', () => {
    /** A port that refuses these speeds once it is open. */
    function refusing(virtual: VirtualModem, ...speeds: number[]) {
      const port = watchedBinding(virtual);
      const open: typeof port.open = async (given) => {
        const opened = await port.open(given);
        const update = opened.update.bind(opened);
        return Object.assign(opened, {
          update: async (changed: { baudRate: number }) => {
            if (speeds.includes(changed.baudRate)) throw new Error(`Error: baud rate ${changed.baudRate}`);
            await update(changed);
          },
        });
      };
      return { port, serial: { binding: { list: () => port.list(), open } } };
    }

    it('those are left out of the search', async () => {
      const time = fastTime();
      const virtual = virtualModem();
      await leftWith(virtual, 'AT+IPR=460800');
      const { serial } = refusing(virtual, 9600, 921_600);
      const { told } = await time.until(open(virtual, { path: 'virtual', serial }));
      const tried = rungs(told.progress);
      expect(tried).to.not.include('9600 baud');
      expect(tried).to.include.members(['(The port cannot be set to 921600 baud.)', '460800 baud']);
      expect(told.warnings).to.deep.equal([]);
    });

    it('one that does not come back to the speed that is wanted: ERR_MODEM_PORT, and it is given back', async () => {
      const time = fastTime();
      const virtual = virtualModem({ poweredOn: 'booting', bootTime: 600_000 });
      const { port, serial } = refusing(virtual, 115_200);
      const { error } = await time.until(openFails(virtual, { path: 'virtual', serial }));
      expect(error.code).to.equal('ERR_MODEM_PORT');
      tells(error, '115200 baud', 'Port virtual', 'still there', 'adapter');
      expect(port.held).to.equal(false);
    });
  });

  it('warns of both when that speed is too fast for a line without flow control', async () => {
    const time = fastTime();
    const virtual = virtualModem({}, 'refused-parameters');
    await leftWith(virtual, 'AT+IPR=460800');
    const { told } = await time.until(open(virtual, { ...onPort(watchedBinding(virtual)), baudRate: 100_000 }));
    await time.passes(100);
    expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_SPEED', 'ERR_MODEM_FLOW_CONTROL']);
    for (const warning of told.warnings) tells(warning, '460800');
  });

  it('is told to no module whose line has none', async () => {
    const virtual = virtualModem();
    await open(virtual, { baudRate: 9600 });
    expect(commands(virtual, 'AT+IPR')).to.deep.equal([]);
  });
});
