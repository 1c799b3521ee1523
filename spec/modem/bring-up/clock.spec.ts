import { expect } from 'chai';
import type { ModemOptions } from '../../../lib/index.js';
import type { VirtualModem, VirtualModemOptions } from '../../../lib/virtual/index.js';
import { cleanUp, commands, fastTime, open, tells, virtualModem } from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';

const DAY = 86_400_000;
/** When this host's clock is right. */
const today = new Date(Date.UTC(2027, 2, 4, 12));
const never = new Date(Date.UTC(2020, 0, 1));

/** What was made of two clocks; by a module that refuses to be set where that is said. */
async function opened(
  host: Date,
  clock: VirtualModemOptions['clock'],
  { refused, ...options }: ModemOptions & { refused?: true } = {},
) {
  const time = fastTime(host);
  const virtual = virtualModem({ clock }, ...(refused ? ['refused-parameters' as const] : []));
  const toModem = (chunk: Buffer) => Buffer.from(chunk.toString('latin1').replace('AT+CCLK="', 'AT+CCLK="x'), 'latin1');
  const port = refused ? { stream: new LineFilter(virtual.attach(), { toModem }) } : {};
  const { modem, told } = await time.until(open(virtual, { ...options, ...port }));
  await time.passes(100);
  const progress = told.progress.filter(({ step }) => step === 'clock').map(({ detail }) => detail);
  return { modem, virtual, time, warnings: told.warnings, written: commands(virtual, 'AT+CCLK='), progress };
}

/** The module's clock now, less the seconds that have passed. */
function expectClock(virtual: VirtualModem, shown: Date): void {
  expect(virtual.clock.getTime() - shown.getTime()).to.be.within(-1000, 10_000);
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
      const { virtual, warnings, written, progress } = await opened(today, clock);
      expect(written).to.have.length(1);
      expect(progress).to.have.length(1);
      expect(progress[0]).to.match(/^set to this host's time, 2027-03-04T12:00:\d\d\.\d{3}Z$/);
      expect(written[0]).to.match(/^AT\+CCLK="27\/03\/04,12:00:\d\d\+00"$/);
      expectClock(virtual, today);
      expect(warnings).to.deep.equal([]);
    });
  }

  it('a host in 2020 beside a module that is right: the module keeps its time, and one warning tells both', async () => {
    const { modem, virtual, warnings, written, time, progress } = await opened(never, today);
    expect(written).to.deep.equal([]);
    expectClock(virtual, today);
    expect(progress).to.deep.equal(warnings.map(({ message }) => message));
    expect(warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CLOCK']);
    for (const warning of warnings) {
      tells(warning, '2020-01-01T00:00', '2027-03-04T12:00', "The module's time is used", "option 'clock'");
    }
    expect((await time.until(modem.info())).clock?.getUTCFullYear()).to.equal(2027);
  });

  it('a host in 2020 beside a module that was never set: the later one, with a warning', async () => {
    const { virtual, warnings, written, progress } = await opened(never, 'unset');
    expect(written).to.have.length(1);
    expectClock(virtual, never);
    expect(progress).to.deep.equal(warnings.map(({ message }) => message));
    for (const warning of warnings) tells(warning, '1980-01-06', '2020-01-01', "The host's time is used");
    expect(warnings).to.have.length(1);
  });

  for (const [what, ahead, whose, writes] of [
    ['ahead', 2 * DAY, 'module', 0],
    ['behind', -2 * DAY, 'host', 1],
  ] as const) {
    it(`a module two days ${what}: the later time stands, and one warning tells both`, async () => {
      const { virtual, warnings, written } = await opened(today, ahead);
      expect(written).to.have.length(writes);
      expectClock(virtual, new Date(today.getTime() + Math.max(ahead, 0)));
      expect(warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CLOCK']);
      const other = new Date(today.getTime() + ahead).toISOString().slice(0, 13);
      for (const warning of warnings) tells(warning, '2027-03-04T12', other, `The ${whose}'s time is used`);
    });
  }

  it("clock: 'host' and 'module' leave no doubt", async () => {
    const host = await opened(never, today, { clock: 'host' });
    expect(host.written).to.have.length(1);
    expectClock(host.virtual, never);
    expect(host.warnings).to.deep.equal([]);
    expect(host.progress.join()).to.match(/^set to this host's time, 2020-01-01T00:00:/);
    await cleanUp();
    const module = await opened(today, 'unset', { clock: 'module' });
    expect(commands(module.virtual, 'AT+CCLK')).to.deep.equal([]);
    expectClock(module.virtual, new Date(Date.UTC(1980, 0, 6)));
    expect(module.warnings).to.deep.equal([]);
    expect(module.progress).to.deep.equal(["the module's is left as it is"]);
  });

  for (const [whose, clock] of [
    ['auto', 'unset'],
    ['auto', new Date(0)],
    ['auto', -2 * DAY],
    ['host', 2 * DAY],
  ] as const) {
    it(`clock: '${whose}', and a module that refuses to be set: progress and one warning tell both times`, async () => {
      const { virtual, warnings, progress } = await opened(today, clock, { refused: true, clock: whose });
      const own = clock === 'unset' ? new Date(Date.UTC(1980, 0, 6)) : new Date(Number(clock));
      const shows = typeof clock === 'number' ? new Date(today.getTime() + clock) : own;
      expectClock(virtual, shows);
      expect(warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CLOCK']);
      for (const warning of warnings)
        tells(warning, 'refuses', 'AT+CCLK', shows.toISOString().slice(0, 13), '2027-03-04T12');
      for (const warning of warnings) tells(warning, 'checkDates: false', "tls: 'host'", 'AT+CTZU=1');
      expect(progress).to.have.length(1);
      expect(progress[0])
        .to.match(/^the module refuses to have its clock set/)
        .and.contain(shows.toISOString().slice(0, 13));
    });
  }

  it('a module that refuses to be set, an hour late: progress tells, and no warning is needed', async () => {
    const { virtual, warnings, progress } = await opened(today, -3_600_000, { refused: true });
    expectClock(virtual, new Date(today.getTime() - 3_600_000));
    expect(warnings).to.deep.equal([]);
    expect(progress.join()).to.match(/^the module refuses .* it shows 2027-03-04T11:.*, this host 2027-03-04T12:/);
  });

  it('are set again after a reset', async () => {
    const time = fastTime(today);
    const virtual = virtualModem();
    const { told } = await time.until(open(virtual));
    virtual.reset();
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    expect(commands(virtual, 'AT+CCLK=')).to.have.length(2);
    expectClock(virtual, new Date());
  });
});
