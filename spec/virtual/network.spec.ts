import { expect } from 'chai';

import type { VirtualModem, VirtualModemOptions } from '../../lib/virtual/index.js';
import { cleanUp, modemAndHost, started, type Host } from './host.js';
import { heldTime } from './scenes.js';
import { APN_PASSWORD } from '../support/secrets.js';

const line = (text: string) => `\r\n${text}\r\n`;
const OK = line('OK');

async function states(host: Host): Promise<string> {
  const found: string[] = [];
  for (const kind of ['CREG', 'CGREG', 'CEREG']) {
    host.sends(`AT+${kind}?\r`);
    const [, state = ''] = await host.finds(/: \d,(\d)\r\n\r\nOK\r\n/);
    found.push(state);
  }
  return found.join('');
}

const attaches = (modem: VirtualModem) =>
  modem.log.filter(({ text }) => text.startsWith('attach,')).map(({ text }) => text);

describe('virtual modem: registration', () => {
  afterEach(cleanUp);

  it('follows its script: searching, denied, searching, registered', async () => {
    const clock = heldTime();
    const { host } = modemAndHost({
      registration: [
        [0, 2],
        [5000, 3],
        [20_000, 2],
        [50_000, 1],
      ],
    });
    await host.asks('AT+CEREG=1', OK);
    for (const [time, state] of [
      [5000, 3],
      [15_000, 2],
      [30_000, 1],
    ] as const) {
      await host.asks('AT+CSQ', line('+CSQ: 99,99') + OK);
      await host.asks('AT+COPS?', line('+COPS: 0') + OK);
      await host.asks('AT+CGATT?', line('+CGATT: 0') + OK);
      await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 17'));
      clock.tick(time - 1);
      await host.hearsNothing();
      clock.tick(1);
      await host.hears(line(`+CEREG: ${state}`));
    }
    await host.asks('AT+CSQ', line('+CSQ: 24,99') + OK);
    await host.asks('AT+COPS?', line('+COPS: 0,0,"Virtual",7') + OK);
    await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
  });

  it('begins its script anew at AT+CFUN=1, and stops it at AT+CFUN=4', async () => {
    const clock = heldTime();
    const { host } = modemAndHost({
      registration: [
        [0, 2],
        [1000, 1],
      ],
    });
    clock.tick(900);
    await host.asks('AT+CFUN=4', OK);
    clock.tick(1000);
    expect(await states(host)).to.equal('000');
    await host.asks('AT+CFUN=1', OK);
    expect(await states(host)).to.equal('222');
    clock.tick(1000);
    expect(await states(host)).to.equal('111');
  });

  it('loses the network in the middle, and the service with it', async () => {
    const clock = heldTime();
    const { host } = await started({
      registration: [
        [0, 1],
        [20, 2],
        [60, 5],
      ],
    });
    clock.tick(20);
    await host.hears(line('+CCH: CCH STOP'));
    expect(await states(host)).to.equal('222');
    clock.tick(40);
    expect(await states(host)).to.equal('555');
  });

  for (const [what, registration, expected] of [
    ['with LTE only', [[0, { CREG: 2, CEREG: 1 }]], '201'],
    ['abroad, with packets before LTE only', [[0, { CREG: 3, CGREG: 5, CEREG: 3 }]], '353'],
  ] as [string, VirtualModemOptions['registration'], string][]) {
    it(`is registered ${what}`, async () => {
      const { host } = modemAndHost({ registration });
      expect(await states(host)).to.equal(expected);
      await host.asks('AT+COPS?', line('+COPS: 0,0,"Virtual",7') + OK);
      await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
    });
  }

  it('is registered for calls only, which carry no sessions', async () => {
    const { host } = modemAndHost({ registration: [[0, { CREG: 1, CEREG: 3 }]] });
    await host.asks('AT+COPS?', line('+COPS: 0,0,"Virtual",7') + OK);
    await host.asks('AT+CGATT?', line('+CGATT: 0') + OK);
    await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 17'));
  });

  it('ends and comes back with AT+CGATT, for packets', async () => {
    const { modem, host } = await started();
    await host.asks('AT+CGATT=0', OK + line('+CCH: CCH STOP'));
    expect(await states(host)).to.equal('100');
    await host.asks('AT+CGATT=1', OK);
    await host.asks('AT+CGATT=1', OK);
    expect(await states(host)).to.equal('111');
    expect(attaches(modem)).to.deep.equal(['attach, access point ""']);
  });
});

