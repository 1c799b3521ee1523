import { EventEmitter, getEventListeners, once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { expect } from 'chai';
import sinon from 'sinon';
import type { ConnectOptions } from '../../lib/index.js';
import { Rig, randomBytes, readAll, request } from '../support/rig.js';
import { until } from '../support/turn.js';

/** Ms that no other timer of the driver takes. */
const CONNECT_TIMEOUT = 123_457;

describe('TLS on the host, trouble', () => {
  let rig: Rig;
  let controller: AbortController;
  let set: sinon.SinonSpy<unknown[], unknown>;
  let cleared: sinon.SinonSpy<unknown[], unknown>;
  let failures: unknown[];
  const note = (error: unknown) => failures.push(error);

  beforeEach(async () => {
    rig = await Rig.open();
    controller = new AbortController();
    failures = [];
    process.on('uncaughtExceptionMonitor', note);
    set = sinon.spy(globalThis, 'setTimeout') as unknown as typeof set;
    cleared = sinon.spy(globalThis, 'clearTimeout') as unknown as typeof cleared;
  });

  afterEach(async () => {
    sinon.restore();
    process.off('uncaughtExceptionMonitor', note);
    await rig.close();
    expect(failures).to.deep.equal([]);
  });

  const open = (port: number, options: ConnectOptions = {}) =>
    rig.modem.connect({
      host: 'server.test',
      port,
      ca: rig.ca,
      tls: 'host',
      connectTimeout: CONNECT_TIMEOUT,
      signal: controller.signal,
      ...options,
    });

  /** A server that listens and says nothing; each connection is told once its client has begun the handshake. */
  async function silent(): Promise<{ port: number; begun: Promise<Socket> }> {
    const told = new EventEmitter();
    const begun = once(told, 'begun').then(([peer]) => peer as Socket);
    const port = await rig.tcp((peer) => void peer.once('data', () => told.emit('begun', peer)));
    return { port, begun };
  }

  it('connects no more when it is closed: Node would do so past the modem, and in plain text', async () => {
    const past: Socket[] = [];
    const server = createServer((peer) => void past.push(peer)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = await rig.tls((peer) => void peer.end('bye'));
    const socket = open(port);
    await once(socket.resume(), 'close');
    expect(socket.connect((server.address() as AddressInfo).port, '127.0.0.1')).to.equal(socket);
    expect([socket.connecting, socket.destroyed]).to.deep.equal([false, true]);
    const again = open(await rig.tls((peer) => void peer.resume()));
    await once(again, 'secureConnect');
    again.connect((server.address() as AddressInfo).port, '127.0.0.1');
    expect((await once(again, 'error'))[0]).to.have.property('code', 'ERR_MODEM_UNSUPPORTED');
    server.close();
    await once(server, 'close');
    expect(past).to.deep.equal([]);
  });

  it('is a TLSSocket also when its options are wrong', async () => {
    const socket = rig.modem.connect({ host: 'server.test', port: 0, tls: 'host' });
    expect(socket).to.be.instanceOf(tls.TLSSocket);
    expect((await once(socket, 'error'))[0]).to.have.property('code', 'ERR_INVALID_ARG_VALUE');
  });

  /** What a socket emits until it is closed, errors by their codes. */
  async function history(socket: Duplex): Promise<unknown[]> {
    const events: unknown[] = [];
    for (const event of ['connect', 'secureConnect', 'end', 'session']) socket.on(event, () => events.push(event));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => events.push(code));
    await new Promise((resolve) => socket.once('close', resolve));
    return events;
  }

  /** Nothing waits for a closed socket any more, and the module is free for the next. */
  async function nothingLeft(timers = 2): Promise<void> {
    const running = set.getCalls().filter(({ args }) => args[1] === CONNECT_TIMEOUT);
    expect(running, 'timers that were set').to.have.lengthOf(timers);
    const ended = new Set(cleared.getCalls().map(({ args }) => args[0]));
    expect(running.every(({ returnValue }) => ended.has(returnValue))).to.equal(true);
    expect(getEventListeners(controller.signal, 'abort')).to.deep.equal([]);
    const port = await rig.https((_, outgoing) => outgoing.end('works'));
    const agent = rig.modem.httpsAgent({ ca: rig.ca, tls: 'host' });
    const answers = ['a.test', 'b.test'].map((host) => request({ host, port, path: '/', agent }));
    for (const { body } of await Promise.all(answers)) expect(body.toString()).to.equal('works');
    agent.destroy();
  }

  it('destroyed in the handshake, it closes once and gives its session back', async () => {
    const { port, begun } = await silent();
    const socket = open(port);
    const told = history(socket);
    const peer = await begun;
    socket.destroy();
    socket.destroy();
    expect(await told).to.deep.equal(['connect']);
    await new Promise((resolve) => peer.once('close', resolve));
    await nothingLeft();
  });

  it('destroyed with an error before the module has connected, it emits that', async () => {
    const socket = open(await rig.tls((peer) => peer.resume()));
    const told = history(socket);
    socket.destroy(Object.assign(new Error('mine'), { code: 'MINE' }));
    expect(await told).to.deep.equal(['MINE']);
    await nothingLeft();
  });

  it('destroyed as soon as it is secure, its late session is no trouble', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      set.resetHistory();
      const socket = open(await rig.tls((peer) => peer.resume()), { maxVersion });
      socket.once('secureConnect', () => socket.destroy());
      const told = await history(socket);
      expect(told.filter((event) => event !== 'session')).to.deep.equal(['connect', 'secureConnect']);
      await nothingLeft();
    }
  });

  it('the module is reset in the handshake: one error', async () => {
    const { port, begun } = await silent();
    const told = history(open(port));
    await begun;
    rig.virtual.reset();
    expect(await told).to.deep.equal(['connect', 'ECONNRESET']);
    await nothingLeft();
  });

  it('the modem is closed in the handshake: it closes', async () => {
    const { port, begun } = await silent();
    const told = history(open(port));
    await begun;
    await rig.modem.close();
    expect(await told).to.deep.equal(['connect']);
  });

  it('the module’s cable is pulled in the handshake: one error', async () => {
    const { port, begun } = await silent();
    const told = history(open(port));
    await begun;
    rig.virtual.unplug();
    expect(await told).to.deep.equal(['connect', 'ENODEV']);
  });

  for (const [how, close] of [
    ['closes', (peer: Socket) => peer.end()],
    ['resets', (peer: Socket) => peer.resetAndDestroy()],
    ['says half of something and closes', (peer: Socket) => peer.end(Buffer.of(22, 3, 3, 0, 100, 2))],
  ] as const) {
    it(`the peer ${how} in the handshake: one error`, async () => {
      const { port, begun } = await silent();
      const socket = open(port);
      const told = history(socket);
      const failed = once(socket, 'error') as Promise<[NodeJS.ErrnoException & { port?: number }]>;
      close(await begun);
      const events = await told;
      expect(events.filter((event) => event !== 'end')).to.deep.equal(['connect', 'ECONNRESET']);
      expect((await failed)[0]).to.include({ port });
      await nothingLeft();
    });
  }

  it('the peer speaks no TLS: Node’s error, once', async () => {
    const { port, begun } = await silent();
    const told = history(open(port));
    (await begun).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const [connected, code, ...more] = await told;
    expect([connected, ...more]).to.deep.equal(['connect']);
    expect(code).to.match(/^ERR_SSL_/);
    await nothingLeft();
  });

  it('the handshake does not end: ETIMEDOUT after connectTimeout, which counts from connect()', async () => {
    const { port } = await silent();
    const socket = open(port, { connectTimeout: 300 });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error).to.include({ code: 'ETIMEDOUT', syscall: 'connect', address: 'server.test', port });
    expect(error.message).to.contain('300 ms');
    await once(socket, 'close');
    await nothingLeft(0);
  });

  it('no session comes free: ETIMEDOUT of the waiting socket, which names who holds them', async () => {
    const held = [open(await rig.tls((peer) => peer.resume())), open(await rig.tls((peer) => peer.resume()))];
    await Promise.all(held.map((socket) => once(socket, 'secureConnect')));
    const waiting = open(1, { connectTimeout: 100 });
    const [[error], told] = await Promise.all([once(waiting, 'error') as Promise<[Error]>, history(waiting)]);
    expect(told).to.deep.equal(['ETIMEDOUT']);
    expect(error.cause).to.include({ code: 'ERR_MODEM_NO_SESSION' });
    expect((error.cause as Error).message)
      .to.contain('session 0')
      .and.contain('session 1');
    for (const socket of held) {
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    }
    await nothingLeft(4);
  });

  it('tells of inactivity in the handshake, and goes on', async () => {
    const { port } = await silent();
    const socket = open(port, { timeout: 50 });
    await once(socket, 'timeout');
    expect(socket.destroyed).to.equal(false);
    socket.destroy();
    await once(socket, 'close');
  });

  describe('a signal', () => {
    it('that was aborted before lets nothing begin', async () => {
      controller.abort(new Error('too late'));
      const socket = open(1);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error).to.include({ name: 'AbortError', code: 'ABORT_ERR' });
      expect((error.cause as Error).message).to.equal('too late');
      await once(socket, 'close');
      await nothingLeft(1);
      expect(rig.commands('AT+CCHOPEN=0,"server.test",1,')).to.equal(0);
    });

    it('ends the handshake', async () => {
      const { port, begun } = await silent();
      const told = history(open(port));
      await begun;
      controller.abort();
      expect(await told).to.deep.equal(['connect', 'ABORT_ERR']);
      await nothingLeft();
    });

    it('ends a socket that waits for a session', async () => {
      const socket = open(await rig.tls((peer) => peer.resume()));
      const told = history(socket);
      controller.abort();
      expect(await told).to.deep.equal(['ABORT_ERR']);
      await nothingLeft();
    });

    it('ends a socket whose peer has closed, and whose bytes nobody has read yet', async () => {
      const socket = open(await rig.tls((peer) => peer.end(randomBytes(1000))));
      const told = history(socket);
      await once(socket, 'secureConnect');
      await rig.until(() => rig.virtual.sessions.some(({ state }) => state === 'idle'));
      await until(() => rig.commands('AT+CCHCLOSE=') > 0);
      controller.abort();
      expect((await told).filter((event) => event !== 'session')).to.deep.equal([
        'connect',
        'secureConnect',
        'ABORT_ERR',
      ]);
      await nothingLeft();
    });
  });

  it('bytes that are no TLS after the handshake: one error, and nothing of them is handed over', async () => {
    const behind = await rig.tls((peer) => peer.write('before'));
    let front: Socket | undefined;
    const port = await rig.tcp((peer) => {
      front = peer;
      const inner = connectTcp({ port: behind, host: '127.0.0.1' }).on('error', () => undefined);
      peer.pipe(inner).pipe(peer);
      peer.on('close', () => inner.destroy());
    });
    const socket = open(port);
    const told = history(socket);
    const read: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => read.push(chunk));
    await once(socket, 'data');
    front?.write('this is no TLS at all');
    const [connected, secure, code, ...more] = (await told).filter((event) => event !== 'session');
    expect([connected, secure, ...more]).to.deep.equal(['connect', 'secureConnect']);
    expect(code).to.match(/^ERR_SSL_/);
    expect(Buffer.concat(read).toString()).to.equal('before');
    await nothingLeft();
  });

  it('the module is reset while it transfers: one error', async () => {
    const socket = open(await rig.tls((peer) => peer.write(randomBytes(100))));
    const told = history(socket);
    await once(socket, 'data');
    rig.virtual.reset();
    const events = (await told).filter((event) => event !== 'session');
    expect(events).to.deep.equal(['connect', 'secureConnect', 'ECONNRESET']);
    await nothingLeft();
  });

  it('a peer that closes without the goodbye of TLS has ended', async () => {
    let inside: Socket | undefined;
    const port = await rig.tls((peer) => {
      inside = (peer as unknown as { _parent: Socket })._parent;
      peer.write('all', () => inside?.end());
    });
    const socket = open(port);
    const told = history(socket);
    expect((await readAll(socket)).toString()).to.equal('all');
    expect((await told).filter((event) => event !== 'session')).to.deep.equal(['connect', 'secureConnect', 'end']);
    await nothingLeft();
  });
});
