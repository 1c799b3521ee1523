import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import WebSocket, { createWebSocketStream, type ClientOptions } from 'ws';
import { readAll, rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { pattern } from '../http/stage.js';
import { readPage, workingModes } from '../page.js';
import { Stage, connecting, waysOf } from './stage.js';

/** More than a send, a pull and a cache of the module hold. */
const LARGE = 70_000;
/** What the module keeps of a session until it is fetched. */
const CACHE = 16_384;

/** The next message; text as a string. */
async function hear(socket: WebSocket): Promise<string | Buffer> {
  const [data, binary] = (await once(socket, 'message')) as [Buffer, boolean];
  return binary ? data : String(data);
}

for (const { title, mode, modem, connect } of waysOf(workingModes(readPage('ws')))) {
  describe(`ws, ${title}`, () => {
    let stage: Stage;

    beforeEach(async () => {
      stage = await Stage.open();
    });

    afterEach(async () => {
      await stage.close();
    });

    const open = async (path: string, options: ClientOptions = {}) => {
      const createConnection = connecting((place) => connect(stage, place));
      const socket = new WebSocket(stage.url(mode, 'web', path), { createConnection, ...options });
      await once(socket, 'open');
      return socket;
    };
    /** Both ends of a connection. */
    const both = async (options: ClientOptions = {}) => {
      const [peer, socket] = await Promise.all([stage.peer(), open('/', options)]);
      return { peer, socket };
    };

    it('carries text and bytes of every kind, in order', async () => {
      const socket = await open('/echo');
      const messages = [
        '',
        'a',
        'Grüße 👋',
        'OK\r\n+CCHRECV: 0,0\r\n> ',
        Buffer.alloc(0),
        Buffer.from([0, 13, 10, 255]),
      ];
      const heard: (string | Buffer)[] = [];
      const all = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer, binary) => {
          if (heard.push(binary ? data : String(data)) === messages.length) resolve();
        });
      });
      for (const message of messages) socket.send(message);
      await all;
      expect(heard).to.deep.equal(messages);
    });

    it('sends and receives large messages, whole and in fragments', async () => {
      const { peer, socket } = await both({ perMessageDeflate: false });
      const body = pattern(LARGE);
      for (const [from, to] of [
        [socket, peer],
        [peer, socket],
      ] as const) {
        const whole = hear(to);
        from.send(body);
        expect(body.equals((await whole) as Buffer)).to.equal(true);
        const assembled = hear(to);
        from.send(body.subarray(0, 3), { fin: false });
        from.ping();
        from.send(body.subarray(3, 40_000), { fin: false });
        from.send(body.subarray(40_000));
        expect(body.equals((await assembled) as Buffer)).to.equal(true);
      }
    });

    it('both sides at once', async () => {
      const { peer, socket } = await both({ perMessageDeflate: false });
      const body = pattern(LARGE);
      const heard = [hear(peer), hear(socket)];
      socket.send(body);
      peer.send(body);
      for (const each of await Promise.all(heard)) expect(body.equals(each as Buffer)).to.equal(true);
    });

    it('answers a ping, and has its own answered', async () => {
      const { peer, socket } = await both();
      const asked = once(socket, 'ping');
      const answered = once(peer, 'pong');
      peer.ping('from the server');
      expect(String((await asked)[0])).to.equal('from the server');
      expect(String((await answered)[0])).to.equal('from the server');
      const pong = once(socket, 'pong');
      socket.ping('from the client');
      expect(String((await pong)[0])).to.equal('from the client');
    });

    it('compresses, which saves most of a repetitive message', async () => {
      const text = JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ id, name: 'temperature', unit: 'C' })));
      const costs: number[] = [];
      for (const perMessageDeflate of [true, false]) {
        const peering = stage.peer();
        let connection: ReturnType<typeof connect> | undefined;
        const socket = await open('/', {
          perMessageDeflate,
          createConnection: connecting((place) => (connection = connect(stage, place))),
        });
        expect(socket.extensions).to.equal(perMessageDeflate ? 'permessage-deflate' : '');
        const peer = await peering;
        const heard = hear(peer);
        socket.send(text);
        expect(await heard).to.equal(text);
        const back = hear(socket);
        peer.send(text);
        expect(await back).to.equal(text);
        costs.push((connection?.bytesRead ?? 0) + (connection?.bytesWritten ?? 0));
        socket.terminate();
      }
      const [compressed = 0, plain = 0] = costs;
      expect(plain).to.be.above(2 * text.length);
      expect(compressed).to.be.below(plain / 5);
    });

    it('has headers and a subprotocol of its own', async () => {
      const createConnection = connecting((place) => connect(stage, place));
      const upgraded = once(stage.web, 'connection') as Promise<[WebSocket, { headers: Record<string, string> }]>;
      const options = { createConnection, headers: { 'x-device': '7' }, origin: 'https://device.example' };
      const socket = new WebSocket(stage.url(mode, 'web', '/'), ['first', 'second'], options);
      const [[, { headers }]] = await Promise.all([upgraded, once(socket, 'open')]);
      expect(headers).to.include({ 'x-device': '7', origin: 'https://device.example' });
      expect(headers['host']).to.equal(`server.test:${stage.port(mode, 'web')}`);
      expect(socket.protocol).to.equal('second');
    });

    it('is a stream, which a pipeline fills, reads and ends', async () => {
      const socket = await open('/echo');
      const stream = createWebSocketStream(socket);
      const chunks = Array.from({ length: 9 }, (_, index) => pattern(LARGE).subarray(index * 7000, (index + 1) * 7000));
      const echoed: Buffer[] = [];
      let length = 0;
      const everything = new Promise<void>((resolve) => {
        stream.on('data', (chunk: Buffer) => {
          echoed.push(chunk);
          if ((length += chunk.length) === 63_000) resolve();
        });
      });
      const source = new Readable({ read: () => undefined });
      const piped = pipeline(source, stream, { end: false });
      for (const chunk of chunks) source.push(chunk);
      await everything;
      source.push(null);
      await piped;
      const closed = once(socket, 'close');
      stream.end();
      expect((await closed)[0]).to.equal(1005);
      expect(Buffer.concat(echoed).equals(Buffer.concat(chunks))).to.equal(true);
    });

    it('is a stream, which a pipeline reads until the server closes', async () => {
      const { peer, socket } = await both();
      const body = pattern(LARGE);
      const heard = readAll(createWebSocketStream(socket));
      for (let start = 0; start < LARGE; start += 10_000) peer.send(body.subarray(start, start + 10_000));
      peer.close(1000, 'all sent');
      expect((await heard).equals(body)).to.equal(true);
    });

    it('is a stream, which a pipeline destroys when the other end of it fails', async () => {
      const { peer, socket } = await both();
      const gone = once(peer, 'close');
      const failing = async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          if (chunk.length > 0) throw new Error('the disk is full');
          yield chunk;
        }
      };
      const piped = rejection(
        pipeline(createWebSocketStream(socket), failing, async (rest: AsyncIterable<Buffer>) => {
          await readAll(rest);
        }),
      );
      peer.send(pattern(1000));
      expect((await piped).message).to.equal('the disk is full');
      expect((await gone)[0]).to.equal(1006);
      expect(socket.readyState).to.be.oneOf([WebSocket.CLOSING, WebSocket.CLOSED]);
    });

    if (!modem) return;

    const byAgent = () => ({ createConnection: undefined, agent: stage.agent(mode) });

    it('holds the server back while it is paused', async () => {
      const { peer, socket } = await both({ perMessageDeflate: false });
      socket.pause();
      const body = pattern(LARGE);
      for (let count = 0; count < 3; count++) peer.send(body);
      // The module has what it can hold, and nobody fetches it.
      await until(() => stage.rig.virtual.sessions.some(({ cached }) => cached === CACHE));
      for (let asked = 0; asked < 5; asked++) await stage.rig.modem.info();
      const [session] = stage.rig.modem.sessions.filter(({ state }) => state === 'open');
      // What the stream of the host's TLS reads ahead, up to 64 KiB with Node 22, and nothing like all of it.
      expect(session?.bytesRead).to.be.below(2 * LARGE);
      const heard: Buffer[] = [];
      const all = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => heard.push(data) === 3 && resolve());
      });
      socket.resume();
      await all;
      for (const each of heard) expect(each.equals(body)).to.equal(true);
    });

    it('connects by an agent, too, and follows a redirect with it over another connection', async () => {
      stage.redirect = '/echo';
      const socket = await open('/moved', { ...byAgent(), handshakeTimeout: 180_000, followRedirects: true });
      const heard = hear(socket);
      socket.send('through the agent');
      expect(await heard).to.equal('through the agent');
      expect(stage.opens).to.equal(2);
      expect(stage.rig.modem.sessions.filter(({ state }) => state === 'open')).to.have.length(1);
    });

    it('refuses a place of this host', async () => {
      const refusal = async (url: string, options: ClientOptions) => {
        const failed = once(new WebSocket(url, options), 'open');
        return (await rejection(failed)).code;
      };
      const url = stage.url(mode, 'web', '/');
      expect(await refusal(url, { ...byAgent(), localAddress: '127.0.0.1' })).to.equal('ERR_MODEM_UNSUPPORTED');
      const agent = stage.agent(false);
      expect(await refusal('ws+unix:/run/socket:/', { agent })).to.equal('ERR_MODEM_UNSUPPORTED');
    });
  });
}
