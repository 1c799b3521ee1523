import { once } from 'node:events';
import * as net from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import { Deadline } from '../../lib/util/index.js';

/** The process does nothing, as one that was stopped. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('a deadline', () => {
  let server: net.Server;
  let near: net.Socket;
  let far: net.Socket;

  beforeEach(async () => {
    server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[net.Socket], unknown];
  });

  afterEach(() => {
    near.destroy();
    far.destroy();
    server.close();
  });

  it('is kept by an answer that came while the process stood still', async () => {
    const outcome = new Promise((resolve) => {
      const deadline = new Deadline(20, () => resolve('expired'));
      near.once('data', () => {
        deadline.clear();
        resolve('answered');
      });
    });
    far.write('OK');
    standStill(300);
    expect(await outcome).to.equal('answered');
  });

  it('expires all the same when nothing came', async () => {
    const expired = new Promise<void>((resolve) => new Deadline(20, resolve));
    standStill(300);
    await expired;
  });

  it('expires no more when it is cleared in that moment', async () => {
    let told = 0;
    const deadline = new Deadline(20, () => told++);
    const other = new Promise<void>((resolve) => new Deadline(30, resolve));
    standStill(300);
    setImmediate(() => deadline.clear());
    await other;
    expect(told).to.equal(0);
  });

  describe('that is hastened', () => {
    let clock: sinon.SinonFakeTimers;
    let expired: number[];
    let deadline: Deadline;

    beforeEach(() => {
      clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      expired = [];
      deadline = new Deadline(300, () => expired.push(performance.now()));
    });

    afterEach(() => clock.restore());

    it('comes sooner', () => {
      clock.tick(50);
      deadline.hasten(100);
      clock.tick(1000);
      expect(expired).to.deep.equal([150]);
    });

    it('never comes later than it would have', () => {
      clock.tick(250);
      deadline.hasten(200);
      clock.tick(1000);
      expect(expired).to.deep.equal([300]);
    });

    it('has the shorter duration each time that it is extended', () => {
      deadline.hasten(100);
      clock.tick(80);
      deadline.extend();
      clock.tick(1000);
      expect(expired).to.deep.equal([180]);
    });
  });
});
