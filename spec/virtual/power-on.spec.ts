import { expect } from 'chai';

import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { Host, afterwards, cleanUp, modemAndHost } from './host.js';
import { broke, heldTime } from './scenes.js';
import { PIN, WRONG_PIN } from '../support/secrets.js';

const line = (text: string) => `\r\n${text}\r\n`;
const OK = line('OK');
const DAY = 86_400_000;

/** A modem that is switched on now. */
function switchedOn(options: VirtualModemOptions = {}): { modem: VirtualModem; host: Host } {
  return modemAndHost({ poweredOn: 'booting', ...options });
}

describe('virtual modem: from power-on', () => {
  afterEach(cleanUp);

  describe('boot', () => {
    it('is deaf for its time, loses what was sent, and says its banner', async () => {
      const clock = heldTime();
      const { modem, host } = switchedOn({ profile: 'a76xx', bootTime: 7000 });
      clock.tick(6999);
      host.sends('AT\r');
      await host.hearsNothing();
      clock.tick(1);
      await host.hears(['*ATREADY: 1', '+CPIN: READY', 'SMS DONE', 'PB DONE'].map(line).join(''));
      await host.asks('AT', OK);
      expect(modem.log.filter(({ direction }) => direction === 'host')).to.have.length(1);
      broke(modem);
    });

    it('says nothing where it is long past', async () => {
      const { host } = modemAndHost({ bootTime: 7000 });
      await host.asks('AT', OK);
      await host.hearsNothing();
    });

    it('forgets what was half typed', async () => {
      const { modem, host } = switchedOn();
      host.sends('AT+CC');
      await host.hears(['RDY', '+CPIN: READY', 'SMS DONE', 'PB DONE'].map(line).join(''));
      await host.asks('AT', OK);
      broke(modem);
    });
  });

  describe('SIM', () => {
    it('is busy for a while, and is announced when it is there', async () => {
      const clock = heldTime();
      const { host } = switchedOn({ bootTime: 1000, simDelay: 3000 });
      clock.tick(1000);
      await host.hears(line('RDY'));
      await host.asks('AT+CPIN?', line('+CME ERROR: SIM busy'));
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, line('+CME ERROR: SIM busy'));
      await host.asks('AT+CMEE=1', OK);
      await host.asks('AT+CPIN?', line('+CME ERROR: 14'));
      await host.asks('AT+CMEE=0', OK);
      await host.asks('AT+CPIN?', line('ERROR'));
      await host.asks('AT+CEREG?', line('+CEREG: 0,0') + OK);
      clock.tick(3000);
      await host.hears(['+CPIN: READY', 'SMS DONE', 'PB DONE'].map(line).join(''));
      await host.asks('AT+CPIN?', line('+CPIN: READY') + OK);
      await host.asks('AT+CEREG?', line('+CEREG: 0,1') + OK);
    });

    it('answers in turn what it is told to, numbers as numbers', async () => {
      const { host } = modemAndHost({ simDelay: 60_000, simAnswers: ['SIM busy', 'SIM failure', 14, 313] });
      for (const said of ['SIM busy', 'SIM failure', '14', '313', 'SIM busy']) {
        await host.asks('AT+CPIN?', line(`+CME ERROR: ${said}`));
      }
      await host.asks('AT+CMEE=1', OK);
      for (const said of ['13', '14', '313', '14']) await host.asks('AT+CPIN?', line(`+CME ERROR: ${said}`));
    });

    it('asks for its PIN once it is there, and registers behind it', async () => {
      const clock = heldTime();
      const { host } = switchedOn({ simDelay: 2000, pin: PIN });
      clock.tick(0);
      await host.hears(line('RDY'));
      clock.tick(2000);
      await host.hears(line('+CPIN: SIM PIN'));
      await host.asks('AT+CPIN?', line('+CPIN: SIM PIN') + OK);
      await host.asks('AT+CREG?', line('+CREG: 0,0') + OK);
      await host.asks(`AT+CPIN="${PIN}"`, line('+CPIN: READY') + OK + line('SMS DONE') + line('PB DONE'));
      await host.asks('AT+CREG?', line('+CREG: 0,1') + OK);
    });

    it('counts wrong PINs over resets, until only its PUK helps', async () => {
      const { modem, host } = modemAndHost({ pin: PIN });
      const wrong = line('+CME ERROR: incorrect password');
      await host.asks('AT+SPIC', line('+SPIC: 3,10,3,10') + OK);
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, wrong);
      modem.reset();
      await host.hears(line('RDY') + line('+CPIN: SIM PIN'));
      await host.asks('AT+SPIC', line('+SPIC: 2,10,3,10') + OK);
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, wrong);
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, wrong);
      await host.asks(`AT+CPIN="${PIN}"`, line('+CME ERROR: SIM PUK required'));
      modem.reset();
      await host.hears(line('RDY') + line('+CPIN: SIM PUK'));
      await host.asks('AT+CPIN?', line('+CPIN: SIM PUK') + OK);
      await host.asks('AT+SPIC', line('+SPIC: 0,10,3,10') + OK);
    });

    it('forgives wrong PINs at the right one', async () => {
      const { modem, host } = modemAndHost({ pin: PIN });
      await host.asks(`AT+CPIN="${WRONG_PIN}"`, line('+CME ERROR: incorrect password'));
      await host.asks(`AT+CPIN="${PIN}"`, line('+CPIN: READY') + OK);
      modem.reset();
      await host.hears(line('RDY') + line('+CPIN: SIM PIN'));
      await host.asks('AT+SPIC', line('+SPIC: 3,10,3,10') + OK);
    });
  });

  describe('functionality', () => {
    for (const functionality of [0, 4] as const) {
      it(`${functionality} keeps it off the network until AT+CFUN=1`, async () => {
        const { modem, host } = modemAndHost({ functionality });
        await host.asks('AT+CFUN?', line(`+CFUN: ${functionality}`) + OK);
        await host.asks('AT+CPIN?', line('+CPIN: READY') + OK);
        await host.asks('AT+CEREG?', line('+CEREG: 0,0') + OK);
        await host.asks('AT+COPS?', line('+COPS: 0') + OK);
        await host.asks('AT+CEREG=1;+CFUN=1', OK + line('+CEREG: 1'));
        await host.asks('AT+CEREG?', line('+CEREG: 1,1') + OK);
        modem.reset();
        await host.hears(['RDY', '+CPIN: READY', 'SMS DONE', 'PB DONE'].map(line).join(''));
        await host.asks('AT+CFUN?', line(`+CFUN: ${functionality}`) + OK);
      });
    }
  });

  describe('clock', () => {
    for (const [what, clock, shown] of [
      ['begins in 1980 when nobody has set it', 'unset', /^80\/01\/06,00:00:/],
      ['may begin in 1970', new Date(0), /^70\/01\/01,00:00:/],
    ] as const) {
      it(what, async () => {
        const { host } = modemAndHost({ clock });
        host.sends('AT+CCLK?\r');
        const [, text] = await host.finds(/\+CCLK: "([^"]*)"\r\n\r\nOK\r\n/);
        expect(text).to.match(shown);
      });
    }

    it('may be days ahead, again after each reset', async () => {
      const { modem, host } = modemAndHost({ clock: 2 * DAY });
      const ahead = () => modem.clock.getTime() - Date.now();
      expect(ahead()).to.be.within(2 * DAY - 1000, 2 * DAY + 1000);
      await host.asks('AT+CCLK="20/01/01,00:00:00+00"', OK);
      expect(ahead()).to.be.below(0);
      modem.reset();
      expect(ahead()).to.be.within(2 * DAY - 1000, 2 * DAY + 1000);
    });

    it('is set by the network at each registration after AT+CTZU=1, which is kept', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('AT+CTZU?', line('+CTZU: 0') + OK);
      await host.asks('AT+CTZU=1', OK);
      expect(modem.clock.getUTCFullYear()).to.equal(1980);
      await host.asks('AT+CFUN=0', OK);
      await host.asks('AT+CFUN=1', OK);
      expect(Math.abs(modem.clock.getTime() - Date.now())).to.be.below(1000);
      modem.clock = new Date(0);
      modem.reset();
      await host.finds(/PB DONE\r\n/);
      await host.asks('AT+CTZU?', line('+CTZU: 1') + OK);
      expect(Math.abs(modem.clock.getTime() - Date.now())).to.be.below(1000);
    });

    it('is set at power-on where a former host left AT+CTZU=1', () => {
      const modem = new VirtualModem({ ctzu: 1 });
      afterwards(() => modem.close());
      expect(Math.abs(modem.clock.getTime() - Date.now())).to.be.below(1000);
    });
  });

  it('refuses options that cannot be', () => {
    for (const options of [
      { simDelay: -1 },
      { bootTime: 2 ** 31 },
      { simAnswers: [] },
      { registration: [[-1, 1]] },
    ] as VirtualModemOptions[]) {
      expect(() => new VirtualModem(options), JSON.stringify(options))
        .to.throw()
        .with.property('code', 'ERR_INVALID_ARG_VALUE');
    }
  });
});
