import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { FastTime } from '../../support/fast-time.js';
import { readAll, rejection, take } from '../../support/rig.js';
import { readPage, titleOf, workingModes, type Mode } from '../page.js';
import { Stage, nodeAgents, pattern, type Agents } from './stage.js';

/** Ms that the servers of these specs are waited for in vain. */
const SHORT = 60;

/** Ways to a server: those that the page names, and Node's own sockets, of which all of this must be true as well. */
interface Way {
  readonly title: string;
  readonly mode: Mode;
  readonly agents: (stage: Stage) => Agents;
}

const modes = workingModes(readPage('https'));
const ways: Way[] = [
  ...modes.map((mode) => ({ title: titleOf(mode), mode, agents: (stage: Stage) => stage.agents(mode) })),
  ...(['host', false] as const).map((mode) => ({
    title: `no modem, ${mode === false ? 'plain TCP' : 'TLS'}`,
    mode,
    agents: (stage: Stage) => nodeAgents(stage.rig.ca),
  })),
];

for (const { title, mode, agents: agentsOf } of ways) {
  const { request } = mode === false ? http : https;

  describe(`http and https, ${title}`, () => {
    let stage: Stage;
    let agents: Agents;
    let agent: http.Agent;

    beforeEach(async () => {
      stage = await Stage.open();
      agents = agentsOf(stage);
      agent = mode === false ? agents.http : agents.https;
    });

    afterEach(async () => {
      for (const each of [agents.http, agents.https]) each.destroy();
      await stage.close();
    });

    const ask = (path: string, options: https.RequestOptions = {}) =>
      request(stage.url(mode, path), { agent, ...options });
    const responseTo = async (outgoing: http.ClientRequest) =>
      ((await once(outgoing, 'response')) as [http.IncomingMessage])[0];
    const get = async (path: string) => text(await responseTo(ask(path).end()));

    it('keep a connection for the next request', async () => {
      const reused: boolean[] = [];
      for (const path of ['/1', '/2', '/3']) {
        const free = once(agent, 'free');
        const outgoing = ask(path).end();
        await text(await responseTo(outgoing));
        reused.push(outgoing.reusedSocket);
        await free;
      }
      expect(reused).to.deep.equal([false, true, true]);
    });

    it('send and receive in chunks, both at once', async () => {
      const outgoing = ask('/echo', { method: 'POST' });
      outgoing.write('first');
      const incoming = await responseTo(outgoing);
      expect(incoming.headers['transfer-encoding']).to.equal('chunked');
      const heard = [String(await take(incoming as unknown as Duplex, 5))];
      for (const piece of ['other', 'third']) {
        outgoing.write(piece);
        heard.push(String(await take(incoming as unknown as Duplex, 5)));
      }
      outgoing.end();
      expect(heard).to.deep.equal(['first', 'other', 'third']);
      expect((await readAll(incoming)).length).to.equal(0);
    });

    it('carry a large body either way', async () => {
      const outgoing = ask('/echo', { method: 'POST' });
      outgoing.end(pattern(100_000));
      expect((await readAll(await responseTo(outgoing))).equals(pattern(100_000))).to.equal(true);
    });

    it('hand all to one who reads slowly, and wait for no timer', async () => {
      // Time stands still: who only asks now and then would not be asked again.
      const time = new FastTime();
      try {
        const incoming = await responseTo(ask('/large?size=200000').end());
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          incoming.pause();
          setImmediate(() => setImmediate(() => incoming.resume()));
        });
        await once(incoming, 'end');
        expect(Buffer.concat(chunks).equals(pattern(200_000))).to.equal(true);
      } finally {
        time.restore();
      }
    });

    it('wait for 100 Continue before the body', async () => {
      const outgoing = ask('/x', { method: 'POST', headers: { expect: '100-continue' } });
      outgoing.flushHeaders();
      await once(outgoing, 'continue');
      outgoing.end('body');
      expect(JSON.parse(await text(await responseTo(outgoing)))).to.include({ body: 'body' });
    });

    it('upgrade to another protocol', async () => {
      const outgoing = ask('/', { headers: { connection: 'upgrade', upgrade: 'echo' } }).end();
      const [incoming, socket, head] = (await once(outgoing, 'upgrade')) as [http.IncomingMessage, Duplex, Buffer];
      expect([incoming.statusCode, incoming.headers.upgrade, head.length]).to.deep.equal([101, 'echo', 0]);
      socket.write('hello');
      expect(String(await take(socket, 5))).to.equal('hello');
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    });

    it('hear an answer that comes before a large upload has ended, and the connection lives', async () => {
      const outgoing = ask('/early', { method: 'POST', headers: { 'content-length': '100000' } });
      outgoing.write(pattern(50_000));
      const incoming = await responseTo(outgoing);
      expect([incoming.statusCode, await text(incoming)]).to.deep.equal([413, 'too large']);
      expect(outgoing.writableFinished).to.equal(false);
      const free = once(agent, 'free');
      outgoing.end(pattern(50_000));
      await free;
      expect(await get('/next')).to.contain('/next');
    });

    it('read HTTP/1.0, a body that ends with the connection and one that does not', async () => {
      const old = 'HTTP/1.0 200 OK\r\n';
      const speak = (socket: Duplex) =>
        void socket.once('data', (head: Buffer) => {
          if (head.includes('GET /kept ')) {
            socket.write(`${old}connection: keep-alive\r\ncontent-length: 4\r\n\r\nkept`);
            speak(socket);
          } else socket.end(`${old}\r\nuntil the end`);
        });
      const port = mode === false ? await stage.rig.tcp(speak) : await stage.rig.tls(speak);
      const at = (path: string) => ask(path, { host: 'server.test', port });
      const free = once(agent, 'free');
      const incoming = await responseTo(at('/kept').end());
      expect([incoming.httpVersion, await text(incoming)]).to.deep.equal(['1.0', 'kept']);
      await free;
      const next = at('/').end();
      expect(await text(await responseTo(next))).to.equal('until the end');
      expect(next.reusedSocket).to.equal(true);
    });

    it('time out while the server is silent, and the request that is destroyed then fails', async () => {
      const outgoing = ask('/silent', { timeout: SHORT });
      outgoing.once('timeout', () => outgoing.destroy());
      const error = await rejection(responseTo(outgoing.end()));
      expect(error).to.include({ code: 'ECONNRESET', message: 'socket hang up' });
      expect(await get('/next')).to.contain('/next');
    });

    it('let setTimeout of a request begin when it is connected', async () => {
      stage.rig.virtual.faults.openDelay = 2 * SHORT;
      const outgoing = ask('/silent').end();
      const connected: boolean[] = [];
      outgoing.setTimeout(SHORT, () => {
        connected.push(!outgoing.socket?.connecting);
        outgoing.destroy();
      });
      await rejection(responseTo(outgoing));
      expect(connected).to.deep.equal([true]);
    });

    it('abort by signal: at once, while connecting, waiting, and reading', async () => {
      const at = async (path: string, moment: (outgoing: http.ClientRequest) => Promise<unknown>) => {
        const controller = new AbortController();
        const outgoing = ask(path, { signal: controller.signal });
        const failed = new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
          outgoing.on('error', (error) => resolve(error));
          // Node tells the answer, once there is one, and not the request.
          outgoing.on('response', (incoming) => incoming.on('error', (error) => resolve(error)));
        });
        await moment(outgoing);
        controller.abort();
        return failed;
      };
      const errors = [
        await at('/silent', (outgoing) => Promise.resolve(outgoing.end())),
        await at('/silent', (outgoing) => once(outgoing.end(), 'socket')),
        await at('/silent', (outgoing) => once(outgoing.end(), 'finish')),
        await at('/stuck', (outgoing) => once(outgoing.end(), 'response')),
      ];
      expect(errors.map((error) => error?.name)).to.deep.equal(Array(4).fill('AbortError'));
      expect(errors.map((error) => error?.code)).to.deep.equal(Array(4).fill('ABORT_ERR'));
      expect(await get('/next')).to.contain('/next');
    });

    it('tell of a body that is cut short', async () => {
      const incoming = await responseTo(ask('/short').end());
      expect(await rejection(readAll(incoming))).to.include({ code: 'ECONNRESET', message: 'aborted' });
    });

    it('tell of a server that breaks the connection, and the next request works', async () => {
      const error = await rejection(responseTo(ask('/broken').end()));
      expect(error).to.include({ code: 'ECONNRESET', message: 'socket hang up' });
      expect(await get('/broken')).to.equal('mended');
    });

    it('tell of a server that refuses', async () => {
      const error = await rejection(responseTo(ask('/', { port: 1 }).end()));
      expect(error).to.include({ code: 'ECONNREFUSED', syscall: 'connect', port: 1 });
    });

    it('read answers without a body', async () => {
      const incoming = await responseTo(ask('/early', { method: 'HEAD' }).end());
      expect([incoming.headers['content-length'], (await readAll(incoming)).length]).to.deep.equal(['9', 0]);
    });
  });
}

