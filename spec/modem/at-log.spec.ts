import { inspect } from 'node:util';
import { expect } from 'chai';
import { ModemError } from '../../lib/index.js';
import { debugLines, type DebugLines } from '../support/debug-lines.js';
import { Rig, rejection } from '../support/rig.js';
import { CONCEALED, KEY_PASSWORD, OTHER_KEY_PASSWORD, PIN_BY_HAND, secrets } from '../support/secrets.js';
import { daring } from './ssl/cells.js';

describe('what DEBUG=modem-tls:* shows of commands by hand', () => {
  let rig: Rig;
  let shown: DebugLines;

  beforeEach(async () => {
    rig = await Rig.open(daring);
    shown = debugLines();
  });

  afterEach(async () => {
    shown.end();
    await rig.close();
  });

  const output = () => shown.text();

  it('is their name alone, of the answer, too', async () => {
    await rig.modem.at.command('AT+CGDCONT=1,"IP","private.apn"');
    await rig.modem.at.command('AT+CGDCONT?');
    await rig.modem.at.command('ATI');
    await rejection(rig.modem.at.command(`AT+CPIN="${PIN_BY_HAND}"`));
    expect(output()).to.contain('> AT+CGDCONT=…').and.contain('> AT+CPIN=…').and.contain('+CME ERROR');
    for (const secret of ['private.apn', PIN_BY_HAND, 'INCORPORATED']) expect(output()).to.not.contain(secret);
  });

  it('is their name alone, behind an echo, too', async () => {
    await rig.modem.at.command('ATE1');
    await rejection(rig.modem.at.command(`AT+CPIN="${PIN_BY_HAND}"`));
    expect(output()).to.not.contain(PIN_BY_HAND);
  });

  it('is all of it with `log: true`', async () => {
    await rig.modem.at.command('AT+CGDCONT=1,"IP","public.apn"', { log: true });
    expect(output()).to.contain('> AT+CGDCONT=1,"IP","public.apn"');
    await rig.modem.at.command('AT+CGDCONT?', { log: true });
    expect(output()).to.contain('< +CGDCONT: 1,"IP","public.apn"');
  });

  it('is never the password of a key: set, asked for, refused, or read in a damaged answer', async () => {
    const { CSSLCFG } = rig.modem.ssl;
    const keypwd = KEY_PASSWORD;
    Object.assign(rig.virtual.contexts[3] ?? {}, { keypwd });
    expect((await CSSLCFG.query({ context: 3 })).settings.keypwd).to.equal(keypwd);
    expect((await CSSLCFG.read())[3]?.settings.keypwd).to.equal(keypwd);
    await CSSLCFG.write({ key: 'keypwd', context: 3, value: OTHER_KEY_PASSWORD });
    await rig.modem.at.command(`AT+CSSLCFG="keypwd",3,"${PIN_BY_HAND}"`);
    await CSSLCFG.read();
    const refused = await rejection(CSSLCFG.write({ key: 'keypwd', context: 3, value: `${KEY_PASSWORD}\r` }));
    expect(refused.message).to.not.contain(KEY_PASSWORD);
    // A line that is not the manual's: its index is no number.
    Object.assign(rig.virtual.contexts[3] ?? {}, { keypwd: `odd "${KEY_PASSWORD}"` });
    const error = await rejection(CSSLCFG.query({ context: 3 }));
    expect(error).to.be.instanceOf(ModemError).and.have.property('code', 'ERR_MODEM_LINE');
    expect(output()).to.contain('AT+CSSLCFG');
    expect(secrets.find(output() + error.message)).to.equal(undefined);
  });

  it('is never the password of a key where a line of settings is an event, whole or damaged', async () => {
    const told: string[] = [];
    rig.modem.on('unsolicited', (line) => told.push(line));
    Object.assign(rig.virtual.contexts[3] ?? {}, { keypwd: KEY_PASSWORD });
    // Its lines are not taken for the answer.
    await rig.modem.at.command('AT+CSSLCFG=3', { prefix: '+X' });
    rig.virtual.inject(`+CSLCFG: 3,4,0,1,10,"","","",1,"${CONCEALED}",0x002F`);
    await rig.modem.at.command('AT+CSQ');
    expect(told).to.deep.equal(['+CSSLCFG:…', '+CSLCFG:…']);
    expect(output()).to.contain('< +CSSLCFG:…').and.not.contain(KEY_PASSWORD).and.not.contain(CONCEALED);
  });

  it('is neither an argument nor an answer in an error of theirs', async () => {
    const { at } = rig.modem;
    for (const [command, code] of [
      [`AT+X="${CONCEALED}"`, 'ERR_MODEM_COMMAND'],
      [`AT+X="${CONCEALED}";+CCHSEND=0,5`, 'ERR_INVALID_ARG_VALUE'],
      [`AT+IPR=9600;+X="${CONCEALED}"`, 'ERR_MODEM_UNSUPPORTED'],
      [`ATO${CONCEALED}`, 'ERR_MODEM_UNSUPPORTED'],
    ] as const) {
      const error = await rejection(at.command(command));
      expect(error.code, error.message).to.equal(code);
      expect(inspect(error, { depth: 5, showHidden: true })).to.not.contain(CONCEALED);
    }
    expect(output()).to.not.contain(CONCEALED);
  });

  it('is four characters of an IMEI, which the caller gets whole', async () => {
    for (const command of ['AT+CGSN', 'ATI']) {
      const { lines } = await rig.modem.at.command(command, { log: true });
      expect(lines.join()).to.contain('860000000000001');
    }
    expect(output()).to.contain('< …0001').and.contain('< IMEI: …0001').and.not.contain('860000000000001');
  });

  it('is the payload as its length', async () => {
    await rig.modem.ssl.CCERTDOWN.write({ name: 'client_key.der' }, 'a private key');
    await rig.modem.at.command('AT+CCERTDOWN="other.der",13', { payload: 'a private key' });
    expect(output()).to.contain('(13 bytes)').and.not.contain('private');
  });
});
