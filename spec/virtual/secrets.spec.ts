import { expect } from 'chai';

import type { VirtualModem } from '../../lib/virtual/index.js';
import { cleanUp, modemAndHost, tcpServer } from './host.js';
import { heldTime } from './scenes.js';
import { PIN } from '../support/secrets.js';

/** What the log shows of a command line. */
async function shown(command: string): Promise<{ log: string; everything: string }> {
  const { modem, host } = modemAndHost({ latency: 1 });
  host.sends(`${command}\r`);
  await host.finds(/(OK|ERROR|\+CME ERROR: .*)\r\n$/);
  // The same again, and a command that does not wait for its answer.
  host.sends(`${command}\rAT\r`);
  await host.finds(/(OK|ERROR|\+CME ERROR: .*)\r\n\r\nOK\r\n$/);
  const everything = [...modem.log.map(({ text }) => text), ...modem.brokenRules.map(({ detail }) => detail)];
  return { log: modem.log[0]?.text ?? '', everything: everything.join('\n') };
}

const secret = PIN;

describe('virtual modem: secrets in its log and its notes', () => {
  afterEach(cleanUp);

  for (const [command, expected] of [
    [`AT+CPIN="${PIN}"`, 'AT+CPIN=***'],
    [`AT+CPIN=${PIN}`, 'AT+CPIN=***'],
    [`AT+CPIN = "${PIN}"`, 'AT+CPIN = ***'],
    [`AT +cpin= "${PIN}"`, 'AT +cpin= ***'],
    [`AT+ CPIN ="${PIN}","1234"`, 'AT+ CPIN =***'],
    [`ATE0;+CSQ;+CPIN = "${PIN}";+CREG?`, 'ATE0;+CSQ;+CPIN = ***'],
    [`AT+CPIN?;+CPIN="${PIN}"`, 'AT+CPIN?;+CPIN=***'],
    [`AT+CPIN=?;+CPIN="${PIN}"`, 'AT+CPIN=?;+CPIN=***'],
    [`\x1aAT+CPIN="${PIN}"`, '\\x1aAT+CPIN=***'],
    [`+CPIN="${PIN}"`, '+CPIN=***'],
    [`AT+CPIN "${PIN}"`, 'AT+CPIN***'],
    [`AT+CPIN${PIN}`, 'AT+CPIN***'],
    [`AT+CPIN:${PIN}`, 'AT+CPIN***'],
    [`AT+CPIN?${PIN}`, 'AT+CPIN***'],
    [`AT+CSSLCFG="keypwd",0,"${PIN}"`, 'AT+CSSLCFG="keypwd",0,***'],
    [`AT+CSSLCFG ="keypwd",0,"${PIN}"`, 'AT+CSSLCFG ="keypwd",0,***'],
    [`AT+CSSLCFG = "KEYPWD" , 10 , ${PIN}`, 'AT+CSSLCFG = "KEYPWD" , 10 , ***'],
    [`AT+CSSLCFG=keypwd,0,"a ""quoted"" ${PIN}"`, 'AT+CSSLCFG=keypwd,0,***'],
    [`AT+CSSLCFG="keypwd","${PIN}"`, 'AT+CSSLCFG***'],
    ['AT+CSSLCFG="keypwd"', 'AT+CSSLCFG***'],
    [`AT+CSSLCFG="keypass",0,"${PIN}"`, 'AT+CSSLCFG***'],
    [`AT+CSSLCFG=0,"keypwd","${PIN}"`, 'AT+CSSLCFG***'],
    [`AT+CSSLCFG="password",0,"${PIN}"`, 'AT+CSSLCFG="password",0,***'],
    [`AT+CSSLCFG="authmode",0,1;+CSSLCFG="keypwd",0,"${PIN}"`, 'AT+CSSLCFG="authmode",0,1;+CSSLCFG="keypwd",0,***'],
    [`AT+CGAUTH=1,2,"${PIN}","me"`, 'AT+CGAUTH=1,2,***'],
    [`AT+CGAUTH = 1 , 2 , "${PIN}"`, 'AT+CGAUTH = 1 , 2 , ***'],
    [`AT+CGAUTH="${PIN}","me"`, 'AT+CGAUTH***'],
    [`AT+CGAUTH=1,${PIN}`, 'AT+CGAUTH***'],
    [`AT+CSOCKAUTH=1,1,"${PIN}","me"`, 'AT+CSOCKAUTH=1,1,***'],
    [`AT+CLCK="SC",1,"${PIN}"`, 'AT+CLCK="SC",1,***'],
    [`AT+CLCK = "SC" , 1 , "${PIN}"`, 'AT+CLCK = "SC" , 1 , ***'],
    [`AT+CLCK=SC,1,${PIN},7`, 'AT+CLCK=SC,1,***'],
    [`AT+CLCK="${PIN}"`, 'AT+CLCK***'],
    [`AT+CPWD="SC","1234","${PIN}"`, 'AT+CPWD="SC",***'],
    [`AT+CPWD ="P2", 1234, ${PIN}`, 'AT+CPWD ="P2", ***'],
    [`AT+CPWD=${PIN},1234`, 'AT+CPWD***'],
  ] as const) {
    it(`${JSON.stringify(command)} is ${expected}`, async () => {
      const { log, everything } = await shown(command);
      expect(log).to.equal(expected);
      expect(everything).to.not.include(secret).and.to.not.include('1234');
      // The one that did not wait is told of, and what it did.
      expect(everything).to.include(`${expected}, 3 bytes too early`);
    });
  }

  it('hides nothing in which there is no secret', async () => {
    for (const command of [
      'AT+CPIN?',
      'AT+CPIN=?',
      'AT+CPIN = ?',
      'AT+CLCK="SC",2',
      'AT+CGAUTH?',
      'AT+CGAUTH=1',
      'AT+CGAUTH=1,0',
      'AT+CSSLCFG?',
      'AT+CSSLCFG=?',
      'AT+CSSLCFG=3',
      'AT+CSSLCFG="authmode",0,2',
      'AT+CSSLCFG="use_tickets",0,1',
      'AT+CSSLCFG = "cacert" , 0 , "ca.pem"',
      'AT+CSSLCFG="password",0,"word.pem"',
      'AT+CPINR="SIM PIN"',
      'AT+CGDCONT=1,"IP","internet"',
    ]) {
      expect((await shown(command)).log).to.equal(command);
      await cleanUp();
    }
  });

  it('shows the user of AT+CGAUTH? no more than the command, for it may be the password', async () => {
    const { modem, host } = modemAndHost();
    await host.asks(`AT+CGAUTH=1,2,"me","${PIN}"`, '\r\nOK\r\n');
    await host.asks('AT+CGAUTH?', `\r\n+CGAUTH: 1,2,"${PIN}"\r\n\r\nOK\r\n`);
    expect(modem.log.map(({ text }) => text)).to.deep.equal([
      'AT+CGAUTH=1,2,***',
      'OK',
      'AT+CGAUTH?',
      '+CGAUTH: 1,2,***',
      'OK',
    ]);
  });

  describe('that come where a command is read', () => {
    const key = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC';
    const texts = (modem: VirtualModem) => [
      ...modem.log.filter(({ direction }) => direction === 'host').map(({ text }) => text),
      ...modem.brokenRules.map(({ rule, detail }) => `${rule} ${detail}`),
    ];

    it('as the rest of a file that is longer than was announced', async () => {
      heldTime();
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCERTDOWN="key.pem",5', '\r\n> ');
      // The second looks like a command, and is none.
      host.sends(`-----${key}\r\nAT${key}\r\n`);
      await host.hears('\r\nOK\r\n\r\nERROR\r\n\r\nERROR\r\n');
      await host.asks('AT+CSQ', '\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      await host.asks('nothing of a file', '\r\nERROR\r\n');
      expect(texts(modem)).to.deep.equal([
        'AT+CCERTDOWN="key.pem",5',
        '<5 bytes>',
        '<line of 32 bytes>',
        '<line of 34 bytes>',
        'AT+CSQ',
        'nothing of a file',
        'command-before-final-result <line of 32 bytes>, 37 bytes too early',
        'bytes-after-payload <line of 32 bytes>',
        'unknown-command <line of 34 bytes>',
        'unknown-command nothing of a file',
      ]);
    });

    it('as a file that was refused, and is sent all the same', async () => {
      const { modem, host } = modemAndHost({ storeSize: 10 });
      await host.asks('AT+CCERTDOWN="key.pem",32', '\r\nERROR\r\n');
      await host.asks(key, '\r\nERROR\r\n');
      // The rule that the next one breaks is told of a line that is not shown.
      host.sends(`${key}\rAT+CSQ\r`);
      await host.finds(/ERROR\r\n.*OK\r\n/s);
      expect(texts(modem).join('\n')).to.include('<line of 32 bytes>, 7 bytes too early').and.not.include(key);
    });

    it('as the rest of a PIN whose command was taken for counted bytes', async () => {
      heldTime();
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCERTDOWN="ca.pem",9', '\r\n> ');
      host.sends(`AT+CPIN="${PIN}"\r`);
      await host.hears('\r\nOK\r\n\r\nERROR\r\n');
      expect(texts(modem).slice(1)).to.deep.equal([
        '<9 bytes>',
        '<line of 9 bytes>',
        'bytes-after-payload <line of 9 bytes>',
      ]);
    });

    it('as raw data behind the end of its session', async () => {
      const { port, peer } = await tcpServer();
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCHMODE=1', '\r\nOK\r\n');
      await host.asks('AT+CCHSTART', '\r\nOK\r\n\r\n+CCHSTART: 0\r\n');
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nCONNECT 115200\r\n');
      (await peer()).end();
      await host.hears('\r\nCLOSED\r\n');
      await host.asks(key, '\r\nERROR\r\n');
      await host.asks('AT', '\r\nOK\r\n');
      expect(texts(modem).slice(-3)).to.deep.equal(['<line of 32 bytes>', 'AT', 'unknown-command <line of 32 bytes>']);
    });

    for (const command of [
      'AT',
      'ATE0V1',
      'AT&D0',
      'ATI',
      'AT+FOO=1',
      'AT+CREG?',
      'AT+CREG?;+CSQ',
      'ATE0;+CSQ',
      'ATO',
    ]) {
      it(`and not ${command}`, async () => {
        const { modem, host } = modemAndHost();
        await host.asks('AT+CCERTDOWN="ca.pem",3', '\r\n> ');
        host.sends('abc');
        await host.hears('\r\nOK\r\n');
        host.sends(`${command}\r`);
        await host.finds(/(OK|ERROR|NO CARRIER)\r\n/);
        expect(texts(modem)[2]).to.equal(command);
      });
    }
  });

  it('shows no context whose password makes its line unreadable', async () => {
    const { modem, host } = modemAndHost();
    Object.assign(modem.contexts[3] ?? {}, { keypwd: `odd "${PIN}"` });
    host.sends('AT+CSSLCFG=3\r');
    await host.finds(/\r\nOK\r\n/);
    expect(modem.log[1]?.text).to.equal('+CSSLCFG: ***');
  });
});
