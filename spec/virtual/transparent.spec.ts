import { expect } from 'chai';
import fc from 'fast-check';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import sinon, { type SinonFakeTimers } from 'sinon';

import { EscapeDetector } from '../../lib/virtual/escape.js';
import type { VirtualModem, VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority } from '../support/certificates.js';
import { turn, until } from '../support/turn.js';
import { Host, afterwards, cleanUp, everything, modemAndHost, tcpServer } from './host.js';

const CONNECTED = '\r\nCONNECT 115200\r\n';
const OK = '\r\nOK\r\n';
const ERROR = '\r\nERROR\r\n';
const CLOSED = '\r\nCLOSED\r\n';

/** What looks like the module's own words. */
const DECEPTIVE =
  '\r\nCLOSED\r\n\r\nNO CARRIER\r\n\r\nOK\r\n\r\nERROR\r\nAT\rATO\rAT+CCHCLOSE=0\r\n> +CCHRECV: DATA,0,5\r\n';
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** A modem whose service runs in transparent mode. */
async function started(options: VirtualModemOptions = {}): Promise<{ modem: VirtualModem; host: Host }> {
  const made = modemAndHost(options);
  await made.host.asks('AT+CCHMODE=1', OK);
  made.host.sends('AT+CCHSTART\r');
  await made.host.finds(/\+CCHSTART: 0\r\n/);
  if (options.replyOrder === 'result-first') await made.host.hears(OK);
  return made;
}

/** The same in data mode, with the server's end of the session; `server` writes and expects bytes on it. */
async function online(options: VirtualModemOptions = {}) {
  const { port, peer: accept } = await tcpServer();
  const { modem, host } = await started(options);
  const connect = `\r\nCONNECT ${options.baudRate ?? 115_200}\r\n`;
  await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, connect);
  const peer = await accept();
  return { modem, host, port, accept, peer, server: new Host(peer) };
}

function fakeClock(): SinonFakeTimers {
  const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  afterwards(() => clock.restore());
  return clock;
}

/** A clock that also decides how fast bytes go over the line and the uplink. */
function fakeLineTime(): SinonFakeTimers {
  const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  afterwards(() => clock.restore());
  return clock;
}

/** Time passes while bytes go. */
async function passes(clock: SinonFakeTimers, milliseconds: number): Promise<void> {
  for (let time = 0; time < milliseconds; time += 5) {
    clock.tick(5);
    await turn();
    await turn();
  }
}

/** Time passes until something has happened. */
async function during<T>(clock: SinonFakeTimers, event: Promise<T>): Promise<T> {
  const state = { pending: true };
  const settled = () => (state.pending = false);
  event.then(settled, settled);
  while (state.pending) await passes(clock, 5);
  return event;
}

/** Takes so many bytes as they come. */
async function takes(host: Host, count: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let left = count; left > 0; left -= 1024) pieces.push(await host.takes(Math.min(1024, left)));
  return Buffer.concat(pieces);
}

/** Time passes on the line without a byte. */
async function silence(clock: SinonFakeTimers, milliseconds: number): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn();
  clock.tick(milliseconds);
  for (let turns = 0; turns < 5; turns++) await turn();
}

async function escape(clock: SinonFakeTimers, host: Host, answer = OK): Promise<void> {
  await silence(clock, 1000);
  host.sends('+++');
  await silence(clock, 1000);
  await host.hears(answer);
}

/** The same, and a clock that only the specs move. */
async function escaped(options: VirtualModemOptions = {}) {
  const clock = fakeClock();
  const made = await online(options);
  await escape(clock, made.host);
  return { ...made, clock };
}

const rules = (modem: VirtualModem) => modem.brokenRules.map(({ rule }) => rule);

