import { expect } from 'chai';

import type { Rule } from '../../lib/virtual/index.js';
import { FastTime } from '../support/fast-time.js';
import { until } from '../support/turn.js';
import { afterwards, cleanUp, connected, modemAndHost, started } from './host.js';
import {
  broke,
  cached,
  closed,
  closing,
  ended,
  heldTime,
  lost,
  opening,
  stopped,
  unsent,
  type Pair,
} from './scenes.js';

describe('virtual modem: rules', () => {
  afterEach(cleanUp);

  describe('of the state that the module is in', () => {
    const open = 'AT+CCHOPEN=0,"127.0.0.1",9,1';
    const misdeeds: [rule: Rule, when: string, given: () => Pair | Promise<Pair>, command: string, more?: string][] = [
      ['unknown-command', 'of another service', modemAndHost, 'AT+CIPOPEN=0'],
      ['unknown-command', 'that is no command', modemAndHost, 'hello'],
      ['refused-parameters', 'without quotes', modemAndHost, 'AT+CCHOPEN=0,example.org,443'],
      ['refused-parameters', 'out of range', started, 'AT+CCHSEND=0,2049'],
      ['refused-parameters', 'of the bring-up', modemAndHost, 'AT+CFUN=9'],
      ['refused-parameters', 'of the line', modemAndHost, 'AT+IFC=7'],
      ['refused-parameters', 'of a clock that cannot be', modemAndHost, 'AT+CCLK="26/02/31,14:30:00+00"'],
      ['refused-parameters', 'a form of other families', modemAndHost, 'AT+CCHSTART=1'],
      ['refused-parameters', 'a key of other families', modemAndHost, 'AT+CSSLCFG="use_tickets",0,1'],
      [
        'refused-parameters',
        'a longer read than the family knows',
        () => cached('a'.repeat(3000), { profile: 'a76xx' }),
        'AT+CCHRECV=0,2049',
      ],
      ['start-while-running', '', started, 'AT+CCHSTART'],
      ['start-while-running', 'on a PDP context', () => started({ profile: 'a76xx' }), 'AT+CCHSTART=1'],
      ['setting-while-running', '', started, 'AT+CCHSET=1,1'],
      ['setting-while-running', '', started, 'AT+CCHMODE=0'],
      ['session-setting-out-of-place', 'before the start', modemAndHost, 'AT+CCHSSLCFG=0,1'],
      ['session-setting-out-of-place', 'after the stop', stopped, 'AT+CCHCFG="sendtimeout",0,60'],
      ['session-setting-out-of-place', 'while it opens', opening, 'AT+CCHSSLCFG=0,1'],
      ['session-setting-out-of-place', 'while it is open', connected, 'AT+CCHCFG="sslctx",0,1'],
      ['session-setting-out-of-place', 'after the peer closed', ended, 'AT+CCHSSLCFG=0,1'],
      ['open-without-service', 'before the start', modemAndHost, open],
      ['open-without-service', 'after the stop', stopped, open],
      ['open-without-service', 'after a start that failed', () => lost('AT+CCHSTART'), open],
      ['open-without-service', 'after a stop that told so', () => lost('AT+CCHSTOP'), open],
      ['open-in-use', 'while it opens', opening, open],
      ['open-in-use', 'while it is open', connected, open],
      [
        'open-query',
        'of firmware where it misbehaves',
        () => modemAndHost({ profile: 'a76xx', revision: 'A7670M7_B05V04' }),
        'AT+CCHOPEN?',
      ],
      ['session-not-open', 'never opened', started, 'AT+CCHSEND=1,5'],
      ['session-not-open', 'without a result yet', opening, 'AT+CCHSEND=0,5'],
      ['session-not-open', 'on its way to be closed', closing, 'AT+CCHSEND=0,5'],
      ['session-not-open', 'closed', closed, 'AT+CCHSEND=0,5'],
      ['send-before-report', 'on a 767', () => unsent({ profile: 'sim767x' }), 'AT+CCHSEND=0,5'],
      ['cached-query', 'with no session', () => started({ profile: 'a76xx' }), 'AT+CCHRECV?'],
      ['cached-query', 'after the close', () => closed({ profile: 'a76xx' }), 'AT+CCHRECV?'],
      ['over-read', '', () => cached('abc'), 'AT+CCHRECV=0,4', ' with 3 cached'],
      ['empty-read', 'of an open session', connected, 'AT+CCHRECV=0'],
      ['empty-read', 'with a length', connected, 'AT+CCHRECV=0,0'],
      ['empty-read', 'of a closed one', closed, 'AT+CCHRECV=0'],
      ['empty-read', 'of one that was never open', started, 'AT+CCHRECV=1'],
      ['read-in-push-mode', '', () => connected({}, '0,0'), 'AT+CCHRECV=0'],
    ];
    for (const [rule, when, given, command, more = ''] of misdeeds) {
      it(`${rule}: ${command}${when === '' ? '' : `, ${when}`}`, async () => {
        const { modem, host } = await given();
        host.sends(`${command}\r`);
        await host.finds(/\r\n(OK\r\n|ERROR\r\n|>)/);
        broke(modem, [rule, command + more]);
      });
    }

    it('shows no secret in what it notes', async () => {
      const { modem, host } = modemAndHost();
      await host.asks(`AT+CSSLCFG="keypwd",0,"${'x'.repeat(129)}"`, '\r\nERROR\r\n');
      broke(modem, ['refused-parameters', 'AT+CSSLCFG="keypwd",0,***']);
    });

    it('keeps the first 1000', async () => {
      const { modem, host } = modemAndHost();
      for (let times = 0; times < 1010; times++) await host.asks(`AT+NOTHING=${times}`, '\r\nERROR\r\n');
      expect(modem.brokenRules).to.have.length(1000);
      expect(modem.brokenRules.at(-1)?.detail).to.equal('AT+NOTHING=999');
    });
  });

  describe('of the line', () => {
    it('command-before-final-result: two commands at once', async () => {
      const { modem, host } = modemAndHost();
      host.sends('AT+CSQ\rAT+CCHSET?\r');
      await host.hears('\r\n+CSQ: 24,99\r\n\r\nOK\r\n\r\n+CCHSET: 0,0\r\n\r\nOK\r\n');
      broke(modem, ['command-before-final-result', 'AT+CSQ, 11 bytes too early']);
    });

    it('command-before-final-result: a read after less than any deadline', async () => {
      const clock = heldTime();
      const { modem, host } = modemAndHost({ latency: 1000 });
      host.sends('AT+CSQ\r');
      await until(() => modem.log.length > 0);
      clock.tick(49);
      host.sends('AT+CCHSET?\r');
      await host.hearsNothing();
      broke(modem, ['command-before-final-result', 'AT+CSQ, 11 bytes too early']);
    });

    it('command-before-final-result: more than a read before the maximum response time', async () => {
      const clock = heldTime();
      const { modem, host } = await opening({ replyOrder: 'result-first' });
      clock.tick(119_000);
      host.sends('AT+CCHSEND=0,5');
      await host.hearsNothing();
      expect(modem.brokenRules).to.have.length(1);
      expect(modem.brokenRules[0]).to.include({ rule: 'command-before-final-result' });
      expect(modem.brokenRules[0]?.detail).to.match(/^AT\+CCHOPEN=0,"127\.0\.0\.1",\d+,1, 14 bytes too early$/);
    });

    it('command-before-final-result: more than a read, whose end came when the answer was out', async () => {
      const clock = heldTime();
      const { modem, host } = modemAndHost({ latency: 1000 });
      host.sends('AT+CSQ\r');
      await until(() => modem.log.length > 0);
      clock.tick(500);
      host.sends('AT+CC');
      await host.hearsNothing();
      clock.tick(500);
      await host.hears('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      host.sends('HSTOP\r');
      await until(() => modem.brokenRules.length > 0);
      broke(modem, ['command-before-final-result', 'AT+CSQ, 10 bytes too early']);
    });

    it('command-before-final-result: a read while the answer is on the line', async () => {
      const time = new FastTime();
      afterwards(() => time.restore());
      const { modem, host } = await time.until(cached('x'.repeat(8000), { baudRate: 115_200 }));
      host.sends('AT+CCHRECV=0\r');
      await time.until(host.takes(4000));
      host.sends('AT+CCHRECV?\r');
      await time.until(host.finds(/LEN,0,0\r\n\r\nOK\r\n/));
      expect(modem.brokenRules.map(({ rule }) => rule)).to.deep.equal(['command-before-final-result']);
    });

    it('payload-before-prompt', async () => {
      const { modem, host } = modemAndHost({ latency: 10 });
      host.sends('AT+CCERTDOWN="ca.pem",3\rabc');
      await host.hears('\r\n> \r\nOK\r\n');
      broke(modem, ['payload-before-prompt', 'AT+CCERTDOWN="ca.pem",3, 3 bytes too early']);
    });

    it('bytes-after-payload: a Ctrl-Z in front of the next command', async () => {
      heldTime();
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCERTDOWN="ca.pem",3', '\r\n> ');
      host.sends('abc\x1a');
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CCERTLIST', '\r\nERROR\r\n');
      await host.asks('AT+CCERTLIST', '\r\n+CCERTLIST: "ca.pem"\r\n\r\nOK\r\n');
      broke(modem, ['bytes-after-payload', '<line of 13 bytes>']);
    });

    it('bytes-after-payload: more than was counted, and a line end', async () => {
      heldTime();
      const { modem, host } = await connected();
      await host.asks('AT+CCHSEND=0,3', '\r\n> ');
      host.sends('abcdef\r\n');
      await host.hears('\r\nOK\r\n\r\nERROR\r\n');
      broke(modem, ['bytes-after-payload', '<line of 3 bytes>']);
    });
  });
});
