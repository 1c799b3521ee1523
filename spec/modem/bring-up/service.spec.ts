import { expect } from 'chai';
import type { VirtualModemOptions } from '../../../lib/virtual/index.js';
import { cleanUp, commands, fastTime, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';

const starts = 'AT+CCHSTART';
/** A network that serves another access point. */
const unserved: VirtualModemOptions = { storedApn: 'old.example', requiredApn: 'internet' };
/** And a module that does not say so. */
const silent: VirtualModemOptions = { ...unserved, faults: { loseEvents: (line) => line.startsWith('+CCHSTART') } };

describe('Modem.open: the start of the service', () => {
  afterEach(cleanUp);

  it('is tried three times although registrationTimeout is shorter than that', async () => {
    const time = fastTime();
    const virtual = virtualModem(unserved);
    const { error, took } = await time.until(openFails(virtual, { registrationTimeout: 1000 }));
    expect(error.code).to.equal('ERR_MODEM_SERVICE');
    expect(commands(virtual, starts)).to.have.length(3);
    expect(took).to.be.within(6000, 8000);
  });

  it('has the 120 s of AT+CCHSTART where registration took the rest of the time, and no more', async () => {
    const time = fastTime();
    const virtual = virtualModem({ ...silent, registrationDelay: 190_000 });
    const { error, took } = await time.until(openFails(virtual, { registrationTimeout: 200_000 }));
    expect(error.code).to.equal('ERR_MODEM_SERVICE');
    tells(error, 'AT+CCHSTART', 'no result came', 'routeCodes: true', "'old.example'", 'option apn');
    expect(commands(virtual, starts)).to.have.length(1);
    expect(took).to.be.within(310_000, 314_000);
  });

  it('is tried again in what registration has left of registrationTimeout', async () => {
    const time = fastTime();
    const virtual = virtualModem(silent);
    const { took } = await time.until(openFails(virtual, { registrationTimeout: 200_000 }));
    expect(commands(virtual, starts)).to.have.length(2);
    expect(took).to.be.within(243_000, 246_000);
  });

  for (const [command, stands] of [
    [starts, 'AT+NOSTART'],
    ['AT+CCHSET=', 'AT+NOSET='],
  ] as const) {
    it(`that the module refuses at ${command}: whether it has the service, and what else may help`, async () => {
      const time = fastTime();
      const virtual = virtualModem({}, 'unknown-command');
      const toModem = (chunk: Buffer) => Buffer.from(chunk.toString('latin1').replace(command, stands), 'latin1');
      const { error } = await time.until(openFails(virtual, { stream: new LineFilter(virtual.attach(), { toModem }) }));
      expect(error).to.include({ code: 'ERR_MODEM_SERVICE', transient: true });
      tells(error, command, 'answered ERROR', 'SIM7000', 'AT+CRESET');
      expect(error.message).not.to.contain('Access point');
    });
  }
});
