import { expect } from 'chai';
import type { SimAnswer } from '../../../lib/virtual/index.js';
import { cleanUp, commands, fastTime, open, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';
import { PIN, PIN_BY_HAND, WRONG_PIN } from '../../support/secrets.js';

describe('Modem.open: radio and SIM', () => {
  afterEach(cleanUp);

  for (const functionality of [0, 4] as const) {
    it(`turns a radio on that was left at AT+CFUN=${functionality}`, async () => {
      const time = fastTime();
      const virtual = virtualModem({ functionality });
      const { modem, told } = await time.until(open(virtual));
      expect(commands(virtual, 'AT+CFUN')).to.deep.equal(['AT+CFUN?', 'AT+CFUN=1']);
      expect(told.progress.map(({ detail }) => detail)).to.include(`the radio was off (AT+CFUN=${functionality})`);
      expect((await modem.info()).registration).to.equal('registered');
    });
  }

  it('leaves a radio alone that is on', async () => {
    const virtual = virtualModem();
    await open(virtual);
    expect(commands(virtual, 'AT+CFUN')).to.deep.equal(['AT+CFUN?']);
  });

  it('waits for a SIM that says busy, failure, 14 and 313', async () => {
    const time = fastTime();
    const simAnswers: SimAnswer[] = ['SIM busy', 'SIM failure', 14, 313];
    const virtual = virtualModem({ simDelay: 8500, simAnswers });
    const { told } = await time.until(open(virtual));
    const said = told.progress.filter(({ step }) => step === 'sim').map(({ detail }) => detail);
    const errors = ['SIM busy', 'SIM failure', '14', '313'].map((text) => `+CME ERROR: ${text}`);
    expect(said).to.deep.equal([...errors, ...errors, errors[0]]);
    expect(time.elapsed).to.be.within(8500, 10_500);
  });

  for (const answer of ['SIM failure', 313] as const) {
    it(`a SIM that says ${answer} for good: ERR_MODEM_SIM when the time is over, with what it says`, async () => {
      const time = fastTime();
      const virtual = virtualModem({ simDelay: 600_000, simAnswers: [answer] });
      const { error } = await time.until(openFails(virtual, { registrationTimeout: 20_000 }));
      expect(error.code).to.equal('ERR_MODEM_SIM');
      tells(error, `says '+CME ERROR: ${answer}'`, 'Check the SIM');
      expect(time.elapsed).to.be.within(20_000, 22_000);
    });
  }

  for (const [said, ...facts] of [
    ['PH-NET PIN', 'one network only', 'unlock'],
    ['PH-SIM PUK', 'or one SIM', 'unlock'],
    ['SIM PUK', 'Three wrong PINs', 'in a phone'],
    ['BLOCKED', 'Check the SIM', 'power off', 'a phone'],
  ] as const) {
    it(`one that says ${said}: ERR_MODEM_SIM at once, with what helps`, async () => {
      const time = fastTime();
      const virtual = virtualModem();
      const toHost = (chunk: Buffer) => Buffer.from(chunk.toString('latin1').replace('+CPIN: READY', `+CPIN: ${said}`));
      const { error } = await time.until(openFails(virtual, { stream: new LineFilter(virtual.attach(), { toHost }) }));
      expect(error.code).to.equal('ERR_MODEM_SIM');
      tells(error, `says '${said}'`, ...facts);
      expect(time.elapsed).to.be.below(1000);
    });
  }

  it('no SIM: ERR_MODEM_SIM at once, asking whether it is inserted', async () => {
    const time = fastTime();
    const virtual = virtualModem({ simDelay: 600_000, simAnswers: ['SIM not inserted'] });
    const { error } = await time.until(openFails(virtual));
    expect(error.code).to.equal('ERR_MODEM_SIM');
    tells(error, 'SIM not inserted', 'Is a SIM inserted');
    expect(time.elapsed).to.be.below(1000);
  });
});

describe('Modem.open: PIN', () => {
  afterEach(cleanUp);

  const tries = 'AT+CPIN=';

  it('is given once', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN, simDelay: 3000 });
    const { modem } = await time.until(open(virtual, { pin: PIN }));
    expect(modem.state).to.equal('ready');
    expect(commands(virtual, tries)).to.have.length(1);
  });

  it('is given again after a reset, which the SIM asks it by, when it was right', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN });
    const { told } = await time.until(open(virtual, { pin: PIN }));
    virtual.reset();
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    expect(commands(virtual, tries)).to.have.length(2);
    expect(told.errors).to.deep.equal([]);
  });

  it('is not given to a SIM that asks for none', async () => {
    const virtual = virtualModem();
    await open(virtual, { pin: PIN });
    expect(commands(virtual, tries)).to.deep.equal([]);
  });

  it('that is wrong is tried once, ever', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN });
    const { error, progress } = await time.until(openFails(virtual, { pin: WRONG_PIN }));
    expect(error.code).to.equal('ERR_MODEM_SIM');
    tells(error, 'refused the PIN', 'tried once', 'not tried again', 'third failure locks');
    expect(JSON.stringify([error.message, String(error.cause), progress])).not.to.contain(WRONG_PIN);
    expect(commands(virtual, tries)).to.have.length(1);
    await time.passes(10_000);
    expect(commands(virtual, tries)).to.have.length(1);
  });

  it('that is wrong is tried once, also when the module is reset before it has answered', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN, bootTime: 2000, latency: 20 });
    const opening = openFails(virtual, { pin: WRONG_PIN });
    while (commands(virtual, tries).length === 0) await time.passes(10);
    virtual.reset();
    const { error, progress } = await time.until(opening);
    expect(error.code).to.equal('ERR_MODEM_SIM');
    tells(error, 'lost on the way', 'tried once', 'not tried again');
    expect(progress.map(({ detail }) => detail)).to.include('the module has restarted');
    expect(commands(virtual, tries)).to.have.length(1);
  });

  it('whose answer is lost on the way: a SIM that took it is used', async () => {
    const time = fastTime();
    const lost = (line: string) => line === '+CPIN: READY';
    const virtual = virtualModem({ pin: PIN, latency: 20 });
    const stream = virtual.attach();
    const opening = open(virtual, { stream, pin: PIN, commandTimeout: 1000 });
    while (commands(virtual, tries).length === 0) await time.passes(10);
    // The cable is out while the answer is on it.
    const heard = stream.listeners('data');
    stream.removeAllListeners('data');
    stream.resume();
    await time.passes(100);
    expect(virtual.log.filter(({ text }) => lost(text))).to.have.length(1);
    for (const listener of heard) stream.on('data', listener as (chunk: Buffer) => void);
    const { modem } = await time.until(opening);
    expect(modem.state).to.equal('ready');
    expect(commands(virtual, tries)).to.have.length(1);
  });

  it('that was not given: ERR_MODEM_SIM at once, naming the option', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN });
    const { error } = await time.until(openFails(virtual));
    expect(error.code).to.equal('ERR_MODEM_SIM');
    tells(error, 'asks for its PIN', "option 'pin'");
    expect(time.elapsed).to.be.below(1000);
    expect(commands(virtual, tries)).to.deep.equal([]);
  });

  it('of a SIM that is locked: ERR_MODEM_SIM with what helps, and no try', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN }, 'command-before-final-result');
    virtual.attach().write(`AT+CPIN="${WRONG_PIN}"\r`.repeat(3));
    while (commands(virtual, tries).length < 3) await time.passes(10);
    const { error } = await time.until(openFails(virtual, { pin: PIN }));
    expect(error.code).to.equal('ERR_MODEM_SIM');
    tells(error, 'SIM PUK', 'locked', 'in a phone');
    expect(commands(virtual, tries)).to.have.length(3);
  });

  it('that was refused is not given to the module by another open either; another one is, up to the last try', async () => {
    const time = fastTime();
    const virtual = virtualModem({ pin: PIN });
    for (const pin of [WRONG_PIN, WRONG_PIN, PIN_BY_HAND, PIN]) {
      const { error } = await time.until(openFails(virtual, { pin }));
      expect(error.code).to.equal('ERR_MODEM_SIM');
      if (pin === PIN) tells(error, 'one try is left', 'in a phone');
    }
    expect(commands(virtual, tries)).to.deep.equal(['AT+CPIN=***', 'AT+CPIN=***']);
  });
});
