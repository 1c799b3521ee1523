import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { ConnectOptions, ModemSocket } from '../../lib/index.js';
import { Rig, rejection, request } from '../support/rig.js';

describe('what a modem tells of itself', () => {
  let rig: Rig;
  const heard: { name: string; message: Record<string, unknown> }[] = [];
  const listener = (message: unknown, name: string | symbol) =>
    void heard.push({ name: String(name), message: message as Record<string, unknown> });
  const names = ['open', 'close', 'send', 'receive', 'reset'].map((name) => `modem-tls:${name}`);

  beforeEach(() => {
    heard.length = 0;
    for (const name of names) diagnostics.subscribe(name, listener);
  });

  afterEach(async () => {
    for (const name of names) diagnostics.unsubscribe(name, listener);
    await rig.close();
  });

  async function connected(options: ConnectOptions): Promise<ModemSocket> {
    const socket = rig.modem.connect({ host: 'server.test', tls: false, ...options }) as ModemSocket;
    await once(socket, 'connect');
    return socket;
  }

  describe('on diagnostics_channel', () => {
    it('a connection: open, send, receive, close, without payload', async () => {
      rig = await Rig.open();
      const port = await rig.tcp((socket) => void socket.on('data', () => socket.end('pong!')));
      const socket = await connected({ port });
      socket.write('ping');
      await once(socket.resume(), 'close');
      expect(heard.map(({ name }) => name)).to.deep.equal([
        'modem-tls:open',
        'modem-tls:send',
        'modem-tls:receive',
        'modem-tls:close',
      ]);
      for (const { message } of heard) {
        expect(message).to.include({ host: 'server.test', port, tls: false });
        expect(message['session']).to.be.oneOf([0, 1]);
        expect(message['modem']).to.be.a('string');
        expect(inspect(message, { depth: 9 })).not.to.match(/ping|pong/);
      }
      expect(heard[1]?.message).to.include({ bytes: 4 });
      expect(heard[2]?.message).to.include({ bytes: 5 });
      expect(heard[3]?.message).to.include({ bytesRead: 5, bytesWritten: 4, error: undefined });
      expect(heard[0]?.message['duration']).to.be.within(0, 20_000);
    });

    it('a connection that is not made: open, with its error', async () => {
      rig = await Rig.open();
      await rejection(once(rig.modem.connect({ host: 'nowhere.test', port: 1, tls: false }), 'connect'));
      expect(heard.map(({ name }) => name)).to.deep.equal(['modem-tls:open']);
      expect(heard[0]?.message['error']).to.have.property('code', 'ENOTFOUND');
    });

    it('a reset, and the connection that it ends', async () => {
      rig = await Rig.open();
      const port = await rig.tcp(() => undefined);
      const socket = await connected({ port });
      const failed = rejection(once(socket, 'end'));
      const ready = new Promise<void>((resolve) => rig.modem.on('state', (state) => state === 'ready' && resolve()));
      rig.virtual.reset();
      expect(await failed).to.have.property('code', 'ECONNRESET');
      await ready;
      const told = heard.filter(({ name }) => /reset|close/.test(name));
      expect(told.map(({ name }) => name)).to.have.members(['modem-tls:reset', 'modem-tls:close']);
      expect(told.find(({ name }) => name === 'modem-tls:reset')?.message['reason']).to.be.a('string');
      expect(rig.modem.statistics.resets).to.equal(1);
    });
  });

  it('modem.statistics counts retries, lost events that were recovered, and errors by code', async () => {
    let lose = true;
    rig = await Rig.open({
      virtual: {
        sendBuffer: 2048,
        faults: { uplink: 20_000, loseEvents: (line) => lose && line.startsWith('+CCHEVENT') },
      },
    });
    const peers: Socket[] = [];
    const port = await rig.tcp((peer) => peers.push(peer));
    const socket = await connected({ port });
    // The reader asks when the connection stands; what comes later is found by its timer.
    await rig.until(() => rig.virtual.log.some(({ text }) => text === '+CCHRECV: LEN,0,0'));
    const arrived = once(socket, 'data');
    peers[0]?.write('hello');
    await arrived;
    lose = false;
    // A full buffer is refused, and tried again.
    socket.write(Buffer.alloc(6000));
    await new Promise<void>((resolve) => socket.end(resolve));
    for (let times = 0; times < 2; times++) {
      await rejection(once(rig.modem.connect({ host: 'nowhere.test', port: 1, tls: false }), 'connect'));
    }
    const { retries, eventsRecovered, errors, sessionsOpened } = rig.modem.statistics;
    expect(retries, 'retries').to.be.above(0);
    expect(eventsRecovered, 'events').to.be.above(0);
    expect(errors).to.deep.equal({ ENOTFOUND: 2 });
    expect(sessionsOpened).to.equal(1);
    socket.destroy();
  });

  describe('modem.sessions', () => {
    it('shows who uses which, for how long, and how much', async () => {
      rig = await Rig.open();
      const port = await rig.tcp((socket) => void socket.on('data', () => socket.write('pong!')));
      expect(rig.modem.sessions.map(({ state }) => state)).to.deep.equal(['free', 'free']);
      const socket = await connected({ port });
      socket.write('ping');
      await once(socket, 'data');
      const [used] = rig.modem.sessions.filter(({ state }) => state === 'open');
      expect(used).to.include({ host: 'server.test', port, bytesRead: 5, bytesWritten: 4 });
      expect(used?.age).to.be.within(0, 20_000);
      expect(used?.idle).to.be.within(0, used?.age ?? 0);
      socket.destroy();
    });

    it('is told by a connect that waited in vain', async () => {
      rig = await Rig.open();
      const port = await rig.tcp((socket) => void socket.write('hello'));
      const both = [await connected({ port }), await connected({ port })];
      await Promise.all(both.map((socket) => once(socket, 'data')));
      const third = rig.modem.connect({ host: 'server.test', port, tls: false, connectTimeout: 100 });
      const error = await rejection(once(third, 'connect'));
      expect(error).to.have.property('code', 'ETIMEDOUT');
      const told = (error.cause as Error).message;
      expect(told).to.match(/session 0 open server\.test:\d+ for \d+ s \(idle \d+ s, 5 bytes read, 0 written\)/);
      for (const socket of both) socket.destroy();
    });
  });

  describe('who gets the next session', () => {
    it('higher priority goes first, then who has waited longest', async () => {
      rig = await Rig.open();
      const port = await rig.tcp(() => undefined);
      const both = [await connected({ port }), await connected({ port })];
      const order: string[] = [];
      const waiting = [
        ['first', 0],
        ['second', 0],
        ['urgent', 5],
        ['late', -1],
      ].map(([name, priority]) => {
        const socket = rig.modem.connect({ host: 'server.test', port, tls: false, priority: Number(priority) });
        return once(socket, 'connect').then(() => {
          order.push(String(name));
          socket.destroy();
        });
      });
      for (const socket of both) socket.destroy();
      await Promise.all(waiting);
      expect(order).to.deep.equal(['urgent', 'first', 'second', 'late']);
    });

    it('refuses a priority that is none', async () => {
      rig = await Rig.open();
      const socket = rig.modem.connect({ host: 'server.test', port: 1, priority: 'high' as never });
      expect(await rejection(once(socket, 'connect'))).to.have.property('code', 'ERR_INVALID_ARG_VALUE');
    });

    it('reserve() keeps one for short requests beside connections that last', async () => {
      rig = await Rig.open();
      const tcp = await rig.tcp(() => undefined);
      const http = await rig.http((_, response) => response.end('short'));
      const release = rig.modem.reserve(1);
      const lasting = await connected({ port: tcp });
      // A second lasting one waits beside a free session …
      const second = rig.modem.connect({ host: 'server.test', port: tcp, tls: false });
      const agent = rig.modem.httpAgent({ keepAlive: false });
      const target = { host: 'server.test', port: http, agent, protocol: 'http:' };
      expect((await request(target)).body.toString()).to.equal('short');
      const short = await connected({ port: tcp, short: true });
      expect(second.connecting).to.equal(true);
      short.destroy();
      // … and is told why, if it waits in vain.
      const third = rig.modem.connect({ host: 'server.test', port: tcp, tls: false, connectTimeout: 50 });
      const told = (await rejection(once(third, 'connect'))).cause as Error;
      expect(told.message).to.contain('1 kept for short requests (modem.reserve)');
      release();
      release();
      await once(second, 'connect');
      lasting.destroy();
      second.destroy();
      agent.destroy();
    });

    it('a connection that lasts follows one that ended, within a reservation', async () => {
      rig = await Rig.open();
      const port = await rig.tcp(() => undefined);
      rig.modem.reserve();
      for (let times = 0; times < 3; times++) {
        const socket = await connected({ port });
        socket.destroy();
        await once(socket, 'close');
      }
    });

    it('reserve() refuses to keep all of them', async () => {
      rig = await Rig.open();
      for (const count of [2, -1, 0.5, NaN]) {
        expect(() => rig.modem.reserve(count), String(count))
          .to.throw()
          .with.property('code', 'ERR_INVALID_ARG_VALUE');
      }
      rig.modem.reserve(1);
      expect(() => rig.modem.reserve(1))
        .to.throw()
        .with.property('code', 'ERR_INVALID_ARG_VALUE');
    });
  });
});
