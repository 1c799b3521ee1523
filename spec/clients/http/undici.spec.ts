import { once } from 'node:events';
import { Readable, type Duplex } from 'node:stream';
import { expect } from 'chai';
import { Agent, Client, Pool, RetryAgent, type Dispatcher } from 'undici';
import { FastTime } from '../../support/fast-time.js';
import { readAll, rejection, take } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { readPage, titleOf, workingModes, type Mode } from '../page.js';
import { Stage, loopback, pattern } from './stage.js';

/** Ms that the servers of these specs are waited for in vain. */
const SHORT = 60;

/** Ways to a server: those that the page names, and undici's own sockets, of which all of this must be true as well. */
interface Way {
  readonly title: string;
  readonly mode: Mode;
  readonly connect: (stage: Stage) => NonNullable<Client.Options['connect']>;
}

const modes = workingModes(readPage('undici'));
const ways: Way[] = [
  ...modes.map((mode) => ({
    title: titleOf(mode),
    mode,
    connect: (stage: Stage) => stage.rig.modem.connector(stage.options(mode)),
  })),
  ...(['host', false] as const).map((mode) => ({
    title: `no modem, ${mode === false ? 'plain TCP' : 'TLS'}`,
    mode,
    connect: ({ rig: { ca } }: Stage) => ({ ca, lookup: loopback }),
  })),
];

for (const { title, mode, connect } of ways) {
  describe(`undici's Client, ${title}`, () => {
    let stage: Stage;
    let client: Client;

    beforeEach(async () => {
      stage = await Stage.open();
      client = open();
    });

    afterEach(async () => {
      await client.destroy();
      await stage.close();
    });

    const open = (options: Client.Options = {}) => new Client(stage.url(mode), { connect: connect(stage), ...options });
    const ask = (path: string, options: Partial<Dispatcher.RequestOptions> = {}) =>
      client.request({ path, method: 'GET', ...options });
    const get = async (path: string) => (await ask(path)).body.text();

    it('keeps a connection for the next request', async () => {
      let connected = 0;
      client.on('connect', () => connected++);
      for (const path of ['/1', '/2', '/3']) expect(await get(path)).to.contain(path);
      expect(connected).to.equal(1);
    });

    it('sends and receives in chunks, both at once', async () => {
      const source = new Readable({ read: () => undefined });
      source.push('first');
      const { headers, body } = await ask('/echo', { method: 'POST', body: source });
      expect(headers['transfer-encoding']).to.equal('chunked');
      const heard = [String(await take(body as unknown as Duplex, 5))];
      for (const piece of ['other', 'third']) {
        source.push(piece);
        heard.push(String(await take(body as unknown as Duplex, 5)));
      }
      source.push(null);
      expect(heard).to.deep.equal(['first', 'other', 'third']);
      expect((await readAll(body)).length).to.equal(0);
    });

    it('carries a large body either way', async () => {
      const { body } = await ask('/echo', { method: 'POST', body: pattern(100_000) });
      expect((await readAll(body)).equals(pattern(100_000))).to.equal(true);
    });

    it('upgrades to another protocol', async () => {
      const { headers, socket } = await client.upgrade({ path: '/', protocol: 'echo' });
      expect(headers['upgrade']).to.equal('echo');
      socket.write('hello');
      expect(String(await take(socket, 5))).to.equal('hello');
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    });

    it('hears an answer that comes before a large upload has ended', async () => {
      const source = new Readable({ read: () => undefined });
      source.push(pattern(50_000));
      const { statusCode, body } = await ask('/early', { method: 'POST', body: source });
      expect([statusCode, await body.text()]).to.deep.equal([413, 'too large']);
      source.destroy();
      expect(await get('/next')).to.contain('/next');
    });

    it('aborts by signal: at once, waiting, and reading', async () => {
      const names: string[] = [];
      for (const path of ['/silent', '/silent', '/stuck']) {
        const controller = new AbortController();
        const asked = ask(path, { signal: controller.signal }).then(async ({ body }) => {
          controller.abort();
          await readAll(body);
        });
        const failed = rejection(asked);
        if (names.length === 1) await until(() => stage.seen.length > 0);
        if (path === '/silent') controller.abort();
        names.push((await failed).name);
      }
      expect(names).to.deep.equal(['AbortError', 'AbortError', 'AbortError']);
      expect(await get('/next')).to.contain('/next');
    });

    it('has its timeouts of the head and of the body', async () => {
      await client.close();
      client = open({ headersTimeout: SHORT, bodyTimeout: SHORT });
      expect((await rejection(ask('/silent'))).code).to.equal('UND_ERR_HEADERS_TIMEOUT');
      const { body } = await ask('/stuck');
      expect((await rejection(readAll(body))).code).to.equal('UND_ERR_BODY_TIMEOUT');
      expect(await get('/next')).to.contain('/next');
    });

    it('tells of a body that is cut short, and of a connection that breaks', async () => {
      const { body } = await ask('/short');
      expect((await rejection(readAll(body))).code).to.equal('UND_ERR_SOCKET');
      expect((await rejection(ask('/broken'))).code).to.match(/^(UND_ERR_SOCKET|ECONNRESET)$/);
      expect(await get('/broken')).to.equal('mended');
    });

    it('tells of a server that refuses', async () => {
      const { origin } = new URL(stage.url(mode));
      const nowhere = new Client(origin.replace(/\d+$/, '1'), { connect: connect(stage) });
      const error = await rejection(nowhere.request({ path: '/', method: 'GET' }));
      expect(error).to.include({ code: 'ECONNREFUSED', syscall: 'connect' });
      await nowhere.destroy();
    });

    it('is the one connection of a RetryAgent, which asks again', async () => {
      const agent = new RetryAgent(client, { minTimeout: 1, maxTimeout: 5, statusCodes: [503] });
      const { origin } = new URL(stage.url(mode));
      const { body } = await agent.request({ origin, path: '/third', method: 'GET' });
      expect(await body.text()).to.equal('attempt 3');
    });
  });
}