for (const mode of modes) {
  const { request } = mode === false ? http : https;

  describe(`http and https, createConnection, ${titleOf(mode)}`, () => {
    let stage: Stage;

    beforeEach(async () => {
      stage = await Stage.open();
    });

    afterEach(async () => {
      await stage.close();
    });

    const ask = (path: string, options: https.RequestOptions = {}) => {
      const { createConnection } = stage.rig.modem;
      return request(stage.url(mode, path), { createConnection, ...stage.options(mode), ...options } as object).end();
    };

    it('has a connection for itself, and the session is free again', async () => {
      for (const path of ['/1', '/2', '/3']) {
        const outgoing = ask(path);
        const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage];
        expect(incoming.headers.connection).to.equal('close');
        expect(await text(incoming)).to.contain(path);
      }
      expect(stage.opens).to.equal(3);
    });

    it('hears the answer to a large upload of a server that reads no more, and closes', async () => {
      const { createConnection } = stage.rig.modem;
      const options = { method: 'POST', createConnection, ...stage.options(mode) };
      const outgoing = request(stage.url(mode, '/rude'), options as object).end(pattern(500_000));
      const errors: NodeJS.ErrnoException[] = [];
      outgoing.on('error', (error) => errors.push(error));
      const closed = new Promise((resolve) => outgoing.once('close', resolve));
      const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage];
      expect([incoming.statusCode, await text(incoming)]).to.deep.equal([413, 'too large']);
      await closed;
      expect(errors.map(({ code }) => code)).to.deep.equal(['EPIPE']);
      expect(await text(((await once(ask('/next'), 'response')) as [http.IncomingMessage])[0])).to.contain('/next');
    });

    it('has its timeout, also while it connects, as with an agent', async () => {
      stage.rig.virtual.faults.openDelay = 10 * SHORT;
      const agents = stage.agents(mode);
      const agent = mode === false ? agents.http : agents.https;
      for (const options of [{}, { agent, createConnection: undefined }]) {
        const outgoing = ask('/x', { timeout: SHORT, ...options });
        await once(outgoing, 'timeout');
        expect(outgoing.socket?.connecting).to.equal(true);
        outgoing.destroy();
        expect(await rejection(once(outgoing, 'response'))).to.include({ code: 'ECONNRESET' });
      }
    });

    it('refuses the places that are of this host, and passes over how it finds names', async () => {
      const { createConnection } = stage.rig.modem;
      for (const place of [{ localAddress: '127.0.0.1' }, { socketPath: 'nowhere' }]) {
        const socket = createConnection({ ...stage.options(mode), host: 'server.test', port: 1, ...place });
        expect(await rejection(once(socket, 'connect'))).to.include({ code: 'ERR_MODEM_UNSUPPORTED' });
      }
      const lookup = () => expect.fail('this host looked the name up');
      const [incoming] = (await once(ask('/x', { family: 6, lookup }), 'response')) as [http.IncomingMessage];
      expect(incoming.statusCode).to.equal(200);
    });

    it('is what a request needs to go through the modem, or an agent', async () => {
      const url = stage.url(mode, '/x').replace('server.test', '127.0.0.1');
      await once(request(url, { rejectUnauthorized: false }).end(), 'response');
      expect(stage.opens).to.equal(0);
    });
  });
}