describe('virtual modem: access point', () => {
  afterEach(cleanUp);

  const show = (type: string, name: string) => line(`+CGDCONT: 1,"${type}","${name}","0.0.0.0",0,0`) + OK;

  it('is stored, shown, and kept over a reset', async () => {
    const { modem, host } = modemAndHost({ storedApn: { name: 'old.example', type: 'IPV4V6' } });
    await host.asks('AT+CGDCONT?', show('IPV4V6', 'old.example'));
    await host.asks('AT+CGDCONT=1,"IP","new.example"', OK);
    modem.reset();
    await host.finds(/PB DONE\r\n/);
    await host.asks('AT+CGDCONT?', show('IP', 'new.example'));
    expect(modem.log.filter(({ text }) => text.startsWith('AT+CGDCONT='))).to.have.length(1);
    expect(attaches(modem)).to.deep.equal(['attach, access point "new.example"']);
  });

  const attachAnew: [how: string, commands: string[]][] = [
    ['AT+CGATT', ['AT+CGATT=0', 'AT+CGATT=1']],
    ['AT+CFUN', ['AT+CFUN=0', 'AT+CFUN=1']],
  ];
  for (const [how, commands] of attachAnew) {
    it(`acts once the module has attached anew by ${how}`, async () => {
      const { modem, host } = modemAndHost({ storedApn: 'old.example', requiredApn: 'internet' });
      await host.asks('AT+CEREG?', line('+CEREG: 0,1') + OK);
      await host.asks('AT+CGDCONT=1,"IP","Internet"', OK);
      await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 9'));
      await host.asks('AT+CGPADDR=1', line('+CGPADDR: 1,0.0.0.0') + OK);
      for (const command of commands) await host.asks(command, OK);
      await host.asks('AT+CGPADDR=1', line('+CGPADDR: 1,10.71.155.118') + OK);
      await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
      expect(attaches(modem)).to.deep.equal(['attach, access point "Internet"']);
    });
  }

  it('counts at power-on', async () => {
    const { host } = modemAndHost({ storedApn: 'internet', requiredApn: 'internet' });
    await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
  });

  it('keeps the module off the network where that refuses it so', async () => {
    const { host } = modemAndHost({ requiredApn: 'internet', apnRefusal: 'registration' });
    expect(await states(host)).to.equal('133');
    await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 17'));
    await host.asks('AT+CGDCONT=1,"IP","internet"', OK);
    for (const command of ['AT+CGATT=0', 'AT+CGATT=1']) await host.asks(command, OK);
    expect(await states(host)).to.equal('111');
    await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
  });

  for (const [profile, given] of [
    ['sim7600', `"${APN_PASSWORD}","user"`],
    ['a76xx', `"${APN_PASSWORD}","user"`],
    ['sim767x', `"user","${APN_PASSWORD}"`],
  ] as const) {
    it(`asks for user and password, which stand as ${given} on ${profile}`, async () => {
      const requiredAuth = { type: 2, user: 'user', password: APN_PASSWORD } as const;
      const { modem, host } = modemAndHost({ profile, requiredAuth });
      const swapped = given.split(',').reverse().join();
      const attach = async () => {
        for (const command of ['AT+CGATT=0', 'AT+CGATT=1', 'AT+CCHSTART']) {
          host.sends(`${command}\r`);
          await host.finds(/(OK|ERROR)\r\n/);
        }
        return Number((await host.finds(/\+CCHSTART: (\d+)\r\n/))[1]);
      };
      await host.asks('AT+CGAUTH?', OK);
      expect(await attach()).to.equal(9);
      for (const refused of [`2,${swapped}`, `1,${given}`]) {
        await host.asks(`AT+CGAUTH=1,${refused}`, OK);
        expect(await attach(), refused).to.equal(9);
      }
      await host.asks(`AT+CGAUTH=1,2,${given}`, OK);
      await host.asks('AT+CGAUTH?', line('+CGAUTH: 1,2,"user"') + OK);
      expect(await attach()).to.equal(0);
      await host.asks('AT+CGAUTH=1,0', OK);
      await host.asks('AT+CGAUTH?', OK);
      expect(modem.log.map(({ text }) => text).join()).to.not.include(APN_PASSWORD);
    });
  }

  it('keeps user and password over a reset', async () => {
    const { modem, host } = modemAndHost({
      authOrder: 'user-first',
      requiredAuth: { user: 'user', password: APN_PASSWORD },
    });
    await host.asks(`AT+CGAUTH=1,3,"user","${APN_PASSWORD}"`, OK);
    modem.reset();
    await host.finds(/PB DONE\r\n/);
    await host.asks('AT+CCHSTART', OK + line('+CCHSTART: 0'));
  });
});
