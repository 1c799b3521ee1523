import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import type { ConnectOptions, ModemAgent, ModemError } from '../../lib/index.js';
import { profiles, type ProfileName } from '../../lib/cch/table/index.js';
import { seededRandom } from '../../lib/virtual/random.js';
import { FastTime } from '../support/fast-time.js';
import { Rig, rejection, request, type RigOptions } from '../support/rig.js';
import { until } from '../support/turn.js';
import { Scene, type Ended } from './scene.js';
import { makeSchedule } from './schedule.js';

const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);
const SCHEDULES = 20;
const USES = 25;

/** How a use may end that is not served: given up (20 is the code of DOMException, undici's error), or out of time. */
const codes: readonly unknown[] = ['ABORT_ERR', 20, 'ETIMEDOUT'];

/** What is wrong with how a use ended. */
function wrongEnd({ use, error }: Ended): string[] {
  if (error === undefined) return [];
  const told = `${String(error.code)}: ${error.message} (${JSON.stringify(use)})`;
  if (!codes.includes(error.code)) return [told];
  if (error.code !== 'ETIMEDOUT') return use.abort === undefined ? [`nobody gave it up: ${told}`] : [];
  const { code, message = '' } = (error.cause ?? {}) as Partial<ModemError>;
  // A session was at hand, and the module did not connect in time.
  if (error.message.includes('did not connect') || error.message.includes('no TLS connection')) return [];
  const names = [0, 1].every((id) => new RegExp(`session ${id} (free|[a-z]+ [a-c]\\.test:\\d+)`).test(message));
  return code === 'ERR_MODEM_NO_SESSION' && names ? [] : [`it does not say who has the sessions: ${told}: ${message}`];
}

describe(`agents and bare connects together (FC_SEED=${seed})`, () => {
  it(`come to an end, and nobody waits without need, over ${SCHEDULES} schedules`, async function () {
    this.timeout(120_000);
    const random = seededRandom(seed);
    for (let index = 0; index < SCHEDULES; index++) {
      const schedule = makeSchedule(USES, random);
      const { ended, wrong, left } = await Scene.play(schedule);
      const all = [...wrong, ...ended.flatMap(wrongEnd)];
      expect(all.join('\n'), `schedule ${index}: ${JSON.stringify(schedule)}`).to.equal('');
      expect(left, `schedule ${index}`).to.deep.equal(['free', 'free', 'idle', 'idle']);
      expect(ended.length).to.equal(USES);
    }
  });
});

