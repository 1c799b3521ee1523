import { expect } from 'chai';

import { cleanUp, connected, modemAndHost, started, tcpServer } from './host.js';
import { until } from '../support/turn.js';

describe('virtual modem: faults and rules', () => {
  afterEach(cleanUp);

  describe('faults', () => {
    it('interjects lines before the echo and between any two lines', async () => {
      const { port, peer } = await tcpServer();
      const { modem, host } = await started({ frameSize: 2 });
      modem.faults.interject = 'RING';
      const ring = '\r\nRING\r\n';
      await host.asks('AT', `${ring}\r\nOK\r\n`);
      await host.asks('ATE1', `${ring}\r\nOK\r\n`);
      await host.asks('AT+CCHRECV?', `${ring}AT+CCHRECV?\r${ring}\r\n+CCHRECV: LEN,0,0\r\n${ring}\r\nOK\r\n`);
      await host.asks('ATE0', `${ring}ATE0\r${ring}\r\nOK\r\n`);
      const opened = `${ring}\r\nOK\r\n${ring}\r\n+CCHOPEN: 0,0\r\n`;
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, opened);
      await host.asks('AT+CCHSEND=0,3', `${ring}\r\n> `);
      host.sends('abc');
      await host.hears(`${ring}\r\nOK\r\n`);
      modem.faults.interject = ['RING', '+CGEV: ME PDN ACT 1'];
      const both = `${ring}\r\n+CGEV: ME PDN ACT 1\r\n`;
      (await peer()).write('xyz');
      await host.hears('\r\n+CCHEVENT: 0,RECV EVENT\r\n');
      const frames = `${both}\r\n+CCHRECV: DATA,0,2\r\nxy\r\n${both}\r\n+CCHRECV: DATA,0,1\r\nz\r\n`;
      await host.asks('AT+CCHRECV=0', `${both}\r\nOK\r\n${frames}${both}\r\n+CCHRECV: 0,0\r\n`);
    });

    it('loses events, and no results', async () => {
      const { host, peer } = await connected({ faults: { loseEvents: true } });
      peer.end('data');
      await host.hearsNothing();
      await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,4,0\r\n\r\nOK\r\n');
    });

    it('loses what a predicate says', async () => {
      const { modem, host } = modemAndHost({ faults: { loseEvents: (line) => line.startsWith('+CCHSTART') } });
      await host.asks('AT+CCHSTART', '\r\nOK\r\n');
      modem.inject('RING');
      await host.hears('\r\nRING\r\n');
    });

    it('cuts its output into chunks, the same ones each time', async () => {
      const runs: string[][] = [];
      for (let run = 0; run < 2; run++) {
        const { host } = modemAndHost({ faults: { rechunk: [1, 4] }, seed: 7 });
        const chunks: string[] = [];
        host.stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
        await host.asks('AT+CGMI', '\r\nSIMCOM INCORPORATED\r\n\r\nOK\r\n');
        runs.push(chunks);
      }
      expect(runs[0]).to.deep.equal(runs[1]);
      expect(Math.max(...(runs[0] ?? []).map(({ length }) => length))).to.equal(4);
      expect(runs[0]?.length).to.be.above(6);
    });

    it('never puts an unsolicited line inside counted bytes', async () => {
      const { modem, host, peer } = await connected({ faults: { rechunk: [1, 9] }, baudRate: 460_800 });
      peer.write(Buffer.alloc(6000, 'x'));
      await host.hears('\r\n+CCHEVENT: 0,RECV EVENT\r\n');
      await until(() => modem.sessions[0]?.cached === 6000);
      host.sends('AT+CCHRECV=0\r');
      await host.hears('\r\nOK\r\n\r\n+CCHRECV: DATA,0,2048\r\nxxx');
      modem.inject('RING');
      await host.finds(
        /^x{2045}\r\n\r\n\+CCHRECV: DATA,0,2048\r\nx{2048}\r\n\r\n\+CCHRECV: DATA,0,1904\r\nx{1904}\r\n/,
      );
      await host.hears('\r\n+CCHRECV: 0,0\r\n\r\nRING\r\n');
    });
  });

  describe('rules', () => {
    const rules = (modem: { brokenRules: readonly { rule: string }[] }) => modem.brokenRules.map(({ rule }) => rule);

    it('one command at a time', async () => {
      const { modem, host } = modemAndHost({ latency: 20 });
      host.sends('AT\r');
      await until(() => modem.log.length > 0);
      host.sends('AT+CSQ\r');
      await host.hears('\r\nOK\r\n\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      expect(rules(modem)).to.deep.equal(['command-before-final-result']);
    });

    it('the next command may follow the final result at once, also on a slow line', async () => {
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
      expect(modem.brokenRules).to.be.empty;
    });

    it('no payload before the prompt', async () => {
      const { modem, host } = modemAndHost({ latency: 10 });
      host.sends('AT+CCERTDOWN="ca.pem",3\rabc');
      await host.hears('\r\n> \r\nOK\r\n');
      expect(rules(modem)).to.deep.equal(['payload-before-prompt']);
    });

    it('no byte behind the payload', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCERTDOWN="ca.pem",3', '\r\n> ');
      host.sends('abc\x1a');
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CCERTLIST', '\r\nERROR\r\n');
      await host.asks('AT+CCERTLIST', '\r\n+CCERTLIST: "ca.pem"\r\n\r\nOK\r\n');
      expect(rules(modem)).to.deep.equal(['bytes-after-payload']);
    });

    it('no read of an empty cache, and none of more than is cached', async () => {
      const { modem, host, peer } = await connected();
      await host.asks('AT+CCHRECV=0', '\r\n+CCHRECV: 0,6\r\n\r\nERROR\r\n');
      peer.write('abc');
      await host.hears('\r\n+CCHEVENT: 0,RECV EVENT\r\n');
      await host.asks('AT+CCHRECV=0,4', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,3\r\nabc\r\n\r\n+CCHRECV: 0,0\r\n');
      expect(rules(modem)).to.deep.equal(['empty-read', 'over-read']);
    });

    it('settings in their time, sends on open sessions, commands that exist', async () => {
      const { modem, host, peer } = await connected();
      for (const [command, rule] of [
        ['AT+CCHSET=1,1', 'setting-while-running'],
        ['AT+CCHMODE=0', 'setting-while-running'],
        ['AT+CCHSSLCFG=0,1', 'session-setting-out-of-place'],
        ['AT+CCHCFG="sendtimeout",0,60', 'session-setting-out-of-place'],
        ['AT+CCHSEND=1,5', 'session-not-open'],
        ['AT+CCHOPEN=0,example.org,443', 'refused-parameters'],
        ['AT+CFUN=9', 'refused-parameters'],
        ['AT+CIPOPEN=0', 'unknown-command'],
        ['hello', 'unknown-command'],
      ] as const) {
        await host.asks(command, '\r\nERROR\r\n');
        expect(rules(modem).at(-1), command).to.equal(rule);
      }
      const count = modem.brokenRules.length;
      peer.end();
      await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
      await host.asks('AT+CCHSEND=0,5', '\r\nERROR\r\n');
      await host.asks('AT+CCHCLOSE=1', '\r\nERROR\r\n');
      expect(modem.brokenRules).to.have.length(count);
    });
  });
});
