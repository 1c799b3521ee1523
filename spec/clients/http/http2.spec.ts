import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { json, text } from 'node:stream/consumers';
import * as tls from 'node:tls';
import axios from 'axios';
import { expect } from 'chai';
import { Client } from 'undici';
import type { ConnectOptions } from '../../../lib/index.js';
import { FastTime } from '../../support/fast-time.js';
import { readAll, rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { readPage, titleOf, workingModes, type Mode } from '../page.js';
import { Stage, pattern } from './stage.js';

/** Ways to a server: those that the page names, and Node's own sockets, of which all of this must be true as well. */
interface Way {
  readonly title: string;
  readonly mode: Mode;
  readonly connect: (stage: Stage, port: number) => net.Socket;
}

const modes = workingModes(readPage('http2'));

const optionsIn = (stage: Stage, mode: Mode, port: number): ConnectOptions => ({
  ...stage.options(mode),
  ...(mode === 'host' ? { ALPNProtocols: ['h2'] } : {}),
  host: 'server.test',
  port,
  linger: 1000,
});

const ways: Way[] = [
  ...modes.map((mode) => ({
    title: titleOf(mode),
    mode,
    connect: (stage: Stage, port: number) => stage.rig.modem.connect(optionsIn(stage, mode, port)),
  })),
  {
    title: 'no modem, TLS',
    mode: 'host',
    connect: ({ rig: { ca } }, port) =>
      tls.connect({ port, host: '127.0.0.1', servername: 'server.test', ca, ALPNProtocols: ['h2'] }),
  },
  { title: 'no modem, plain TCP', mode: false, connect: (_, port) => net.connect({ port, host: '127.0.0.1' }) },
];

for (const { title, mode, connect } of ways) {
  describe(`http2, ${title}`, () => {
    let stage: Stage;
    let session: http2.ClientHttp2Session;

    beforeEach(async () => {
      stage = await Stage.open({ version: 2 });
      session = open();
    });

    afterEach(async () => {
      session.destroy();
      await stage.close();
    });

    const open = (port = Number(new URL(stage.url(mode)).port)) =>
      http2
        .connect(stage.url(mode), { createConnection: () => connect(stage, port) })
        // What a spec does not look for it learns from its request.
        .on('error', () => undefined);
    const ask = (path: string, body?: Buffer, options?: http2.ClientSessionRequestOptions) => {
      const request = session.request({ ':path': path, ':method': body ? 'POST' : 'GET' }, options);
      return body ? request.end(body) : request;
    };

    /** What a request was answered until it and its connection are closed. */
    const statusAtClose = async (request: http2.ClientHttp2Stream): Promise<unknown> => {
      let status: unknown;
      request.on('response', (headers) => (status = headers[':status']));
      request.on('error', () => undefined).resume();
      await Promise.all([request, session].map((each) => new Promise((resolve) => each.once('close', resolve))));
      return status;
    };

    it('answers many requests over one connection, the quick before the slow', async () => {
      const slow = ask('/silent');
      const paths = Array.from({ length: 9 }, (_, index) => `/${index}`);
      const told = await Promise.all(paths.map((path) => json(ask(path))));
      expect(told.map((each) => (each as { path: string }).path)).to.deep.equal(paths);
      slow.close(http2.constants.NGHTTP2_CANCEL);
      await once(slow, 'close');
      if (!title.startsWith('no modem')) expect(stage.opens).to.equal(1);
    });

    it('carries a large body either way, and waits for no timer', async () => {
      expect(await text(ask('/x'))).to.contain('/x');
      // HTTP/2 reads nothing while it writes. Time stands still: who only asks now and then would not be asked again.
      const time = new FastTime();
      try {
        expect((await readAll(ask('/echo', pattern(200_000)))).equals(pattern(200_000))).to.equal(true);
      } finally {
        time.restore();
      }
    });

    it('hears an answer that comes before a large upload has ended', async () => {
      const request = session.request({ ':path': '/early', ':method': 'POST' });
      request.write(pattern(50_000));
      const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders];
      expect([headers[':status'], await text(request)]).to.deep.equal([413, 'too large']);
      request.end(pattern(50_000));
      expect(await text(ask('/next'))).to.contain('/next');
    });

    it('aborts one request by signal, while connecting and waiting, and the others live', async () => {
      const other = json(ask('/other'));
      const names: string[] = [];
      for (const moment of ['connecting', 'waiting'] as const) {
        const controller = new AbortController();
        const failed = rejection(once(ask('/silent', undefined, { signal: controller.signal }), 'response'));
        if (moment === 'waiting') await until(() => stage.seen.some(({ path }) => path === '/silent'));
        controller.abort();
        names.push((await failed).name);
      }
      expect(names).to.deep.equal(['AbortError', 'AbortError']);
      expect(await other).to.include({ path: '/other' });
    });

    it('pings', async () => {
      await text(ask('/x'));
      const [duration, payload] = await new Promise<[number, Buffer]>((resolve, reject) => {
        session.ping(Buffer.from('8 bytes!'), (error, time, echoed) =>
          error ? reject(error) : resolve([time, echoed]),
        );
      });
      expect([duration > 0, payload.toString()]).to.deep.equal([true, '8 bytes!']);
    });

    it('tells of a server that goes away', async () => {
      const request = ask('/broken');
      expect(await statusAtClose(request)).to.equal(undefined);
      session = open();
      expect(await text(ask('/broken'))).to.equal('mended');
    });

    it('ends with a server that goes away in the middle of an upload', async () => {
      // Node throws away what of the answer it has not read when a write fails.
      expect(await statusAtClose(ask('/rude', pattern(500_000)))).to.be.oneOf([413, undefined]);
      session = open();
      expect(await text(ask('/next'))).to.contain('/next');
    });

    it('tells of a server that refuses', async () => {
      const refused = open(await stage.closedPort());
      expect(await rejection(once(refused, 'connect').then(() => once(refused, 'close')))).to.include({
        code: 'ECONNREFUSED',
        syscall: 'connect',
      });
    });

    it('gives the session of the module back when it is closed', async () => {
      for (let count = 0; count < 3; count++) {
        expect(await text(ask('/x'))).to.contain('/x');
        session.close();
        await once(session, 'close');
        session = open();
      }
      expect(await text(ask('/y'))).to.contain('/y');
    });
  });
}

