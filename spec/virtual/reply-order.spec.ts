import { expect } from 'chai';

import { cleanUp, modemAndHost, started, tcpServer } from './host.js';
import { heldTime, opening } from './scenes.js';

describe('virtual modem: the order of OK and a result', () => {
  afterEach(cleanUp);

  for (const [order, start, open, close, stop] of [
    [
      'ok-first',
      '\r\nOK\r\n\r\n+CCHSTART: 0\r\n',
      '\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n',
      '\r\nOK\r\n\r\n+CCHCLOSE: 1,0\r\n',
      '\r\nOK\r\n\r\n+CCHSTOP: 0\r\n',
    ],
    [
      'result-first',
      '\r\n+CCHSTART: 0\r\n\r\nOK\r\n',
      '\r\n+CCHOPEN: 1,0\r\n\r\nOK\r\n',
      '\r\n+CCHCLOSE: 1,0\r\n\r\nOK\r\n',
      '\r\n+CCHSTOP: 0\r\n\r\nOK\r\n',
    ],
  ] as const) {
    it(`answers start, open, close and stop ${order}`, async () => {
      const { port } = await tcpServer();
      const { host } = await started({ replyOrder: order });
      await host.asks('AT+CCHSTART', '\r\nERROR\r\n');
      await host.asks(`AT+CCHOPEN=1,"127.0.0.1",${port},1`, open);
      await host.asks('AT+CCHCLOSE=1', close);
      await host.asks('AT+CCHSTOP', stop);
      await host.asks('AT+CCHSTOP', '\r\nERROR\r\n');
      await host.asks('AT+CCHSTART', start);
    });
  }

  it('answers in either order, which the seed repeats', async () => {
    const orders = async (seed: number) => {
      const { host } = modemAndHost({ replyOrder: 'either', seed });
      const found: (string | undefined)[] = [];
      for (let times = 0; times < 8; times++) {
        for (const name of ['CCHSTART', 'CCHSTOP']) {
          host.sends(`AT+${name}\r`);
          const [, first] = await host.finds(
            new RegExp(`^\r\n(OK|\\+${name}: 0)\r\n\r\n(?!\\1)(OK|\\+${name}: 0)\r\n`),
          );
          found.push(first === 'OK' ? 'ok-first' : 'result-first');
        }
      }
      return found;
    };
    const first = await orders(1);
    expect(first).to.include.members(['ok-first', 'result-first']);
    expect(await orders(1)).to.deep.equal(first);
    expect(await orders(2)).to.not.deep.equal(first);
  });

  it('holds the line with an open whose result goes first', async () => {
    const clock = heldTime();
    const { host } = await opening({ replyOrder: 'result-first' });
    host.sends('AT+CCHADDR\r');
    await host.hearsNothing();
    clock.tick(300_000);
    await host.hears('\r\n+CCHOPEN: 0,0\r\n\r\nOK\r\n\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n');
  });
});
