import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { LineFilter } from '../support/line-filter.js';
import { cleanUp, commands, connect, connected, count, inUse, prepare, rig, silent } from './beside.js';
import { failed, next } from './ssl/cells.js';

const secure = (peer: TLSSocket) => void peer.resume();

/** A connection with the module's TLS, verified; session 0, context 0, when nothing else is open. */
async function secured(port: number) {
  return connected({ port, tls: 'modem', ca: rig.ca });
}

/** The context that the module opened its last session with. */
async function contextOfLastOpen() {
  const session = Number(/=(\d)/.exec(commands('AT+CCHOPEN=').at(-1) ?? '')?.[1]);
  const { context = session } = (await rig.modem.ssl.CCHSSLCFG.read())[session] ?? {};
  return { session, context, authmode: rig.virtual.contexts[context]?.authmode };
}

/** Closes a socket, until the module has said so. */
async function closed(socket: { destroy(): unknown }): Promise<void> {
  const result = next(rig, '+CCHCLOSE');
  socket.destroy();
  await result;
}

describe('what commands by hand leave behind', () => {
  afterEach(cleanUp);

  describe('an SSL context', () => {
    it('that a connection uses is not changed', async () => {
      await prepare();
      await secured(await rig.tls(secure));
      const { CSSLCFG } = rig.modem.ssl;
      await inUse(() => CSSLCFG.write({ key: 'authmode', context: 0, value: 0 }));
      await inUse(() => rig.modem.at.command('AT+CSSLCFG="authmode",0,0'));
      await inUse(() => rig.modem.at.command('AT+CSSLCFG = "authmode", 00, 0'));
      await inUse(() => rig.modem.at.command('ATE0;+cchmode?;+csslcfg="authmode",0,0'));
      await CSSLCFG.write({ key: 'authmode', context: 1, value: 0 });
      expect((await CSSLCFG.query({ context: 0 })).settings.authmode).to.equal(1);
      expect(rig.virtual.contexts[0]?.authmode).to.equal(1);
    });

    it('that was changed is not used any more', async () => {
      await prepare();
      const port = await rig.tls(secure);
      await closed(await secured(port));
      await rig.modem.ssl.CSSLCFG.write({ key: 'authmode', context: 0, value: 0 });
      await secured(port);
      expect(await contextOfLastOpen())
        .to.include({ authmode: 1 })
        .and.not.include({ context: 0 });
    });

    it('is said once where nobody chose another', async () => {
      await prepare();
      const port = await rig.tls(secure);
      const [first, second] = [await secured(port), await connected({ port })];
      await closed(first);
      await closed(second);
      await connected({ port, tls: 'modem', ca: rig.ca });
      // At first: a program before this one may have left another.
      expect(commands('AT+CCHSSLCFG=', 'AT+CCHCFG=')).to.deep.equal(['AT+CCHSSLCFG=0,0']);
    });

    it('that nobody can tell is taken for any of them', async () => {
      await prepare({ mayBreakRules: true });
      const port = await rig.tls(secure);
      await closed(await secured(port));
      const before = count('AT+CSSLCFG=');
      await failed(rig.modem.at.command('AT+CSSLCFG="authmode",0x0,0'), 'ERR_MODEM_COMMAND');
      await secured(port);
      expect(count('AT+CSSLCFG=')).to.be.greaterThan(before + 2);
      await inUse(() => rig.modem.at.command('AT+CSSLCFG="authmode",0x0,0'));
    });

    for (const [how, choose] of [
      ['modem.ssl.CCHSSLCFG', () => rig.modem.ssl.CCHSSLCFG.write({ session: 0, context: 9 })],
      ['modem.ssl.CCHCFG', () => rig.modem.ssl.CCHCFG.write({ key: 'sslctx', session: 0, value: 9 })],
      ['modem.at', () => rig.modem.at.command('AT+CCHSSLCFG=0,9')],
      ['a line of several', () => rig.modem.at.command('ATE0;+CCHCFG="sslctx",0,9;+CCHMODE?')],
    ] as const) {
      it(`chosen by ${how} is not inherited by the next socket`, async () => {
        await prepare();
        const port = await rig.tls(secure);
        await choose();
        expect(await rig.modem.ssl.CCHSSLCFG.read()).to.deep.equal([{ session: 0, context: 9 }, { session: 1 }]);
        await secured(port);
        expect(await contextOfLastOpen()).to.deep.equal({ session: 0, context: 0, authmode: 1 });
      });
    }

    it('chosen for an open that was never written is not inherited by the next socket', async () => {
      await prepare();
      const port = await rig.tls(secure);
      await secured(port);
      const given = connect({ port, tls: 'modem', sslContext: 9 });
      await rig.until(() => count('AT+CCHSSLCFG=1,9') > 0);
      given.destroy();
      await rig.modem.ssl.CCHMODE.read();
      expect(count('AT+CCHOPEN=')).to.equal(1);
      await connected({ port, tls: 'modem', ca: rig.ca, checkDates: false });
      expect(await contextOfLastOpen()).to.deep.equal({ session: 1, context: 1, authmode: 1 });
    });

    it('chosen for an open that the module refused is not inherited by the next socket', async () => {
      let refused = 0;
      const toModem = (chunk: Buffer) => {
        const text = chunk.toString('latin1');
        return text.startsWith('AT+CCHOPEN=0') && refused++ === 0 ? Buffer.from('AT+REFUSED\r') : chunk;
      };
      await prepare({ filter: (line) => new LineFilter(line, { toModem }), mayBreakRules: true });
      const port = await rig.tls(secure);
      await rig.modem.ssl.CCHOPEN.write({ session: 1, host: 'a.test', port });
      await once(connect({ port, tls: 'modem', sslContext: 9 }), 'error');
      expect(refused).to.equal(1);
      await secured(port);
      expect(await contextOfLastOpen()).to.deep.equal({ session: 0, context: 0, authmode: 1 });
    });
  });

  describe('certificate files', () => {
    for (const [how, remove] of [
      ['modem.ssl', (name: string) => rig.modem.ssl.CCERTDELE.write({ name })],
      ['modem.at', (name: string) => rig.modem.at.command(`AT+CCERTDELE="${name}"`)],
    ] as const) {
      it(`deleted through ${how} are uploaded again for the next socket`, async () => {
        await prepare();
        const port = await rig.tls(secure);
        await closed(await secured(port));
        const [name = ''] = rig.virtual.files.keys();
        await remove(name);
        expect(rig.virtual.files.size).to.equal(0);
        await secured(port);
        expect([...rig.virtual.files.keys()]).to.deep.equal([name]);
        expect(rig.modem.statistics.certificatesUploaded).to.equal(2);
      });
    }

    it('deleted right behind the list that a socket asked for are uploaded for the next', async () => {
      await prepare();
      const port = await rig.tls(secure);
      await closed(await secured(port));
      const [name = ''] = rig.virtual.files.keys();
      await rig.modem.ssl.CCERTDOWN.write({ name: 'other.pem' }, 'x');
      const first = connect({ port, tls: 'modem', ca: rig.ca });
      await rig.until(() => count('AT+CCERTLIST') > 1);
      await rig.modem.ssl.CCERTDELE.write({ name });
      await Promise.race([once(first, 'secureConnect'), once(first, 'close')]).catch(() => undefined);
      await secured(port);
      expect([...rig.virtual.files.keys()]).to.include(name);
    });
  });

  describe('the service', () => {
    for (const [how, stop] of [
      ['modem.ssl', () => rig.modem.ssl.CCHSTOP.execute()],
      ['modem.at', () => rig.modem.at.command('at+cchstop')],
    ] as const) {
      for (const replyOrder of ['ok-first', 'result-first'] as const) {
        it(`stopped through ${how} is started by the next socket, ${replyOrder}`, async () => {
          await prepare({ virtual: { replyOrder } });
          const port = await silent();
          const stopped = once(rig.modem, 'stopped');
          await stop();
          await stopped;
          const before = count('AT+CCHSTART');
          await connected({ port });
          expect(count('AT+CCHSTART')).to.equal(before + 1);
        });
      }
    }

    it('set and started by hand is set anew for the next socket', async () => {
      await prepare();
      const port = await rig.tcp((peer) => peer.end('pulled'));
      const { CCHSTOP, CCHSET, CCHSTART } = rig.modem.ssl;
      await CCHSTOP.execute();
      await CCHSET.write({ report: 0, receive: 0 });
      await CCHSTART.execute();
      const socket = await connected({ port });
      expect(String((await once(socket, 'data'))[0])).to.equal('pulled');
      expect(commands('AT+CCHSET=').at(-1)).to.equal('AT+CCHSET=1,1');
    });

    it('that takes a setting while it runs is set anew for the next socket', async () => {
      // Real firmware may: the manual only says that it must not be done.
      const toModem = (chunk: Buffer) =>
        Buffer.from(chunk.toString('latin1').replace('AT+CCHSET=0,0', 'AT+CGREG=0'), 'latin1');
      await prepare({ filter: (port) => new LineFilter(port, { toModem }) });
      const port = await silent();
      await rig.modem.ssl.CCHSET.write({ report: 0, receive: 0 });
      await connected({ port });
      expect(commands('AT+CCHSET=')).to.deep.equal(['AT+CCHSET=1,1', 'AT+CCHSET=1,1']);
      expect(rig.modem.state).to.equal('ready');
    });

    it('that refused to be started, or set, goes on', async () => {
      await prepare({ mayBreakRules: true });
      const port = await silent();
      await failed(rig.modem.ssl.CCHSET.write({ report: 0 }), 'ERR_MODEM_COMMAND');
      await failed(rig.modem.at.command('AT+CCHSTART'), 'ERR_MODEM_COMMAND');
      await connected({ port });
      expect(commands('AT+CCHST')).to.deep.equal(['AT+CCHSTOP', 'AT+CCHSTART', 'AT+CCHSTART']);
    });

    it('is started by a socket that came while it was being stopped', async () => {
      await prepare({ virtual: { latency: 10 } });
      const port = await silent();
      const stopped = rig.modem.ssl.CCHSTOP.execute();
      const before = count('AT+CCHSTOP');
      await rig.until(() => count('AT+CCHSTOP') > before);
      const socket = connect({ port });
      await Promise.all([stopped, once(socket, 'connect')]);
      expect(commands('AT+CCHST').slice(-3)).to.deep.equal(['AT+CCHSTOP', 'AT+CCHSTOP', 'AT+CCHSTART']);
    });

    it('is not stopped while it is being started for a socket, even one that is gone', async () => {
      await prepare();
      const port = await silent();
      await rig.modem.ssl.CCHSTOP.execute();
      const socket = connect({ port });
      await rig.until(() => count('AT+CCHSTOP') > 2);
      socket.destroy();
      const error = await rig.modem.ssl.CCHSTOP.execute().catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'ERR_MODEM_IN_USE');
      await connected({ port });
    });

    it('is brought up again after a reset by hand', async () => {
      await prepare({ mayBreakRules: true });
      const port = await silent();
      const reset = once(rig.modem, 'reset');
      await rig.modem.at.command('AT+CRESET');
      await reset;
      await connected({ port });
      expect(count('AT+CCHSTART')).to.equal(2);
    });
  });
});
