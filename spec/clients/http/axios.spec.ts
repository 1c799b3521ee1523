import { Readable } from 'node:stream';
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { expect } from 'chai';
import { FastTime } from '../../support/fast-time.js';
import { readAll, rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { readPage, titleOf, workingModes } from '../page.js';
import { Stage, pattern } from './stage.js';

for (const mode of workingModes(readPage('axios'))) {
  describe(`axios, ${titleOf(mode)}`, () => {
    let stage: Stage;
    let client: AxiosInstance;

    beforeEach(async () => {
      stage = await Stage.open();
      const { http: httpAgent, https: httpsAgent } = stage.agents(mode);
      client = axios.create({ httpAgent, httpsAgent, proxy: false, baseURL: stage.url(mode) });
    });

    afterEach(async () => {
      await stage.close();
    });

    const failure = async (path: string, options: AxiosRequestConfig = {}) =>
      (await rejection(client.get(path, options))) as AxiosError;

    it('keeps a connection, sends JSON, and follows a redirect over another one', async () => {
      const { data } = await client.post<{ body: string }>('/x', { a: 1 });
      expect(JSON.parse(data.body)).to.deep.equal({ a: 1 });
      for (const maxRedirects of [0, 5]) {
        expect((await client.get<object>('/next', { maxRedirects })).data).to.include({ path: '/next' });
      }
      expect(stage.opens).to.equal(1);
      expect((await client.get<object>('/redirect')).data).to.include({ path: '/there' });
      expect(stage.opens).to.equal(2);
    });

    it('carries a large body either way, and streams it', async () => {
      const { data } = await client.post<Buffer>('/echo', pattern(100_000), { responseType: 'arraybuffer' });
      expect(data.equals(pattern(100_000))).to.equal(true);
      const source = Readable.from([pattern(60_000)]);
      const streamed = await client.post<Readable>('/echo', source, { responseType: 'stream' });
      expect((await readAll(streamed.data)).equals(pattern(60_000))).to.equal(true);
    });

    it('hears an answer that comes before a large upload has ended', async () => {
      const { status, data } = await client.post<string>('/early', pattern(100_000), { validateStatus: () => true });
      expect([status, data]).to.deep.equal([413, 'too large']);
    });

    it('aborts by signal: at once, waiting, and reading', async () => {
      const codes: unknown[] = [];
      for (const path of ['/silent', '/silent', '/stuck']) {
        const controller = new AbortController();
        const failed = failure(path, { signal: controller.signal });
        if (codes.length > 0) await until(() => stage.seen.length === codes.length);
        controller.abort();
        codes.push((await failed).code);
      }
      expect(codes).to.deep.equal(['ERR_CANCELED', 'ERR_CANCELED', 'ERR_CANCELED']);
      expect((await client.get<object>('/next')).data).to.include({ path: '/next' });
    });

    it('times out, and the opening of a connection counts', async () => {
      stage.rig.virtual.faults.openDelay = 45_000;
      const time = new FastTime();
      try {
        const error = await time.until(failure('/x', { timeout: 10_000 }));
        expect([error.code, error.message]).to.deep.equal(['ECONNABORTED', 'timeout of 10000ms exceeded']);
        expect(time.elapsed).to.be.within(9900, 12_000);
        expect((await time.until(client.get<object>('/x', { timeout: 300_000 }))).data).to.include({ path: '/x' });
      } finally {
        time.restore();
      }
    });

    it('tells what went wrong, by the code that the socket gave', async () => {
      const refused = new URL(stage.url(mode));
      refused.port = '1';
      expect((await failure('/short')).message).to.equal('stream has been aborted');
      const codes = [
        (await failure('/broken')).code,
        (await failure(refused.href)).code,
        (await failure(stage.url(mode).replace('server', 'nowhere'))).code,
        (await failure('/third')).code,
      ];
      expect(codes).to.deep.equal(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'ERR_BAD_RESPONSE']);
      expect((await client.get<string>('/broken')).data).to.equal('mended');
    });
  });
}

describe('axios, what its page says of it', () => {
  it('has no time limit of its own', () => {
    expect(axios.defaults.timeout).to.equal(0);
  });

  it("does not go through the modem with the adapter 'fetch'", async () => {
    const stage = await Stage.open();
    const { http: httpAgent } = stage.agents(false);
    const url = stage.url(false, '/x').replace('server.test', '127.0.0.1');
    expect((await axios.get<object>(url, { httpAgent, adapter: 'fetch' })).data).to.include({ path: '/x' });
    expect(stage.opens).to.equal(0);
    await stage.close();
  });
});
