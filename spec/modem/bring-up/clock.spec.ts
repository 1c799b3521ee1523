import { expect } from 'chai';
import type { ModemOptions } from '../../../lib/index.js';
import type { VirtualModemOptions } from '../../../lib/virtual/index.js';
import { cleanUp, commands, fastTime, open, tells, virtualModem } from '../../support/bring-up.js';

const DAY = 86_400_000;
/** When this host's clock is right. */
const today = new Date(Date.UTC(2027, 2, 4, 12));
const never = new Date(Date.UTC(2020, 0, 1));

/** What was made of two clocks. */
async function opened(host: Date, clock: VirtualModemOptions['clock'], options: ModemOptions = {}) {
  const time = fastTime(host);
  const virtual = virtualModem({ clock });
  const { modem, told } = await time.until(open(virtual, options));
  await time.passes(100);
  return { modem, virtual, time, warnings: told.warnings, written: commands(virtual, 'AT+CCLK=') };
}

describe('Modem.open: the clocks', () => {
  afterEach(cleanUp);

  for (const [what, clock] of [
    ['was never set and begins in 1980', 'unset'],
    ['was never set and begins in 1970', new Date(0)],
    ['is an hour late', new Date(today.getTime() - 3_600_000)],
    ['is an hour early', new Date(today.getTime() + 3_600_000)],
    ['is older than this package', new Date(Date.UTC(2024, 5, 1))],
  ] as const) {
    it(`a module that ${what} is given the host's time, in UTC`, async () => {
      const { virtual, warnings, written } = await opened(today, clock);
      expect(written).to.have.length(1);
      expect(written[0]).to.match(/^AT\+CCLK="27\/03\/04,12:00:\d\d\+00"$/);
      expect(virtual.clock.getTime() - today.getTime()).to.be.within(-1000, 10_000);
      expect(warnings).to.deep.equal([]);
    });
  }

  it('a host in 2020 beside a module that is right: the module keeps its time, and one warning tells both', async () => {
    const { modem, virtual, warnings, written, time } = await opened(never, today);
    expect(written).to.deep.equal([]);
    expect(virtual.clock.getUTCFullYear()).to.equal(2027);
    expect(warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CLOCK']);
    for (const warning of warnings) {
      tells(warning, '2020-01-01T00:00', '2027-03-04T12:00', "The module's time is used", "option 'clock'");
    }
    expect((await time.until(modem.info())).clock?.getUTCFullYear()).to.equal(2027);
  });

  it('a host in 2020 beside a module that was never set: the later one, with a warning', async () => {
    const { virtual, warnings, written } = await opened(never, 'unset');
    expect(written).to.have.length(1);
    expect(virtual.clock.getUTCFullYear()).to.equal(2020);
    for (const warning of warnings) tells(warning, '1980-01-06', '2020-01-01', "The host's time is used");
    expect(warnings).to.have.length(1);
  });

  for (const [what, ahead, whose, writes] of [
    ['ahead', 2 * DAY, 'module', 0],
    ['behind', -2 * DAY, 'host', 1],
  ] as const) {
    it(`a module two days ${what}: the later time stands, and one warning tells both`, async () => {
      const { warnings, written } = await opened(today, ahead);
      expect(written).to.have.length(writes);
      expect(warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CLOCK']);
      const other = new Date(today.getTime() + ahead).toISOString().slice(0, 13);
      for (const warning of warnings) tells(warning, '2027-03-04T12', other, `The ${whose}'s time is used`);
    });
  }

  it("clock: 'host' and 'module' leave no doubt", async () => {
    const host = await opened(never, today, { clock: 'host' });
    expect(host.written).to.have.length(1);
    expect(host.virtual.clock.getUTCFullYear()).to.equal(2020);
    expect(host.warnings).to.deep.equal([]);
    await cleanUp();
    const module = await opened(today, 'unset', { clock: 'module' });
    expect(commands(module.virtual, 'AT+CCLK')).to.deep.equal([]);
    expect(module.warnings).to.deep.equal([]);
  });

  it('are set again after a reset', async () => {
    const time = fastTime(today);
    const virtual = virtualModem();
    const { told } = await time.until(open(virtual));
    virtual.reset();
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    expect(commands(virtual, 'AT+CCLK=')).to.have.length(2);
    expect(virtual.clock.getUTCFullYear()).to.equal(2027);
  });
});