describe('virtual modem: transparent mode', () => {
  afterEach(cleanUp);

  describe('choosing it', () => {
    it('is a matter of the time before the service, and forgotten at a reset', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCHMODE?', `\r\n+CCHMODE: 0\r\n${OK}`);
      await host.asks('AT+CCHMODE=1', OK);
      await host.asks('AT+CCHMODE?', `\r\n+CCHMODE: 1\r\n${OK}`);
      await host.asks('AT+CCHMODE=2', ERROR);
      await host.asks('AT+CCHSTART', `${OK}\r\n+CCHSTART: 0\r\n`);
      for (const mode of [0, 1]) await host.asks(`AT+CCHMODE=${mode}`, ERROR);
      expect(rules(modem).slice(1)).to.deep.equal(['setting-while-running', 'setting-while-running']);
      await host.asks('AT+CCHMODE?', `\r\n+CCHMODE: 1\r\n${OK}`);
      modem.reset();
      await host.finds(/PB DONE\r\n/);
      await host.asks('AT+CCHMODE?', `\r\n+CCHMODE: 0\r\n${OK}`);
    });

    it('leaves one session, without commands for its bytes', async () => {
      const { host } = await started();
      for (const command of [
        'AT+CCHOPEN=1,"127.0.0.1",9,1',
        'AT+CCHSEND=1,5',
        'AT+CCHRECV=1',
        'AT+CCHCLOSE=1',
        'AT+CCHSEND=0,5',
        'AT+CCHRECV=0',
        'AT+CCHCLOSE=0',
      ]) {
        await host.asks(command, ERROR);
      }
      await host.asks('ATO', '\r\nNO CARRIER\r\n');
    });
  });

  describe('opening', () => {
    it('answers nothing but CONNECT, whatever the order of replies and the receive mode', async () => {
      for (const options of [{}, { replyOrder: 'result-first' }, { profile: 'sim7600' }] as const) {
        const { host, server } = await online(options);
        server.sends('hello');
        await host.hears('hello');
        host.sends('AT\r');
        await server.hears('AT\r');
        await host.hearsNothing();
      }
    });

    it('begins with raw data, of which nothing is echoed', async () => {
      const { port, peer } = await tcpServer();
      const { host } = await started();
      await host.asks('ATE1', OK);
      const open = `AT+CCHOPEN=0,"127.0.0.1",${port},1`;
      await host.asks(open, `${open}\r${CONNECTED}`);
      host.sends('AT\r');
      await new Host(await peer()).hears('AT\r');
      await host.hearsNothing();
    });

    it('tells the speed of the line', async () => {
      const { host, server } = await online({ baudRate: 460_800 });
      server.sends('x');
      await host.hears('x');
    });

    it('says CONNECT FAIL, and forgets the settings of the session', async () => {
      const { port, server } = await tcpServer();
      const { host } = await started({ profile: 'sim7600', hosts: { 'plain.example': `127.0.0.1:${port}` } });
      const unused = await tcpServer();
      unused.server.close();
      server.on('connection', (socket: Socket) => socket.end('no TLS here'));
      for (const target of ['"unknown.example",443,1', `"127.0.0.1",${unused.port},1`, '"plain.example",443,2']) {
        await host.asks('AT+CCHSSLCFG=0,7', OK);
        await host.asks('AT+CCHCFG="sendtimeout",0,60', OK);
        await host.asks(`AT+CCHOPEN=0,${target}`, '\r\nCONNECT FAIL\r\n');
        await host.asks('AT+CCHCFG?', `\r\n+CCHCFG: 0,150,0\r\n+CCHCFG: 1,150,1\r\n${OK}`);
        await host.asks('ATO', '\r\nNO CARRIER\r\n');
      }
    });

    it('is refused without the service, and on a session that is open', async () => {
      const { host, clock } = await escaped();
      await host.asks('AT+CCHOPEN=0,"127.0.0.1",9,1', ERROR);
      await host.asks('ATO', CONNECTED);
      await escape(clock, host);
      await host.asks('AT+CCHSTOP', `${OK}\r\n+CCHSTOP: 0\r\n`);
      await host.asks('AT+CCHOPEN=0,"127.0.0.1",9,1', ERROR);
    });

    it('answers with numbers where it was told to', async () => {
      const { port, peer } = await tcpServer();
      const { host } = await started();
      await host.asks('ATV0', '0\r');
      await host.asks('AT+CCHOPEN=0,"unknown.example",443,1', '4\r');
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '1\r');
      const server = await peer();
      server.write('raw');
      await host.hears('raw');
      server.end();
      await host.hears(CLOSED);
      await host.asks('ATO0', '3\r');
    });

    it('ends a line of several commands', async () => {
      const { port, peer } = await tcpServer();
      const { host } = await started();
      await host.asks('AT+CSQ;+CCHOPEN=0,"unknown.example",443,1', '\r\n+CSQ: 24,99\r\n\r\nCONNECT FAIL\r\n');
      await host.asks(`ATE0;+CCHOPEN=0,"127.0.0.1",${port},1`, CONNECTED);
      (await peer()).write('raw');
      await host.hears('raw');
    });

    it('takes the line feed of a command for no data, and what came early for data', async () => {
      const { port, peer } = await tcpServer();
      const { modem, host } = await started();
      host.sends(`AT+CCHOPEN=0,"127.0.0.1",${port},1\r\n`);
      await host.hears(CONNECTED);
      host.sends('\nfirst');
      await new Host(await peer()).hears('\nfirst');
      expect(modem.brokenRules).to.be.empty;
      modem.closePeer(0);
      await host.hears(CLOSED);
      host.sends(`AT+CCHOPEN=0,"127.0.0.1",${port},1\r${'e'.repeat(10_000)}`);
      await host.hears(CONNECTED);
      await new Host(await peer()).hears('e'.repeat(10_000));
      expect(rules(modem)).to.deep.equal(['command-before-final-result']);
    });
  });

  describe('data', () => {
    it('is every byte as it is, both ways', async () => {
      const { modem, host, server } = await online();
      modem.faults.rechunk = [1, 7];
      modem.faults.interject = 'RING';
      for (const bytes of [everyByte, Buffer.from(DECEPTIVE), Buffer.from('a+++b'), Buffer.from('++++++')]) {
        host.sends(bytes);
        await server.hears(bytes);
        server.sends(bytes);
        await host.hears(bytes);
      }
      for (const byte of everyByte) host.sends(Buffer.of(byte));
      await server.hears(everyByte);
      await host.hearsNothing();
      const payloadOut = 256 + DECEPTIVE.length + 5 + 6;
      expect(modem.statistics).to.include({ payloadIn: payloadOut + 256, payloadOut });
      expect(modem.brokenRules).to.be.empty;
    });

    it('comes as it was sent in every cutting', async () => {
      const { host, server } = await online({ faults: { rechunk: [1, 3] } });
      const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((chunk) => Buffer.from(chunk));
      await fc.assert(
        fc.asyncProperty(fc.array(bytes, { maxLength: 20 }), fc.array(bytes, { maxLength: 20 }), async (up, down) => {
          for (const chunk of up) host.sends(chunk);
          for (const chunk of down) server.sends(chunk);
          await Promise.all([server.hears(Buffer.concat(up)), host.hears(Buffer.concat(down))]);
        }),
        { numRuns: 50, interruptAfterTimeLimit: 5000 },
      );
    });

    it('shows in the log as counts', async () => {
      const { modem, host, server } = await online();
      host.sends('12345');
      await server.hears('12345');
      server.sends('1234567');
      await host.hears('1234567');
      const shown = modem.log.map(({ direction, text }) => `${direction} ${text}`);
      expect(shown.slice(-3)).to.deep.equal(['modem CONNECT 115200', 'host <5 bytes>', 'modem <7 bytes>']);
    });

    it('goes over TLS as over TCP', async () => {
      const authority = await createAuthority();
      const identity = await authority.issue({ names: ['example.org'] });
      const secure = tls.createServer({ ...identity }, (socket) => socket.pipe(socket));
      secure.listen(0, '127.0.0.1');
      await once(secure, 'listening');
      afterwards(() => new Promise<void>((resolve) => secure.close(() => resolve())));
      const { port } = secure.address() as AddressInfo;
      const { host } = await started({ hosts: { 'example.org': `127.0.0.1:${port}` } });
      await host.asks('AT+CCHOPEN=0,"example.org",443', CONNECTED);
      const all = Buffer.concat(Array.from({ length: 400 }, () => everyByte));
      host.sends(all);
      expect((await takes(host, all.length)).equals(all)).to.equal(true);
    });

    it('holds the host back while the send buffer is full', async () => {
      const { modem, host, server } = await online({ sendBuffer: 2000, faults: { uplink: 0 } });
      const all = Buffer.from(Array.from({ length: 60_000 }, (_, index) => index % 251));
      let taken = false;
      host.stream.write(all, () => (taken = true));
      await host.hearsNothing();
      expect(modem.sessions[0]?.unsent).to.equal(2000);
      expect(taken).to.equal(false);
      let most = 0;
      modem.faults.uplink = 200_000;
      const done = server.takes(all.length);
      await until(() => {
        most = Math.max(most, modem.sessions[0]?.unsent ?? 0);
        return taken;
      });
      expect((await done).equals(all)).to.equal(true);
      expect(most).to.equal(2000);
    });

    it('holds the server back while the host does not read', async () => {
      const { modem, host, peer } = await online();
      host.stream.pause();
      const all = Buffer.alloc(16 * 1024 * 1024, 'x');
      let sent = false;
      peer.write(all, () => (sent = true));
      await until(() => modem.sessions[0]?.cached === 16 * 1024);
      await host.hearsNothing();
      const { payloadOut } = modem.statistics;
      expect(payloadOut).to.be.below(200_000);
      expect(sent).to.equal(false);
      let heard = 0;
      host.stream.removeAllListeners('data');
      host.stream.on('data', (chunk: Buffer) => (heard += chunk.length));
      host.stream.resume();
      await until(() => heard === all.length);
      expect(sent).to.equal(true);
      expect(modem.sessions[0]?.cached).to.equal(0);
    });

    it('takes its line time in both directions', async () => {
      const clock = fakeLineTime();
      const { modem, host, server } = await during(clock, online({ baudRate: 115_200 }));
      host.sends(Buffer.alloc(2000));
      await passes(clock, 170);
      expect(server.heard.length).to.be.within(1000, 1999);
      await passes(clock, 10);
      await server.takes(2000);
      server.sends(Buffer.alloc(4000));
      await until(() => (modem.sessions[0]?.cached ?? 0) > 0);
      await passes(clock, 340);
      expect(host.heard.length).to.be.within(3000, 3999);
      await passes(clock, 15);
      await host.takes(4000);
    });

    it('does not stop a host when the peer has closed, and goes nowhere then', async () => {
      const { modem, host, peer } = await online({ sendBuffer: 1000, faults: { uplink: 0 } });
      let taken = false;
      host.stream.write(Buffer.alloc(5000, 'x'), () => (taken = true));
      await host.hearsNothing();
      expect(taken).to.equal(false);
      peer.end('bye');
      await host.hears(`bye${CLOSED}`);
      await until(() => taken);
      await host.asks('AT', OK);
      expect(modem.brokenRules).to.be.empty;
    });
  });

  describe('the escape sequence', () => {
    it('goes to command mode, where commands work, and ATO goes back', async () => {
      const { modem, host, server, port, clock } = await escaped();
      await host.asks('AT', OK);
      await host.asks('AT+CSQ', `\r\n+CSQ: 24,99\r\n${OK}`);
      await host.asks('AT+CCHSEND?', `\r\n+CCHSEND: 0,0,1,0\r\n${OK}`);
      await host.asks('AT+CCHOPEN?', `\r\n+CCHOPEN: 0,"127.0.0.1",${port},1\r\n${OK}`);
      await host.asks('AT+CCHSEND=0,5', ERROR);
      await host.asks('AT+CCHRECV=0', ERROR);
      expect(rules(modem)).to.deep.equal(['refused-parameters', 'refused-parameters']);
      for (const command of ['ATO', 'ATO0']) {
        await host.asks(command, CONNECTED);
        host.sends('AT\r');
        await server.hears('AT\r');
        if (command === 'ATO') {
          server.sends('x');
          await host.hears('x');
          await escape(clock, host);
        }
      }
      expect(modem.log.map(({ text }) => text)).to.include('+++');
    });

    it('may come in pieces', async () => {
      const clock = fakeClock();
      const { host, server } = await online();
      await silence(clock, 1000);
      host.sends('+');
      await silence(clock, 900);
      host.sends('+');
      await silence(clock, 900);
      host.sends('+');
      await silence(clock, 999);
      await host.hearsNothing();
      await silence(clock, 1);
      await host.hears(OK);
      await server.hearsNothing();
    });

    // Numbers are silence in ms. All begin after a second of it, and `+++` is then still undecided.
    const noEscapes: readonly (readonly (string | number)[])[] = [
      ['+++', 999, 'a'],
      ['+++abc'],
      ['++++', 2000],
      ['+++', 500, '+', 2000],
      ['+', 901, '++', 2000],
      ['++', 901, '+', 2000],
      ['++', 2000, '+', 2000],
      ['+', 2000, '+', 2000, '+', 2000],
      ['+++\r', 2000],
      ['+', 500, 'a', 500, '++', 2000],
      ['a', 999, '+++', 2000],
      ['a+++', 2000],
      ['++', 500, '++', 2000],
      ['+', 999, '+++', 2000],
    ];
    for (const dialogue of noEscapes) {
      it(`is not ${JSON.stringify(dialogue)}, which is data`, async () => {
        const clock = fakeClock();
        const { host, server } = await online();
        await silence(clock, 1000);
        for (const part of dialogue) {
          if (typeof part === 'number') await silence(clock, part);
          else host.sends(part);
        }
        await server.hears(dialogue.filter((part) => typeof part === 'string').join(''));
        host.sends('end');
        await server.hears('end');
        await host.hearsNothing();
      });
    }

    it('is not what follows CONNECT or a command at once', async () => {
      const { host, server, clock } = await escaped();
      await host.asks('ATO', CONNECTED);
      host.sends('+++');
      await silence(clock, 5000);
      await server.hears('+++');
      await escape(clock, host);
    });

    it('may come again after pluses that were data', async () => {
      const clock = fakeClock();
      const { host, server } = await online();
      await silence(clock, 1000);
      host.sends('+');
      await escape(clock, host);
      await server.hears('+');
    });

    for (const [what, before, time, after, outcome] of [
      ['the silence before it', '', 1000, '+++', 'escaped'],
      ['the silence behind it', '+++', 1000, '\r', 'escaped'],
      ['a gap in it', '+', 901, '++', 'data'],
    ] as const) {
      it(`hears ${what} although its process is held up, where the host is in the same`, async () => {
        const clock = fakeClock();
        const { host, server } = await online();
        if (before !== '') await silence(clock, 1000);
        host.sends(before);
        // Both times pass before anything is read again.
        setTimeout(() => host.sends(after), time + 50);
        clock.tick(time + 50);
        await silence(clock, 1000);
        if (outcome === 'data') await server.hears('+++');
        else await host.hears(OK);
        if (outcome === 'escaped') await host.asks('AT', OK);
        await server.hearsNothing();
      });
    }

    it('is by its definition, whatever comes and when', () => {
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
      afterwards(() => clock.restore());
      const part = fc.tuple(
        fc.constantFrom('+', '+', '++', '+++', '++++', 'a', 'a+++', '+++a'),
        fc.constantFrom(0, 1, 898, 900, 903, 998, 1002, 2500),
      );
      fc.assert(
        fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
          let data = '';
          let escapedAt: number | undefined;
          let written = 0;
          const detector = new EscapeDetector({
            data: (pluses) => (data += pluses.toString()),
            escaped: () => (escapedAt = written),
          });
          detector.restart();
          clock.tick(1001);
          const bytes: { byte: string; time: number }[] = [];
          let time = 0;
          for (const [text, pause] of parts) {
            if (escapedAt === undefined) data += detector.take(Buffer.from(text)).toString();
            for (const byte of text) bytes.push({ byte, time });
            if (escapedAt === undefined) written = bytes.length;
            // A turn of the event loop.
            clock.tick(pause);
            clock.tick(0);
            time += pause;
          }
          if (escapedAt === undefined) clock.tick(5000);
          detector.stop();
          const silent = (index: number) => {
            const before = bytes[index - 1];
            const next = bytes[index];
            return before === undefined || next === undefined || next.time - before.time >= 1000;
          };
          const expected = bytes.findIndex(
            (_, index) =>
              silent(index) &&
              bytes
                .slice(index, index + 3)
                .map(({ byte }) => byte)
                .join('') === '+++' &&
              silent(index + 3) &&
              (bytes[index + 1]?.time ?? 0) - (bytes[index]?.time ?? 0) <= 900 &&
              (bytes[index + 2]?.time ?? 0) - (bytes[index + 1]?.time ?? 0) <= 900,
          );
          expect(escapedAt).to.equal(expected < 0 ? undefined : expected + 3);
          const all = bytes.map(({ byte }) => byte).join('');
          expect(data).to.equal(expected < 0 ? all : all.slice(0, expected));
        }),
        { numRuns: 2000, interruptAfterTimeLimit: 5000 },
      );
    });

    it('keeps what the server sends meanwhile, up to the cache, for ATO', async () => {
      const { modem, host, server, peer } = await escaped({ receiveCache: 4096 });
      server.sends('hello');
      await until(() => modem.sessions[0]?.cached === 5);
      await host.hearsNothing();
      await host.asks('AT+CCHRECV?', `\r\n+CCHRECV: LEN,5,0\r\n${OK}`);
      const more = Buffer.from(Array.from({ length: 4_000_000 }, (_, index) => index % 253));
      peer.write(more);
      await until(() => modem.sessions[0]?.cached === 4096);
      await host.hearsNothing();
      expect(peer.writableLength).to.be.above(0);
      await host.asks('ATO', `${CONNECTED}hello`);
      expect((await takes(host, more.length)).equals(more)).to.equal(true);
    });

    it('goes behind what is on the line, and before what is not', async () => {
      const clock = fakeLineTime();
      const { modem, host, server } = await during(clock, online({ baudRate: 9600 }));
      server.sends('x'.repeat(5000));
      await until(() => (modem.sessions[0]?.cached ?? 0) > 0);
      await passes(clock, 1000);
      host.sends('+++');
      const [before] = await during(clock, host.finds(/^x*\r\nOK\r\n/));
      const cached = modem.sessions[0]?.cached ?? 0;
      expect(before.length - OK.length + cached).to.equal(5000);
      expect(cached).to.be.within(1000, 4000);
      await during(clock, host.asks('ATO', `\r\nCONNECT 9600\r\n${'x'.repeat(cached)}`));
    });

    it('holds unsolicited lines back until then', async () => {
      const clock = fakeClock();
      const { modem, host, server } = await online();
      modem.inject('RING');
      modem.inject('+CREG: 5');
      server.sends('data');
      await host.hears('data');
      await host.hearsNothing();
      await escape(clock, host, `${OK}\r\nRING\r\n\r\n+CREG: 5\r\n`);
      modem.inject('RING');
      await host.hears('\r\nRING\r\n');
      await host.asks('ATO', CONNECTED);
      await host.hearsNothing();
    });

    it('goes back to a session whose send buffer is full', async () => {
      const clock = fakeClock();
      const { modem, host, server } = await online({ sendBuffer: 100, faults: { uplink: 0 } });
      host.sends(Buffer.alloc(100, 'a'));
      await host.hearsNothing();
      // Flow control: pluses wait for room as all bytes do.
      await silence(clock, 1000);
      host.sends('+++');
      await silence(clock, 1000);
      await host.hearsNothing();
      modem.faults.uplink = undefined;
      await silence(clock, 10);
      await server.hears('a'.repeat(100));
      await silence(clock, 1000);
      await host.hears(OK);
      await host.asks('ATO', CONNECTED);
      host.sends('more');
      await server.hears('more');
    });
  });

  describe('the end', () => {
    it('is CLOSED behind the OK of a close, the unsent bytes first', async () => {
      for (const replyOrder of ['ok-first', 'result-first'] as const) {
        const clock = fakeLineTime();
        const { modem, host, server } = await during(clock, online({ replyOrder, faults: { uplink: 4000 } }));
        await passes(clock, 1000);
        host.sends('a'.repeat(8000));
        await passes(clock, 1005);
        host.sends('+++');
        modem.faults.uplink = 1000;
        await during(clock, host.hears(OK));
        expect(modem.sessions[0]?.unsent).to.be.within(2000, 4000);
        await host.asks('AT+CCHCLOSE=0', OK);
        expect(modem.sessions[0]?.state).to.equal('closing');
        await host.asks('ATO', '\r\nNO CARRIER\r\n');
        await during(clock, host.hears(CLOSED));
        await server.hears('a'.repeat(8000));
        await host.asks('AT+CCHCLOSE=0', ERROR);
        await host.asks('ATO', '\r\nNO CARRIER\r\n');
        expect(modem.sessions[0]).to.include({ state: 'idle', unsent: 0 });
        await cleanUp();
      }
    });

    it('throws unsent bytes away where told to', async () => {
      const { modem, host, peer, clock } = await escaped();
      await host.asks('ATO', CONNECTED);
      modem.faults.uplink = 0;
      modem.faults.dropUnsentAtClose = true;
      const received = everything(peer);
      host.sends('lost');
      await escape(clock, host);
      await host.asks('AT+CCHSEND?', `\r\n+CCHSEND: 0,4,1,0\r\n${OK}`);
      await host.asks('AT+CCHCLOSE=0', OK + CLOSED);
      expect(await received).to.have.length(0);
    });

    it('is no word beyond that of CCHSTOP', async () => {
      const { modem, host, peer } = await escaped();
      peer.resume();
      await host.asks('AT+CCHSTOP', `${OK}\r\n+CCHSTOP: 0\r\n`);
      await once(peer, 'end');
      await host.hearsNothing();
      expect(modem.sessions[0]?.state).to.equal('idle');
      await host.asks('AT+CCHMODE=0', OK);
    });

    it('comes behind all that the server sent before it closed, on a slow line', async () => {
      const { modem, host, peer } = await online({ baudRate: 460_800, faults: { rechunk: [1, 50] } });
      const all = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));
      peer.end(all);
      await until(() => modem.sessions[0]?.state === 'ended');
      modem.inject('RING');
      expect((await host.takes(all.length)).equals(all)).to.equal(true);
      await host.hears(`${CLOSED}\r\nRING\r\n`);
      await host.asks('AT', OK);
      await host.asks('ATO', '\r\nNO CARRIER\r\n');
      await host.asks('AT+CCHOPEN?', OK);
    });

    it('comes when the connection is reset, and when sending makes no progress', async () => {
      const { modem, host, peer, port, accept } = await online();
      peer.resetAndDestroy();
      await host.hears(CLOSED);
      const clock = fakeClock();
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, CONNECTED);
      await accept();
      modem.faults.uplink = 0;
      host.sends('stuck');
      await silence(clock, 149_999);
      await host.hearsNothing();
      await silence(clock, 1);
      await host.hears(CLOSED);
    });

    it('shows as the session does, and can be brought about', async () => {
      const { modem, host, port, accept } = await online();
      expect(modem.sessions[0]).to.deep.include({ state: 'open', host: '127.0.0.1', port });
      modem.closePeer(0);
      await host.hears(CLOSED);
      expect(modem.sessions[0]?.state).to.equal('ended');
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, CONNECTED);
      new Host(await accept()).sends('again');
      await host.hears('again');
    });

    it('is told at once in command mode where nothing is cached', async () => {
      for (const [closeAfterPeer, answer] of [
        ['ok', OK + CLOSED],
        ['error', ERROR],
      ] as const) {
        const { host, peer } = await escaped({ closeAfterPeer });
        peer.end();
        await host.hears(CLOSED);
        await host.asks('ATO', '\r\nNO CARRIER\r\n');
        await host.asks('AT+CCHCLOSE=0', answer);
        await host.asks('AT+CCHCLOSE=0', ERROR);
        await cleanUp();
      }
    });

    it('is told in command mode after ATO where something is cached', async () => {
      const { modem, host, peer } = await escaped();
      peer.end('farewell');
      await until(() => modem.sessions[0]?.state === 'ended');
      await host.hearsNothing();
      await host.asks('AT+CCHRECV?', `\r\n+CCHRECV: LEN,8,0\r\n${OK}`);
      await host.asks('AT+CCHOPEN=0,"127.0.0.1",9,1', ERROR);
      await host.asks('ATO', `${CONNECTED}farewell${CLOSED}`);
      await host.asks('ATO', '\r\nNO CARRIER\r\n');
    });

    it('or by CCHCLOSE, which gives up what is cached', async () => {
      const { modem, host, peer } = await escaped({ closeAfterPeer: 'error' });
      peer.end('farewell');
      await until(() => modem.sessions[0]?.state === 'ended');
      await host.asks('AT+CCHCLOSE=0', OK + CLOSED);
      expect(modem.sessions[0]).to.include({ state: 'idle', cached: 0 });
    });

    it('can be escaped from before it is told', async () => {
      const clock = fakeLineTime();
      const { modem, host, peer } = await during(clock, online({ baudRate: 9600 }));
      peer.end('x'.repeat(5000));
      await until(() => modem.sessions[0]?.state === 'ended');
      await passes(clock, 1000);
      host.sends('+++');
      await during(clock, host.finds(/^x*\r\nOK\r\n/));
      const cached = modem.sessions[0]?.cached ?? 0;
      expect(cached).to.be.above(0);
      await during(clock, host.asks('ATO', `\r\nCONNECT 9600\r\n${'x'.repeat(cached)}${CLOSED}`));
    });

    it('comes with the end of the network', async () => {
      const { host, peer } = await escaped();
      peer.resume();
      await host.asks('AT+CFUN=0', `${OK}${CLOSED}\r\n+CCH: CCH STOP\r\n`);
      await host.asks('ATO', '\r\nNO CARRIER\r\n');
    });

    it('can be lost like any unsolicited line', async () => {
      const { host, peer } = await online({ faults: { loseEvents: (line) => line === 'CLOSED' } });
      peer.end('bye');
      await host.hears('bye');
      await host.hearsNothing();
      await host.asks('AT', OK);
    });

    it('is none at a reset: command mode, deaf, then the banner', async () => {
      const clock = fakeLineTime();
      const { modem, host, port, accept, peer } = await during(clock, online({ bootTime: 30, baudRate: 115_200 }));
      const closed = everything(peer).catch(() => undefined);
      peer.write(Buffer.alloc(20_000, 'x'));
      modem.inject('never said');
      await during(clock, host.takes(1000));
      modem.reset();
      host.sends('lost');
      await closed;
      const banner = /^x{0,1100}\r\nRDY\r\n\r\n\+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n/;
      await during(clock, host.finds(banner));
      const asks = (command: string, answer: string) => during(clock, host.asks(command, answer));
      await asks('AT+CCHMODE?', `\r\n+CCHMODE: 0\r\n${OK}`);
      await host.hearsNothing();
      expect(modem.sessions[0]).to.include({ state: 'idle', cached: 0, unsent: 0 });
      await asks('AT+CCHMODE=1', OK);
      await asks('AT+CCHSTART', `${OK}\r\n+CCHSTART: 0\r\n`);
      await asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, CONNECTED);
      (await accept()).write('again');
      await during(clock, host.hears('again'));
      expect(rules(modem)).to.be.empty;
    });

    it('is none at a reset behind a full send buffer, nor while it opens', async () => {
      const { modem, host } = await online({ sendBuffer: 100, faults: { uplink: 0 } });
      host.sends(Buffer.alloc(5000, 'x'));
      await host.hearsNothing();
      modem.reset();
      await host.finds(/PB DONE\r\n/);
      await host.asks('AT', OK);
      await host.asks('AT+CCHMODE=1', OK);
      await host.asks('AT+CCHSTART', `${OK}\r\n+CCHSTART: 0\r\n`);
      const { port } = await tcpServer();
      modem.faults.openDelay = 60_000;
      host.sends(`AT+CCHOPEN=0,"127.0.0.1",${port},1\r`);
      await until(() => modem.sessions[0]?.state === 'opening');
      modem.reset();
      await host.finds(/^\r\nRDY[^]*PB DONE\r\n/);
      await host.asks('AT', OK);
    });
  });
});
