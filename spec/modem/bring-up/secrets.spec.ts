import { expect } from 'chai';
import { inspect } from 'node:util';
import { cleanUp, commands, fastTime, open, openFails, virtualModem } from '../../support/bring-up.js';
import { APN_PASSWORD, APN_USER, PIN, concealed } from '../../support/secrets.js';
import { debugOutput } from './debug-output.js';

const pin = PIN;
const user = APN_USER;
const password = APN_PASSWORD;
const numbers = {
  imei: concealed.add('IMEI', '861234567890123'),
  imsi: concealed.add('IMSI', '262019876543210'),
  iccid: concealed.add('ICCID', '89490200001234567890'),
};

/** A SIM and a network that ask for all that is secret, and a module that tells its numbers between any two lines. */
function guarded() {
  return virtualModem({
    imei: numbers.imei,
    pin,
    storedApn: 'old.example',
    requiredApn: 'internet',
    requiredAuth: { type: 2, user, password },
    faults: { interject: [`+CIMI: ${numbers.imsi}`, `+ICCID: ${numbers.iccid}`] },
  });
}

const apn = { name: 'internet', authentication: 'chap', user, password } as const;

function expectNone(shown: string): void {
  for (const secret of [pin, user, password, ...Object.values(numbers)]) {
    expect(shown.includes(secret), secret).to.equal(false);
  }
}

describe('Modem.open: secrets', () => {
  afterEach(cleanUp);

  it('debug output has none of them, and the last four digits of the numbers', async () => {
    const time = fastTime();
    const printed = debugOutput();
    const virtual = guarded();
    const { modem, told } = await time.until(open(virtual, { pin, apn }));
    expect((await time.until(modem.info())).imei).to.equal(numbers.imei);
    await time.until(modem.close());
    // All of them were on the line.
    expect(commands(virtual, 'AT+CPIN=')).to.have.length(1);
    const shown = printed.join('\n');
    for (const fact of ['> AT+CPIN="***"', '> AT+CGAUTH=1,2,"***","***"', '< …0123', '+CIMI: …3210', '+ICCID: …7890']) {
      expect(shown).to.contain(fact);
    }
    expect(shown).to.contain('modem-tls:modem').and.contain('modem-tls:wire');
    expectNone(shown);
    expectNone(JSON.stringify(told.progress));
  });

  it('nor has the error of a port that was lost, which tells what was heard last', async () => {
    const time = fastTime();
    const printed = debugOutput();
    const virtual = virtualModem({ registrationState: 2 });
    const opening = openFails(virtual, { pin, apn });
    await time.passes(1500);
    virtual.inject(`+ICCID: ${numbers.iccid}`);
    await time.passes(100);
    virtual.unplug();
    const { error } = await time.until(opening);
    expect(error).to.include({ code: 'ERR_MODEM_PORT' });
    expect(error.message).to.contain('The last that was heard: +ICCID: …7890');
    expectNone([...printed, inspect(error, { depth: 5 })].join('\n'));
  });
});
