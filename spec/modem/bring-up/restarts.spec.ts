import { expect } from 'chai';
import type { ModemError } from '../../../lib/index.js';
import type { VirtualModem, VirtualModemOptions } from '../../../lib/virtual/index.js';
import { cleanUp, fastTime, open, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';

const supply = ['supply', '2 A', 'USB cable', 'hub'];

/** A module that is reset whenever it has read, or said, such a line, so many times. */
function restarting(on: string, options: VirtualModemOptions = {}, times = Infinity) {
  let left = times;
  const virtual: VirtualModem = virtualModem({
    ...options,
    log: ({ text }) => {
      if (text === on && left-- > 0) setImmediate(() => virtual.reset());
    },
  });
  return virtual;
}

/** The answers to a command never arrive. */
function losing(virtual: VirtualModem, command: string): LineFilter {
  let lost = false;
  return new LineFilter(virtual.attach(), {
    toModem: (chunk) => {
      lost = chunk.toString().startsWith(command);
      return chunk;
    },
    toHost: (chunk) => (lost ? Buffer.alloc(0) : chunk),
  });
}

/** How often, and in how many seconds, as the error says. */
function counted(error: ModemError): { times: string | undefined; seconds: number } {
  const [, times, seconds] = /\b(once|\d+ times) in (\d+) s\b/.exec(error.message) ?? [];
  return { times, seconds: Number(seconds) };
}

describe('Modem.open: a module that does not stay up', () => {
  afterEach(cleanUp);

  it('ERR_MODEM_RESET tells how often it restarted, in how many seconds, and that mostly the supply is to blame', async () => {
    const time = fastTime();
    const virtual = restarting('AT+CEREG?', { bootTime: 2000, registrationState: 2 });
    const { error, took } = await time.until(openFails(virtual));
    expect(error).to.include({ code: 'ERR_MODEM_RESET', transient: true });
    tells(error, 'it said RDY', ...supply);
    expect(counted(error).times).to.equal('6 times');
    expect(counted(error).seconds)
      .to.be.closeTo(took / 1000, 1)
      .and.be.within(12, 30);
  });

  it('one that restarts three times is waited for', async () => {
    const time = fastTime();
    const virtual = restarting('AT+CPIN?', { bootTime: 2000 }, 3);
    const { modem } = await time.until(open(virtual));
    expect(modem.state).to.equal('ready');
  });

  it('one that begins with it after a while is given up, with the same words', async () => {
    const time = fastTime();
    let begun = false;
    const virtual: VirtualModem = virtualModem({
      bootTime: 2000,
      log: ({ text }) => {
        if (begun && text === 'AT+CEREG?') setImmediate(() => virtual.reset());
      },
    });
    const { modem, told } = await time.until(open(virtual));
    begun = true;
    virtual.reset();
    while (told.errors.length === 0) await time.passes(100);
    expect(modem.state).to.equal('closed');
    expect(told.errors.map((error) => (error as ModemError).code)).to.deep.equal(['ERR_MODEM_RESET']);
    for (const error of told.errors) {
      tells(error, 'it said RDY', ...supply);
      expect(counted(error as ModemError).times).to.equal('6 times');
    }
  });

  it('ERR_MODEM_NO_ANSWER tells of restarts that were heard instead of an answer', async () => {
    const time = fastTime();
    const virtual = restarting('RDY', { poweredOn: 'booting', bootTime: 3000 });
    const { error } = await time.until(openFails(virtual, { bootTimeout: 10_000 }));
    expect(error).to.include({ code: 'ERR_MODEM_NO_ANSWER', transient: true });
    tells(error, '10000 ms', 'stream at 115200 baud', 'power key', ...supply);
    expect(counted(error)).to.deep.equal({ times: '3 times', seconds: 10 });
  });

  it('ERR_MODEM_TIMEOUT tells how often an answer was lost, on which port, at which speed, and why that may be', async () => {
    const time = fastTime();
    const virtual = virtualModem({ baudRate: 57_600 }, 'command-before-final-result');
    const stream = losing(virtual, 'AT+CGMM');
    const { error, took } = await time.until(openFails(virtual, { stream, commandTimeout: 1000, baudRate: 57_600 }));
    expect(error).to.include({ code: 'ERR_MODEM_TIMEOUT', command: 'AT+CGMM', transient: true });
    tells(error, 'AT+CGMM', '1001 ms', 'stream at 57600 baud', 'ModemManager', 'lower baudRate');
    expect(error.message).not.to.contain('2 A');
    expect(counted(error).times).to.equal('6 times');
    expect(counted(error).seconds)
      .to.be.closeTo(took / 1000, 1)
      .and.be.within(6, 30);
  });

  it('and of restarts in between', async () => {
    const time = fastTime();
    const virtual = restarting('AT+CGMI', { bootTime: 2000 }, 1);
    const stream = losing(virtual, 'AT+CGMM');
    const { error } = await time.until(openFails(virtual, { stream, commandTimeout: 1000 }));
    expect(error.code).to.equal('ERR_MODEM_TIMEOUT');
    tells(error, 'ModemManager', 'reset once', ...supply);
    expect(counted(error).times).to.equal('6 times');
  });
});
