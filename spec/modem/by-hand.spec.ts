import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { LineFilter } from '../support/line-filter.js';
import { rejection } from '../support/rig.js';
import { cleanUp, commands, connect, connected, count, inUse, prepare, rig, settled, silent } from './beside.js';
import { failed, next, unwritten } from './ssl/cells.js';

describe('commands by hand beside sockets', () => {
  afterEach(cleanUp);

  describe('a session that is used by hand', () => {
    it('keeps its id from sockets until it is closed, whatever becomes of it', async () => {
      await prepare();
      const port = await silent();
      const { CCHOPEN, CCHCLOSE } = rig.modem.ssl;
      await CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 });
      await connected({ port });
      const waiting = connect({ port });
      const closed = next(rig, '+CCH_PEER_CLOSED');
      rig.virtual.closePeer(0);
      await closed;
      expect(rig.virtual.sessions.map(({ host }) => host)).to.deep.equal([undefined, 'server.test']);
      expect(count('AT+CCHOPEN=0')).to.equal(1);
      const opened = once(waiting, 'connect');
      await CCHCLOSE.write({ session: 0 });
      await opened;
      expect(rig.virtual.sessions.map(({ host }) => host)).to.deep.equal(['server.test', 'server.test']);
    });

    it('is named by the error of a connect that waited for its id, without an old address', async () => {
      await prepare();
      const port = await silent();
      const socket = await connected({ port, host: 'b.test' });
      socket.destroy();
      await settled();
      for (const session of [0, 1]) {
        await rig.modem.ssl.CCHOPEN.write({ session, host: 'a.test', port, clientType: 1 });
      }
      const [error] = (await once(connect({ port, connectTimeout: 50 }), 'error')) as [Error];
      expect(error).to.have.property('code', 'ETIMEDOUT');
      expect((error.cause as Error).message)
        .to.contain('session 0 opened by hand')
        .and.contain('session 1 opened by hand')
        .and.not.contain('b.test');
    });

    for (const [how, open] of [
      ['modem.ssl', (port: number) => rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 })],
      ['modem.at', (port: number) => rig.modem.at.command(`AT+CCHOPEN=0,"a.test",${port},1`)],
    ] as const) {
      for (const replyOrder of ['ok-first', 'result-first'] as const) {
        it(`that was opened through ${how} keeps its id when it is opened once more, ${replyOrder}`, async () => {
          await prepare({ virtual: { replyOrder }, mayBreakRules: true });
          const port = await silent();
          await open(port);
          await failed(open(port), 'ERR_MODEM_COMMAND');
          await connected({ port });
          connect({ port });
          await settled();
          expect(count('AT+CCHOPEN=0')).to.equal(2);
          expect(rig.virtual.sessions.map(({ host }) => host)).to.deep.equal(['a.test', 'server.test']);
        });

        it(`that comes to nothing through ${how} gives its id back, ${replyOrder}`, async () => {
          await prepare({ virtual: { replyOrder, profile: 'sim7600' } });
          const port = await silent();
          const result = next(rig, '+CCHOPEN: 0,14');
          await open(1).catch(() => undefined);
          await result;
          await Promise.all([connected({ port }), connected({ port })]);
        });
      }
    }

    it('that is closed through modem.at rests until the result of its close', async () => {
      const held: string[] = [];
      let line: LineFilter | undefined;
      const toHost = (chunk: Buffer) => {
        if (!chunk.includes('+CCHCLOSE: 0')) return chunk;
        held.push(chunk.toString('latin1'));
        return Buffer.alloc(0);
      };
      await prepare({ filter: (port) => (line = new LineFilter(port, { toHost })) });
      const port = await silent();
      const opened = next(rig, '+CCHOPEN: 0,0');
      await rig.modem.at.command(`AT+CCHOPEN=0,"a.test",${port},1`);
      await opened;
      await rig.modem.at.command('AT+CCHCLOSE=0');
      await connected({ port });
      const waiting = connect({ port });
      await settled();
      expect(count('AT+CCHOPEN=0')).to.equal(1);
      expect(held).to.have.lengthOf(1);
      const connecting = once(waiting, 'connect');
      line?.say(held[0] ?? '');
      await connecting;
    });

    it('that opens although its close was refused keeps its id', async () => {
      const toModem = (chunk: Buffer) =>
        Buffer.from(chunk.toString('latin1').replace('AT+CCHCLOSE=0', 'AT+REFUSED'), 'latin1');
      const filter = (port: Duplex) => new LineFilter(port, { toModem });
      await prepare({ filter, virtual: { faults: { openDelay: 100 } }, mayBreakRules: true });
      const port = await silent();
      const opening = rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 });
      await failed(rig.modem.ssl.CCHCLOSE.write({ session: 0 }), 'ERR_MODEM_COMMAND');
      await Promise.all([opening, connected({ port })]);
      connect({ port });
      await settled();
      expect(count('AT+CCHOPEN=0')).to.equal(1);
    });

    it('that is abandoned while it opens rests until the module says what became of it', async () => {
      await prepare({ virtual: { faults: { openDelay: 100 } } });
      const port = await silent();
      const { CCHOPEN, CCHCLOSE } = rig.modem.ssl;
      const controller = new AbortController();
      const given = { session: 0, host: 'a.test', port, clientType: 1 };
      const opening = CCHOPEN.write(given, { signal: controller.signal });
      await rig.until(() => count('AT+CCHOPEN=') > 0 && rig.virtual.log.at(-1)?.text === 'OK');
      controller.abort();
      await failed(opening, 'ABORT_ERR');
      await connected({ port });
      expect(count('AT+CCHOPEN=0')).to.equal(1);
      await CCHCLOSE.write({ session: 0 });
      await connected({ port });
      expect(count('AT+CCHOPEN=0')).to.equal(2);
    });

    it('gives its id back when the module refuses to open it, or to close it', async () => {
      await prepare({ virtual: { closeAfterPeer: 'error' }, mayBreakRules: true });
      const port = await silent();
      const { CCHOPEN, CCHCLOSE, CCHSTOP } = rig.modem.ssl;
      const given = { session: 0, host: 'a.test', port, clientType: 1 };
      await CCHSTOP.execute();
      await failed(CCHOPEN.write(given), 'ERR_MODEM_COMMAND');
      const sockets = await Promise.all([connected({ port }), connected({ port })]);
      await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')));
      await rig.until(() => rig.virtual.sessions.every(({ state }) => state === 'idle'));
      await CCHOPEN.write(given);
      rig.virtual.closePeer(0);
      await failed(CCHCLOSE.write({ session: 0 }), 'ERR_MODEM_COMMAND');
      await Promise.all([connected({ port }), connected({ port })]);
    });

    it('does not take the late close of another for its own', async () => {
      let line: LineFilter | undefined;
      const filter = (port: Duplex) => (line = new LineFilter(port, {}));
      await prepare({ filter, virtual: { faults: { openDelay: 100 } } });
      const port = await silent();
      const opening = rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 });
      await rig.until(() => count('AT+CCHOPEN=0') > 0);
      line?.say('\r\n+CCHCLOSE: 0,15\r\n');
      await Promise.all([opening, connected({ port })]);
      connect({ port });
      await settled();
      expect(count('AT+CCHOPEN=0')).to.equal(1);
    });

    it('gives its id back when the service stops', async () => {
      await prepare();
      const port = await silent();
      const { CCHOPEN, CCHSTOP } = rig.modem.ssl;
      for (const session of [0, 1]) await CCHOPEN.write({ session, host: 'a.test', port, clientType: 1 });
      await CCHSTOP.execute();
      await Promise.all([connected({ port }), connected({ port })]);
    });

    it('is not ended by a connect, on a service that was started by hand', async () => {
      await prepare();
      const port = await silent();
      const { CCHOPEN, CCHCLOSE, CCHSTOP, CCHSTART } = rig.modem.ssl;
      await CCHSTOP.execute();
      await CCHSTART.execute();
      await CCHOPEN.write({ session: 1, host: 'a.test', port, clientType: 1 });
      const waiting = connect({ port });
      await settled();
      expect(count('AT+CCHSTOP')).to.equal(2);
      expect(rig.virtual.sessions[1]?.state).to.equal('open');
      const opened = once(waiting, 'connect');
      await CCHCLOSE.write({ session: 1 });
      await opened;
      expect(count('AT+CCHSTOP')).to.equal(3);
    });

    for (const [option, modem] of [
      ['receive', { receive: 'auto' }],
      ['mode', { mode: 'transparent' }],
    ] as const) {
      it(`is refused where nobody would read its data: ${option}`, async () => {
        await prepare({ modem });
        const open = () => rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port: 7 });
        expect((await unwritten(rig, open, 'ERR_MODEM_UNSUPPORTED')).message).to.contain(option);
      });
    }
  });

  describe('the session of a socket', () => {
    const touching: readonly [what: string, call: () => Promise<unknown>][] = [
      ['CCHOPEN', () => rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port: 443 })],
      ['CCHCLOSE', () => rig.modem.ssl.CCHCLOSE.write({ session: 0 })],
      ['CCHSEND', () => rig.modem.ssl.CCHSEND.write({ session: 0 }, 'text')],
      ['CCHRECV', () => rig.modem.ssl.CCHRECV.write({ session: 0 })],
      ['CCHCFG', () => rig.modem.ssl.CCHCFG.write({ key: 'sslctx', session: 0, value: 1 })],
      ['CCHSSLCFG', () => rig.modem.ssl.CCHSSLCFG.write({ session: 0, context: 1 })],
      ['CCHSTART', () => rig.modem.ssl.CCHSTART.execute()],
      ['CCHSTOP', () => rig.modem.ssl.CCHSTOP.execute()],
      ['CCHSET', () => rig.modem.ssl.CCHSET.write({ report: 0 })],
      ['CCHMODE', () => rig.modem.ssl.CCHMODE.write({ mode: 1 })],
      ['AT+CCHCLOSE=0', () => rig.modem.at.command('AT+CCHCLOSE=0')],
      ['AT+CFUN=0', () => rig.modem.at.command('AT+CFUN=0')],
      ['AT+CRESET', () => rig.modem.at.command('AT+CRESET')],
      ['AT+CCHCLOSE', () => rig.modem.at.command('AT+CCHCLOSE')],
      ['ATH', () => rig.modem.at.command('ATH')],
      ['ATD112;', () => rig.modem.at.command('ATD112;')],
      ['ATA', () => rig.modem.at.command('ATA')],
    ];
    for (const [what, call] of touching) {
      it(`is not touched by ${what}`, async () => {
        await prepare();
        const socket = await connected({ port: await rig.tcp((peer) => peer.pipe(peer)) });
        const error = await inUse(call);
        expect(error.message).to.match(/^AT\+?[A-Z]+ was not written: .*(socket|close)/);
        socket.write('still here');
        expect(String((await once(socket, 'data'))[0])).to.equal('still here');
      });
    }

    it('is not hung up in transparent mode', async () => {
      await prepare({ modem: { mode: 'transparent' } });
      const socket = await connected({ port: await rig.tcp((peer) => peer.pipe(peer)) });
      expect((await rejection(rig.modem.at.command('ATH'))).code).to.equal('ERR_MODEM_IN_USE');
      socket.write('still here');
      expect(String((await once(socket, 'data'))[0])).to.equal('still here');
      expect(commands('ATH')).to.deep.equal([]);
    });

    it('is no longer there to be hung up when it has closed', async () => {
      await prepare({ mayBreakRules: true });
      const socket = await connected({ port: await silent() });
      await inUse(() => rig.modem.at.command('ATH'));
      await once(socket.destroy(), 'close');
      await settled();
      await failed(rig.modem.at.command('ATH'), 'ERR_MODEM_COMMAND');
      expect(commands('ATH')).to.deep.equal(['ATH']);
    });

    it('is neither the other one, nor asked about', async () => {
      await prepare();
      const port = await silent();
      await connected({ port });
      const { CCHOPEN, CCHSEND, CCHRECV, CCHCFG, CCHSSLCFG, CCHCLOSE, CCHADDR, CSSLCFG } = rig.modem.ssl;
      await CCHCFG.write({ key: 'sendtimeout', session: 1, value: 60 });
      await CCHSSLCFG.write({ session: 1, context: 9 });
      await CCHOPEN.write({ session: 1, host: 'a.test', port, clientType: 1 });
      await CCHSEND.write({ session: 1 }, 'text');
      for (const form of [CCHOPEN, CCHSEND, CCHRECV, CCHCFG, CCHSSLCFG, CSSLCFG]) await form.read();
      await CCHADDR.execute();
      await CCHCLOSE.write({ session: 1 });
    });

    it('is not touched either while it closes', async () => {
      await prepare({ virtual: { faults: { uplink: 0 } } });
      const socket = await connected({ port: await silent() });
      socket.write('unsent');
      await rig.until(() => rig.virtual.sessions[0]?.unsent === 6);
      socket.destroy();
      await rig.until(() => rig.virtual.sessions[0]?.state === 'closing');
      await inUse(() => rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port: 7 }));
      await inUse(() => rig.modem.ssl.CCHSTOP.execute());
      rig.virtual.faults.uplink = undefined;
      await once(rig.modem.connect({ host: 'server.test', port: await silent(), tls: false }), 'connect');
    });

    it('hears its result while the same command is asked about by hand', async () => {
      await prepare();
      const port = await silent();
      const connecting = once(connect({ port }), 'connect');
      rig.virtual.faults.loseEvents = (line) => line.startsWith('+CCHOPEN');
      await rig.until(() => rig.virtual.sessions[0]?.state === 'open');
      await settled();
      // The result comes in the middle of the answer.
      rig.virtual.faults.loseEvents = undefined;
      rig.virtual.faults.interject = '+CCHOPEN: 0,0';
      const { lines } = await rig.modem.at.command('AT+CCHOPEN?');
      rig.virtual.faults.interject = undefined;
      expect(lines).to.deep.equal([`+CCHOPEN: 0,"server.test",${port},1`]);
      await connecting;
    });

    it('is not touched before it is opened, while its certificate goes up', async () => {
      await prepare();
      const socket = connect({ port: await rig.tls((peer) => void peer.resume()), tls: 'modem', ca: rig.ca });
      await rig.until(() => count('AT+CCERTLIST') > 0);
      const open = rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port: 7 });
      expect(await rejection(open)).to.have.property('code', 'ERR_MODEM_IN_USE');
      await once(socket, 'secureConnect');
    });

    it('may be taken while a command waits for its turn, which is refused then', async () => {
      await prepare({ virtual: { latency: 20 } });
      const port = await silent();
      const before = rig.modem.at.command('ATI');
      const byHand = rejection(rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 }));
      const socket = connect({ port });
      expect((await byHand).code).to.equal('ERR_MODEM_IN_USE');
      await Promise.all([before, once(socket, 'connect')]);
      expect(commands('AT+CCHOPEN')).to.deep.equal([`AT+CCHOPEN=0,"server.test",${port},1`]);
    });
  });
});
