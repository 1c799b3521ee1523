import { expect } from 'chai';

import { VirtualModem } from '../../lib/virtual/index.js';
import { Host, afterwards, cleanUp, modemAndHost } from './host.js';
import { APN_PASSWORD, PIN, WRONG_PIN } from '../support/secrets.js';

function atPowerOn(options = {}): { modem: VirtualModem; host: Host } {
  const modem = new VirtualModem(options);
  afterwards(() => modem.close());
  return { modem, host: new Host(modem.attach()) };
}

describe('virtual modem: commands', () => {
  afterEach(cleanUp);

  describe('the line', () => {
    it('echoes at power-on, until it is told not to', async () => {
      const { host } = atPowerOn();
      host.sends('AT\r');
      await host.hears('AT\r\r\nOK\r\n');
      host.sends('ate0\r');
      await host.hears('ate0\r\r\nOK\r\n');
      host.sends('AT\r');
      await host.hears('\r\nOK\r\n');
    });

    it('takes commands that end in CR LF, and echoes no line feed', async () => {
      const { modem, host } = atPowerOn();
      host.sends('AT\r\nATE0\r\n');
      await host.hears('AT\r\r\nOK\r\nATE0\r\r\nOK\r\n');
      host.sends('AT\r\n');
      await host.hears('\r\nOK\r\n');
      await host.hearsNothing();
      expect(modem.brokenRules.map(({ rule }) => rule)).to.deep.equal(['command-before-final-result']);
    });

    it('takes a command byte by byte, in any case', async () => {
      const { host } = modemAndHost();
      for (const byte of 'at+cMeE?\r') host.sends(byte);
      await host.hears('\r\n+CMEE: 2\r\n\r\nOK\r\n');
    });

    it('answers nothing to empty lines', async () => {
      const { modem, host } = modemAndHost();
      host.sends('\r\r\n\n\r  \r');
      await host.hearsNothing();
      expect(modem.brokenRules).to.be.empty;
    });

    it('lets a backspace delete what stands before it', async () => {
      const { modem, host } = atPowerOn();
      host.sends('\bAT+CX\bSQ\r');
      await host.hears('\bAT+CX\bSQ\r\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      expect(modem.brokenRules).to.be.empty;
    });

    it('shows no control characters in its log', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('\0\x1b[2JAT', '\r\nERROR\r\n');
      expect(modem.log[0]?.text).to.equal('\\x00\\x1b[2JAT');
      expect(modem.brokenRules[0]?.detail).to.equal('\\x00\\x1b[2JAT');
    });

    it('keeps the echo on where it is locked', async () => {
      const { host } = atPowerOn({ echoLocked: true });
      host.sends('ATE0\r');
      await host.hears('ATE0\r\r\nOK\r\n');
      host.sends('AT\r');
      await host.hears('AT\r\r\nOK\r\n');
    });

    it('bounds its command line', async () => {
      const { host } = modemAndHost({ maxCommand: 20 });
      host.sends(`AT${'X'.repeat(500)}\rAT\r`);
      await host.hears('\r\nERROR\r\n\r\nOK\r\n');
    });

    it('does not let an unsolicited line into a command that is being typed', async () => {
      const { modem, host } = atPowerOn();
      host.sends('AT');
      await host.hears('AT');
      modem.inject('RING');
      host.sends('\r');
      await host.hears('\r\r\nRING\r\n\r\nOK\r\n');
    });

    it('does not wait for ever for the rest of a command', async () => {
      const { modem, host } = atPowerOn();
      host.sends('\u0001');
      await host.hears('\u0001');
      modem.inject('RING');
      await host.hears('\r\nRING\r\n');
    });
  });

  describe('basic commands', () => {
    it('runs several in one line', async () => {
      const { host } = atPowerOn();
      host.sends('AT&D0&C0E0V1\r');
      await host.hears('AT&D0&C0E0V1\r\r\nOK\r\n');
      await host.asks('AT&F', '\r\nOK\r\n');
      await host.asks('ATE0', 'ATE0\r\r\nOK\r\n');
    });

    it('runs none when one is unknown', async () => {
      const { host } = atPowerOn();
      host.sends('ATE0Q7\r');
      await host.hears('ATE0Q7\r\r\nERROR\r\n');
      host.sends('AT\r');
      await host.hears('AT\r\r\nOK\r\n');
    });

    it('answers with numbers after ATV0', async () => {
      const { host } = modemAndHost();
      await host.asks('ATV0', '0\r');
      await host.asks('AT+CGMI', 'SIMCOM INCORPORATED\r\n0\r');
      await host.asks('AT+NOTHING', '4\r');
      await host.asks('ATV1', '\r\nOK\r\n');
    });

    it('has nothing to go back to with ATO, and no data mode to leave with +++', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('ATO', '\r\nNO CARRIER\r\n');
      await host.asks('+++', '\r\nERROR\r\n');
      await host.asks('+++AT', '\r\nERROR\r\n');
      expect(modem.brokenRules).to.be.empty;
    });
  });

  describe('several commands in one line', () => {
    it('are answered with one final result', async () => {
      const { modem, host } = atPowerOn();
      host.sends('ATE0V1;+CREG?;+CSQ;\r');
      await host.hears('ATE0V1;+CREG?;+CSQ;\r\r\n+CREG: 0,1\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      await host.asks('ate0+cmee=1;+cgdcont=1,"IP","a;b"', '\r\nOK\r\n');
      await host.asks('AT+CGDCONT?;+CMEE?', '\r\n+CGDCONT: 1,"IP","a;b","0.0.0.0",0,0\r\n+CMEE: 1\r\n\r\nOK\r\n');
      await host.asks('AT+CCHSET=1,1;+CCHSTART', '\r\nOK\r\n\r\n+CCHSTART: 0\r\n');
      expect(modem.brokenRules).to.be.empty;
    });

    it('end with the first that fails', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('AT+CSQ;+NOTHING;+CMEE=0', '\r\n+CSQ: 24,99\r\n\r\nERROR\r\n');
      await host.asks('AT+CMEE?', '\r\n+CMEE: 2\r\n\r\nOK\r\n');
      expect(modem.brokenRules.map(({ rule, detail }) => [rule, detail])).to.deep.equal([
        ['unknown-command', 'AT+NOTHING'],
      ]);
    });

    it('have none between them that takes its time or asks for bytes', async () => {
      const { modem, host } = modemAndHost();
      for (const line of ['AT+CCHSTART;+CSQ', 'AT+CSQ;+CCERTDOWN="ca.pem",3']) await host.asks(line, '\r\nERROR\r\n');
      await host.asks('AT+CCHADDR', '\r\nERROR\r\n');
      expect(modem.brokenRules).to.have.length(2);
    });

    it('keep their secrets', async () => {
      const { modem, host } = modemAndHost({ pin: WRONG_PIN });
      await host.asks(`ATE0;+CPIN="${WRONG_PIN}"`, '\r\n+CPIN: READY\r\n\r\nOK\r\n');
      expect(modem.log[0]?.text).to.equal('ATE0;+CPIN=***');
    });
  });

  describe('bring-up commands', () => {
    it('says who it is', async () => {
      const { host } = modemAndHost({ profile: 'a76xx' });
      await host.asks('AT+CGMI', '\r\nSIMCOM INCORPORATED\r\n\r\nOK\r\n');
      await host.asks('AT+CGMM', '\r\nA7670E-FASE\r\n\r\nOK\r\n');
      await host.asks('AT+CGMR', '\r\nA7670M7_V1.11.1\r\n\r\nOK\r\n');
      await host.asks('AT+CGSN', '\r\n860000000000001\r\n\r\nOK\r\n');
      await host.asks('AT+CGSN=?', '\r\nOK\r\n');
    });

    it('puts the name before the revision on a 7600', async () => {
      const { host } = modemAndHost({ profile: 'sim7600' });
      await host.asks('AT+CGMR', '\r\n+CGMR: LE20B04SIM7600M22\r\n\r\nOK\r\n');
    });

    it('tells SIM, signal, registration, operator and address', async () => {
      const { host } = modemAndHost();
      await host.asks('AT+CPIN?', '\r\n+CPIN: READY\r\n\r\nOK\r\n');
      await host.asks('AT+CSQ', '\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      await host.asks('AT+CEREG?', '\r\n+CEREG: 0,1\r\n\r\nOK\r\n');
      await host.asks('AT+CGREG?', '\r\n+CGREG: 0,1\r\n\r\nOK\r\n');
      await host.asks('AT+COPS?', '\r\n+COPS: 0,0,"Virtual",7\r\n\r\nOK\r\n');
      await host.asks('AT+CGATT?', '\r\n+CGATT: 1\r\n\r\nOK\r\n');
      await host.asks('AT+CGACT?', '\r\n+CGACT: 1,1\r\n\r\nOK\r\n');
      await host.asks('AT+CGPADDR=1', '\r\n+CGPADDR: 1,10.71.155.118\r\n\r\nOK\r\n');
    });

    it('asks for its PIN, and masks it in the log', async () => {
      const { modem, host } = modemAndHost({ pin: PIN });
      await host.asks('AT+CPIN?', '\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n');
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, '\r\n+CME ERROR: incorrect password\r\n');
      await host.asks('AT+CMEE=1', '\r\nOK\r\n');
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, '\r\n+CME ERROR: 16\r\n');
      await host.asks('AT+CEREG?', '\r\n+CEREG: 0,0\r\n\r\nOK\r\n');
      await host.asks(`AT+CPIN="${PIN}"`, '\r\n+CPIN: READY\r\n\r\nOK\r\n');
      await host.asks('AT+CEREG?', '\r\n+CEREG: 0,1\r\n\r\nOK\r\n');
      expect(modem.log.map(({ text }) => text).join())
        .to.include('AT+CPIN=***')
        .and.not.include(PIN);
    });

    it('is blocked by three wrong PINs', async () => {
      const { host } = modemAndHost({ pin: PIN });
      await host.asks('AT+CMEE=0', '\r\nOK\r\n');
      for (let tries = 0; tries < 3; tries++) await host.asks(`AT+CPIN=${WRONG_PIN}`, '\r\nERROR\r\n');
      await host.asks('AT+CPIN?', '\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n');
    });

    it('registers after a while, and tells it who asked', async () => {
      const { host } = modemAndHost({ registrationDelay: 50 });
      await host.asks('AT+CEREG?', '\r\n+CEREG: 0,2\r\n\r\nOK\r\n');
      await host.asks('AT+CEREG=1', '\r\nOK\r\n');
      await host.asks('AT+CCHSTART', '\r\nOK\r\n\r\n+CCHSTART: 17\r\n');
      await host.hears('\r\n+CEREG: 1\r\n');
      await host.asks('AT+CEREG?', '\r\n+CEREG: 1,1\r\n\r\nOK\r\n');
    });

    it('stops the service when the radio goes off', async () => {
      const { host } = modemAndHost();
      await host.asks('AT+CCHSTART', '\r\nOK\r\n\r\n+CCHSTART: 0\r\n');
      await host.asks('AT+CFUN=0', '\r\nOK\r\n\r\n+CCH: CCH STOP\r\n');
      await host.asks('AT+CCHADDR', '\r\nERROR\r\n');
      await host.asks('AT+CFUN=1', '\r\nOK\r\n');
      await host.asks('AT+CREG?', '\r\n+CREG: 0,1\r\n\r\nOK\r\n');
    });

    it('keeps an APN', async () => {
      const { host } = modemAndHost();
      await host.asks('AT+CGDCONT=1,"IP","internet"', '\r\nOK\r\n');
      await host.asks('AT+CGDCONT?', '\r\n+CGDCONT: 1,"IP","internet","0.0.0.0",0,0\r\n\r\nOK\r\n');
      await host.asks(`AT+CGAUTH=1,1,"${APN_PASSWORD}","user"`, '\r\nOK\r\n');
      await host.asks('AT+CGDCONT=99,"IP","internet"', '\r\nERROR\r\n');
    });

    it('keeps settings of the line', async () => {
      const { host } = modemAndHost();
      await host.asks('AT+IFC=2,2', '\r\nOK\r\n');
      await host.asks('AT+IFC?', '\r\n+IFC: 2,2\r\n\r\nOK\r\n');
      await host.asks('AT+IFC=7', '\r\nERROR\r\n');
      for (const command of ['AT+IPR=115200', 'AT+CTZU=1', 'AT+CSCLK=0', 'AT+CATR=1', 'AT+CGATT=1', 'AT+COPS=0']) {
        await host.asks(command, '\r\nOK\r\n');
      }
    });

    it('has a clock that starts in 1980 and can be set, with its zone', async () => {
      const { modem, host } = modemAndHost();
      host.sends('AT+CCLK?\r');
      await host.finds(/\+CCLK: "80\/01\/06,00:00:0\d\+00"\r\n\r\nOK\r\n/);
      await host.asks('AT+CCLK="26/11/22,14:30:00+08"', '\r\nOK\r\n');
      expect(modem.clock.toISOString()).to.match(/^2026-11-22T12:30:0/);
      host.sends('AT+CCLK?\r');
      await host.finds(/\+CCLK: "26\/11\/22,14:30:0\d\+08"/);
      await host.finds(/OK\r\n/);
      await host.asks('AT+CCLK="26/02/31,14:30:00+00"', '\r\nERROR\r\n');
      modem.clock = new Date('2030-05-01T00:00:00Z');
      host.sends('AT+CCLK?\r');
      await host.finds(/"30\/05\/01,02:00:0\d\+08"/);
    });

    it('resets by AT+CRESET and AT+CFUN=1,1', async () => {
      const { host } = modemAndHost({ profile: 'a76xx' });
      const banner = '\r\n*ATREADY: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n';
      await host.asks('AT+CRESET', `\r\nOK\r\n${banner}`);
      await host.asks('AT+CFUN=1,1', `\r\nOK\r\n${banner}`);
    });
  });
});
