import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import got, { TimeoutError, type Got, type OptionsInit, type RequestError } from 'got';
import { FastTime } from '../../support/fast-time.js';
import { readAll, rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { readPage, titleOf, workingModes } from '../page.js';
import { Stage, nodeAgents, pattern, type Agents } from './stage.js';

/** Ms that the servers of these specs are waited for in vain. */
const SHORT = 60;

for (const mode of workingModes(readPage('got'))) {
  describe(`got, ${titleOf(mode)}`, () => {
    let stage: Stage;
    let client: Got;

    beforeEach(async () => {
      stage = await Stage.open();
      // The retries are got's own but for the time between them, which begins with a second.
      client = got.extend({ agent: stage.agents(mode), retry: { backoffLimit: 10, noise: 0 } });
    });

    afterEach(async () => {
      await stage.close();
    });

    const failure = async (path: string, options: Omit<OptionsInit, 'isStream'> = {}) =>
      (await rejection(client(stage.url(mode, path), { ...options, isStream: false }))) as RequestError;

    it('keeps a connection, sends JSON, and follows a redirect over another one', async () => {
      const { body } = await client.post(stage.url(mode, '/x'), { json: { a: 1 } }).json<{ body: string }>();
      expect(JSON.parse(body)).to.deep.equal({ a: 1 });
      expect(await client(stage.url(mode, '/next')).json()).to.include({ path: '/next' });
      expect(stage.opens).to.equal(1);
      expect(await client(stage.url(mode, '/redirect')).json()).to.include({ path: '/there' });
      expect(stage.opens).to.equal(2);
    });

    it('carries a large body either way, and streams it', async () => {
      const { rawBody } = await client.post(stage.url(mode, '/echo'), { body: pattern(100_000) });
      expect(Buffer.from(rawBody).equals(pattern(100_000))).to.equal(true);
      const duplex = client.stream.post(stage.url(mode, '/echo'));
      const streamed = readAll(duplex);
      await pipeline(Readable.from([pattern(60_000)]), duplex);
      expect((await streamed).equals(pattern(60_000))).to.equal(true);
    });

    it('asks again when the server says so, when the connection breaks, and for no POST', async () => {
      expect(await client(stage.url(mode, '/third')).text()).to.equal('attempt 3');
      expect(await client(stage.url(mode, '/broken')).text()).to.equal('mended');
      const error = (await rejection(client.post(stage.url(mode, '/broken?post')))) as RequestError;
      expect([error.code, error.request?.retryCount]).to.deep.equal(['ECONNRESET', 0]);
    });

    it('asks again, and tells how often, when nobody listens', async () => {
      const url = stage.url(mode).replace(/\d+$/, String(await stage.closedPort()));
      const outcome = async (agent: Agents) => {
        const error = (await rejection(client(url, { agent }))) as RequestError;
        return { code: error.code, retries: error.request?.retryCount ?? 0 };
      };
      // On Node 24 got does not ask again where TLS of Node's could not connect.
      const retried = { code: 'ECONNREFUSED', retries: 2 };
      const expected = mode === 'host' ? await outcome(nodeAgents(stage.rig.ca)) : retried;
      if (!process.version.startsWith('v24.')) expect(expected).to.deep.equal(retried);
      expect(await outcome(stage.agents(mode))).to.deep.equal(expected);
      expect(stage.opens).to.equal(expected.retries + 1);
    });

    it('asks again after what only a module says, when it is told to', async () => {
      const own = got.defaults.options.retry.errorCodes ?? [];
      const patient = client.extend({ retry: { errorCodes: [...own, 'ENETDOWN'] } });
      for (const [path, asking] of [
        ['/second', patient],
        ['/second?other', client],
      ] as const) {
        const answered = asking(stage.url(mode, path)).text();
        const outcome = answered.catch((error: unknown) => (error as RequestError).code);
        await until(() => stage.seen.at(-1)?.path === path);
        // The module has told that it took the request.
        await stage.rig.modem.info();
        stage.rig.virtual.inject('+CCH: CCH STOP');
        expect(await outcome).to.equal(asking === patient ? 'at last' : 'ENETDOWN');
      }
    });

    it('aborts by signal: at once, waiting, and reading', async () => {
      const names: string[] = [];
      for (const path of ['/silent', '/silent', '/stuck']) {
        const controller = new AbortController();
        const failed = failure(path, { signal: controller.signal });
        if (names.length > 0) await until(() => stage.seen.length === names.length);
        controller.abort();
        names.push((await failed).name);
      }
      expect(names).to.deep.equal(['AbortError', 'AbortError', 'AbortError']);
    });

    it('has its timeouts: of the answer, of silence, and of all', async () => {
      const events: string[] = [];
      for (const timeout of [{ response: SHORT }, { socket: SHORT }, { request: SHORT }]) {
        const error = await failure('/silent', { timeout, retry: { limit: 0 } });
        if (error instanceof TimeoutError) events.push(error.event);
      }
      expect(events).to.deep.equal(['response', 'socket', 'request']);
    });

    it('is not to be given the time of a lookup, which a module never tells of, and has none to connect in', async () => {
      stage.rig.virtual.faults.openDelay = 45_000;
      const time = new FastTime();
      try {
        const { code, message } = await time.until(failure('/x', { timeout: { lookup: 5000 }, retry: { limit: 0 } }));
        expect([code, message]).to.deep.equal(['ETIMEDOUT', "Timeout awaiting 'lookup' for 5000ms"]);
        const asked = client(stage.url(mode, '/x'), { timeout: { connect: 5000, secureConnect: 5000 } }).json();
        expect(await time.until(asked)).to.include({ path: '/x' });
      } finally {
        time.restore();
      }
    });
  });
}

describe('got, what its page says of it', () => {
  it('has no time limits of its own, and two retries', () => {
    const { timeout, retry } = got.defaults.options;
    expect(JSON.stringify(timeout)).to.equal('{}');
    expect(retry.limit).to.equal(2);
    expect(retry.errorCodes).to.not.include.members(['EBUSY', 'ENETDOWN', 'ENOBUFS']);
  });

  it('does not go through the modem with http2', async () => {
    const stage = await Stage.open({ version: 2 });
    const url = stage.url('host', '/x').replace('server.test', '127.0.0.1');
    const options = { http2: true, https: { rejectUnauthorized: false }, agent: stage.agents('host') };
    // It reaches the server by itself, and then refuses it for its name, which is an address.
    expect((await rejection(got(url, options))).message).to.contain('origin');
    expect(stage.opens).to.equal(0);
    await stage.close();
  });

  it("refuses a check of names of one's own where the module does TLS", async () => {
    const stage = await Stage.open();
    const options = {
      https: { checkServerIdentity: () => undefined },
      agent: stage.agents('modem'),
      retry: { limit: 0 },
    };
    const error = (await rejection(got(stage.url('modem', '/x'), options))) as RequestError;
    expect(error.code).to.equal('ERR_MODEM_UNSUPPORTED');
    await stage.close();
  });
});
