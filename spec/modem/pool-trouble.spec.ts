import { once } from 'node:events';
import { expect } from 'chai';
import { ModemPool, type AnySocket, type Modem, type ModemError } from '../../lib/index.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { FastTime } from '../support/fast-time.js';
import { rejection, request } from '../support/rig.js';
import { until } from '../support/turn.js';
import { AT_ONCE, PoolRig } from './pool-rig.js';

/** The error that a socket ends with. */
async function failure(socket: AnySocket): Promise<ModemError> {
  return ((await once(socket, 'error')) as [ModemError])[0];
}

describe('a pool of modems, when one of them', () => {
  let rig: PoolRig;
  let port: number;

  afterEach(async () => {
    await rig.close();
  });

  describe('resets', () => {
    beforeEach(async () => {
      rig = await PoolRig.open([{ bootTime: 100 }, {}]);
      port = await rig.tcp();
    });

    it('fails its connections only, and connects go to the others until it is back', async () => {
      const [first, second] = [await rig.connect(port), await rig.connect(port)];
      const others = [await rig.connect(port), await rig.connect(port)];
      expect(rig.open).to.deep.equal([2, 2]);
      const states: string[] = [];
      rig.pool.on('state', (_, state) => states.push(state));
      const failed = Promise.all([failure(first), failure(second)]);
      rig.virtual(0).reset();
      expect((await failed).map(({ code }) => code)).to.deep.equal(['ECONNRESET', 'ECONNRESET']);
      expect(rig.pool.state).to.equal('ready');
      expect(others.map(({ destroyed }) => destroyed)).to.deep.equal([false, false]);
      others[0]?.destroy();
      await rig.connect(port);
      expect(rig.opens).to.deep.equal([2, 3]);
      await rig.until(() => rig.ready === 2);
      expect(states).to.deep.equal(['recovering', 'ready']);
      await rig.connect(port);
      expect(rig.open).to.deep.equal([1, 2]);
    });

    it('has those that wait for one of its sessions wait for the others', async () => {
      const sockets: AnySocket[] = [];
      for (let count = 0; count < 4; count++) sockets.push(await rig.connect(port));
      // One to each: where the fewest wait.
      const waiting = [rig.dial(port), rig.dial(port)];
      const connected = waiting.map((socket) => once(socket, 'connect'));
      for (const socket of sockets.slice(0, 2)) socket.once('error', () => undefined);
      rig.virtual(0).reset();
      await rig.until(() => rig.ready === 1);
      for (const socket of sockets.slice(2)) socket.destroy();
      await Promise.all(connected);
      expect(rig.opens).to.deep.equal([2, 4]);
      await rig.until(() => rig.ready === 2);
    });

    it('opens elsewhere what it was opening', async () => {
      rig.virtual(0).faults.openDelay = 60_000;
      const socket = rig.dial(port);
      const connected = once(socket, 'connect');
      await rig.until(() => rig.opens[0] === 1);
      rig.virtual(0).reset();
      await connected;
      expect(rig.opens).to.deep.equal([1, 1]);
      await rig.until(() => rig.ready === 2);
    });
  });

  it('has connects wait when all of them reset at once', async () => {
    rig = await PoolRig.open([{}, {}]);
    port = await rig.tcp();
    for (const virtual of rig.virtuals) virtual.reset();
    await rig.until(() => rig.pool.state === 'recovering');
    await rig.connect(port);
    expect(rig.pool.state).to.equal('ready');
    await rig.until(() => rig.ready === 2);
  });

  it('cannot be opened, pauses longer each time, also when each try takes longer than the longest pause', async () => {
    const slow = () =>
      new Promise<never>((_, reject) => setTimeout(() => reject(new Error('not yet')), 3 * AT_ONCE.maxReopenDelay));
    rig = await PoolRig.create([{}]);
    const pool = await rig.openPool([rig.entry(0), slow]);
    const pauses = [];
    while (pauses.length < 6) {
      const [{ message }] = (await once(pool, 'warning')) as [ModemError];
      pauses.push(Number(/in (\d+) ms\.$/.exec(message)?.[1]));
    }
    expect(pauses).to.deep.equal([1, 2, 4, 8, 16, 20]);
  });

  describe('is unplugged', () => {
    let listener: { port: number; close(): Promise<void> };

    beforeEach(async () => {
      rig = await PoolRig.create([{}, {}]);
      listener = await rig.virtual(0).listen({ port: 0 });
      await rig.openPool([{ path: `tcp://127.0.0.1:${listener.port}` }, rig.entry(1)]);
      await rig.until(() => rig.ready === 2);
      port = await rig.tcp();
    });

    it('tells so, and takes it in again when it comes back', async () => {
      const [lost] = rig.pool.modems as [Modem];
      const sockets = [];
      for (let count = 0; count < 4; count++) sockets.push(await rig.connect(port));
      const failed = Promise.all(sockets.slice(0, 2).map(failure));
      const { commands } = rig.pool.statistics;
      const warned = once(rig.pool, 'warning');
      await listener.close();
      for (const { code } of await failed) expect(code).to.equal('ENODEV');
      const [warning] = (await warned) as [ModemError];
      expect(warning.message).to.match(/^tcp:\/\/127\.0\.0\.1:\d+ has ended\. It is opened again in 1 ms\.$/);
      expect(rig.pool.modems).to.have.length(1);
      // It is refused meanwhile; the pauses grow.
      const pauses = [];
      while (pauses.length < 7) {
        const [{ code, message }] = (await once(rig.pool, 'warning')) as [ModemError];
        expect(code).to.equal('ECONNREFUSED');
        pauses.push(Number(/in (\d+) ms\.$/.exec(message)?.[1]));
      }
      expect(pauses).to.deep.equal([2, 4, 8, 16, 20, 20, 20]);
      const ninth = rig.dial(port);
      const connected = once(ninth, 'connect');
      await rig.virtual(0).listen({ port: listener.port });
      await connected;
      expect(rig.ready).to.equal(2);
      expect(rig.pool.modems[0]).not.to.equal(lost);
      expect(rig.opens).to.deep.equal([3, 2]);
      // What was counted of the one that was lost is not.
      expect(rig.pool.statistics.commands).to.be.above(commands);
      expect(rig.pool.statistics).to.deep.include({ sessionsOpened: 5, errors: { ENODEV: 2 } });
    });

    it('tells who holds the sessions of those that are left', async () => {
      for (let count = 0; count < 4; count++) (await rig.connect(port)).on('error', () => undefined);
      await listener.close();
      await rig.until(() => rig.ready === 1);
      const error = await failure(rig.dial(port, { connectTimeout: 50 }));
      expect((error.cause as Error).message).to.match(/tcp:\/\/127\.0\.0\.1:\d+: not open; modem 2: session 0 open/);
    });

    it('ends opening it again when the pool is closed', async () => {
      await listener.close();
      await once(rig.pool, 'warning');
      await rig.pool.close();
      expect(rig.pool.state).to.equal('closed');
      const told: unknown[] = [];
      rig.pool.on('warning', (warning) => told.push(warning));
      await rig.virtual(0).listen({ port: listener.port });
      await until(() => rig.pool.modems.length === 0);
      expect(told).to.deep.equal([]);
    });
  });

  it('does not answer, opens with the other', async () => {
    rig = await PoolRig.create([{ poweredOn: 'booting', bootTime: 2 ** 30 }, {}]);
    await rig.openPool([rig.entry(0, { bootTimeout: 200 }), rig.entry(1)]);
    const [warning] = (await once(rig.pool, 'warning')) as [ModemError];
    expect(warning.code).to.equal('ERR_MODEM_NO_ANSWER');
    port = await rig.tcp();
    await Promise.all([rig.connect(port), rig.connect(port)]);
    expect(rig.opens).to.deep.equal([0, 2]);
  });

  describe('has no network', () => {
    let time: FastTime;

    beforeEach(() => {
      time = new FastTime();
    });

    afterEach(() => {
      time.restore();
    });

    /** The module does not know the name; here it says that it has no network. */
    const toHost = (chunk: Buffer) =>
      Buffer.from(chunk.toString('latin1').replace(/(CCHOPEN: \d),13/, '$1,17'), 'latin1');

    async function open(options: readonly VirtualModemOptions[]): Promise<void> {
      rig = await PoolRig.create(options);
      await time.until(rig.openPool(options.map((_, index) => rig.entry(index, {}, { toHost }))));
      await time.until(rig.until(() => rig.ready === options.length));
      port = await rig.tcp();
    }

    it('opens over another, and leaves it out for 5 s, then for 10', async () => {
      await open([{}, { hosts: { 'gone.test': '127.0.0.1' } }]);
      const connect = () => time.until(rig.connect(port, { host: 'gone.test' }));
      const first = await connect();
      expect(rig.opens).to.deep.equal([1, 1]);
      await connect();
      expect(rig.opens).to.deep.equal([1, 2]);
      const third = rig.dial(port, { host: 'gone.test' });
      const connected = once(third, 'connect');
      await time.passes(4500);
      expect(rig.opens).to.deep.equal([1, 2]);
      await time.passes(1000);
      expect(rig.opens).to.deep.equal([2, 2]);
      // Each connect tries it once.
      rig.dial(port, { host: 'gone.test' });
      await time.passes(9000);
      expect(rig.opens).to.deep.equal([2, 2]);
      await time.passes(1000);
      expect(rig.opens).to.deep.equal([3, 2]);
      first.destroy();
      await time.until(connected);
      expect(rig.opens).to.deep.equal([3, 3]);
    });

    it('tells so when there is no other', async () => {
      await open([{}, {}]);
      const fail = () => time.until(failure(rig.dial(port, { host: 'gone.test' })));
      expect((await fail()).code).to.equal('ENETDOWN');
      expect(rig.opens).to.deep.equal([1, 1]);
      // One that failed is better than none.
      expect((await fail()).code).to.equal('ENETDOWN');
      expect(rig.opens).to.deep.equal([2, 2]);
    });
  });

  it('says that a server refuses, tells so, and asks no other', async () => {
    rig = await PoolRig.open([{}, {}]);
    expect((await failure(rig.dial(1))).code).to.equal('ECONNREFUSED');
    expect((await failure(rig.dial(1, { host: 'nowhere.test' }))).code).to.equal('ENOTFOUND');
    expect(rig.opens.reduce((sum, opens) => sum + opens)).to.equal(2);
  });

  it('cannot have the options, opens over one that can', async () => {
    rig = await PoolRig.open([{ profile: 'sim7600' }, { profile: 'sim767x' }]);
    port = await rig.https((_, outgoing) => outgoing.end('served'));
    // Only SIM767x checks names itself.
    const options = { host: 'server.test', port, path: '/', ca: rig.ca, checkHostName: true };
    const agent = rig.pool.httpsAgent();
    expect((await request({ ...options, agent })).body.toString()).to.equal('served');
    expect(rig.opens).to.deep.equal([0, 1]);
    agent.destroy();
  });
});

