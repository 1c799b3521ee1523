import { expect } from 'chai';
import { leftWith, cleanUp, commands, fastTime, open, rungs, tells, virtualModem } from '../../support/bring-up.js';
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
