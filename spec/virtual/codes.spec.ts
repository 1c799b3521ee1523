import { expect } from 'chai';

import { until } from '../support/turn.js';
import { cleanUp, connected, modemAndHost, tcpServer } from './host.js';
import { broke, heldTime, unsent } from './scenes.js';

const line = (text: string) => `\r\n${text}\r\n`;
const OK = line('OK');

describe('virtual modem: AT+CATR', () => {
  afterEach(cleanUp);

  it('has codes, and results behind OK, appear on one port only', async () => {
    const { port, peer } = await tcpServer();
    const { modem, host } = modemAndHost({ portNumber: 3 });
    await host.asks('AT+CATR?', line('+CATR: 0') + OK);
    modem.inject('RING');
    await host.hears(line('RING'));
    await host.asks('AT+CATR=2', OK);
    await host.asks('AT+CATR?', line('+CATR: 2') + OK);
    modem.inject('RING');
    await host.asks('AT+CCHSET=1,1', OK);
    await host.asks('AT+CCHSTART', OK);
    await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, OK);
    (await peer()).write('data');
    await until(() => modem.sessions[0]?.cached === 4);
    await host.hearsNothing();
    // Answers are no codes.
    await host.asks('AT+CCHRECV=0', `${OK}\r\n+CCHRECV: DATA,0,4\r\ndata\r\n${line('+CCHRECV: 0,0')}`);
    expect(modem.log.map(({ text }) => text)).to.include.members([
      'on port 2: RING',
      'on port 2: +CCHSTART: 0',
      'on port 2: +CCHOPEN: 0,0',
      'on port 2: +CCHEVENT: 0, RECV EVENT',
    ]);
    await host.asks('AT+CATR=3', OK);
    await host.asks('AT+CCHCLOSE=0', OK + line('+CCHCLOSE: 0,0'));
  });

  it('has pushed data appear there, too', async () => {
    const { modem, host, peer } = await connected({}, '0,0');
    await host.asks('AT+CATR=2', OK);
    peer.write('data');
    await until(() => modem.log.some(({ text }) => text === 'on port 2: <4 bytes>'));
    await host.hearsNothing();
    await host.asks('AT+CCHRECV?', line('+CCHRECV: LEN,0,0') + OK);
  });

  it('takes the results of a module that says them first, too', async () => {
    const { host } = modemAndHost({ replyOrder: 'result-first', catr: 2 });
    await host.asks('AT+CCHSTART', OK);
    await host.asks('AT+CATR=0', OK);
    await host.asks('AT+CCHSTOP', line('+CCHSTOP: 0') + OK);
  });

  it('may be left behind by a former host, over resets', async () => {
    const { modem, host } = modemAndHost({ catr: 2 });
    modem.reset();
    await until(() => modem.log.some(({ text }) => text === 'on port 2: PB DONE'));
    await host.asks('AT+CATR=1', OK);
    modem.reset();
    await until(() => modem.log.filter(({ text }) => text === 'on port 2: PB DONE').length === 2);
    await host.hearsNothing();
    await host.asks('AT+CATR?', line('+CATR: 2') + OK);
  });
});

describe('virtual modem: AT+CSCLK', () => {
  afterEach(cleanUp);

  it('loses the first characters after five seconds of silence', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost();
    await host.asks('AT+CSCLK=1', OK);
    await host.asks('AT+CSCLK?', line('+CSCLK: 1') + OK);
    clock.tick(4999);
    await host.asks('AT', OK);
    clock.tick(5000);
    // Nothing is left of it, and it has woken the module.
    host.sends('AT\r');
    await host.hearsNothing();
    await host.asks('AT', OK);
    clock.tick(5000);
    await host.asks('AT+CSQ', line('ERROR'));
    clock.tick(5000);
    for (const byte of 'AT+CSQ\r') host.sends(byte);
    await host.hears(line('ERROR'));
    await host.asks('AT+CSCLK=0', OK);
    clock.tick(10_000);
    await host.asks('AT', OK);
    broke(modem);
  });

  it('may be left behind by a former host', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost({ csclk: 1 });
    clock.tick(5000);
    host.sends('AT\r');
    await host.hearsNothing();
    expect(modem.statistics).to.include({ commands: 0, bytesIn: 3 });
  });

  it('does not let a module sleep that waits for counted bytes', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost({ csclk: 1 });
    await host.asks('AT+CCERTDOWN="f.pem",6', '\r\n> ');
    clock.tick(8000);
    host.sends('abcdef');
    await host.hears(OK);
    expect(modem.files.get('f.pem')?.toString()).to.equal('abcdef');
  });
});

describe('virtual modem: AT+CCHSEND before the report of the one before', () => {
  afterEach(cleanUp);

  it('is refused by a 767, and taken behind the report', async () => {
    const { modem, host } = await unsent({ profile: 'sim767x' });
    await host.asks('AT+CCHSEND=0,5', line('ERROR'));
    modem.faults.uplink = undefined;
    await host.hears(line('+CCHSEND: 0,0'));
    await host.asks('AT+CCHSEND=0,5', '\r\n>\r\n');
    broke(modem, ['send-before-report', 'AT+CCHSEND=0,5']);
  });

  for (const profile of ['sim7600', 'a76xx'] as const) {
    it(`is taken by ${profile}`, async () => {
      const { modem, host } = await unsent({ profile });
      host.sends('AT+CCHSEND=0,5\r');
      await host.finds(/^\r\n>/);
      broke(modem);
    });
  }
});