describe('the sessions of a modem, among those who want them', () => {
  let rig: Rig;
  let time: FastTime;
  /** An HTTPS server that answers after as many ms as the path says, one for HTTP, and one for TLS that says nothing. */
  let ports: Readonly<Record<'https' | 'http' | 'tls', number>>;
  const agents: ModemAgent[] = [];

  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.destroy();
    await time.until(rig.close());
    time.restore();
  });

  async function open(options: RigOptions = {}): Promise<void> {
    time = new FastTime();
    rig = await time.until(Rig.open(options));
    const answer: RequestListener = ({ url = '' }, outgoing) => {
      setTimeout(() => outgoing.end('answered'), Number(url.slice(1)));
    };
    ports = {
      https: await rig.https(answer),
      http: await rig.http(answer),
      tls: await rig.tls((peer) => peer.resume()),
    };
  }

  function kept(agent: ModemAgent): ModemAgent {
    agents.push(agent);
    return agent;
  }

  function get(agent: ModemAgent, host: string, milliseconds = 0): Promise<unknown> {
    const { protocol } = agent as unknown as { protocol: 'http:' | 'https:' };
    const port = protocol === 'http:' ? ports.http : ports.https;
    return request({ protocol, host, port, path: `/${milliseconds}`, agent });
  }

  async function connected(options: ConnectOptions = {}): Promise<Duplex> {
    const socket = rig.modem.connect({ host: 'a.test', port: ports.tls, ca: rig.ca, ...options });
    await time.until(once(socket, 'secureConnect'));
    return socket;
  }

  /** Ms of fake time until something has come. */
  async function after(event: Promise<unknown>): Promise<number> {
    const begun = time.elapsed;
    await time.until(event);
    return time.elapsed - begun;
  }

  describe('an agent has as many sockets as there are sessions', () => {
    const sockets = (agent: ModemAgent) => agent.toJSON().sockets;

    for (const profile of Object.keys(profiles) as ProfileName[]) {
      it(`with ${profile}: two`, async () => {
        await open({ virtual: { profile } });
        const agent = kept(rig.modem.httpsAgent({ ca: rig.ca }));
        expect(agent.maxTotalSockets).to.equal(2);
        const all = ['a.test', 'b.test', 'c.test', 'a.test', 'b.test'].map((host) => get(agent, host, 100));
        let most = 0;
        const begun = time.elapsed;
        for (let left = 100; left > 0 && agent.toJSON().waiting > 0; left--) {
          most = Math.max(most, sockets(agent));
          await time.passes(10);
        }
        await time.until(Promise.all(all));
        expect(most).to.equal(2);
        expect(time.elapsed - begun).to.be.below(10_000);
      });
    }

    it('in transparent mode: one', async () => {
      await open({ modem: { mode: 'transparent' } });
      expect(kept(rig.modem.httpAgent()).maxTotalSockets).to.equal(1);
    });

    it('also of those that are kept for short requests', async () => {
      await open();
      const release = rig.modem.reserve(1);
      const agent = kept(rig.modem.httpsAgent({ ca: rig.ca }));
      expect(agent.maxTotalSockets).to.equal(2);
      const both = Promise.all([get(agent, 'a.test', 1000), get(agent, 'b.test', 1000)]);
      await time.passes(500);
      expect(rig.modem.sessions.map(({ state }) => state)).to.deep.equal(['open', 'open']);
      await time.until(both);
      release();
    });

    it('beside a connection that lasts, with one session kept: the other one', async () => {
      await open();
      const release = rig.modem.reserve(1);
      const lasting = await connected();
      const agent = kept(rig.modem.httpsAgent({ ca: rig.ca }));
      const hosts = ['a.test', 'b.test', 'c.test'];
      expect(await after(Promise.all(hosts.map((host) => get(agent, host, 100))))).to.be.below(5000);
      expect(lasting.destroyed).to.equal(false);
      lasting.destroy();
      release();
    });
  });

  describe('a socket of an agent that nobody uses gives way', () => {
    it('the one that has been idle longest first, whosever it is', async () => {
      await open();
      const first = kept(rig.modem.httpsAgent({ ca: rig.ca }));
      const second = kept(rig.modem.httpAgent());
      const third = kept(rig.modem.httpsAgent({ ca: rig.ca, tls: 'host' }));
      await time.until(get(first, 'a.test'));
      await time.until(get(second, 'b.test'));
      await time.passes(100);
      // From now on the second has been idle longer.
      await time.until(get(first, 'a.test'));
      await time.until(get(third, 'c.test'));
      expect(agents.map((agent) => agent.toJSON().idle)).to.deep.equal([1, 0, 1]);
      await connected();
      expect(agents.map((agent) => agent.toJSON().idle)).to.deep.equal([0, 0, 1]);
      await connected();
      expect(agents.map((agent) => agent.toJSON().idle)).to.deep.equal([0, 0, 0]);
    });

    it('one for each who waits, not more', async () => {
      await open();
      const agent = kept(rig.modem.httpsAgent({ ca: rig.ca }));
      await time.until(Promise.all([get(agent, 'a.test'), get(agent, 'b.test')]));
      expect(agent.toJSON().idle).to.equal(2);
      await connected();
      expect(agent.toJSON().idle).to.equal(1);
    });

    it('also of an agent whose requests are not short, to a connection that lasts', async () => {
      await open();
      const agent = kept(rig.modem.httpsAgent({ ca: rig.ca, short: false }));
      const lasting = await connected();
      await time.until(get(agent, 'b.test'));
      expect(await after(connected({ host: 'c.test' }))).to.be.below(1000);
      expect(lasting.destroyed).to.equal(false);
    });
  });

  describe('an agent that is busy all the time', () => {
    /** Three at a time, for ever, to one server. */
    function busy(agent: ModemAgent): () => Promise<unknown> {
      let state: 'busy' | 'done' = 'busy';
      const work = async () => {
        while (state === 'busy') await get(agent, 'a.test', 500);
      };
      const workers = Promise.all([work(), work(), work()]);
      return () => {
        state = 'done';
        return time.until(workers);
      };
    }

    it('lets another have a session, of its own and of another origin', async () => {
      await open();
      const agent = kept(rig.modem.httpsAgent({ ca: rig.ca }));
      const end = busy(agent);
      await time.passes(1000);
      expect(await after(Promise.race([get(agent, 'b.test'), time.passes(20_000)]))).to.be.below(10_000);
      await end();
    });

    it('lets a connect have a session', async () => {
      await open();
      const end = busy(kept(rig.modem.httpsAgent({ ca: rig.ca })));
      await time.passes(1000);
      expect(await after(connected({ host: 'b.test', priority: 1, connectTimeout: 20_000 }))).to.be.below(10_000);
      await end();
    });
  });

  it('who waits in vain is told who has them, however they are used', async () => {
    await open();
    const agent = kept(rig.modem.httpsAgent({ ca: rig.ca, tls: 'host' }));
    const answered = get(agent, 'b.test', 5000);
    const socket = rig.modem.socket({ ca: rig.ca }).connect(ports.tls, 'c.test');
    await time.until(once(socket, 'secureConnect'));
    await until(() => rig.modem.sessions.every(({ state }) => state === 'open'));
    for (const tls of ['modem', 'host', false] as const) {
      const options = { host: 'a.test', port: ports.tls, ca: rig.ca, tls, connectTimeout: 1000 };
      const failed = rejection(once(rig.modem.connect(options), 'connect'));
      const error = (await time.until(failed)) as ModemError;
      expect(error).to.include({ code: 'ETIMEDOUT', syscall: 'connect' });
      expect(error.cause).to.have.property('code', 'ERR_MODEM_NO_SESSION');
      const { message } = error.cause as Error;
      for (const port of [ports.https, ports.tls])
        expect(message).to.match(new RegExp(`session \\d open .*:${port} for`));
    }
    socket.destroy();
    await time.until(answered);
  });
});
