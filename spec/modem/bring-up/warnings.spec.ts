import { expect } from 'chai';
import { cleanUp, fastTime, leftWith, open, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';
import { onPort, watchedBinding } from '../../support/serial.js';

/** A module that was left at another speed, and stays there. */
async function stubborn() {
  const virtual = virtualModem({ registrationState: 2 }, 'refused-parameters');
  await leftWith(virtual, 'AT+IPR=460800');
  return { virtual, port: onPort(watchedBinding(virtual)) };
}

describe('Modem.open: warnings before it fails, which nobody could hear', () => {
  afterEach(cleanUp);

  it('stand in the error, behind what it is about', async () => {
    const time = fastTime();
    const { virtual, port } = await stubborn();
    const options = { ...port, baudRate: 100_000, registrationTimeout: 5000 };
    const { error } = await time.until(openFails(virtual, options));
    expect(error).to.include({ code: 'ERR_MODEM_NOT_REGISTERED', name: 'ModemError', transient: true });
    expect(error.message).to.match(/^The module did not register .* Before that: The module does not take 100000 baud/);
    tells(error, 'goes on at 460800', '460800 baud without flow control', 'rtscts: true');
    expect(error.stack).to.contain('Before that');
  });

  it('also where the port is lost', async () => {
    const time = fastTime();
    const { virtual, port } = await stubborn();
    const opening = openFails(virtual, { ...port, baudRate: 100_000 });
    while (!virtual.log.some(({ text }) => text === 'AT+CEREG?')) await time.passes(100);
    virtual.unplug();
    const { error } = await time.until(opening);
    expect(error.code).to.equal('ERR_MODEM_PORT');
    tells(error, 'The port was lost', 'Before that: The module does not take 100000 baud');
  });

  it('the clocks, where the service does not start', async () => {
    const time = fastTime(new Date(Date.UTC(2020, 0, 1)));
    const clock = new Date(Date.UTC(2027, 2, 4));
    const virtual = virtualModem({ clock, storedApn: 'old.example', requiredApn: 'internet' });
    const { error } = await time.until(openFails(virtual));
    expect(error).to.include({ code: 'ERR_MODEM_SERVICE', transient: true });
    tells(error, "'old.example'", 'Before that: The clocks disagree', '2020-01-01', '2027-03-04');
    expect(error.cause).to.include({ code: 'ERR_MODEM_RESULT' });
  });

  it('without any the error says nothing of them', async () => {
    const time = fastTime();
    const { error } = await time.until(
      openFails(virtualModem({ registrationState: 2 }), { registrationTimeout: 2000 }),
    );
    expect(error.message).not.to.contain('Before that');
  });

  it('those of a modem that was open are events, whatever becomes of it', async () => {
    const time = fastTime();
    const virtual = virtualModem({}, 'refused-parameters');
    let wrong = false;
    const stream = new LineFilter(virtual.attach(), {
      toModem: (chunk) => Buffer.from(wrong ? chunk.toString().replace('AT+CATR=0', 'AT+CATR=X') : chunk),
      toHost: (chunk) =>
        Buffer.from(
          wrong ? chunk.toString().replace('CPIN: READY', 'CPIN: SIM PUK').replace('CATR: 0', 'CATR: 2') : chunk,
        ),
    });
    const { told } = await time.until(open(virtual, { stream, routeCodes: true }));
    wrong = true;
    virtual.reset();
    while (told.errors.length === 0) await time.passes(100);
    await time.passes(100);
    expect(told.errors.map(({ message }) => message.includes('Before that'))).to.deep.equal([false]);
    for (const error of told.errors) tells(error, 'SIM PUK');
    expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CODES']);
    for (const warning of told.warnings) tells(warning, 'AT+CATR=0', 'refuses', 'routeCodes');
  });
});
