import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { FastTime } from '../support/fast-time.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig, randomBytes, readAll, request } from '../support/rig.js';

const bodies: Record<string, Buffer> = {
  'random bytes': randomBytes(30),
  'OK lines': Buffer.from('\r\nOK\r\n'.repeat(5)),
  'ends of a read': Buffer.from('\r\n+CCHRECV: 0,0\r\n'.repeat(2)),
  'line ends': Buffer.from('\r\n'.repeat(15)),
  'peer closes': Buffer.from('\r\n+CCH_PEER_CLOSED: 0\r\n\r\n+CCH'),
};

describe('one byte lost on the line while a body is read', function () {
  this.timeout(120_000);
  let rig: Rig;
  // The deadlines are none of the machine's own.
  let time: FastTime;

  beforeEach(() => (time = new FastTime()));
  afterEach(() => time.until(rig.close()).finally(() => time.restore()));

  for (const [name, body] of Object.entries(bodies)) {
    const everyByteInTurn = async () => {
      // -1: none is lost; counts down from the first byte of the answer to AT+CCHRECV=.
      let lose = -1;
      let answering = false;
      const toModem = (chunk: Buffer) => {
        if (chunk.toString('latin1').startsWith('AT+CCHRECV=')) answering = true;
        return chunk;
      };
      const toHost = (chunk: Buffer) => {
        if (!answering || lose < 0) return chunk;
        const at = lose;
        lose -= chunk.length;
        return at >= chunk.length ? chunk : Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1)]);
      };
      rig = await Rig.open({
        virtual: { frameSize: 20 },
        modem: { commandTimeout: 150 },
        filter: (port) => new LineFilter(port, { toHost, toModem }),
        mayBreakRules: true,
      });
      const port = await rig.tcp((socket) => void socket.end(body));
      const plain = await rig.http((_incoming, outgoing) => outgoing.end('fine'));
      const outcomes = { exact: 0, failed: 0 };
      const length =
        `\r\nOK\r\n\r\n+CCHRECV: DATA,0,20\r\n\r\n\r\n+CCHRECV: DATA,0,10\r\n\r\n+CCHRECV: 0,0\r\n`.length +
        body.length;
      for (let position = 0; position < length; position++) {
        answering = false;
        lose = position;
        const received: Buffer[] = [];
        let error: (Error & { code?: string }) | undefined;
        try {
          const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
          for await (const chunk of socket as Duplex as AsyncIterable<Buffer>) received.push(chunk);
        } catch (caught) {
          error = caught as Error;
        }
        const got = Buffer.concat(received);
        const where = `byte ${position} lost: ${JSON.stringify(got.toString('latin1'))}`;
        expect(body.subarray(0, got.length).equals(got), where).to.equal(true);
        if (error) expect(error.code, where).to.equal('ECONNRESET');
        else expect(got.length, where).to.equal(body.length);
        outcomes[error ? 'failed' : 'exact']++;
        lose = -1;
        const agent = rig.modem.httpAgent({ keepAlive: false });
        const next = await request({ protocol: 'http:', host: 'a.test', port: plain, path: '/', agent });
        expect(next.body.toString(), `after ${where}`).to.equal('fine');
      }
      expect(outcomes.failed, JSON.stringify(outcomes)).to.be.at.least(body.length);
    };
    it(`never hands over a shifted byte: a body of ${name}, every byte of the answer in turn`, () =>
      time.until(everyByteInTurn()));
  }
});

describe('a byte lost on the line in the answer to a question', () => {
  for (const [what, pattern] of [
    ['how much is cached', /\+CCHRECV: ?LEN,/],
    ['how much is unsent', /\+CCHSEND: ?0,\d+,1,/],
  ] as const) {
    it(`${what}: it is asked again, and nothing fails`, async () => {
      let armed = false;
      const toHost = (chunk: Buffer) => {
        const found = armed ? pattern.exec(chunk.toString('latin1')) : null;
        if (!found) return chunk;
        armed = false;
        const at = found.index + found[0].length - 1;
        return Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1)]);
      };
      const rig = await Rig.open({ filter: (port) => new LineFilter(port, { toHost }) });
      const port = await rig.tls((peer) => void peer.once('data', () => peer.end('the answer')));
      const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      await once(socket, 'secureConnect');
      armed = true;
      socket.end('the question');
      expect((await readAll(socket as Duplex)).toString()).to.equal('the answer');
      expect(armed).to.equal(false);
      await rig.close();
    });
  }
});
