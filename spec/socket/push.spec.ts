import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { expect } from 'chai';
import sinon from 'sinon';

import type { AnySocket } from '../../lib/socket/index.js';
import { FastTime } from '../support/fast-time.js';
import { LineFilter, type LineHooks } from '../support/line-filter.js';
import { Rig, randomBytes, request, take, type RigOptions } from '../support/rig.js';
import { turn, until } from '../support/turn.js';

type Failure = Error & { code?: string; cause?: { code?: string } };

/** A data frame as the module pushes it (field note 3.7). */
function frame(session: number, data: string, end = '\r\n'): string {
  return `\r\n+CCHRECV: DATA,${session},${data.length}\r\n${data}${end}`;
}

/** What a stream brought, and how it ended. */
async function outcomeOf(stream: Duplex): Promise<{ got: Buffer; error: Failure | undefined }> {
  const received: Buffer[] = [];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) received.push(chunk);
  } catch (error) {
    return { got: Buffer.concat(received), error: error as Failure };
  }
  return { got: Buffer.concat(received), error: undefined };
}

describe('data that the module pushes', function () {
  this.timeout(60_000);
  let rig: Rig;
  let line: LineFilter;

  /** Set where a spec takes the time. */
  let time: FastTime | undefined;

  afterEach(async () => {
    await (time ? time.until(rig.close()) : rig.close());
    time?.restore();
    time = undefined;
  });

  /** A spec whose deadlines are none of the machine's own. */
  const inFastTime = (spec: () => Promise<void>) => () => (time = new FastTime()).until(spec());

  /** A driver to which data is pushed, over a line that the spec can speak on, and a server. */
  async function open(options: RigOptions = {}, hooks: LineHooks = {}) {
    rig = await Rig.open({
      ...options,
      modem: { receive: 'auto', ...options.modem },
      filter: (port) => (line = new LineFilter(port, hooks)),
    });
    const peers: Socket[] = [];
    const port = await rig.tcp((peer) => peers.push(peer));
    return { port, peers };
  }

  async function connected(port: number): Promise<AnySocket> {
    const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
    await once(socket, 'connect');
    return socket;
  }

  async function failure(socket: AnySocket): Promise<Failure> {
    const [error] = (await once(socket, 'error')) as [Failure];
    return error;
  }

  /** A request on a new session. */
  async function works(): Promise<void> {
    const port = await rig.http((_incoming, outgoing) => outgoing.end('fine'));
    const agent = rig.modem.httpAgent({ keepAlive: false });
    const { body } = await request({ protocol: 'http:', host: 'a.test', port, path: '/', agent });
    expect(body.toString()).to.equal('fine');
  }

  it('frames between the prompt of a send and its OK: both directions are exact', async () => {
    const lines: string[] = [];
    const toHost = (chunk: Buffer) => {
      if (!chunk.includes('>')) return chunk;
      lines.push(frame(0, `>\r\nOK\r\n${lines.length}`));
      return Buffer.concat([chunk, Buffer.from(lines.at(-1) ?? '')]);
    };
    const { port, peers } = await open({ virtual: { prompt: '>' } }, { toHost });
    const body = randomBytes(10_000);
    const socket = await connected(port);
    await until(() => peers.length === 1);
    const outcome = outcomeOf(socket);
    socket.write(body);
    const [peer] = peers as [Socket];
    expect((await take(peer, body.length)).equals(body)).to.equal(true);
    peer.end();
    expect((await outcome).got.toString()).to.equal(lines.map((_, index) => `>\r\nOK\r\n${index}`).join(''));
    expect(lines.length).to.be.at.least(5);
  });

  it('frames of both sessions, one after the other in one chunk', async () => {
    const { port, peers } = await open();
    const [first, second] = [await connected(port), await connected(port)];
    const outcomes = [outcomeOf(first), outcomeOf(second)];
    const sent = [0, 1].map((session) => Array.from({ length: 50 }, (_, index) => `${session}:${index}\r\n`));
    line.say(sent[0]?.map((text, index) => frame(0, text) + frame(1, sent[1]?.[index] ?? '')).join('') ?? '');
    for (const peer of peers) peer.end();
    for (const [session, outcome] of outcomes.entries()) {
      expect((await outcome).got.toString()).to.equal(sent[session]?.join(''));
    }
  });

  it('both sessions download at once, on a line in pieces', async () => {
    rig = await Rig.open({ virtual: { faults: { rechunk: [1, 50] } }, modem: { receive: 'auto' } });
    const bodies = [randomBytes(50_000), randomBytes(50_000)];
    const ports = await Promise.all(bodies.map((body) => rig.tls((peer) => peer.end(body))));
    const outcomes = ports.map((port) =>
      outcomeOf(rig.modem.connect({ host: 'server.test', port, ca: rig.ca }) as Duplex),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const { got, error } = await outcome;
      expect(error).to.equal(undefined);
      expect(bodies[index]?.equals(got)).to.equal(true);
    }
  });

  for (const replyOrder of ['ok-first', 'result-first'] as const) {
    it(`frames before the result of an open (${replyOrder}) are the first that is read`, async () => {
      const toHost = (chunk: Buffer) =>
        chunk.includes('+CCHOPEN: ')
          ? Buffer.from(`${frame(0, 'early ')}${frame(0, 'bird ')}${chunk.toString()}`)
          : chunk;
      const { port, peers } = await open({ virtual: { replyOrder } }, { toHost });
      const socket = await connected(port);
      peers[0]?.end('worm');
      expect((await outcomeOf(socket)).got.toString()).to.equal('early bird worm');
    });
  }

  const damagedBeforeOpen = async () => {
    const damaged = [frame(0, 'early bird').replace('bird', 'bir'), frame(0, 'early bird').replace('CCHRECV', 'CHREC')];
    for (const text of damaged) {
      let armed = true;
      const toHost = (chunk: Buffer) => {
        if (!armed || !chunk.includes('+CCHOPEN: ')) return chunk;
        armed = false;
        return Buffer.from(`${text}${frame(0, 'late')}${chunk.toString()}`);
      };
      const { port } = await open({ modem: { commandTimeout: 300 } }, { toHost });
      const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
      const { got, error } = await outcomeOf(socket);
      expect(error).to.have.property('code', 'ECONNRESET');
      expect(got.toString()).to.equal('');
      await works();
      if (text !== damaged.at(-1)) await rig.close();
    }
  };
  it(
    'a damaged frame before the result of an open: the socket fails, no byte behind the hole is read',
    inFastTime(damagedBeforeOpen),
  );

  it('the server closes with data behind a slow line: all of it, then the end', async () => {
    const { port, peers } = await open({ virtual: { baudRate: 115_200 } });
    const body = randomBytes(20_000);
    const socket = await connected(port);
    peers[0]?.end(body);
    await rig.until(() => rig.virtual.sessions[0]?.state === 'ended');
    expect(socket.bytesRead).to.be.below(body.length);
    const { got, error } = await outcomeOf(socket);
    expect(error).to.equal(undefined);
    expect(got.equals(body)).to.equal(true);
    await works();
  });

  it('uploads during pushed downloads, on a line of 115200', async () => {
    const { port, peers } = await open({ virtual: { baudRate: 115_200 } });
    const bodies = Array.from({ length: 4 }, () => randomBytes(10_000));
    const sockets = [await connected(port), await connected(port)];
    await until(() => peers.length === 2);
    const all = [...sockets, ...peers].map((stream) => take(stream as Duplex, 10_000));
    for (const [index, stream] of [...peers, ...sockets].entries()) stream.write(bodies[index] ?? '');
    for (const [index, received] of (await Promise.all(all)).entries()) {
      expect(bodies[index]?.equals(received), `stream ${index}`).to.equal(true);
    }
    for (const socket of sockets) socket.destroy();
  });

  it('a reader that does not read: all waits in memory, exact, and the line is free for others', async () => {
    const { port, peers } = await open();
    const body = randomBytes(300_000);
    const socket = await connected(port);
    socket.pause();
    peers[0]?.end(body);
    await until(() => socket.bytesRead === body.length);
    expect((socket as Duplex).readableLength).to.equal(body.length);
    await works();
    expect((await outcomeOf(socket)).got.equals(body)).to.equal(true);
  });

  it('a frame whose CR LF is late is handed over 200 ms behind its last byte', async () => {
    const clock = (time = new FastTime());
    const { port, peers } = await clock.until(open());
    const socket = await clock.until(connected(port));
    const begun = clock.elapsed;
    line.say(frame(0, 'on its own', ''));
    const [chunk] = (await clock.until(once(socket, 'data'))) as [Buffer];
    expect(chunk.toString()).to.equal('on its own');
    expect(clock.elapsed - begun).to.be.within(200, 300);
    // Late, it is an empty line.
    line.say('\r\n');
    peers[0]?.end('more');
    expect((await clock.until(outcomeOf(socket))).got.toString()).to.equal('more');
  });

  it('a frame that stops fails every socket after a second: a frame of another may have been counted with it', async () => {
    const clock = (time = new FastTime());
    const { port } = await clock.until(open());
    const sockets = [await clock.until(connected(port)), await clock.until(connected(port))];
    const failures = sockets.map((socket) => failure(socket));
    const begun = clock.elapsed;
    line.say(frame(0, 'all of this', '').slice(0, -3));
    for (const error of await clock.until(Promise.all(failures))) {
      expect(error).to.have.property('code', 'ECONNRESET');
      expect(error.cause).to.have.property('code', 'ERR_MODEM_LINE');
    }
    expect(clock.elapsed - begun).to.be.within(1000, 1200);
    await clock.until(works());
  });

  it('what comes behind the word that the peer has closed is handed over, too', async () => {
    const { port } = await open();
    const socket = await connected(port);
    const outcome = outcomeOf(socket);
    line.say(`${frame(0, 'before')}\r\n+CCH_PEER_CLOSED: 0\r\n${frame(0, ', behind')}`);
    expect((await outcome).got.toString()).to.equal('before, behind');
  });

  it('codes that are not the service’s, right behind a frame, harm nobody', async () => {
    const { port, peers } = await open();
    const socket = await connected(port);
    const outcome = outcomeOf(socket);
    line.say(`${frame(0, 'data')}\r\n$GPGGA,1,2,3*47\r\n\r\nCall Ready\r\n\r\n+CCHRECV: 0,0\r\n`);
    peers[0]?.end(' and more');
    expect((await outcome).got.toString()).to.equal('data and more');
  });

  it('a header that is damaged beyond reading: nobody knows whose it was, and every session fails', async () => {
    const { port } = await open();
    const sockets = [await connected(port), await connected(port)];
    const failures = sockets.map((socket) => failure(socket));
    line.say('\r\n+CCHRECV: DAT,0,5\r\nOK\r\n\r\n\r\n');
    for (const error of await Promise.all(failures)) {
      expect(error).to.have.property('code', 'ECONNRESET');
      expect(error.cause).to.have.property('code', 'ERR_MODEM_LINE');
    }
    await works();
  });

  it('a length that lost a digit, and text that happens to fit: the rest of it gives it away', async () => {
    const { port } = await open();
    const socket = await connected(port);
    const outcome = outcomeOf(socket);
    line.say(frame(0, 'ab\r\nContent-Type: text/html\r\n').replace('DATA,0,29', 'DATA,0,2'));
    const { got, error } = await outcome;
    expect(error).to.have.property('code', 'ECONNRESET');
    expect('ab').to.match(new RegExp(`^${got.toString()}`));
    await works();
  });

  it('lines that the module says at any time are no damage', async () => {
    const { port, peers } = await open();
    const socket = await connected(port);
    const outcome = outcomeOf(socket);
    for (const said of ['RING', '+CGEV: ME PDN ACT 1', 'SMS DONE', '+CREG: 1', '^MODE: 17,17']) {
      line.say(`${frame(0, `${said};`)}\r\n${said}\r\n`);
    }
    peers[0]?.end('end');
    const { got, error } = await outcome;
    expect(error).to.equal(undefined);
    expect(got.toString()).to.equal('RING;+CGEV: ME PDN ACT 1;SMS DONE;+CREG: 1;^MODE: 17,17;end');
  });

  describe('a close that was lost', () => {
    it('is found by asking, 15 s behind the last byte, and again after 15; a damaged answer ends nothing', async () => {
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
      try {
        let damage = false;
        const toHost = (chunk: Buffer) => {
          if (!damage || !chunk.includes('+CCHOPEN: 0,"')) return chunk;
          damage = false;
          return Buffer.from(chunk.toString('latin1').replace('+CCHOPEN: 0,"', '+CCHOPEN: 0"'), 'latin1');
        };
        const loseEvents = (text: string) => text.startsWith('+CCH_PEER_CLOSED');
        const { port, peers } = await open({ virtual: { faults: { loseEvents } } }, { toHost });
        const socket = await connected(port);
        const outcome = outcomeOf(socket);
        const asked = () => rig.commands('AT+CCHOPEN?');

        await clock.tickAsync(14_500);
        expect(asked()).to.equal(0);
        damage = true;
        await clock.tickAsync(1000);
        await until(() => asked() === 2);
        expect(socket).to.include({ destroyed: false, readableEnded: false });

        peers[0]?.end('farewell');
        await until(() => socket.bytesRead === 8);
        await clock.tickAsync(14_500);
        expect(asked()).to.equal(2);
        await clock.tickAsync(1000);
        const { got, error } = await outcome;
        expect(error).to.equal(undefined);
        expect(got.toString()).to.equal('farewell');
        await clock.tickAsync(40_000);
        expect(asked()).to.equal(4);
      } finally {
        clock.restore();
      }
    });
  });

  describe('one byte lost on the line', () => {
    const bodies: Record<string, Buffer> = {
      'random bytes': randomBytes(30),
      'OK lines': Buffer.from('\r\nOK\r\n'.repeat(5)),
      'ends of a read': Buffer.from('\r\n+CCHRECV: 0,0\r\n'.repeat(2)),
      'peer closes': Buffer.from('\r\n+CCH_PEER_CLOSED: 0\r\n\r\n+CCH\r\n'),
      'text lines': Buffer.from('ab\r\nContent-Type: x\r\na\r\nb: d\r\n'),
    };

    for (const [name, body] of Object.entries(bodies)) {
      const everyByteInTurn = async () => {
        // -1: none is lost; counts down from the first byte behind the result of the open.
        let lose = -1;
        let opened = false;
        const toHost = (chunk: Buffer) => {
          if (!opened) {
            opened = /\+CCHOPEN: [01],0\r\n$/.test(chunk.toString('latin1'));
            return chunk;
          }
          const at = lose;
          lose -= chunk.length;
          return at < 0 || at >= chunk.length ? chunk : Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1)]);
        };
        const sent = body.subarray(0, 30);
        const { port, peers } = await open(
          { virtual: { frameSize: 20 }, modem: { commandTimeout: 150 }, mayBreakRules: true },
          { toHost },
        );
        const outcomes = { exact: 0, failed: 0 };
        const length = frame(0, 'x'.repeat(20)).length + frame(0, 'x'.repeat(10)).length;
        for (let position = 0; position < length; position++) {
          opened = false;
          const socket = await connected(port);
          lose = position;
          await until(() => opened && peers.length > 0);
          peers.pop()?.end(sent);
          const { got, error } = await outcomeOf(socket);
          const where = `byte ${position} lost: ${JSON.stringify(got.toString('latin1'))}`;
          expect(sent.subarray(0, got.length).equals(got), where).to.equal(true);
          if (error) expect(error.code, where).to.equal('ECONNRESET');
          else expect(got.length, where).to.equal(sent.length);
          outcomes[error ? 'failed' : 'exact']++;
          lose = -1;
          await turn();
        }
        await works();
        expect(outcomes.failed, JSON.stringify(outcomes)).to.be.at.least(sent.length);
      };
      it(`never hands over a shifted byte: ${name}, every byte of both frames in turn`, inFastTime(everyByteInTurn));
    }
  });
});
