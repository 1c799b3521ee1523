import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { FastTime } from '../support/fast-time.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig } from '../support/rig.js';

describe('an open that nobody waits for any more, and whose result never comes', () => {
  it('has its id given back although another connection lives', async () => {
    // The close of the open is answered with an error, once, and the result of the open is lost.
    let closes = 0;
    const toHost = (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (!text.includes('+CCHCLOSE: 0,0') || closes++ > 0) return chunk;
      return Buffer.from(text.replace('+CCHCLOSE: 0,0', '+CCHCLOSE: 0,11'), 'latin1');
    };
    const rig = await Rig.open({
      virtual: { faults: { openDelay: 60_000 } },
      filter: (port) => new LineFilter(port, { toHost }),
    });
    const port = await rig.tcp((peer) => peer.resume());
    const time = new FastTime();
    try {
      const given = rig.modem.connect({ host: 'a.test', port, tls: false });
      await time.passes(1000);
      given.destroy();
      await time.passes(1000);
      rig.virtual.faults.openDelay = undefined;
      const connect = (host: string) => rig.modem.connect({ host, port, tls: false, connectTimeout: 300_000 });
      const [lives, waits] = [connect('b.test'), connect('c.test')] as [Duplex, Duplex];
      await time.until(once(lives, 'connect'));
      await time.until(once(waits, 'connect'));
      expect(lives.destroyed).to.equal(false);
      // 120 s that an open may take (F1003), and 10 more.
      expect(time.elapsed).to.be.within(130_000, 145_000);
      for (const socket of [lives, waits]) socket.destroy();
    } finally {
      await time.until(rig.modem.close());
      time.restore();
      await rig.close();
    }
  });
});
