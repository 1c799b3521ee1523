import { expect } from 'chai';
import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SerialPort } from 'serialport';

import { VirtualModem } from '../../lib/virtual/index.js';
import { Host, afterwards, cleanUp, connected, everything, modemAndHost } from './host.js';
import { FastTime } from '../support/fast-time.js';
import { turn, until } from '../support/turn.js';
import { heldTime } from './scenes.js';

/** Time that passes only while something is waited for. */
function fastTime(): FastTime {
  const time = new FastTime();
  afterwards(() => time.restore());
  return time;
}

describe('virtual modem: the line', () => {
  afterEach(cleanUp);

  describe('time', () => {
    it('takes its line time in both directions', async () => {
      const time = fastTime();
      const { modem, host, peer } = await time.until(connected({ baudRate: 115_200 }));
      let before = time.elapsed;
      await time.until(host.asks('AT+CCHSEND=0,2048', '\r\n> '));
      host.sends(Buffer.alloc(2048));
      await time.until(host.hears('\r\nOK\r\n'));
      // 2081 bytes, which take 181 ms, in steps of 10 ms.
      expect(time.elapsed - before).to.be.within(180, 260);
      peer.write(Buffer.alloc(8000));
      await time.until(host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n'));
      await until(() => modem.sessions[0]?.cached === 8000);
      before = time.elapsed;
      const times: number[] = [];
      host.stream.on('data', () => times.push(time.elapsed));
      host.sends('AT+CCHRECV=0\r');
      await time.until(host.finds(/\+CCHRECV: 0,0\r\n/));
      // 8143 bytes: 707 ms.
      expect(time.elapsed - before).to.be.within(700, 850);
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(Math.max(...gaps)).to.be.below(50);
    });

    it('waits before each answer', async () => {
      const clock = heldTime();
      const { host } = modemAndHost({ latency: 100, echo: true });
      host.sends('AT\r');
      await host.hears('AT\r');
      clock.tick(99);
      await host.hearsNothing();
      clock.tick(1);
      await host.hears('\r\nOK\r\n');
    });

    it('logs what happened, when and in which direction', async () => {
      const entries: string[] = [];
      const { modem, host } = modemAndHost({
        log: ({ direction, text }) => entries.push(`${direction} ${text}`),
        logSize: 10,
      });
      for (let times = 0; times < 10; times++) await host.asks('AT', '\r\nOK\r\n');
      expect(entries.slice(0, 2)).to.deep.equal(['host AT', 'modem OK']);
      expect(entries).to.have.length(20);
      expect(modem.log).to.have.length.within(1, 10);
      expect(modem.log.at(-1)?.time).to.be.within(0, 5000);
    });
  });

  describe('cables', () => {
    it('outlive one another: what was counted goes on over the next', async () => {
      const { modem, host } = modemAndHost();
      await host.asks('AT+CCERTDOWN="ca.pem",10', '\r\n> ');
      const { bytesIn } = modem.statistics;
      host.sends('12345');
      await until(() => modem.statistics.bytesIn === bytesIn + 5);
      const second = new Host(modem.attach());
      await once(host.stream, 'close');
      second.sends('AT\r');
      await second.hearsNothing();
      second.sends('\r\r');
      await second.hears('\r\nOK\r\n');
      expect(modem.files.get('ca.pem')?.toString()).to.equal('12345AT\r\r\r');
    });

    it('come to an end when the host closes its side', async () => {
      const { modem, host } = modemAndHost();
      host.stream.end();
      await once(host.stream, 'close');
      const next = new Host(modem.attach());
      await next.asks('AT', '\r\nOK\r\n');
    });

    it('vanish when they are unplugged, and sessions do not', async () => {
      const { modem, host } = await connected();
      modem.unplug();
      await once(host.stream, 'close');
      const next = new Host(modem.attach());
      await next.finds(/^/);
      next.sends('AT+CCHOPEN?\r');
      await next.finds(/\+CCHOPEN: 0,"127\.0\.0\.1"/);
    });

    it('give everything back at close', async () => {
      const { modem, host, peer } = await connected();
      const received = everything(peer);
      await modem.listen({ port: 0 });
      await modem.close();
      expect(host.stream.destroyed).to.equal(true);
      await received;
    });
  });

  describe('reset', () => {
    it('ends sessions without a word and forgets its settings, and keeps files', async () => {
      const { modem, host, peer } = await connected({ profile: 'a76xx', bootTime: 30, echo: true });
      await host.asks('AT+CCERTDOWN="ca.pem",2', '\r\n> ');
      host.sends('ok');
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CSSLCFG="authmode",0,1', '\r\nOK\r\n');
      peer.write('data');
      await host.hears('\r\n+CCHEVENT: 0,RECV EVENT\r\n');
      const closed = everything(peer).catch(() => undefined);
      modem.reset();
      host.sends('AT\r');
      await host.hears('\r\n*ATREADY: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n');
      await closed;
      await host.asks('AT+CCHSET?', 'AT+CCHSET?\r\r\n+CCHSET: 0,0\r\n\r\nOK\r\n');
      await host.asks('AT+CCHCLOSE=0', 'AT+CCHCLOSE=0\r\r\nERROR\r\n');
      expect(modem.contexts[0]?.authmode).to.equal(0);
      expect([...modem.files.keys()]).to.deep.equal(['ca.pem']);
      expect(modem.clock.getUTCFullYear()).to.equal(1980);
    });

    it('can fall inside counted bytes', async () => {
      const time = fastTime();
      const { modem, host, peer } = await time.until(connected({ baudRate: 115_200 }));
      peer.write(Buffer.alloc(4000, 'x'));
      await time.until(host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n'));
      await until(() => modem.sessions[0]?.cached === 4000);
      host.sends('AT+CCHRECV=0\r');
      await time.until(host.takes(500));
      modem.reset();
      await time.until(host.finds(/^x{0,1000}\r\nRDY\r\n/));
    });
  });

  describe('listen', () => {
    it('serves one client at a time', async () => {
      const { modem } = modemAndHost();
      const server = await modem.listen({ port: 0 });
      expect(server.host).to.equal('127.0.0.1');
      const first = net.connect(server);
      const host = new Host(first);
      await host.asks('AT', '\r\nOK\r\n');
      const second = net.connect(server);
      second.on('error', () => undefined);
      await once(second.resume(), 'close');
      await host.asks('AT', '\r\nOK\r\n');
      first.destroy();
      let third: Host | undefined;
      for (let tries = 0; tries < 50 && third === undefined; tries++) {
        const socket = net.connect(server);
        const candidate = new Host(socket);
        candidate.sends('AT\r');
        await candidate.hears('\r\nOK\r\n', 1000).then(
          () => (third = candidate),
          () => socket.destroy(),
        );
      }
      expect(third).to.not.equal(undefined);
      modem.unplug();
      if (third && !third.stream.closed) await once(third.stream, 'close');
      await server.close();
      const late = net.connect(server);
      expect(((await once(late, 'error').catch((cause: unknown) => [cause])) as Error[])[0]).to.be.an('error');
    });

    it('takes a client that connects anew at once', async () => {
      const { modem } = modemAndHost();
      const server = await modem.listen({ port: 0 });
      for (let times = 0; times < 20; times++) {
        const socket = net.connect(server);
        await new Host(socket).asks('AT', '\r\nOK\r\n');
        if (times % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
      const first = net.connect(server);
      await once(first, 'connect');
      const waiting = net.connect(server);
      waiting.on('error', () => undefined);
      await once(waiting, 'connect');
      await Promise.all([once(waiting.resume(), 'close'), server.close()]);
    });

    it('takes it, too, where the process was held up meanwhile', async () => {
      const { modem } = modemAndHost();
      const server = await modem.listen({ port: 0 });
      for (const leaves of ['destroy', 'resetAndDestroy'] as const) {
        const first = net.connect(server);
        await new Host(first).asks('AT', '\r\nOK\r\n');
        const second = net.connect(server);
        await once(second, 'connect');
        // The server has seen the second by now, and sees the end of the first after more than its time.
        await turn();
        first[leaves]();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
        await new Host(second).asks('AT', '\r\nOK\r\n');
        second.destroy();
      }
    });

    it('warns when strangers could use it', async () => {
      const { modem } = modemAndHost();
      const warning = once(process, 'warning') as Promise<[Error]>;
      // An address for documents, which no machine has: nothing comes to listen.
      const failed = modem.listen({ port: 0, host: '192.0.2.1' }).catch((error: unknown) => error);
      expect((await warning)[0].message).to.equal('The virtual modem listens on 192.0.2.1, where anyone can use it.');
      expect(await failed).to.have.property('code', 'EADDRNOTAVAIL');
    });
  });

  describe('openPty', () => {
    if (process.env['MODEM_TLS_NO_PTY'] === '1') return;

    it('leaves a file alone that is no link', async () => {
      const { modem } = modemAndHost();
      const folder = await mkdtemp(join(tmpdir(), 'virtual-'));
      afterwards(() => rm(folder, { recursive: true }));
      const path = join(folder, 'notes');
      await writeFile(path, 'mine');
      const cause = await modem.openPty(path).catch((error: unknown) => error);
      expect(cause).to.have.property('code', 'ERR_MODEM_PORT');
      expect(await readFile(path, 'utf8')).to.equal('mine');
    });

    it('makes a PTY that can be closed and opened again', async () => {
      const { modem } = modemAndHost();
      const pty = await modem.openPty();
      expect(lstatSync(pty.path).isSymbolicLink()).to.equal(true);
      for (let times = 0; times < 5; times++) {
        const port = new SerialPort({ path: pty.path, baudRate: 115_200 });
        const host = new Host(port);
        await once(port, 'open');
        await host.asks('AT', '\r\nOK\r\n');
        const closed = once(port, 'close');
        port.close();
        await closed;
      }
      await pty.close();
      expect(existsSync(pty.path)).to.equal(false);
    });

    it('carries every byte value, and goes when it is unplugged', async () => {
      const { modem, host, peer } = await connected();
      const path = `/tmp/virtual-modem-spec-${process.pid}`;
      await modem.openPty(path);
      await host.hearsNothing();
      const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const file = await open(path, 'r+');
      afterwards(() => file.close().catch(() => undefined));
      await file.write(Buffer.concat([Buffer.from('AT+CCHSEND=0,256\r')]));
      await host.hears('\r\n> ');
      await file.write(all);
      await host.hears('\r\nOK\r\n');
      const [received] = (await once(peer, 'data')) as [Buffer];
      expect(received.equals(all)).to.equal(true);
      modem.unplug();
      await until(() => !existsSync(path));
    });
  });

  it('says what it lacks when socat is missing', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    afterwards(() => (process.env['PATH'] = path));
    const { modem } = modemAndHost();
    let failure: unknown;
    await modem.openPty().catch((cause: unknown) => (failure = cause));
    expect(failure).to.include({ code: 'ENOENT' });
    expect((failure as Error).message).to.match(/socat.*not installed/);
  });

  it('refuses options that cannot be', () => {
    const code = { code: 'ERR_INVALID_ARG_VALUE' };
    const attempt = (options: object) => {
      try {
        new VirtualModem(options);
      } catch (cause) {
        return cause;
      }
      return undefined;
    };
    expect(attempt({ profile: 'sim800' })).to.include(code);
    expect(attempt({ baudRate: 0 })).to.include(code);
    expect(attempt({ hosts: { 'example.org': '192.0.2.1' } })).to.include(code);
    expect(attempt({ hosts: { 'example.org': 'a:b:c' } })).to.include(code);
    expect(attempt({ hosts: { 'example.org': '192.0.2.1' }, network: true })).to.equal(undefined);
  });
});
