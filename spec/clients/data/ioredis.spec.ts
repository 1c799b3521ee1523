import { once } from 'node:events';
import { expect } from 'chai';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import { FastTime } from '../../support/fast-time.js';
import { rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { pattern } from '../http/stage.js';
import { readPage, titleOf, workingModes, type Mode } from '../page.js';
import { RedisServer, hasRedis } from './redis-server.js';
import { RedisStage } from './redis-stage.js';

type NetStream = Awaited<ReturnType<AbstractConnector['connect']>>;
/** What ioredis tells a connector. */
interface ConnectorOptions {
  readonly host?: string;
  readonly port?: number;
  readonly disconnectTimeout: number;
}

/** That of the page. */
function connectorOf({ rig: { modem, ca } }: RedisStage, mode: Mode, more: object = {}) {
  return class extends AbstractConnector {
    readonly #options: ConnectorOptions;

    constructor(given: unknown) {
      const options = given as ConnectorOptions;
      super(options.disconnectTimeout);
      this.#options = options;
    }

    override connect(): Promise<NetStream> {
      const { host, port } = this.#options;
      const socket = modem.connect({ host, port, tls: mode, ca, ...more });
      socket.once('error', (error: Error) => (this.firstError = error));
      this.stream = socket;
      return Promise.resolve(socket);
    }
  };
}

/** Whatever errors come before. */
function happens(client: Redis, event: 'ready' | 'close' | 'end'): Promise<void> {
  return new Promise((resolve) => client.once(event, () => resolve()));
}

const modes = hasRedis ? workingModes(readPage('ioredis')) : [];

for (const mode of modes) {
  describe(`ioredis, ${titleOf(mode)}`, () => {
    let server: RedisServer;
    let stage: RedisStage;
    const clients: Redis[] = [];

    before(async () => {
      server = await RedisServer.open();
    });

    after(async () => {
      await server.close();
    });

    beforeEach(async () => {
      stage = await RedisStage.open(server);
    });

    afterEach(async () => {
      for (const client of clients.splice(0)) client.disconnect();
      await stage.close();
    });

    const open = (options: Omit<RedisOptions, 'replyMapping'> = {}, more: object = {}, url = stage.url(mode)) => {
      const Connector = connectorOf(stage, mode, more);
      const client = new Redis(url, { Connector, retryStrategy: () => 20, ...options });
      clients.push(client.on('error', () => undefined));
      return client;
    };
    /** The next error that a client tells. */
    const failure = async (client: Redis) => {
      const [error] = (await once(client, 'error')) as [Error & { code?: string; syscall?: string }];
      return error;
    };

    it('answers commands over one connection, and quits', async () => {
      const client = open();
      expect(await client.set('name', 'über')).to.equal('OK');
      expect(await client.get('name')).to.equal('über');
      expect(await client.hset('reading', { at: 1, value: 2 })).to.equal(2);
      expect(await client.hgetall('reading')).to.deep.equal({ at: '1', value: '2' });
      expect((await rejection(client.incr('name'))).message).to.contain('not an integer');
      const ended = happens(client, 'end');
      expect(await client.quit()).to.equal('OK');
      await ended;
      expect(stage.opens).to.equal(1);
    });

    it('sends a pipeline as one, and a transaction', async () => {
      const client = open();
      const pipeline = client.pipeline();
      for (let number = 0; number < 500; number++) pipeline.rpush('numbers', number);
      const told = (await pipeline.exec()) ?? [];
      expect(told.map(([, length]) => length)).to.deep.equal(Array.from({ length: 500 }, (_, index) => index + 1));
      expect(await client.multi().incr('count').incr('count').exec()).to.deep.equal([
        [null, 1],
        [null, 2],
      ]);
    });

    it('carries 256 kB of any bytes either way', async () => {
      const client = open();
      const value = pattern(256 * 1024);
      await client.set('blob', value);
      expect((await stage.beside.getBuffer('blob'))?.equals(value)).to.equal(true);
      expect((await client.getBuffer('blob'))?.equals(value)).to.equal(true);
    });

    it('subscribes over one session and publishes over the other', async () => {
      const [subscriber, publisher] = [open(), open()];
      await subscriber.subscribe('alarms');
      const told = once(subscriber, 'message');
      expect(await publisher.publish('alarms', 'the door')).to.equal(1);
      expect(await told).to.deep.equal(['alarms', 'the door']);
      expect(stage.opens).to.equal(2);
    });

    it('waits in BLPOP, until something comes and until it is over', async () => {
      const client = open();
      const waiting = client.blpop('jobs', 0);
      await until(() => client.status === 'ready');
      await stage.waitFor('blpop');
      await stage.beside.rpush('jobs', 'one');
      expect(await waiting).to.deep.equal(['jobs', 'one']);
      expect(await client.blpop('jobs', 0.05)).to.equal(null);
    });

    it('connects anew when the server closes, repeats what was not answered, and subscribes again', async () => {
      const [client, subscriber] = [open(), open()];
      await subscriber.subscribe('alarms');
      const waiting = client.blpop('jobs', 0);
      await stage.waitFor('blpop');
      const again = Promise.all([client, subscriber].map((each) => happens(each, 'ready')));
      await stage.dropConnections();
      await again;
      await stage.waitFor('blpop');
      await stage.beside.rpush('jobs', 'one');
      expect(await waiting).to.deep.equal(['jobs', 'one']);
      const told = once(subscriber, 'message');
      await until(() => subscriber.status === 'ready');
      await stage.waitFor('subscribe');
      await stage.beside.publish('alarms', 'the window');
      expect(await told).to.deep.equal(['alarms', 'the window']);
    });

    it('outlives the server: what is asked meanwhile is answered by the next one', async () => {
      const client = open({ maxRetriesPerRequest: null });
      await client.set('name', 'before');
      const closed = happens(client, 'close');
      await server.stop();
      await closed;
      const asked = client.get('name');
      expect(await failure(client)).to.include({ code: 'ECONNREFUSED', syscall: 'connect' });
      await server.start();
      expect(await asked).to.equal(null);
    });

    it('gives commands up after so many attempts, and all of them when retryStrategy says so', async () => {
      const times: number[] = [];
      const retryStrategy = (count: number) => (times.push(count) < 5 ? 5 : null);
      const client = open({ maxRetriesPerRequest: 2, retryStrategy }, {}, stage.url(mode).replace(/\d+$/, '1'));
      const ended = happens(client, 'end');
      expect((await rejection(client.get('name'))).name).to.equal('MaxRetriesPerRequestError');
      await ended;
      expect(times).to.deep.equal([1, 2, 3, 4, 5]);
      expect((await rejection(client.get('name'))).message).to.equal('Connection is closed.');
    });

    it('quits and disconnects while it connects, and the sessions are free again', async () => {
      stage.rig.virtual.faults.openDelay = 200;
      const [quitting, leaving] = [open({ disconnectTimeout: 10 }), open({ disconnectTimeout: 10 })];
      await stage.rig.until(() => stage.opens === 2);
      const ended = Promise.all([happens(quitting, 'end'), happens(leaving, 'end')]);
      const quit = quitting.quit();
      leaving.disconnect();
      expect(await quit).to.equal('OK');
      await ended;
      const answers = await Promise.all([open(), open()].map((client) => client.ping()));
      expect(answers).to.deep.equal(['PONG', 'PONG']);
    });

    it('disconnects without a word, and the session is free again', async () => {
      for (let count = 1; count <= 3; count++) {
        const client = open({ disconnectTimeout: 10 });
        await client.ping();
        const ended = happens(client, 'end');
        client.disconnect();
        await ended;
        expect(stage.opens).to.equal(count);
      }
    });

    it('tells by the code of the socket why there is no connection', async () => {
      const codes: unknown[] = [];
      const url = stage.url(mode);
      for (const other of [url.replace(/\d+$/, '1'), url.replace('server', 'nowhere')]) {
        codes.push((await failure(open({}, {}, other))).code);
      }
      codes.push((await failure(open({}, { port: 'none' }))).code);
      stage.rig.virtual.faults.openDelay = 500;
      codes.push((await failure(open({}, { connectTimeout: 50 }))).code);
      expect(codes).to.deep.equal(['ECONNREFUSED', 'ENOTFOUND', 'ERR_INVALID_ARG_VALUE', 'ETIMEDOUT']);
    });

    it('gives an opening up after connectTimeout, and begins anew', async () => {
      stage.rig.virtual.faults.openDelay = 1000;
      const client = open({ connectTimeout: 100 });
      const { code, message } = await failure(client);
      expect([code, message]).to.deep.equal(['ETIMEDOUT', 'connect ETIMEDOUT']);
      stage.rig.virtual.faults.openDelay = 0;
      expect(await client.ping()).to.equal('PONG');
    });

    it('gives a command up that is not answered, which counts from when it was given', async () => {
      stage.rig.virtual.faults.openDelay = 500;
      const client = open({ commandTimeout: 100 });
      expect((await rejection(client.ping())).message).to.equal('Command timed out');
      expect(client.status).to.equal('connecting');
    });

    it('goes on trying when the modem is closed', async () => {
      const client = open();
      await client.ping();
      const failed = failure(client);
      await stage.rig.modem.close({ timeout: 100 });
      expect((await failed).code).to.equal('ENODEV');
    });
  });
}

for (const mode of modes.filter((each) => each !== 'host')) {
  describe(`ioredis's times, ${titleOf(mode)}`, () => {
    let server: RedisServer;
    let stage: RedisStage;

    beforeEach(async () => {
      server = await RedisServer.open();
      stage = await RedisStage.open(server);
    });

    afterEach(async () => {
      await stage.close();
      await server.close();
    });

    it('leave an opening 10 s, so that a slow module is never connected', async () => {
      stage.rig.virtual.faults.openDelay = 45_000;
      const time = new FastTime();
      const client = new Redis(stage.url(mode), { Connector: connectorOf(stage, mode), maxRetriesPerRequest: 2 });
      const codes: unknown[] = [];
      client.on('error', (error: Error & { code?: string }) => codes.push(error.code));
      try {
        expect((await time.until(rejection(client.ping()))).name).to.equal('MaxRetriesPerRequestError');
        expect(codes).to.deep.equal(['ETIMEDOUT', 'ETIMEDOUT', 'ETIMEDOUT']);
      } finally {
        client.disconnect();
        time.restore();
      }
    });
  });
}
