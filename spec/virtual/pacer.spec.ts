import { expect } from 'chai';

import { Pacer } from '../../lib/virtual/pacer.js';
import { cleanUp } from './host.js';
import { heldTime } from './scenes.js';

/** A pacer of so many bytes a second, and how far from its due time each delivery came, in ms: above 0 is late. */
function paced(rate: number) {
  const clock = heldTime();
  const begun = performance.now();
  const late: number[] = [];
  let delivered = 0;
  const pacer = new Pacer({
    rate: () => rate,
    deliver: (chunk) => {
      delivered += chunk.length;
      late.push(performance.now() - begun - (delivered * 1000) / rate);
      return true;
    },
  });
  return { clock, pacer, late, delivered: () => delivered };
}

describe('virtual modem: the pace of a line', () => {
  afterEach(cleanUp);

  for (const rate of [30, 960, 11_520, 300_000]) {
    it(`brings no byte before it has come, and none a timer late, at ${rate} bytes a second`, () => {
      const { clock, pacer, late, delivered } = paced(rate);
      pacer.push(Buffer.alloc(rate * 2));
      clock.tick(2001);
      expect(delivered()).to.equal(rate * 2);
      // A thousandth is for what counting in ms costs.
      expect(Math.min(...late)).to.be.above(-0.001);
      expect(late.at(-1)).to.be.at.most(1);
    });

    it(`keeps it for pieces that are pushed as those before are taken, at ${rate} bytes a second`, () => {
      const { clock, pacer, late, delivered } = paced(rate);
      let left = rate * 2;
      const next = () => {
        const piece = Math.min(left, 7);
        left -= piece;
        if (piece > 0) pacer.push(Buffer.alloc(piece), next);
      };
      next();
      clock.tick(2001);
      expect(delivered()).to.equal(rate * 2);
      expect(Math.min(...late)).to.be.above(-0.001);
      expect(late.at(-1)).to.be.at.most(1);
    });
  }

  it('saves nothing up while nothing is there to be carried', () => {
    const { clock, pacer, delivered } = paced(1000);
    pacer.push(Buffer.alloc(10));
    clock.tick(5000);
    pacer.push(Buffer.alloc(10));
    clock.tick(5);
    expect(delivered()).to.equal(15);
  });

  it('waits out a stall of its process no second time', () => {
    const { clock, pacer, delivered } = paced(1000);
    pacer.push(Buffer.alloc(500));
    clock.tick(100);
    clock.jump(300);
    expect(delivered()).to.equal(400);
    clock.tick(100);
    expect(delivered()).to.equal(500);
  });
});
