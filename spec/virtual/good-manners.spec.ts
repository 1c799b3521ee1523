import { expect } from 'chai';

import { until } from '../support/turn.js';
import { cleanUp, connected, modemAndHost, started } from './host.js';
import { broke, cached, closing, heldTime, opening, unsent } from './scenes.js';

describe('virtual modem: rules are not broken', () => {
  afterEach(cleanUp);

  it('by a barrier while a command is not answered', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost({ latency: 1000 });
    host.sends('AT+CSQ\r');
    await until(() => modem.log.length > 0);
    // Byte by byte, and another one when that stays unanswered, too.
    for (const barrier of ['AT+CCHSET?\r', 'AT+CGMR\r', 'AT\r']) {
      clock.tick(50);
      for (const byte of barrier) host.sends(byte);
      await host.hearsNothing();
    }
    clock.tick(850);
    await host.hears('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
    await host.hearsNothing();
    clock.tick(1000);
    await host.hears('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n');
    broke(modem);
  });

  it('by a deadline that passes soon after the module has begun with a question', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost({ latency: 120 });
    host.sends('AT+CSQ\r');
    await until(() => modem.log.length > 0);
    clock.tick(100);
    host.sends('AT+CCHSET?\r');
    await host.hearsNothing();
    clock.tick(20);
    await host.hears('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
    await until(() => modem.log.at(-1)?.text === 'AT+CCHSET?');
    clock.tick(40);
    host.sends('AT+CGMR\r');
    await host.hearsNothing();
    broke(modem);
  });

  it('by a barrier whose end comes when the answer is out', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost({ latency: 1000 });
    host.sends('AT+CSQ\r');
    await until(() => modem.log.length > 0);
    clock.tick(500);
    host.sends('AT+CCH');
    await host.hearsNothing();
    clock.tick(500);
    await host.hears('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
    host.sends('SET?\r');
    await host.hearsNothing();
    clock.tick(1000);
    await host.hears('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n');
    broke(modem);
  });

  it('by a barrier, or a close, while an open is under way', async () => {
    const clock = heldTime();
    const { modem, host } = await opening({ replyOrder: 'result-first' });
    clock.tick(120_000);
    host.sends('AT+CCHCLOSE=0\rAT+CCHSET?\r');
    await host.hearsNothing();
    broke(modem);
    const other = await opening();
    await other.host.asks('AT+CCHSET?', '\r\n+CCHSET: 0,1\r\n\r\nOK\r\n');
    broke(other.modem);
  });

  it('by carriage returns in place of counted bytes that were lost, and a barrier at once', async () => {
    const clock = heldTime();
    for (const [sent, supplied] of [
      [99, 100],
      [40, 60],
      [0, 100],
    ] as const) {
      const { modem, host } = modemAndHost({ latency: 50 });
      host.sends('AT+CCERTDOWN="ca.pem",100\r');
      await until(() => modem.log.length > 0);
      clock.tick(50);
      await host.hears('\r\n> ');
      if (sent > 0) host.sends('x'.repeat(sent));
      await host.hearsNothing();
      clock.tick(9000);
      host.sends('\r'.repeat(supplied));
      host.sends('AT+CCHSET?\r');
      await until(() => modem.log.some(({ text }) => text === '<100 bytes>'));
      clock.tick(50);
      await host.hears('\r\nOK\r\n');
      await host.hearsNothing();
      clock.tick(50);
      await host.hears('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n');
      expect(modem.files.get('ca.pem')).to.have.length(100);
      broke(modem);
    }
  });

  it('by a program that finds the module waiting for the bytes of another', async () => {
    const clock = heldTime();
    const { modem, host } = modemAndHost();
    await host.asks('AT+CCERTDOWN="ca.pem",10', '\r\n> ');
    // The fourth AT is cut by the end of the counted bytes: what is left of it is no command.
    for (let tries = 0; tries < 4; tries++) {
      clock.tick(500);
      host.sends('AT\r');
      if (tries < 3) await host.hearsNothing();
    }
    await host.hears('\r\nOK\r\n\r\nERROR\r\n');
    await host.asks('AT', '\r\nOK\r\n');
    broke(modem);
  });

  it('by a prompt that comes after the deadline', async () => {
    const clock = heldTime();
    const { modem, host } = await connected({ sendBuffer: 3, fullBuffer: 'wait', faults: { uplink: 0 } });
    await host.asks('AT+CCHSEND=0,3', '\r\n> ');
    host.sends('abc');
    await host.hears('\r\nOK\r\n');
    host.sends('AT+CCHSEND=0,3\r');
    await host.hearsNothing();
    clock.tick(9000);
    host.sends('\r\r\rAT+CCHSET?\r');
    await host.hearsNothing();
    modem.faults.uplink = undefined;
    clock.tick(1000);
    await host.hears('\r\n> \r\nOK\r\n\r\n+CCHSET: 0,1\r\n\r\nOK\r\n');
    broke(modem);
  });

  it('by a command that follows the final result at once, also on a slow line', async () => {
    const { modem, host } = modemAndHost({ baudRate: 19_200, faults: { rechunk: [1, 3] } });
    let answers = 0;
    let text = '';
    const done = new Promise<void>((resolve) => {
      host.stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        // The end of the line is not waited for.
        if (!text.includes('OK\r')) return;
        text = '';
        if (++answers === 10) resolve();
        else host.sends('AT\r');
      });
    });
    host.sends('AT\r');
    await done;
    broke(modem);
  });

  it('by +++ in command mode, line ends of either kind, and empty lines', async () => {
    const { modem, host } = modemAndHost();
    await host.asks('+++', '\r\nERROR\r\n');
    await host.asks('+++AT', '\r\nERROR\r\n');
    await host.asks('AT', '\r\nOK\r\n');
    host.sends('AT\r\n');
    await host.hears('\r\nOK\r\n');
    host.sends('AT+CCERTDOWN="ca.pem",3\r\n');
    await host.hears('\r\n> ');
    host.sends('abc\r\n');
    await host.hears('\r\nOK\r\n');
    host.sends('\r\n\r\r\n');
    await host.asks('AT', '\r\nOK\r\n');
    broke(modem);
  });

  it('by what is on its way when the module resets', async () => {
    for (const command of ['AT+CCHRECV=0', 'AT+CCHRECV=0,5', 'AT+CCHSEND=0,5', 'AT+CCHSSLCFG=1,3']) {
      const { modem, host } = await cached('hello');
      modem.reset();
      await host.finds(/PB DONE\r\n/);
      host.sends(`${command}\r`);
      await host.finds(/ERROR\r\n/);
      broke(modem);
    }
  });

  it('by what is on its way when the module stops the service', async () => {
    for (const command of ['AT+CCHOPEN=1,"127.0.0.1",9,1', 'AT+CCHCFG="sslctx",1,3', 'AT+CCHRECV?']) {
      const { modem, host } = await connected({ profile: 'a76xx' });
      await host.asks('AT+CFUN=0', '\r\nOK\r\n\r\n+CCH:CCH STOP\r\n');
      host.sends(`${command}\r`);
      await host.finds(/(ERROR|OK)\r\n/);
      broke(modem);
    }
  });

  it('by what is on its way when the peer closes', async () => {
    for (const command of ['AT+CCHSEND=0,5', 'AT+CCHCLOSE=0', 'AT+CCHRECV?', 'AT+CCHOPEN=0,"127.0.0.1",9,1']) {
      const { modem, host, peer } = await connected({ profile: 'a76xx' });
      peer.end();
      await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
      host.sends(`${command}\r`);
      await host.finds(/(ERROR|OK)\r\n/);
      broke(modem);
    }
  });

  it('by what comes while a session is still closing, which AT+CCHOPEN? may show as empty', async () => {
    const { modem, host } = await closing();
    await host.asks('AT+CCHOPEN?', '\r\nOK\r\n');
    for (const command of ['AT+CCHSSLCFG=0,3', 'AT+CCHOPEN=0,"127.0.0.1",9,1']) {
      await host.asks(command, '\r\nERROR\r\n');
    }
    broke(modem);
  });

  it('by a question for cached bytes, or for sessions, where it does no harm', async () => {
    for (const profile of ['manual', 'sim7600', 'sim767x'] as const) {
      const { modem, host } = await started({ profile });
      await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n');
      broke(modem);
    }
    const { modem, host } = modemAndHost({ profile: 'a76xx' });
    host.sends('AT+CCHOPEN?\r');
    await host.finds(/OK\r\n/);
    broke(modem);
  });

  it('by refusals that any driver may meet', async () => {
    const { modem, host } = await started();
    for (const command of [
      'AT+CCHCLOSE=0',
      'AT+CSSLCFG="cacert",0,"nowhere.pem"',
      'AT+CCERTDELE="nowhere.pem"',
      'AT+CCERTDOWN="ca.pem",10000',
    ]) {
      host.sends(`${command}\r`);
      await host.finds(/\r\n(ERROR\r\n|> )/);
    }
    broke(modem);
    const idle = modemAndHost();
    for (const command of ['AT+CCHSTOP', 'AT+CCHADDR']) await idle.host.asks(command, '\r\nERROR\r\n');
    broke(idle.modem);
  });

  it('by a send that waited for the report, or asked', async () => {
    const { modem, host } = await unsent({ profile: 'sim767x' });
    modem.faults.uplink = undefined;
    await host.hears('\r\n+CCHSEND: 0,0\r\n');
    await host.asks('AT+CCHSEND=0,5', '\r\n>\r\n');
    broke(modem);
    const other = await unsent();
    await other.host.asks('AT+CCHSEND=0,5', '\r\n> ');
    broke(other.modem);
  });

  it('by reads of all that is cached', async () => {
    const { modem, host } = await cached('hello', { profile: 'a76xx' });
    await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,5,0\r\n\r\nOK\r\n');
    for (const command of ['AT+CCHRECV=0,2', 'AT+CCHRECV=0,0']) {
      host.sends(`${command}\r`);
      await host.finds(/\+CCHRECV: 0,0\r\n/);
    }
    await host.asks('AT+CCHOPEN=1,"127.0.0.1",9,1', '\r\nOK\r\n\r\n+CCHOPEN: 1,14\r\n');
    broke(modem);
  });
});
