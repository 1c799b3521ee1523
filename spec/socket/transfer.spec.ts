import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { FastTime } from '../support/fast-time.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig, randomBytes, readAll, rejection, request, sha256 } from '../support/rig.js';

describe('transfers', () => {
  let rig: Rig;
  let ended = (): Promise<void> => rig.close();

  afterEach(async () => {
    await ended();
    ended = () => rig.close();
  });

  it('are exact when every event of the module is lost', async () => {
    rig = await Rig.open({ virtual: { faults: { loseEvents: true, rechunk: [1, 8] } } });
    const port = await rig.https((incoming, outgoing) => void readAll(incoming).then((body) => outgoing.end(body)));
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    const body = randomBytes(20_000);
    const { body: echoed } = await request({ host: 'server.test', port, method: 'POST', agent }, body);
    expect(echoed.equals(body)).to.equal(true);
    agent.destroy();
    const sent = randomBytes(5000);
    const closing = await rig.tls((socket) => socket.end(sent));
    const received = await readAll(rig.modem.connect({ host: 'server.test', port: closing, ca: rig.ca }) as Duplex);
    expect(received.equals(sent)).to.equal(true);
  }).timeout(60_000);

  it('deliver the 30,000 bytes of a peer that closes at once', async () => {
    rig = await Rig.open({ virtual: { faults: { rechunk: [1, 8] } } });
    const sent = randomBytes(30_000);
    for (const tls of ['modem', false, 'host'] as const) {
      const open = tls === false ? rig.tcp.bind(rig) : rig.tls.bind(rig);
      const port = await open((socket) => socket.end(sent));
      const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, tls });
      expect(sha256(await readAll(socket as Duplex)), String(tls)).to.equal(sha256(sent));
    }
  });

  it('bring end(120 kB) to the server over a slow uplink, from a module that drops unsent bytes at its close', async () => {
    rig = await Rig.open({ virtual: { faults: { uplink: 40_000, dropUnsentAtClose: true } } });
    const sent = randomBytes(120_000);
    const received: Buffer[] = [];
    const port = await rig.tls((socket) => void socket.on('data', (chunk: Buffer) => received.push(chunk)));
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, linger: 500 });
    socket.end(sent);
    socket.resume();
    await once(socket, 'finish');
    expect(rig.virtual.sessions.map(({ unsent }) => unsent)).to.deep.equal([0, 0]);
    await once(socket, 'close');
    expect(sha256(Buffer.concat(received))).to.equal(sha256(sent));
  });

  it('bring an answer that comes five seconds after end(request)', async () => {
    rig = await Rig.open();
    const port = await rig.tls((socket) => {
      socket.once('data', () => setTimeout(() => socket.end('the answer'), 5000));
    });
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
    socket.end('the request');
    expect((await readAll(socket as Duplex)).toString()).to.equal('the answer');
  });

  it('end a socket whose peer neither answers nor closes, after linger', async () => {
    rig = await Rig.open();
    const port = await rig.tls((socket) => socket.resume());
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, linger: 50 });
    socket.end('the request');
    const ended = Promise.all([once(socket, 'end'), once(socket, 'close')]);
    socket.resume();
    await ended;
    await rig.modem.info();
    expect(rig.commands('AT+CCHCLOSE')).to.equal(1);
  });

  it('hold a server back while nobody reads, and lose nothing to a late reader', async () => {
    let toHost = 0;
    let counting = false;
    const count = (chunk: Buffer) => {
      if (counting) toHost += chunk.length;
      return chunk;
    };
    rig = await Rig.open({
      virtual: { receiveCache: 256 * 1024 },
      filter: (port) => new LineFilter(port, { toHost: count }),
    });
    const MIB = 1024 * 1024;
    const pattern = Buffer.from(Array.from({ length: MIB }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
    let drained: 'flowing' | 'waiting' = 'flowing';
    let written = 0;
    const port = await rig.tcp((socket) => {
      const write = () => {
        while (written < 64 * MIB) {
          const at = written % MIB;
          written += 65_536;
          if (!socket.write(pattern.subarray(at, at + 65_536))) {
            drained = 'waiting';
            socket.once('drain', () => {
              drained = 'flowing';
              write();
            });
            return;
          }
        }
      };
      write();
    });
    const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
    await once(socket, 'connect');
    counting = true;
    // What is shown is that nothing happens, so time must pass.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const lines = 2000; // answers to questions, headers
    expect(toHost).to.be.below(socket.readableHighWaterMark + 2048 + lines);
    expect(drained).to.equal('waiting');
    expect(written).to.be.below(16 * MIB);

    const received: Buffer[] = [];
    let length = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received.push(chunk);
      length += chunk.length;
      if (length >= MIB) break;
    }
    expect(Buffer.concat(received).subarray(0, MIB).equals(pattern)).to.equal(true);
    expect(socket.destroyed).to.equal(true);
  }).timeout(30_000);

  it('share a 115200 line: each of a download and an upload moves at least 35 % in every 2 s', async () => {
    // None of it is the machine's own.
    const time = new FastTime();
    ended = () => time.until(rig.close()).finally(() => time.restore());
    rig = await time.until(Rig.open({ virtual: { baudRate: 115_200, latency: 5 } }));
    const size = 70_000;
    const down = randomBytes(size);
    const up = randomBytes(size);
    const download = await rig.tls((socket) => socket.end(down));
    const arrived: Buffer[] = [];
    const upload = await rig.tls((socket) => {
      socket.on('data', (chunk: Buffer) => arrived.push(chunk));
    });
    const first = rig.modem.connect({ host: 'a.test', port: download, ca: rig.ca });
    const second = rig.modem.connect({ host: 'b.test', port: upload, ca: rig.ca, linger: 100 });
    const received: Buffer[] = [];
    await time.until(Promise.all([once(first, 'secureConnect'), once(second, 'secureConnect')]));
    first.on('data', (chunk: Buffer) => received.push(chunk));
    second.resume();
    second.end(up);

    const samples: { down: number; up: number }[] = [];
    let next: NodeJS.Timeout;
    const sample = () => {
      const { payloadReceived, payloadSent } = rig.modem.statistics;
      samples.push({ down: payloadReceived, up: payloadSent });
      next = setTimeout(sample, 100);
    };
    next = setTimeout(sample, 100);
    await time.until(Promise.race([once(first, 'end'), once(second, 'finish')]));
    clearTimeout(next);
    for (const socket of [first, second]) if (!socket.closed) await time.until(once(socket, 'close'));

    expect(sha256(Buffer.concat(received))).to.equal(sha256(down));
    expect(sha256(Buffer.concat(arrived))).to.equal(sha256(up));
    const windows = samples.slice(20).map((end, index) => {
      const start = samples[index] ?? end;
      return { down: end.down - start.down, up: end.up - start.up };
    });
    expect(windows.length).to.be.above(30);
    const shares = windows.map((moved) => Math.min(moved.down, moved.up) / (moved.down + moved.up));
    expect(Math.min(...shares), 'smaller share in the worst window').to.be.at.least(0.35);
  }).timeout(60_000);

  it('answer a good host within 20 s after two that never answer', async () => {
    rig = await Rig.open();
    await goodAfterTwoSilent(rig);
  }).timeout(30_000);

  it('answer a good host within 20 s although the module refuses to close what it opens', async () => {
    let filter: LineFilter | undefined;
    const toModem = (chunk: Buffer) => {
      const [id] = /^AT\+CCHCLOSE=(\d)\r/.exec(chunk.toString('latin1'))?.slice(1) ?? [];
      if (id === undefined || rig.virtual.sessions[Number(id)]?.state !== 'opening') return chunk;
      setImmediate(() => filter?.say('\r\nERROR\r\n'));
      return Buffer.alloc(0);
    };
    rig = await Rig.open({ filter: (port) => (filter = new LineFilter(port, { toModem })) });
    await goodAfterTwoSilent(rig);
  }).timeout(30_000);
});

/** Two requests to servers that accept and say nothing, given up after 5 s, and one to a good host behind them. */
async function goodAfterTwoSilent(rig: Rig): Promise<void> {
  const silent = await rig.tcp((socket) => socket.resume());
  const good = await rig.https((_incoming, outgoing) => outgoing.end('good'));
  const agent = rig.modem.httpsAgent({ ca: rig.ca });
  const started = performance.now();
  const lost = ['a.test', 'b.test'].map((host) => {
    const options = { host, port: silent, path: '/', agent, signal: AbortSignal.timeout(5000) };
    return rejection(request(options));
  });
  const { body } = await request({ host: 'c.test', port: good, path: '/', agent });
  expect(body.toString()).to.equal('good');
  expect(performance.now() - started).to.be.below(20_000);
  await Promise.all(lost);
  agent.destroy();
}
