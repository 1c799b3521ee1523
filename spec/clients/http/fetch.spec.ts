import { Readable } from 'node:stream';
import { expect } from 'chai';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { readPage, titleOf, workingModes } from '../page.js';
import { Stage, pattern } from './stage.js';

for (const mode of workingModes(readPage('fetch'))) {
  describe(`fetch, ${titleOf(mode)}`, () => {
    let stage: Stage;
    let dispatcher: Agent;

    beforeEach(async () => {
      stage = await Stage.open();
      const { modem } = stage.rig;
      dispatcher = new Agent({ connect: modem.connector(stage.options(mode)), connections: 1 });
    });

    afterEach(async () => {
      await dispatcher.destroy();
      await stage.close();
    });

    /** Node's own; its types know no undici but the one that is built in. */
    const get = (path: string, options: RequestInit & { duplex?: 'half' } = {}) =>
      fetch(stage.url(mode, path), { dispatcher, ...options } as unknown as RequestInit);

    it('keeps a connection, and follows a redirect over it', async () => {
      for (const path of ['/1', '/2']) expect(await (await get(path)).json()).to.include({ path });
      const response = await get('/redirect');
      expect([response.redirected, response.url]).to.deep.equal([true, stage.url(mode, '/there')]);
      expect(await response.json()).to.include({ path: '/there' });
      expect(stage.opens).to.equal(1);
    });

    it('streams a body either way', async () => {
      const body = Readable.toWeb(Readable.from([pattern(50_000), pattern(50_000)])) as ReadableStream;
      const response = await get('/echo', { method: 'POST', body, duplex: 'half' });
      const expected = Buffer.concat([pattern(50_000), pattern(50_000)]);
      expect(Buffer.from(await response.arrayBuffer()).equals(expected)).to.equal(true);
    });

    it('aborts by signal: while connecting, waiting, and reading', async () => {
      const names: string[] = [];
      for (const path of ['/silent', '/silent', '/stuck']) {
        const controller = new AbortController();
        const failed = rejection(get(path, { signal: controller.signal }).then((response) => response.text()));
        const seen = names.length;
        await until(() => stage.seen.length === seen);
        controller.abort();
        names.push((await failed).name);
      }
      expect(names).to.deep.equal(['AbortError', 'AbortError', 'AbortError']);
      expect(await (await get('/next')).text()).to.contain('/next');
    });

    it('is the whole program’s with setGlobalDispatcher', async () => {
      const before = getGlobalDispatcher();
      setGlobalDispatcher(dispatcher);
      try {
        expect(await (await fetch(stage.url(mode, '/x'))).json()).to.include({ path: '/x' });
        expect(stage.opens).to.equal(1);
      } finally {
        setGlobalDispatcher(before);
      }
    });

    it('tells in its cause what is wrong with the connection', async () => {
      const causes: unknown[] = [];
      for (const path of ['/short', '/broken']) {
        const error = await rejection(get(path).then((response) => response.text()));
        causes.push((error.cause as { code?: string }).code);
      }
      const origin = stage.url(mode).replace(/\d+$/, String(await stage.closedPort()));
      const nowhere = await rejection(fetch(origin, { dispatcher } as unknown as RequestInit));
      causes.push((nowhere.cause as { code?: string }).code);
      expect(causes[0]).to.equal('UND_ERR_SOCKET');
      expect(causes[1]).to.match(/^(UND_ERR_SOCKET|ECONNRESET)$/);
      expect(causes[2]).to.equal('ECONNREFUSED');
    });
  });
}