describe('http2, what the page says of it', () => {
  const open = async (mode: Mode) => {
    const stage = await Stage.open({ version: 2, virtual: { faults: { openDelay: 500 } } });
    const port = Number(new URL(stage.url(mode)).port);
    const socket = stage.rig.modem.connect(optionsIn(stage, mode, port));
    const session = http2.connect(stage.url(mode), { createConnection: () => socket });
    return { stage, socket, session };
  };

  for (const mode of modes) {
    it(`has the time of a request begin at once, ${titleOf(mode)}`, async () => {
      const { stage, socket, session } = await open(mode);
      const request = session.request({ ':path': '/x' }).on('error', () => undefined);
      await new Promise<void>((resolve) => request.setTimeout(50, resolve));
      expect(socket.connecting).to.equal(true);
      session.destroy();
      await stage.close();
    });
  }

  it('tells that it is connected before it is, over plain TCP', async () => {
    const { stage, socket, session } = await open(false);
    await once(session, 'connect');
    expect([socket.connecting, session.encrypted]).to.deep.equal([true, false]);
    session.destroy();
    await stage.close();
  });
});

describe('http2, what the page says does not work', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.open({ version: 2 });
  });

  afterEach(async () => {
    await stage.close();
  });

  const port = () => Number(new URL(stage.url('modem')).port);

  it("is refused with tls: 'modem', which negotiates no protocol", async () => {
    const options = { ...optionsIn(stage, 'modem', port()), ALPNProtocols: ['h2'] };
    const session = http2.connect(stage.url('modem'), { createConnection: () => stage.rig.modem.connect(options) });
    const [error] = (await once(session, 'error')) as [NodeJS.ErrnoException];
    expect(error).to.include({ code: 'ERR_MODEM_UNSUPPORTED' });
    expect(error.message).to.contain('ALPNProtocols').and.contain("tls: 'host'");
  });

  it('fails, and does not hang, with a server that closes before it has listened', async () => {
    const options = optionsIn(stage, 'modem', port());
    const time = new FastTime();
    try {
      const session = http2.connect(stage.url('modem'), { createConnection: () => stage.rig.modem.connect(options) });
      session.on('error', () => undefined);
      const failed = rejection(once(session.request({ ':path': '/' }), 'response'));
      await time.until(failed);
      expect(time.elapsed).to.be.above(900).and.below(10_000);
      expect((await failed).code).to.equal('EPIPE');
    } finally {
      time.restore();
    }
  });
});

describe("HTTP/2 by other clients, tls: 'host'", () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.open({ version: 2 });
  });

  afterEach(async () => {
    await stage.close();
  });

  it('is spoken by undici', async () => {
    const connect = stage.rig.modem.connector({ ...stage.options('host'), ALPNProtocols: ['h2', 'http/1.1'] });
    const client = new Client(stage.url('host'), { allowH2: true, connect });
    for (const path of ['/1', '/2']) {
      const { body } = await client.request({ path, method: 'GET' });
      expect(await body.json()).to.include({ path });
    }
    expect(stage.opens).to.equal(1);
    await client.destroy();
  });

  it('is spoken by axios', async () => {
    const { hostname: host, port } = new URL(stage.url('host'));
    const createConnection = () =>
      stage.rig.modem.connect({ ...stage.options('host'), host, port, ALPNProtocols: ['h2'] });
    const options = { httpVersion: 2 as const, http2Options: { createConnection, sessionTimeout: 50 } };
    for (const path of ['/1', '/2']) {
      const { data } = await axios.get<{ path: string }>(stage.url('host', path), options);
      expect(data.path).to.equal(path);
    }
    expect(stage.opens).to.equal(1);
  });
});
