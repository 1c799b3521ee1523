import { expect } from 'chai';
import { readPage } from '../page.js';
import { SlowScene, type SceneOptions } from './slow-scene.js';

/** Ms that opens take while they are slow: longer than MQTT.js waits by its defaults. */
const SLOW = 45_000;
/** Ms that a request may wait that has a connection. */
const AT_ONCE = 5000;
/** Seconds from one try of MQTT.js to the next, by its defaults: 30 until it gives up, and one more. */
const ROUND = 31;
/** Seconds for which a module waits for a handshake (`negotiatetime`). */
const HANDSHAKE = 120;

interface Case extends SceneOptions {
  /** Ms that a request may wait while opens are slow. */
  readonly patience: number;
}

const cases: Case[] = [
  { manner: 'gives an open up', patience: AT_ONCE },
  { manner: 'finishes what it opens', patience: 2 * SLOW },
  { manner: 'finishes what it opens', reserved: true, patience: AT_ONCE },
];

for (const { patience, ...options } of cases) {
  const title = `a module that ${options.manner}${options.reserved === true ? ', one session reserved' : ''}`;

  describe(`MQTT.js with its defaults, HTTPS beside it, ${title}`, () => {
    let scene: SlowScene;

    beforeEach(async () => {
      scene = await SlowScene.open(options);
    });

    afterEach(async () => {
      await scene.close();
    });

    it('never connects where opens take 45 s, and keeps no request from its answer', async () => {
      scene.openDelay = SLOW;
      scene.client();
      const [first, ...others] = await scene.passes(170_000);
      expect(first).to.be.within(SLOW, SLOW + AT_ONCE);
      expect(Math.max(...others)).to.be.below(patience);
      const gaveUp = scene.tellsOf('connack timeout');
      expect(gaveUp.slice(0, 5)).to.deep.equal(Array.from({ length: 5 }, (_, round) => 30 + ROUND * round));
    });

    it('connects as soon as opens are quick', async () => {
      scene.openDelay = SLOW;
      scene.client();
      await scene.passes(100_000);
      scene.openDelay = 0;
      scene.told.length = 0;
      const waits = await scene.passes(110_000);
      // The try that has begun is a slow one still, and so is what the module goes on opening.
      expect(scene.tellsOf('connect')[0]).to.be.below(100 + 2 * ROUND + SLOW / 1000);
      expect(Math.max(...waits)).to.be.below(patience);
      expect(Math.max(...(await scene.passes(20_000)))).to.be.below(AT_ONCE);
      expect(scene.rig.modem.sessions.map(({ state }) => state)).to.deep.equal(['open', 'open']);
    });

    it('connects when a server is there again that was gone', async () => {
      scene.client();
      await scene.passes(20_000);
      expect(scene.tellsOf('connect')).to.have.length(1);
      scene.leave();
      const waits = await scene.passes(60_000);
      expect(scene.tellsOf('ECONNREFUSED').length).to.be.within(50, 65);
      scene.comeBack();
      const begun = scene.time.elapsed / 1000;
      waits.push(...(await scene.passes(20_000)));
      expect(scene.tellsOf('connect')[0]).to.be.below(begun + 5);
      expect(Math.max(...waits)).to.be.below(AT_ONCE);
    });

    it('connects when a server talks again that accepted connections and was silent', async () => {
      scene.manners = 'is silent';
      scene.client();
      const waits = await scene.passes(140_000);
      expect(scene.tellsOf('connack timeout')).to.have.length(4);
      scene.manners = 'talks';
      const begun = scene.time.elapsed / 1000;
      waits.push(...(await scene.passes(200_000)));
      const held = options.manner === 'finishes what it opens' ? HANDSHAKE : 0;
      expect(scene.tellsOf('connect')[0]).to.be.below(begun + held + ROUND);
      // A request gives up after 150 s.
      expect(Math.max(...waits)).to.be.below(patience === AT_ONCE ? AT_ONCE : HANDSHAKE * 1000);
    });
  });
}

describe('MQTT.js with the options of its page, where opens take 45 s', () => {
  const { snippet } = readPage('mqtt');
  const [connectTimeout = 0, reconnectPeriod = 0] = ['connectTimeout', 'reconnectPeriod'].map((name) =>
    Number(new RegExp(`${name}: ([\\d_]+)`).exec(snippet)?.[1]?.replaceAll('_', '')),
  );
  let scene: SlowScene;

  beforeEach(async () => {
    scene = await SlowScene.open({ reserved: true });
    scene.openDelay = SLOW;
  });

  afterEach(async () => {
    await scene.close();
  });

  it('connects at the first try, and again when the connection is lost, with HTTPS beside it', async () => {
    scene.client({ connectTimeout, reconnectPeriod });
    const [first, ...waits] = await scene.passes(120_000);
    expect(first).to.be.within(SLOW, SLOW + AT_ONCE);
    expect(scene.told).to.deep.equal([[SLOW / 1000, 'connect']]);
    scene.leave();
    scene.comeBack();
    const lost = Math.round(scene.time.elapsed / 1000);
    waits.push(...(await scene.passes(120_000)));
    expect(scene.tellsOf('connect')[1]).to.be.within(lost + 55, lost + 60);
    expect(Math.max(...waits)).to.be.below(AT_ONCE);
  });

  it('is told the reason when an open takes longer than any may', async () => {
    scene.openDelay = 200_000;
    scene.client({ connectTimeout, reconnectPeriod });
    await scene.time.passes(125_000);
    expect(scene.told[0]).to.deep.equal([120, 'ETIMEDOUT']);
  });
});

describe('requests at once, beside an MQTT connection, where opens take 45 s', () => {
  for (const [maxTotalSockets, times] of [
    [undefined, [1, 2]],
    [1, [1, 1]],
  ] as const) {
    it(`wait for ${times.join(' and ')} opens with maxTotalSockets ${maxTotalSockets ?? 'left out'}`, async () => {
      const scene = await SlowScene.open({ maxTotalSockets });
      scene.openDelay = SLOW;
      const client = scene.client({ connectTimeout: 180_000 });
      await scene.time.until(new Promise<void>((resolve) => client.once('connect', () => resolve())));
      const waits = await scene.time.until(Promise.all([scene.ask(), scene.ask()]));
      expect(waits.map((wait) => Math.round(wait / SLOW))).to.have.members([...times]);
      await scene.close();
    });
  }
});
