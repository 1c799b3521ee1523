import { expect } from 'chai';
import { once } from 'node:events';
import { inspect } from 'node:util';
import type { ModemOptions } from '../../../lib/index.js';
import { attaches, cleanUp, commands, fastTime, open, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { LineFilter } from '../../support/line-filter.js';
import { tcpServer } from '../../virtual/host.js';
import { APN_PASSWORD, APN_USER, PIN, WRONG_APN_PASSWORD } from '../../support/secrets.js';
import { debugOutput } from './debug-output.js';

const writes = 'AT+CGDCONT=';

describe('Modem.open: access point', () => {
  afterEach(cleanUp);

  it('that is stored: no write, no new attach', async () => {
    const virtual = virtualModem({ storedApn: 'Internet' });
    const { told } = await open(virtual, { apn: 'internet' });
    expect(commands(virtual, 'AT+CGDCONT')).to.deep.equal(['AT+CGDCONT?']);
    expect(commands(virtual, 'AT+CGA')).to.deep.equal([]);
    expect(attaches(virtual)).to.equal(0);
    expect(told.progress.map(({ step }) => step)).not.to.include('registration');
  });

  it('that is stored with another type, when only its name was given: as it is', async () => {
    const virtual = virtualModem({ storedApn: { name: 'internet', type: 'IPV4V6' } });
    await open(virtual, { apn: 'internet' });
    expect(commands(virtual, writes)).to.deep.equal([]);
    expect(attaches(virtual)).to.equal(0);
  });

  it('whose line is damaged: it is asked again, and not written', async () => {
    const virtual = virtualModem({ storedApn: 'internet' });
    let damaged = 0;
    const toHost = (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (!text.includes('+CGDCONT: 1,') || damaged++ > 0) return chunk;
      return Buffer.from(text.replace('1,', ','), 'latin1');
    };
    const stream = new LineFilter(virtual.attach(), { toHost });
    await open(virtual, { stream, apn: 'internet' });
    expect(commands(virtual, 'AT+CGDCONT')).to.deep.equal(['AT+CGDCONT?', 'AT+CGDCONT?']);
    expect(attaches(virtual)).to.equal(0);
  });

  it('without authentication, said so: a stored one is cleared, and attached anew', async () => {
    const virtual = virtualModem({ storedApn: 'internet' });
    await open(virtual, { apn: { name: 'internet', user: APN_USER, password: APN_PASSWORD } });
    await open(virtual, { apn: { name: 'internet' } });
    expect(attaches(virtual)).to.equal(1);
    await open(virtual, { apn: { name: 'internet', authentication: 'none' } });
    expect(commands(virtual, 'AT+CGAUTH=').at(-1)).to.contain('AT+CGAUTH=1,0');
    expect(attaches(virtual)).to.equal(2);
  });

  it('that was not given: not even asked for', async () => {
    const virtual = virtualModem({ storedApn: 'old.example' });
    await open(virtual);
    expect(commands(virtual, 'AT+CGDCONT')).to.deep.equal([]);
    expect(attaches(virtual)).to.equal(0);
  });

  it('that is another one: one write, one new attach, before registration is waited for, and never again', async () => {
    const time = fastTime();
    const virtual = virtualModem({
      storedApn: 'old.example',
      requiredApn: 'internet',
      apnRefusal: 'registration',
    });
    const { modem, told } = await time.until(open(virtual, { apn: 'internet' }));
    expect(commands(virtual, writes)).to.deep.equal(['AT+CGDCONT=1,"IP","internet"']);
    expect(commands(virtual, 'AT+CGATT')).to.deep.equal(['AT+CGATT=0', 'AT+CGATT=1']);
    expect(attaches(virtual)).to.equal(1);
    const order = commands(virtual).filter((text) => /CGDCONT=|CGATT=|CEREG/.test(text));
    expect(order.slice(0, 3)).to.deep.equal(['AT+CGDCONT=1,"IP","internet"', 'AT+CGATT=0', 'AT+CGATT=1']);
    expect(time.elapsed).to.be.below(3000);
    virtual.reset();
    while (told.states.at(-1) !== 'ready') await time.passes(100);
    await time.until(modem.close());
    await time.until(open(virtual, { apn: 'internet' }));
    expect(commands(virtual, writes)).to.have.length(1);
  });

  it('of another type: one write, one new attach', async () => {
    const virtual = virtualModem({ storedApn: { name: 'internet', type: 'IPV4V6' } });
    await open(virtual, { apn: { name: 'internet', type: 'IPV6' } });
    expect(commands(virtual, writes)).to.deep.equal(['AT+CGDCONT=1,"IPV6","internet"']);
    expect(attaches(virtual)).to.equal(1);
  });

  it('that the network does not serve: ERR_MODEM_SERVICE with its name; with the right one connections are opened', async () => {
    const time = fastTime();
    const { port, peer } = await tcpServer();
    const virtual = virtualModem({ storedApn: 'old.example', requiredApn: 'internet' });
    const { error } = await time.until(openFails(virtual));
    expect(error).to.include({ code: 'ERR_MODEM_SERVICE', transient: true });
    tells(error, 'AT+CCHSTART', 'result 9', "'old.example'", 'option apn');
    expect(time.elapsed).to.be.within(6000, 8000);
    const { modem } = await time.until(open(virtual, { apn: 'internet' }));
    const socket = modem.connect({ host: 'server.test', port, tls: false });
    await time.until(once(socket, 'connect'));
    socket.write('hello');
    expect(String(((await time.until(once(await peer(), 'data'))) as [Buffer])[0])).to.equal('hello');
    socket.destroy();
  });

  for (const type of ['IP', 'IPV6'] as const) {
    it(`that the module refuses, of type ${type}: what was refused, and what to do`, async () => {
      const virtual = virtualModem({ storedApn: 'old.example' }, 'refused-parameters');
      const toModem = (chunk: Buffer) => Buffer.from(chunk.toString().replace('AT+CGDCONT=1,', 'AT+CGDCONT=99,'));
      const stream = new LineFilter(virtual.attach(), { toModem });
      const { error } = await openFails(virtual, { stream, apn: { name: 'internet', type } });
      expect(error).to.include({ code: 'ERR_MODEM_COMMAND', command: `AT+CGDCONT=1,"${type}","internet"` });
      tells(error, 'option apn', "'internet'", `type '${type}'`, 'answered ERROR', 'contract', 'leave apn out');
      expect(error.message.includes("try type: 'IP'")).to.equal(type !== 'IP');
      expect(error.cause).to.include({ code: 'ERR_MODEM_COMMAND', final: 'ERROR' });
      expect(attaches(virtual)).to.equal(0);
    });
  }

  describe('with user and password', () => {
    const user = APN_USER;
    const password = APN_PASSWORD;
    const apn = { name: 'internet', authentication: 'chap', user, password } satisfies ModemOptions['apn'];
    const required = { type: 2, user, password } as const;

    for (const profile of ['sim7600', 'a76xx'] as const) {
      it(`writes them once, in the order of ${profile}, and attaches anew once`, async () => {
        const time = fastTime();
        const virtual = virtualModem({ profile, storedApn: 'internet', requiredAuth: required });
        const { told } = await time.until(open(virtual, { apn }));
        expect(commands(virtual, 'AT+CGAUTH=')).to.have.length(1);
        expect(commands(virtual, writes)).to.deep.equal([]);
        expect(attaches(virtual)).to.equal(1);
        virtual.reset();
        while (told.states.at(-1) !== 'ready') await time.passes(100);
        // This process wrote them; the module does not show its password.
        expect(commands(virtual, 'AT+CGAUTH=')).to.have.length(1);
        expect(told.errors).to.deep.equal([]);
      });
    }

    it('finds the other order of a module that shows it, before it attaches', async () => {
      const virtual = virtualModem({ profile: 'sim767x', storedApn: 'internet', requiredAuth: required });
      const { modem } = await open(virtual, { apn });
      expect(modem.state).to.equal('ready');
      expect(commands(virtual, 'AT+CGAUTH=')).to.have.length(2);
      expect(attaches(virtual)).to.equal(1);
    });

    it('another name and other authentication: one new attach for both', async () => {
      const virtual = virtualModem({ storedApn: 'old.example', requiredApn: 'internet', requiredAuth: required });
      await open(virtual, { apn });
      expect([...commands(virtual, writes), ...commands(virtual, 'AT+CGAUTH=')]).to.have.length(2);
      expect(attaches(virtual)).to.equal(1);
    });

    it('shows them in no debug output, no log, no error and no inspection', async () => {
      const time = fastTime();
      const printed = debugOutput();
      const virtual = virtualModem({
        pin: PIN,
        storedApn: 'old.example',
        requiredApn: 'internet',
        requiredAuth: { ...required, password: WRONG_APN_PASSWORD },
      });
      const { error } = await time.until(openFails(virtual, { apn, pin: PIN }));
      expect(printed.filter((line) => line.includes('> AT+CPIN="***"'))).to.have.length(1);
      expect(error.code).to.equal('ERR_MODEM_SERVICE');
      expect(printed.filter((line) => line.includes('AT+CGAUTH=1,2,"***","***"'))).to.have.length(1);
      const shown = [...printed, inspect(error, { depth: 5 })].join('\n');
      for (const secret of [user, password, PIN]) expect(shown.includes(secret), secret).to.equal(false);
      expect(JSON.stringify(virtual.log).includes(password)).to.equal(false);
    });

    it('shows them in no error of a module that refuses them', async () => {
      const printed = debugOutput();
      const virtual = virtualModem({ storedApn: 'internet' }, 'refused-parameters');
      const refused = (chunk: Buffer) => Buffer.from(chunk.toString().replace('AT+CGAUTH=1,', 'AT+CGAUTH=99,'));
      const stream = new LineFilter(virtual.attach(), { toModem: refused });
      const { error } = await openFails(virtual, { stream, apn });
      expect(error).to.include({ code: 'ERR_MODEM_COMMAND', command: 'AT+CGAUTH=1,2,"***","***"' });
      tells(error, 'option apn', "authentication 'chap'", "'internet'", 'answered ERROR', "'pap'", 'user and password');
      const shown = [...printed, inspect(error, { depth: 5 })].join('\n');
      for (const secret of [user, password]) expect(shown.includes(secret), secret).to.equal(false);
    });
  });
});
