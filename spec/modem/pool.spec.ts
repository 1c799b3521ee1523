import { once } from 'node:events';
import { expect } from 'chai';
import { ModemPool, type ModemError } from '../../lib/index.js';
import { rejection, request } from '../support/rig.js';
import { PoolRig } from './pool-rig.js';

const four = [{}, {}, {}, {}];

describe('a pool of modems', () => {
  let rig: PoolRig;

  afterEach(async () => {
    await rig.close();
  });

  it('has eight connections at once over four modems, two over each', async () => {
    rig = await PoolRig.open(four);
    const port = await rig.tcp();
    await Promise.all(Array.from({ length: 8 }, () => rig.connect(port)));
    expect(rig.open).to.deep.equal([2, 2, 2, 2]);
  });

  it('has a ninth wait, until any of the eight is closed', async () => {
    rig = await PoolRig.open(four);
    const port = await rig.tcp();
    const sockets = await Promise.all(Array.from({ length: 8 }, () => rig.connect(port)));
    const ninth = rig.dial(port);
    const connected = once(ninth, 'connect');
    sockets[5]?.destroy();
    await connected;
    expect(rig.opens.reduce((sum, opens) => sum + opens)).to.equal(9);
  });

  it('tells a connect that waited in vain who holds the sessions of each modem', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.tcp();
    await Promise.all(Array.from({ length: 4 }, () => rig.connect(port)));
    const [error] = (await once(rig.dial(port, { connectTimeout: 50 }), 'error')) as [ModemError];
    expect(error.code).to.equal('ETIMEDOUT');
    const { message } = error.cause as Error;
    expect(message).to.match(/modem 1: session 0 open server\.test.*session 1 open.*; modem 2: session 0 open/);
  });

  it('gives its agents as many sockets as the modems have sessions', async () => {
    rig = await PoolRig.open(four);
    const answers: (() => void)[] = [];
    const port = await rig.https((_, outgoing) => {
      answers.push(() => outgoing.end('served'));
      if (answers.length === 8) for (const answer of answers) answer();
    });
    const agent = rig.pool.httpsAgent({ ca: rig.ca });
    expect(agent.maxTotalSockets).to.equal(8);
    const requests = Array.from({ length: 8 }, () => request({ host: 'server.test', port, path: '/', agent }));
    for (const { body } of await Promise.all(requests)) expect(body.toString()).to.equal('served');
    agent.destroy();
  });

  it('has idle sockets of its agents give way, whichever modem they are on', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.https((_, outgoing) => outgoing.end('served'));
    const agents = [rig.pool.httpsAgent({ ca: rig.ca }), rig.pool.httpsAgent({ ca: rig.ca })];
    for (const agent of agents) {
      const hosts = ['a.test', 'b.test'];
      await Promise.all(hosts.map((host) => request({ host, port, path: '/', agent })));
    }
    expect(rig.open).to.deep.equal([2, 2]);
    const plain = await rig.tcp();
    await Promise.all([rig.connect(plain), rig.connect(plain)]);
    // Those of the first agent were idle longest; the others are kept.
    expect(rig.opens).to.deep.equal([4, 2]);
    expect(agents.map((agent) => agent.toJSON().idle)).to.deep.equal([0, 2]);
    for (const agent of agents) agent.destroy();
  });

  it('has them give way for a root that is to be learned, too', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.https((_, outgoing) => outgoing.end('served'));
    const agent = rig.pool.httpsAgent({ ca: rig.ca });
    const hosts = ['a.test', 'b.test', 'c.test', 'server.test'];
    await Promise.all(hosts.map((host) => request({ host, port, path: '/', agent })));
    const learning = rig.pool.connect({ host: 'a.test', port, ca: 'learn', checkHostName: false });
    // Node does not know the authority of the rig.
    const [error] = (await once(learning, 'error')) as [ModemError];
    expect(error.code).to.be.oneOf(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']);
    expect(rig.opens.reduce((sum, opens) => sum + opens)).to.equal(5);
    agent.destroy();
  });

  it('goes to the modem whose opens went best of late', async () => {
    rig = await PoolRig.open([{ faults: { openDelay: 300 } }, {}, { faults: { openDelay: 300 } }]);
    const port = await rig.tcp();
    // Each once.
    for (const socket of await Promise.all(Array.from({ length: 6 }, () => rig.connect(port)))) socket.destroy();
    await rig.until(() => rig.virtuals.every(({ sessions }) => sessions.every(({ state }) => state === 'idle')));
    for (let times = 0; times < 4; times++) {
      const socket = await rig.connect(port);
      socket.destroy();
      await once(socket, 'close');
    }
    expect(rig.opens).to.deep.equal([2, 6, 2]);
  });

  it('serves those with a higher priority first', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.tcp();
    const sockets = await Promise.all(Array.from({ length: 4 }, () => rig.connect(port)));
    const order: string[] = [];
    const waiting = ['low', 'high'].map((name, priority) => {
      const socket = rig.dial(port, { priority });
      return once(socket, 'connect').then(() => {
        order.push(name);
        socket.destroy();
      });
    });
    sockets[3]?.destroy();
    await Promise.all(waiting);
    expect(order).to.deep.equal(['high', 'low']);
  });

  it('leaves to a modem what is reserved there for short requests, and to others what they opened on it themselves', async () => {
    rig = await PoolRig.open([{}, {}, {}]);
    const port = await rig.tcp();
    const own = rig.modem(0).connect({ host: 'server.test', port, tls: false });
    await once(own, 'connect');
    for (let index = 0; index < 3; index++) rig.modem(index).reserve(1);
    // Each has one for what lasts, and the first has it in use.
    const lasting = [await rig.connect(port), await rig.connect(port)];
    expect(rig.open).to.deep.equal([1, 1, 1]);
    const waiting = rig.dial(port);
    const connected = once(waiting, 'connect');
    await Promise.all(Array.from({ length: 3 }, () => rig.connect(port, { short: true })));
    expect(rig.open).to.deep.equal([2, 2, 2]);
    lasting[1]?.destroy();
    await connected;
    expect(rig.opens.reduce((sum, opens) => sum + opens)).to.equal(7);
    own.destroy();
  });

  it('connects for createConnection and undici as a modem does', async () => {
    rig = await PoolRig.open([{}]);
    const port = await rig.https((_, outgoing) => outgoing.end('served'));
    const { createConnection } = rig.pool;
    const target = { host: 'server.test', port, path: '/', ca: rig.ca };
    expect((await request({ ...target, createConnection })).body.toString()).to.equal('served');
    const outcome = await new Promise<unknown[]>((resolve) => {
      rig.pool.connector({ ca: rig.ca })(
        { hostname: 'server.test', protocol: 'https:', port: String(port) },
        (...given) => resolve(given),
      );
    });
    expect(outcome[0]).to.equal(null);
    (outcome[1] as { destroy(): void }).destroy();
  });

  it('resumes over one modem a TLS session of the host that was opened over another', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.https((incoming, outgoing) => {
      outgoing.end(String((incoming as { socket: { isSessionReused(): boolean } }).socket.isSessionReused()));
    });
    const agent = () => rig.pool.httpsAgent({ ca: rig.ca, tls: 'host', keepAlive: false });
    const once_ = async () => (await request({ host: 'server.test', port, path: '/', agent: agent() })).body.toString();
    expect(await once_()).to.equal('false');
    const [used] = rig.opens;
    const plain = await rig.tcp();
    // The first is full; its turn is over.
    const busy = await Promise.all([rig.connect(plain), rig.connect(plain)]);
    expect(await once_()).to.equal('true');
    expect(used).to.equal(1);
    for (const socket of busy) socket.destroy();
  });

  it('shows the sessions of each modem, and the address that a connection has', async () => {
    rig = await PoolRig.open([{ address: '10.0.0.1' }, { address: '10.0.0.2' }]);
    const port = await rig.tcp();
    const sockets = await Promise.all(Array.from({ length: 3 }, () => rig.connect(port)));
    const addresses = sockets.map(({ localAddress }) => localAddress);
    expect(new Set(addresses)).to.deep.equal(new Set(['10.0.0.1', '10.0.0.2']));
    const used = rig.pool.sessions.map(({ modem, id, state }) => `${modem}, session ${id}: ${state}`);
    expect(used.slice(0, 3)).to.deep.equal([
      'modem 1, session 0: open',
      'modem 1, session 1: open',
      'modem 2, session 0: open',
    ]);
    expect(used[3]).to.equal('modem 2, session 1: free');
    expect(rig.pool.sessions[0]).to.include({ host: 'server.test', port });
  });

  it('sums what was counted, its own errors, too', async () => {
    rig = await PoolRig.open([{}, {}]);
    const port = await rig.tcp();
    const sockets = await Promise.all([rig.connect(port), rig.connect(port)]);
    for (const socket of sockets) await new Promise((resolve) => socket.write('twelve bytes', resolve));
    for (const wrong of [0, -1])
      await once(
        rig.dial(wrong).on('error', () => undefined),
        'close',
      ).catch(() => undefined);
    const { statistics } = rig.pool;
    expect(statistics).to.include({ sessionsOpened: 2, payloadSent: 24, payloadReceived: 0, resets: 0 });
    expect(statistics.errors).to.deep.equal({ ERR_INVALID_ARG_VALUE: 2 });
    const commands = rig.pool.modems.map((modem) => modem.statistics.commands);
    expect(statistics.commands).to.equal(commands.reduce((sum, count) => sum + count));
  });

  it('refuses options that no modem can have at once, and asks nobody', async () => {
    rig = await PoolRig.open([{}, {}]);
    const socket = rig.pool.connect({ host: 'server.test', port: 443 });
    expect(((await once(socket, 'error')) as [ModemError])[0].code).to.equal('ERR_MODEM_CA_REQUIRED');
    expect(rig.opens).to.deep.equal([0, 0]);
  });

  it('shows no option', async () => {
    rig = await PoolRig.open([{}, {}], { pin: '1234' });
    const { inspect } = await import('node:util');
    const shown = inspect(rig.pool);
    expect(shown).to.match(/^ModemPool \{\s+state: 'ready',\s+modems: \[\s+'modem 1: session 0 free/);
    expect(shown).not.to.contain('1234');
  });
});

describe('opening a pool', () => {
  let rig: PoolRig;

  afterEach(async () => {
    await rig.close();
  });

  it('resolves when one modem is ready, tells of the one that does not answer, and has that one join when it does', async () => {
    rig = await PoolRig.create([{}, {}]);
    let plugged = false;
    const silent = (): { stream: ReturnType<PoolRig['virtuals'][0]['attach']> } => {
      if (!plugged) throw Object.assign(new Error('nothing is plugged in'), { code: 'ENOENT' });
      return { stream: rig.virtual(1).attach() };
    };
    await rig.openPool([rig.entry(0), silent]);
    expect(rig.pool.state).to.equal('ready');
    expect(rig.ready).to.equal(1);
    const [warning] = (await once(rig.pool, 'warning')) as [ModemError];
    expect(warning.message).to.match(/^modem 2: nothing is plugged in It is opened again in \d+ ms\.$/);
    plugged = true;
    await rig.until(() => rig.ready === 2);
    const port = await rig.tcp();
    await Promise.all(Array.from({ length: 4 }, () => rig.connect(port)));
    expect(rig.open).to.deep.equal([2, 2]);
  });

  it('resolves when the first to fail comes up in its next try, while another has not answered yet', async () => {
    rig = await PoolRig.create([{}]);
    let tries = 0;
    const second = () => {
      if (++tries < 3) throw new Error('not yet');
      return { stream: rig.virtual(0).attach() };
    };
    const never = () => new Promise<never>(() => undefined);
    const opening = rig.openPool([never, second]);
    await opening;
    expect(rig.pool.state).to.equal('ready');
  });

  it('rejects with an error that names each when none comes up', async () => {
    rig = await PoolRig.create([]);
    const entries = ['/dev/nowhere-1', '/dev/nowhere-2'].map((path) => ({ path }));
    const error = await rejection(ModemPool.open(entries));
    expect(error.code).to.equal('ENOENT');
    expect(error.message).to.match(
      /^None of the modems \(2\) could be opened\. \/dev\/nowhere-1 could not be opened.* \/dev\/nowhere-2 could not/,
    );
    expect((error.cause as AggregateError).errors).to.have.length(2);
  });

  it('rejects at once for options that are wrong, and for none', async () => {
    rig = await PoolRig.create([{}]);
    const wrong = rejection(ModemPool.open([rig.entry(0), { path: '/dev/x', baudrate: 9600 } as object]));
    expect((await wrong).message).to.contain("Did you mean 'baudRate'?");
    expect((await rejection(ModemPool.open([]))).code).to.equal('ERR_INVALID_ARG_VALUE');
    const delay = rejection(ModemPool.open([rig.entry(0)], { reopenDelay: -1 }));
    expect((await delay).message).to.contain("'reopenDelay'");
  });

  it('ends when it is aborted', async () => {
    rig = await PoolRig.create([{ poweredOn: 'booting', bootTime: 60_000 }]);
    const controller = new AbortController();
    const opening = rejection(ModemPool.open([rig.entry(0)], { signal: controller.signal }));
    controller.abort();
    expect(await opening).to.include({ code: 'ABORT_ERR', name: 'AbortError' });
  });
});
