import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { Rig, randomBytes, readAll, rejection, request, sha256, type RigOptions } from '../support/rig.js';

/** Bodies that look like what a module says. */
const deceptive = {
  'OK lines': Buffer.from('\r\nOK\r\n'.repeat(500)),
  'ERROR lines': Buffer.from('ERROR\r\nERROR'.repeat(200)),
  prompts: Buffer.from('> '.repeat(1000)),
  'peer closes': Buffer.from('\r\n+CCH_PEER_CLOSED: 0\r\n'.repeat(200)),
  'ends of a read': Buffer.from('\r\n+CCHRECV: 0,0\r\n'.repeat(200)),
  'data headers': Buffer.from('\r\n+CCHRECV: DATA,0,10\r\n'.repeat(200)),
  'a line feed first': Buffer.concat([Buffer.from('\n'), randomBytes(3000)]),
  'every byte': Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256)),
};

/** What a session must do over any transport, in any dialect. One run opens one modem. */
export function conformance(title: string, options: () => RigOptions): void {
  describe(title, () => {
    let rig: Rig;
    let port: number;

    before(async () => {
      rig = await Rig.open(options());
      port = await rig.https(answer);
    });

    after(async () => {
      await rig.close();
    });

    it('brings a body of every kind through, both ways', async () => {
      const agent = rig.modem.httpsAgent({ ca: rig.ca });
      for (const [name, body] of Object.entries({ ...deceptive, 'random bytes': randomBytes(20_000) })) {
        const echoed = await request({ host: rig.host, port, path: '/echo', method: 'POST', agent }, body);
        expect(echoed.body.equals(body), name).to.equal(true);
      }
      agent.destroy();
    });

    it('makes one open of five keep-alive requests', async () => {
      const before = { opened: rig.modem.statistics.sessionsOpened, commands: rig.commands('AT+CCHOPEN=') };
      const agent = rig.modem.httpsAgent({ ca: rig.ca });
      for (let count = 0; count < 5; count++) {
        const { body } = await request(
          { host: rig.host, port, path: `/echo`, method: 'POST', agent },
          Buffer.from('x'),
        );
        expect(body.toString()).to.equal('x');
      }
      expect(rig.modem.statistics.sessionsOpened - before.opened).to.equal(1);
      if (!options().real) expect(rig.commands('AT+CCHOPEN=') - before.commands).to.equal(1);
      agent.destroy();
    });

    it('serves https.request through createConnection', async () => {
      const { createConnection } = rig.modem;
      const { status, body } = await request({
        host: rig.host,
        port,
        path: '/bytes/3000',
        createConnection,
        ca: rig.ca,
      });
      expect(status).to.equal(200);
      expect(body).to.have.length(3000);
    });

    it('hands over everything that a server sent before it closed', async () => {
      const sent = randomBytes(30_000);
      const tlsPort = await rig.tls((socket) => socket.end(sent));
      const socket = rig.modem.connect({ host: rig.host, port: tlsPort, ca: rig.ca });
      const received = await readAll(socket as AsyncIterable<Buffer>);
      expect(sha256(received)).to.equal(sha256(sent));
    });

    it('sends everything that was written before end()', async () => {
      const sent = randomBytes(40_000);
      const { port: tlsPort, data } = await collector(rig, sent.length);
      const socket = rig.modem.connect({ host: rig.host, port: tlsPort, ca: rig.ca });
      socket.end(sent);
      socket.resume();
      expect(sha256(await data)).to.equal(sha256(sent));
      await once(socket, 'close');
    });

    // Transparent mode has a single session.
    const ofTwoSessions = options().modem?.mode === 'transparent' ? [] : ['works on both sessions at once'];
    for (const title of ofTwoSessions)
      it(title, async () => {
        const plain = await rig.http(answer);
        const body = randomBytes(10_000);
        const agent = rig.modem.httpAgent();
        const secure = rig.modem.httpsAgent({ ca: rig.ca });
        const [first, second] = await Promise.all([
          request({ protocol: 'http:', host: rig.host, port: plain, path: '/echo', method: 'POST', agent }, body),
          request({ host: rig.host, port, path: '/bytes/10000', agent: secure }),
        ]);
        expect(first.body.equals(body)).to.equal(true);
        expect(second.body).to.have.length(10_000);
        agent.destroy();
        secure.destroy();
      });

    it('runs the host’s own TLS through a session', async () => {
      const agent = rig.modem.httpsAgent({ tls: 'host', ca: rig.ca });
      const body = randomBytes(10_000);
      const echoed = await request({ host: rig.host, port, path: '/echo', method: 'POST', agent }, body);
      expect(echoed.body.equals(body)).to.equal(true);
      const refused = await rejection(request({ host: rig.host, port, path: '/', agent, servername: 'other.test' }));
      expect(refused.code).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
      agent.destroy();
    });

    it('answers a failing connect with the code that Node uses, and the next works', async () => {
      const { createConnection } = rig.modem;
      const ask = (host: string, to: number) =>
        request({
          host,
          port: to,
          path: '/bytes/5',
          createConnection,
          ca: rig.ca,
        });
      const mute = options().modem?.mode === 'transparent' ? 'ERR_MODEM_UNKNOWN' : undefined;
      expect((await rejection(ask('nowhere.test', port))).code).to.equal(mute ?? 'ENOTFOUND');
      expect((await rejection(ask(rig.host, 1))).code).to.equal(mute ?? 'ECONNREFUSED');
      expect((await ask(rig.host, port)).body).to.have.length(5);
    });

    it('survives destroy() at any moment', async () => {
      for (const delay of [0, 1, 3, 6, 10, 15]) {
        const socket = rig.modem.connect({ host: rig.host, port, ca: rig.ca });
        socket.on('error', () => undefined);
        socket.write('GET /bytes/20000 HTTP/1.1\r\nHost: server.test\r\n\r\n');
        setTimeout(() => socket.destroy(), delay);
        await once(socket, 'close');
      }
      const agent = rig.modem.httpsAgent({ ca: rig.ca });
      expect((await request({ host: rig.host, port, path: '/bytes/5', agent })).body).to.have.length(5);
      agent.destroy();
    });

    it('pipes a download and an upload of 1 MiB', async () => {
      rig.virtual.faults.rechunk = undefined;
      const sent = randomBytes(1024 * 1024);
      const download = await rig.tls((socket) => socket.end(sent));
      const received: Buffer[] = [];
      await pipeline(rig.modem.connect({ host: rig.host, port: download, ca: rig.ca }), async (source) => {
        for await (const chunk of source) received.push(chunk as Buffer);
      });
      expect(sha256(Buffer.concat(received))).to.equal(sha256(sent));

      const { port: upload, data } = await collector(rig, sent.length);
      const socket = rig.modem.connect({ host: rig.host, port: upload, ca: rig.ca });
      socket.resume();
      await pipeline(Readable.from(slices(sent)), socket);
      expect(sha256(await data)).to.equal(sha256(sent));
      rig.virtual.faults.rechunk = options().virtual?.faults?.rechunk;
    }).timeout(60_000);

    it('tells pipeline of a premature close', async () => {
      const early = await rig.tls((socket) => socket.resume());
      const socket = rig.modem.connect({ host: rig.host, port: early, ca: rig.ca });
      await once(socket, 'secureConnect');
      const piped = rejection(
        pipeline(socket, async (source) => {
          await readAll(source as AsyncIterable<Buffer>);
        }),
      );
      socket.destroy();
      expect((await piped).code).to.equal('ERR_STREAM_PREMATURE_CLOSE');
    });
  });
}

/** A server that closes when it has so many bytes. */
async function collector(rig: Rig, length: number): Promise<{ port: number; data: Promise<Buffer> }> {
  let done: (data: Buffer) => void;
  const data = new Promise<Buffer>((resolve) => (done = resolve));
  const port = await rig.tls((socket) => {
    const chunks: Buffer[] = [];
    let missing = length;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      missing -= chunk.length;
      if (missing > 0) return;
      done(Buffer.concat(chunks));
      socket.end();
    });
  });
  return { port, data };
}

function* slices(data: Buffer): Iterable<Buffer> {
  for (let at = 0; at < data.length; at += 16_384) yield data.subarray(at, at + 16_384);
}

/** `/echo` sends the body back, `/bytes/<n>` that many bytes. */
function answer(incoming: import('node:http').IncomingMessage, outgoing: import('node:http').ServerResponse): void {
  void readAll(incoming).then((body) => {
    const [, count] = /^\/bytes\/(\d+)$/.exec(incoming.url ?? '') ?? [];
    outgoing.end(count === undefined ? body : Buffer.alloc(Number(count), 'm'));
  });
}
