import { expect } from 'chai';

import { cleanUp, modemAndHost } from './host.js';

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

const secret = '80427';

describe('virtual modem: secrets in its log and its notes', () => {
  afterEach(cleanUp);

  for (const [command, expected] of [
    ['AT+CPIN="80427"', 'AT+CPIN=***'],
    ['AT+CPIN=80427', 'AT+CPIN=***'],
    ['AT+CPIN = "80427"', 'AT+CPIN = ***'],
    ['AT +cpin= "80427"', 'AT +cpin= ***'],
    ['AT+ CPIN ="80427","1234"', 'AT+ CPIN =***'],
    ['ATE0;+CSQ;+CPIN = "80427";+CREG?', 'ATE0;+CSQ;+CPIN = ***'],
    ['AT+CPIN?;+CPIN="80427"', 'AT+CPIN?;+CPIN=***'],
    ['AT+CPIN=?;+CPIN="80427"', 'AT+CPIN=?;+CPIN=***'],
    ['\x1aAT+CPIN="80427"', '\\x1aAT+CPIN=***'],
    ['+CPIN="80427"', '+CPIN=***'],
    ['AT+CPIN "80427"', 'AT+CPIN***'],
    ['AT+CPIN80427', 'AT+CPIN***'],
    ['AT+CPIN:80427', 'AT+CPIN***'],
    ['AT+CPIN?80427', 'AT+CPIN***'],
    ['AT+CSSLCFG="keypwd",0,"80427"', 'AT+CSSLCFG="keypwd",0,***'],
    ['AT+CSSLCFG ="keypwd",0,"80427"', 'AT+CSSLCFG ="keypwd",0,***'],
    ['AT+CSSLCFG = "KEYPWD" , 10 , 80427', 'AT+CSSLCFG = "KEYPWD" , 10 , ***'],
    ['AT+CSSLCFG=keypwd,0,"a ""quoted"" 80427"', 'AT+CSSLCFG=keypwd,0,***'],
    ['AT+CSSLCFG="keypwd","80427"', 'AT+CSSLCFG***'],
    ['AT+CSSLCFG="keypwd"', 'AT+CSSLCFG***'],
    ['AT+CSSLCFG="keypass",0,"80427"', 'AT+CSSLCFG***'],
    ['AT+CSSLCFG=0,"keypwd","80427"', 'AT+CSSLCFG***'],
    ['AT+CSSLCFG="password",0,"80427"', 'AT+CSSLCFG="password",0,***'],
    ['AT+CSSLCFG="authmode",0,1;+CSSLCFG="keypwd",0,"80427"', 'AT+CSSLCFG="authmode",0,1;+CSSLCFG="keypwd",0,***'],
    ['AT+CGAUTH=1,2,"80427","me"', 'AT+CGAUTH=1,2,***'],
    ['AT+CGAUTH = 1 , 2 , "80427"', 'AT+CGAUTH = 1 , 2 , ***'],
    ['AT+CGAUTH="80427","me"', 'AT+CGAUTH***'],
    ['AT+CGAUTH=1,80427', 'AT+CGAUTH***'],
    ['AT+CSOCKAUTH=1,1,"80427","me"', 'AT+CSOCKAUTH=1,1,***'],
    ['AT+CLCK="SC",1,"80427"', 'AT+CLCK="SC",1,***'],
    ['AT+CLCK = "SC" , 1 , "80427"', 'AT+CLCK = "SC" , 1 , ***'],
    ['AT+CLCK=SC,1,80427,7', 'AT+CLCK=SC,1,***'],
    ['AT+CLCK="80427"', 'AT+CLCK***'],
    ['AT+CPWD="SC","1234","80427"', 'AT+CPWD="SC",***'],
    ['AT+CPWD ="P2", 1234, 80427', 'AT+CPWD ="P2", ***'],
    ['AT+CPWD=80427,1234', 'AT+CPWD***'],
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
    await host.asks('AT+CGAUTH=1,2,"me","80427"', '\r\nOK\r\n');
    await host.asks('AT+CGAUTH?', '\r\n+CGAUTH: 1,2,"80427"\r\n\r\nOK\r\n');
    expect(modem.log.map(({ text }) => text)).to.deep.equal([
      'AT+CGAUTH=1,2,***',
      'OK',
      'AT+CGAUTH?',
      '+CGAUTH: 1,2,***',
      'OK',
    ]);
  });

  it('shows no context whose password makes its line unreadable', async () => {
    const { modem, host } = modemAndHost();
    Object.assign(modem.contexts[3] ?? {}, { keypwd: 'odd "80427"' });
    host.sends('AT+CSSLCFG=3\r');
    await host.finds(/\r\nOK\r\n/);
    expect(modem.log[1]?.text).to.equal('+CSSLCFG: ***');
  });
});
