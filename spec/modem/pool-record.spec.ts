import { expect } from 'chai';
import sinon from 'sinon';
import { OpenRecord } from '../../lib/modem/pool-record.js';

describe('the record of a modem of a pool', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['performance'] });
  });

  afterEach(() => {
    clock.restore();
  });

  it('begins with an open of two seconds', () => {
    const { share, duration, cost } = new OpenRecord();
    expect({ share, duration, cost }).to.deep.equal({ share: 1, duration: 2000, cost: 2000 });
  });

  it('costs more the longer opens take, and the more of them fail', () => {
    const [quick, slow, failing] = [new OpenRecord(), new OpenRecord(), new OpenRecord()];
    quick.succeeded(100);
    slow.succeeded(5000);
    failing.succeeded(100);
    failing.failed();
    failing.failed();
    expect(quick.cost).to.equal(1050);
    expect(slow.cost).to.equal(3500);
    expect(failing.share).to.equal(0.5);
    expect(failing.cost).to.equal(2100);
  });

  it('forgets by half in ten minutes', () => {
    const record = new OpenRecord();
    for (let count = 0; count < 8; count++) record.failed();
    expect(record.share).to.equal(1 / 9);
    clock.tick(600_000);
    expect(record.share).to.be.closeTo(1 / 5, 1e-9);
    clock.tick(86_400_000);
    expect(record.share).to.be.closeTo(1, 1e-9);
  });
});
