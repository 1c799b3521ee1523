import debug from 'debug';
import { expect } from 'chai';
import { ModemError } from '../../lib/index.js';
import { Rig, rejection } from '../support/rig.js';
import { daring } from './ssl/cells.js';

describe('what DEBUG=modem-tls:* shows of commands by hand', () => {
  const enabled = debug.disable();
  const { log } = debug;
  const shown: string[] = [];
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open(daring);
    shown.length = 0;
    debug.log = (...given: unknown[]) => shown.push(given.map(String).join(' '));
    debug.enable('modem-tls:*');
  });

  afterEach(async () => {
    debug.disable();
    debug.log = log;
    debug.enable(enabled);
    await rig.close();
  });

  const output = () => shown.join('\n');

  it('is their name alone, of the answer, too', async () => {
    await rig.modem.at.command('AT+CGDCONT=1,"IP","private.apn"');
    await rig.modem.at.command('AT+CGDCONT?');
    await rig.modem.at.command('ATI');
    await rejection(rig.modem.at.command('AT+CPIN="4711"'));
    expect(output()).to.contain('> AT+CGDCONT=…').and.contain('> AT+CPIN=…').and.contain('+CME ERROR');
    for (const secret of ['private.apn', '4711', 'INCORPORATED']) expect(output()).to.not.contain(secret);
  });

  it('is their name alone, behind an echo, too', async () => {
    await rig.modem.at.command('ATE1');
    await rejection(rig.modem.at.command('AT+CPIN="4711"'));
    expect(output()).to.not.contain('4711');
  });

  it('is all of it with `log: true`', async () => {
    await rig.modem.at.command('AT+CGDCONT=1,"IP","public.apn"', { log: true });
    expect(output()).to.contain('> AT+CGDCONT=1,"IP","public.apn"');
    await rig.modem.at.command('AT+CGDCONT?', { log: true });
    expect(output()).to.contain('< +CGDCONT: 1,"IP","public.apn"');
  });

  it('is never the password of a key: set, asked for, refused, or read in a damaged answer', async () => {
    const { CSSLCFG } = rig.modem.ssl;
    const keypwd = 'a password that nobody told';
    Object.assign(rig.virtual.contexts[3] ?? {}, { keypwd });
    expect((await CSSLCFG.query({ context: 3 })).settings.keypwd).to.equal(keypwd);
    expect((await CSSLCFG.read())[3]?.settings.keypwd).to.equal(keypwd);
    await CSSLCFG.write({ key: 'keypwd', context: 3, value: 'another password' });
    await rig.modem.at.command('AT+CSSLCFG="keypwd",3,"a third password"');
    await CSSLCFG.read();
    const refused = await rejection(CSSLCFG.write({ key: 'keypwd', context: 3, value: 'pass\rword' }));
    expect(refused.message).to.not.contain('pass\rword');
    // A line that is not the manual's: its index is no number.
    Object.assign(rig.virtual.contexts[3] ?? {}, { keypwd: 'odd "password"' });
    const error = await rejection(CSSLCFG.query({ context: 3 }));
    expect(error).to.be.instanceOf(ModemError).and.have.property('code', 'ERR_MODEM_LINE');
    expect(output()).to.contain('AT+CSSLCFG');
    expect(output() + error.message).to.not.contain('password');
  });

  it('is the payload as its length', async () => {
    await rig.modem.ssl.CCERTDOWN.write({ name: 'client_key.der' }, 'a private key');
    await rig.modem.at.command('AT+CCERTDOWN="other.der",13', { payload: 'a private key' });
    expect(output()).to.contain('(13 bytes)').and.not.contain('private');
  });
});
