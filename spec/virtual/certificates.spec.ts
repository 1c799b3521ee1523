import { expect } from 'chai';

import { cleanUp, modemAndHost } from './host.js';
import { heldTime } from './scenes.js';
import { until } from '../support/turn.js';
import { KEY_PASSWORD } from '../support/secrets.js';

describe('virtual modem: certificate files and contexts', () => {
  afterEach(cleanUp);

  it('stores a file, lists it and deletes it', async () => {
    const { modem, host } = modemAndHost();
    await host.asks('AT+CCERTLIST', '\r\nOK\r\n');
    await host.asks('AT+CCERTDOWN="ca.pem",7', '\r\n> ');
    host.sends('one\r\n>\0');
    await host.hears('\r\nOK\r\n');
    await host.asks('AT+CCERTLIST', '\r\n+CCERTLIST: "ca.pem"\r\n\r\nOK\r\n');
    expect(modem.files.get('ca.pem')?.toString()).to.equal('one\r\n>\0');
    expect(modem.statistics).to.include({ certificatesStored: 1, payloadIn: 0 });
    await host.asks('AT+CCERTDELE="ca.pem"', '\r\nOK\r\n');
    await host.asks('AT+CCERTDELE="ca.pem"', '\r\nERROR\r\n');
    expect(modem.log.map(({ text }) => text)).to.include('<7 bytes>');
    expect(modem.brokenRules).to.be.empty;
  });

  for (const prompt of ['> ', '>', '>\r\n']) {
    it(`prompts with ${JSON.stringify(prompt)}`, async () => {
      const { modem, host } = modemAndHost({ prompt });
      await host.asks('AT+CCERTDOWN="ca.pem",5', `\r\n${prompt}`);
      host.sends('\nabcd');
      await host.hears('\r\nOK\r\n');
      expect(modem.files.get('ca.pem')?.toString()).to.equal('\nabcd');
    });
  }

  it('does not take the line feed of CR LF for the first byte of a file', async () => {
    const { modem, host } = modemAndHost({ latency: 5 });
    for (const byte of 'AT+CCERTDOWN="ca.pem",3\r\n') host.sends(byte);
    await host.hears('\r\n> ');
    host.sends('abc\r\n');
    await host.hears('\r\nOK\r\n');
    await host.asks('AT', '\r\nOK\r\n');
    expect(modem.files.get('ca.pem')?.toString()).to.equal('abc');
    expect(modem.brokenRules).to.be.empty;
  });

  it('waits for it before the prompt where it comes apart from its CR', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost();
    host.sends('AT\r\n');
    await host.hears('\r\nOK\r\n');
    for (let times = 0; times < 5; times++) {
      const said = modem.log.length;
      host.sends('AT+CCERTDOWN="ca.pem",3\r');
      await until(() => modem.log.length > said);
      await host.hearsNothing();
      host.sends('\n');
      clock.tick(10);
      await host.hears('\r\n> ');
      host.sends('\nbc');
      await host.hears('\r\nOK\r\n');
      expect(modem.files.get('ca.pem')?.toString()).to.equal('\nbc');
    }
    // A host that ends its commands in CR alone waits for nothing, and its line feed is a byte of the file.
    await host.asks('AT', '\r\nOK\r\n');
    await host.asks('AT+CCERTDOWN="ca.pem",1', '\r\n> ');
    host.sends('\n');
    await host.hears('\r\nOK\r\n');
    expect(modem.brokenRules).to.be.empty;
  });

  it('knows names in hexadecimal', async () => {
    const { modem, host } = modemAndHost();
    const name = `{non-ascii}"${Buffer.from('中华.pem').toString('hex').toUpperCase()}"`;
    await host.asks(`AT+CCERTDOWN=${name},3`, '\r\n> ');
    host.sends('abc');
    await host.hears('\r\nOK\r\n');
    await host.asks(`AT+CSSLCFG="cacert",0,${name}`, '\r\nOK\r\n');
    expect(modem.contexts[0]?.cacert).to.equal('中华.pem');
    await host.asks('AT+CCERTLIST', '\r\n+CCERTLIST: "中华.pem"\r\n\r\nOK\r\n');
    await host.asks(`AT+CCERTDELE=${name}`, '\r\nOK\r\n');
    // `a".pem`, `abc.txt`, and half a byte.
    for (const other of ['61222E70656D', '6162632E747874', '6162632E70656']) {
      await host.asks(`AT+CCERTDOWN={non-ascii}"${other}",3`, '\r\nERROR\r\n');
    }
  });

  it('does not take it for one on a slow line either', async () => {
    const { modem, host } = modemAndHost({ baudRate: 9600 });
    host.sends('AT+CCERTDOWN="ca.pem",3\r\n');
    await host.hears('\r\n> ');
    host.sends('abc');
    await host.hears('\r\nOK\r\n');
    expect(modem.files.get('ca.pem')?.toString()).to.equal('abc');
  });

  it('refuses names, sizes and more than it has room for', async () => {
    const { host } = modemAndHost({ maxFiles: 2, storeSize: 10 });
    for (const wrong of [
      '"a.pe",5',
      '"a.txt",5',
      '"ca.pem",0',
      '"ca.pem",10241',
      'ca.pem,5',
      '"ca.pem"',
      '"ca.pem",11',
    ]) {
      await host.asks(`AT+CCERTDOWN=${wrong}`, '\r\nERROR\r\n');
    }
    for (const name of ['one.pem', 'two.pem', 'two.pem']) {
      await host.asks(`AT+CCERTDOWN="${name}",5`, '\r\n> ');
      host.sends('12345');
      await host.hears('\r\nOK\r\n');
    }
    await host.asks('AT+CCERTDOWN="six.pem",1', '\r\nERROR\r\n');
    await host.asks('AT+CCERTDOWN="two.pem",6', '\r\nERROR\r\n');
  });

  it('knows the file name lengths of each family', async () => {
    const { host } = modemAndHost({ profile: 'sim767x' });
    await host.asks('AT+CCERTDOWN=?', '\r\n+CCERTDOWN: (5-55),(1-10240)\r\n\r\nOK\r\n');
    await host.asks(`AT+CCERTDOWN="${'n'.repeat(52)}.pem",5`, '\r\nERROR\r\n');
  });

  it('shows and sets a context, its password masked in the log', async () => {
    const { modem, host } = modemAndHost();
    await host.asks('AT+CSSLCFG=3', '\r\n+CSSLCFG: 3,4,0,1,300,"","","",0,"",0xFFFF\r\n\r\nOK\r\n');
    await host.asks('AT+CSSLCFG="enableSNI",3,1', '\r\nOK\r\n');
    await host.asks('AT+CSSLCFG="negotiatetime",3,10', '\r\nOK\r\n');
    await host.asks(`AT+CSSLCFG="keypwd",3,"${KEY_PASSWORD}"`, '\r\nOK\r\n');
    await host.asks('AT+CSSLCFG="ciphersuites",3,0x002F', '\r\nOK\r\n');
    await host.asks('AT+CSSLCFG=3', `\r\n+CSSLCFG: 3,4,0,1,10,"","","",1,"${KEY_PASSWORD}",0x002F\r\n\r\nOK\r\n`);
    expect(modem.contexts[3]).to.include({ enableSNI: 1, negotiatetime: 10, keypwd: KEY_PASSWORD, ciphersuites: 0x2f });
    const log = modem.log.map(({ text }) => text).join('\n');
    expect(log).to.include('AT+CSSLCFG="keypwd",3,***').and.not.include(KEY_PASSWORD);
  });

  it('refuses a context that names a file it does not have', async () => {
    const { modem, host } = modemAndHost({ profile: 'sim767x' });
    for (const key of ['cacert', 'clientcert', 'clientkey', 'password']) {
      await host.asks(`AT+CSSLCFG="${key}",0,"nowhere.pem"`, '\r\nERROR\r\n');
      expect(modem.contexts[0]).to.include({ [key]: '' });
    }
    expect(modem.brokenRules).to.be.empty;
  });
});
