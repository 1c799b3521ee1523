import { once } from 'node:events';
import { expect } from 'chai';
import type { ModemError } from '../../lib/index.js';
import { seededRandom } from '../../lib/virtual/random.js';
import { request } from '../support/rig.js';
import { PoolRig } from './pool-rig.js';

const MODEMS = 3;
const REQUESTS = 150;
const WORKERS = 9;

describe('a pool of modems that reset all the time', () => {
  let rig: PoolRig;

  afterEach(async () => {
    await rig.close();
  });

  it(`serves ${REQUESTS} requests, some of them in the second try, and leaves nothing behind`, async function () {
    this.timeout(60_000);
    const random = seededRandom(1);
    rig = await PoolRig.open(Array.from({ length: MODEMS }, () => ({ bootTime: 20 })));
    const port = await rig.https((incoming, outgoing) => outgoing.end((incoming as { url: string }).url));
    const agents = [false, true].map((keepAlive) => rig.pool.httpsAgent({ ca: rig.ca, keepAlive }));
    const codes = new Map<string, number>();
    let next = 0;
    let resets = 0;
    const work = async () => {
      for (let path = next++; path < REQUESTS; path = next++) {
        const agent = agents[Math.floor(random() * 2)];
        if (path % 10 === 9) {
          resets++;
          rig.virtual(Math.floor(random() * MODEMS)).reset();
        }
        for (;;) {
          try {
            const { body } = await request({ host: 'server.test', port, path: `/${path}`, agent });
            expect(body.toString()).to.equal(`/${path}`);
            break;
          } catch (error) {
            const { code, message } = error as ModemError;
            expect(code, message).to.equal('ECONNRESET');
            codes.set(code, (codes.get(code) ?? 0) + 1);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    for (const agent of agents) agent.destroy();
    expect(resets).to.equal(REQUESTS / 10);
    expect(codes.get('ECONNRESET')).to.be.above(0);
    await rig.until(() => rig.ready === MODEMS);
    await Promise.all(Array.from({ length: 2 * MODEMS }, () => rig.connect(port)));
    expect(rig.open).to.deep.equal([2, 2, 2]);
  });

  it('serves all that is asked for at once, however much is given up meanwhile', async () => {
    const random = seededRandom(2);
    rig = await PoolRig.open(Array.from({ length: MODEMS }, () => ({ faults: { openDelay: 5 } })));
    const port = await rig.tcp();
    let served = 0;
    const all = Array.from({ length: REQUESTS }, async (_, index) => {
      const socket = rig.dial(port, { priority: Math.floor(random() * 3) });
      const closed = once(socket, 'close');
      if (index % 3 === 0) setTimeout(() => socket.destroy(), random() * 200);
      socket.once('connect', () => {
        served++;
        setTimeout(() => socket.destroy(), random() * 10);
      });
      await closed;
    });
    await Promise.all(all);
    expect(served).to.be.within((REQUESTS * 2) / 3, REQUESTS);
    await Promise.all(Array.from({ length: 2 * MODEMS }, () => rig.connect(port)));
    expect(rig.open).to.deep.equal([2, 2, 2]);
  });
});
