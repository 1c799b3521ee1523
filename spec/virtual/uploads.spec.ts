import { expect } from 'chai';

import { FastTime } from '../support/fast-time.js';
import { until } from '../support/turn.js';
import { afterwards, cleanUp, modemAndHost } from './host.js';
import { broke, heldTime } from './scenes.js';
import { modemOnPort } from './serial-host.js';
import { upload } from './tls-host.js';

const OK = '\r\nOK\r\n';
const content = Buffer.from(Array.from({ length: 8000 }, (_, index) => index % 251));

describe('virtual modem: uploads', () => {
  afterEach(cleanUp);

  describe('files', () => {
    it('can be put there, read and taken away from outside', async () => {
      const { modem, host } = modemAndHost();
      modem.files.set('ca.pem', Buffer.from('put there'));
      await host.asks('AT+CCERTLIST', `\r\n+CCERTLIST: "ca.pem"\r\n${OK}`);
      await host.asks('AT+CSSLCFG="cacert",0,"ca.pem"', OK);
      await upload(host, 'ca.pem', 'changed');
      expect([...modem.files].map(([name, bytes]) => [name, bytes.toString()])).to.deep.equal([['ca.pem', 'changed']]);
      modem.reset();
      await host.finds(/PB DONE\r\n/);
      expect(modem.files.has('ca.pem')).to.equal(true);
      modem.files.delete('ca.pem');
      await host.asks('AT+CCERTLIST', OK);
      await host.asks('AT+CSSLCFG="cacert",0,"ca.pem"', '\r\nERROR\r\n');
    });
  });

  describe('uploadBuffer', () => {
    it('loses what comes at once beyond it', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadBuffer: 3072 } });
      await host.asks(`AT+CCERTDOWN="f.pem",${content.length}`, '\r\n> ');
      host.sends(content);
      await until(() => modem.log.some(({ text }) => text === `${content.length - 3072} bytes of an upload were lost`));
      // They are still awaited, whatever comes.
      host.sends(content.subarray(0, content.length - 3072 - 1));
      await host.hearsNothing();
      expect(modem.files.size).to.equal(0);
    });

    it('loses nothing of what comes with pauses, nor of the next file', async () => {
      const clock = heldTime();
      const { modem, host } = modemAndHost({ faults: { uploadBuffer: 3072 } });
      for (const name of ['one.pem', 'two.pem']) {
        await host.asks(`AT+CCERTDOWN="${name}",${content.length}`, '\r\n> ');
        const { bytesIn } = modem.statistics;
        for (let sent = 0; sent < content.length; sent += 3000) {
          if (sent > 0) clock.tick(20);
          host.sends(content.subarray(sent, sent + 1000));
          clock.tick(19);
          host.sends(content.subarray(sent + 1000, sent + 3000));
          await until(() => modem.statistics.bytesIn === bytesIn + Math.min(sent + 3000, content.length));
        }
        await host.hears(OK);
        expect(modem.files.get(name)?.equals(content)).to.equal(true);
      }
    });

    it('loses some where the pauses are too short', async () => {
      const clock = heldTime();
      const { modem, host } = modemAndHost({ faults: { uploadBuffer: 3072 } });
      await host.asks(`AT+CCERTDOWN="f.pem",${content.length}`, '\r\n> ');
      for (let sent = 0; sent < content.length; sent += 2000) {
        host.sends(content.subarray(sent, sent + 2000));
        clock.tick(19);
      }
      await host.hearsNothing();
      expect(modem.files.size).to.equal(0);
    });

    it('counts what a paced line brings', async () => {
      const time = new FastTime();
      afterwards(() => time.restore());
      const { modem, host } = modemAndHost({ baudRate: 115_200, faults: { uploadBuffer: 3072 } });
      await time.until(host.asks('AT+CCERTDOWN="f.pem",4000', '\r\n> '));
      host.sends(content.subarray(0, 3000));
      await time.passes(300);
      host.sends(content.subarray(3000, 4000));
      await time.until(host.hears(OK));
      expect(modem.files.get('f.pem')?.equals(content.subarray(0, 4000))).to.equal(true);
      expect(modem.log.some(({ text }) => text.includes('lost'))).to.equal(false);
    });

    it('loses nothing with flow control', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadBuffer: 100 } });
      await host.asks('AT+IFC=2,2', OK);
      await upload(host, 'f.pem', content);
      expect(modem.files.get('f.pem')?.equals(content)).to.equal(true);
    });

    for (const [opening, what] of [
      [{ rtscts: true }, 'loses nothing'],
      [{}, 'loses some'],
    ] as const) {
      it(`${what} where a serial port has ${JSON.stringify(opening)}`, async () => {
        heldTime();
        const serial = await modemOnPort({ faults: { uploadBuffer: 100 } }, opening);
        await serial.host.asks('AT+IFC=2,2', OK);
        await serial.host.asks('AT+CCERTDOWN="f.pem",1000', '\r\n> ');
        serial.host.sends(content.subarray(0, 1000));
        if (what === 'loses nothing') await serial.host.hears(OK);
        else await until(() => serial.modem.log.some(({ text }) => text.includes('bytes of an upload were lost')));
        expect(serial.modem.files.has('f.pem')).to.equal(what === 'loses nothing');
      });
    }

    it('is about uploads only', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadBuffer: 3 } });
      await host.asks('AT+CGMI', `\r\nSIMCOM INCORPORATED\r\n${OK}`);
      expect(modem.log.some(({ text }) => text.includes('lost'))).to.equal(false);
    });
  });

  it('uploadRefused: so many are answered ERROR behind their bytes, and the next is stored', async () => {
    const { modem, host } = modemAndHost({ faults: { uploadRefused: 2 } });
    modem.files.set('f.pem', Buffer.from('before'));
    for (let times = 0; times < 2; times++) {
      await host.asks('AT+CCERTDOWN="f.pem",3', '\r\n> ');
      host.sends('abc');
      await host.hears('\r\nERROR\r\n');
      expect(modem.files.get('f.pem')?.toString()).to.equal('before');
    }
    expect(modem.faults.uploadRefused).to.equal(0);
    await upload(host, 'f.pem', 'abc');
    expect(modem.files.get('f.pem')?.toString()).to.equal('abc');
    broke(modem);
  });

  describe('uploadCut', () => {
    it('the module resets in the middle of a later upload, and keeps what it has of it', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadCut: [2, 4] } });
      await upload(host, 'one.pem', 'whole file');
      expect(modem.faults.uploadCut).to.deep.equal([1, 4]);
      await host.asks('AT+CCERTDOWN="two.pem",10', '\r\n> ');
      host.sends('half');
      await host.hears('\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n');
      expect([...modem.files].map(([name, bytes]) => [name, bytes.toString()])).to.deep.equal([
        ['one.pem', 'whole file'],
        ['two.pem', 'half'],
      ]);
      expect(modem.faults.uploadCut).to.equal(undefined);
      await upload(host, 'two.pem', 'whole file');
      expect(modem.files.get('two.pem')?.toString()).to.equal('whole file');
      broke(modem);
    });

    it('hears nothing of what comes until it is reset', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadCut: [1, 4] } });
      await host.asks('AT+CCERTDOWN="f.pem",10', '\r\n> ');
      host.sends('half a file, and a command\rAT\r');
      await host.finds(/PB DONE\r\n/);
      await host.hearsNothing();
      expect(modem.files.get('f.pem')?.toString()).to.equal('half');
      broke(modem);
    });

    it('blames nobody for the rest of the file that comes behind the reset, and does not show it', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadCut: [1, 4] } });
      await host.asks('AT+CCERTDOWN="f.pem",30', '\r\n> ');
      host.sends('half');
      await host.finds(/PB DONE\r\n/);
      host.sends('the rest\r\nin two lines\r\n');
      await host.hears('\r\nERROR\r\n\r\nERROR\r\n');
      await host.asks('AT+CGMI', `\r\nSIMCOM INCORPORATED\r\n${OK}`);
      const log = modem.log.map(({ text }) => text);
      expect(log).to.include('<line of 8 bytes>').and.to.include('<line of 12 bytes>').and.to.include('AT+CGMI');
      broke(modem);
      // Later on it is the host's own doing again.
      await host.asks('what is this', '\r\nERROR\r\n');
      broke(modem, ['unknown-command', 'what is this']);
    });

    it('of a whole file it takes the OK away', async () => {
      const { modem, host } = modemAndHost({ faults: { uploadCut: [1, 50] } });
      await host.asks('AT+CCERTDOWN="f.pem",5', '\r\n> ');
      host.sends('whole');
      await host.hears('\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n');
      expect(modem.files.get('f.pem')?.toString()).to.equal('whole');
    });
  });
});