describe('a pool of modems ends', () => {
  let rig: PoolRig;

  afterEach(async () => {
    await rig.close();
  });

  it('what was ended with what it says last, destroys the others, and fails late connects at once', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.tcp();
    const [ending, open] = [await rig.connect(port, { linger: 50 }), await rig.connect(port)];
    ending.end('the last word');
    const finished = once(ending, 'finish');
    const closed = once(open, 'close');
    const closing = rig.pool.close();
    expect(rig.pool.state).to.equal('closed');
    expect((await failure(rig.dial(port))).code).to.equal('ENODEV');
    await Promise.all([finished, closed, closing]);
    expect(rig.open).to.deep.equal([0, 0]);
    expect(rig.pool.modems).to.deep.equal([]);
  });

  it('while connects wait, which are destroyed', async () => {
    rig = await PoolRig.open([{}]);
    const port = await rig.tcp();
    await Promise.all([rig.connect(port), rig.connect(port)]);
    const waiting = rig.dial(port);
    const closed = once(waiting, 'close');
    await rig.pool.close();
    await closed;
  });

  it('with an error when the last modem is gone for good', async () => {
    rig = await PoolRig.create([{}]);
    const stream = rig.virtual(0).attach();
    const pool = await rig.openPool([{ stream }]);
    const told: string[] = [];
    const closed = new Promise<void>((resolve) => pool.once('close', resolve));
    for (const event of ['warning', 'error'] as const) {
      pool.on(event, ({ message }: Error) => told.push(`${event}: ${message}`));
    }
    stream.destroy();
    await closed;
    expect(told).to.deep.equal([
      'warning: modem 1: stream was closed. It is not opened again.',
      'error: stream was closed.',
    ]);
    expect(pool.state).to.equal('closed');
  });

  it('when the program closes every modem itself', async () => {
    rig = await PoolRig.open([{}, {}]);
    const told = once(rig.pool, 'error');
    await rig.modem(0).close();
    expect(rig.pool.state).to.equal('ready');
    await rig.modem(0).close();
    expect(((await told) as [ModemError])[0].code).to.equal('ERR_MODEM_CLOSED');
  });

  it('opening again when its signal is aborted', async () => {
    rig = await PoolRig.create([{}]);
    const controller = new AbortController();
    const listener = await rig.virtual(0).listen({ port: 0 });
    const entries = [{ path: `tcp://127.0.0.1:${listener.port}` }];
    const pool = await ModemPool.open(entries, { ...AT_ONCE, signal: controller.signal });
    controller.abort();
    const failed = once(pool, 'error');
    await listener.close();
    expect(((await failed) as [Error])[0].message).to.contain('has ended');
    await pool.close();
  });

  it('with await using, and twice', async () => {
    rig = await PoolRig.open([{}]);
    await rig.pool[Symbol.asyncDispose]();
    await rig.pool.close();
    expect((await rejection(Promise.reject(await failure(rig.dial(1))))).code).to.equal('ENODEV');
  });
});