for (const mode of modes) {
  describe(`undici's Pool and Agent, ${titleOf(mode)}`, () => {
    let stage: Stage;

    beforeEach(async () => {
      stage = await Stage.open();
    });

    afterEach(async () => {
      await stage.close();
    });

    const options = (): Pool.Options => ({ connect: stage.rig.modem.connector(stage.options(mode)), connections: 2 });
    /** The server under another of its names. */
    const origin = (name: string) => new URL(stage.url(mode)).origin.replace('server.test', name);

    it('answer nine requests at once over the two sessions', async () => {
      const pool = new Pool(stage.url(mode), options());
      const paths = Array.from({ length: 9 }, (_, index) => `/${index}`);
      const bodies = await Promise.all(
        paths.map(async (path) => (await pool.request({ path, method: 'GET' })).body.json()),
      );
      expect(bodies.map((body) => (body as { path: string }).path)).to.deep.equal(paths);
      expect(stage.opens).to.equal(2);
      await pool.close();
    });

    it('have a third origin wait until undici closes an idle connection', async () => {
      // The server says that it waits for 60 s; that is what undici goes by, up to `keepAliveMaxTimeout`.
      const agent = new Agent({ ...options(), keepAliveMaxTimeout: 300 });
      const begun = performance.now();
      for (const name of ['a.test', 'b.test', 'c.test']) {
        const { body } = await agent.request({ origin: origin(name), path: `/${name}`, method: 'GET' });
        expect(await body.text()).to.contain(name);
      }
      expect(performance.now() - begun).to.be.above(250);
      await agent.close();
    });

    it('leave the connect timeout to the connector', async () => {
      const connect = stage.rig.modem.connector({ ...stage.options(mode), connectTimeout: SHORT });
      stage.rig.virtual.faults.openDelay = 10 * SHORT;
      const pool = new Pool(stage.url(mode), { connect, connectTimeout: 1 });
      const error = await rejection(pool.request({ path: '/', method: 'GET' }));
      expect(error).to.include({ code: 'ETIMEDOUT', syscall: 'connect' });
      expect(error.message).to.contain(`within ${SHORT} ms`);
      await pool.close();
    });
  });
}

for (const mode of modes) {
  describe(`undici's times, ${titleOf(mode)}`, () => {
    let stage: Stage;
    let time: FastTime;

    beforeEach(async () => {
      stage = await Stage.open();
      time = new FastTime();
    });

    afterEach(async () => {
      time.restore();
      await stage.close();
    });

    const open = (options: Client.Options) =>
      new Client(stage.url(mode), { connect: stage.rig.modem.connector(stage.options(mode)), ...options });
    const get = (client: Client, path: string) =>
      time.until(client.request({ path, method: 'GET' }).then(({ body }) => body.text()));

    for (const [options, least] of [
      [{}, 4000],
      [{ keepAliveTimeout: 60_000 }, 60_000],
    ] as const) {
      it(`close an idle connection after ${least} ms, given ${JSON.stringify(options)}`, async () => {
        const client = open(options);
        await get(client, '/plain');
        const before = time.elapsed;
        await time.until(new Promise((resolve) => client.once('disconnect', resolve)));
        // Its clock has a tick of a second, or so.
        expect(time.elapsed - before).to.be.within(least - 1500, least + 1500);
        await client.close();
      });
    }

    it('let headersTimeout begin when the connection stands', async () => {
      stage.rig.virtual.faults.openDelay = 45_000;
      const client = open({ headersTimeout: 10_000 });
      expect(await get(client, '/x')).to.contain('/x');
      await client.close();
    });
  });
}

describe('undici, what the page says does not work', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.open();
  });

  afterEach(async () => {
    await stage.close();
  });

  const failure = async (headers: Record<string, string>) => {
    const client = new Client(stage.url('modem'), { connect: stage.rig.modem.connector(stage.options('modem')) });
    const error = await rejection(client.request({ path: '/', method: 'GET', headers }));
    await client.destroy();
    return error;
  };

  it('is Expect, which undici refuses', async () => {
    expect((await failure({ expect: '100-continue' })).code).to.equal('UND_ERR_NOT_SUPPORTED');
  });

  it("is another name in SNI, with tls: 'modem'", async () => {
    const error = await failure({ host: 'other.test' });
    expect(error).to.include({ code: 'ERR_MODEM_UNSUPPORTED' });
    expect(error.message).to.contain('servername');
  });
});
