import { once } from 'node:events';
import type { PGlite } from '@electric-sql/pglite';
import { expect } from 'chai';
import type { Context } from 'mocha';
import pg, { type ClientConfig, type PoolConfig } from 'pg';
import Cursor from 'pg-cursor';
import { FastTime } from '../../support/fast-time.js';
import { rejection } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { pattern } from '../http/stage.js';
import { readPage, titleOf, workingModes } from '../page.js';
import { PostgresStage, STARTING, openDatabase, optionsIn } from './postgres-stage.js';

let database: PGlite;

/** Once for all: the first who needs it waits for it to start. */
async function startDatabase(this: Context): Promise<void> {
  this.timeout(STARTING);
  database = await openDatabase();
}

for (const mode of workingModes(readPage('pg'))) {
  describe(`pg, ${titleOf(mode)}`, () => {
    before(startDatabase);

    let stage: PostgresStage;
    const opened: (pg.Client | pg.Pool)[] = [];

    beforeEach(async () => {
      stage = await PostgresStage.open(database);
    });

    afterEach(async () => {
      const open = opened.splice(0).filter((each) => !('ended' in each && each.ended));
      await Promise.all(open.map((each) => each.end()));
      await stage.left();
      await stage.close();
    });

    const clientOf = (extra?: ClientConfig) => {
      const client = new pg.Client(optionsIn(stage, mode, extra));
      // What a spec does not look for it learns from its query.
      opened.push(client.on('error', () => undefined));
      return client;
    };
    const connected = async (extra?: ClientConfig) => {
      const client = clientOf(extra);
      await client.connect();
      return client;
    };
    const poolOf = (extra: PoolConfig) => {
      const pool = new pg.Pool({ ...optionsIn(stage, mode), ...extra });
      opened.push(pool);
      return pool;
    };

    it('answers queries with parameters over one connection, and says goodbye', async () => {
      const client = await connected();
      const { rows } = await client.query('select $1::int + 1 as sum, $2::text as text', [41, 'über']);
      expect(rows).to.deep.equal([{ sum: 42, text: 'über' }]);
      const named = { name: 'twice', text: 'select $1::int * 2 as twice' };
      for (const value of [1, 2]) {
        expect((await client.query({ ...named, values: [value] })).rows).to.deep.equal([{ twice: value * 2 }]);
      }
      await client.query('deallocate twice');
      expect(await rejection(client.query('selekt'))).to.include({ code: '42601' });
      await client.end();
      await until(() => stage.server.seen.at(-1) === 'goodbye');
      expect(stage.server.seen[0]).to.equal(mode === 'host' ? 'start with TLS' : 'start');
      expect(stage.opens).to.equal(1);
    });

    it('keeps transactions, and is told what is sent unasked', async () => {
      const client = await connected();
      await client.query('create temporary table readings (value int)');
      await client.query('begin');
      await client.query('insert into readings select generate_series(1, 100)');
      await client.query('rollback');
      expect((await client.query('select count(*)::int as count from readings')).rows).to.deep.equal([{ count: 0 }]);
      await client.query('drop table readings');
      await client.query('listen alarms');
      const told = once(client, 'notification');
      await client.query("notify alarms, 'the door'");
      const [{ payload }] = (await told) as [pg.Notification];
      expect(payload).to.equal('the door');
      await client.query('unlisten alarms');
    });

    it('carries a megabyte back, and half of it out, to the byte', async () => {
      const client = await connected();
      const text = pattern(400_000).toString('base64').slice(0, 500_000);
      const { rows } = await client.query<{ twice: string }>('select $1::text || $1::text as twice', [text]);
      expect(rows[0]?.twice === text + text).to.equal(true);
    });

    it('reads a large result portion by portion, and leaves it in the middle', async () => {
      const client = await connected();
      const cursor = client.query(new Cursor<{ n: number }>('select n from generate_series(1, 20000) as n'));
      for (const from of [1, 5001]) {
        const rows = await cursor.read(5000);
        expect([rows.length, rows[0]?.n, rows.at(-1)?.n]).to.deep.equal([5000, from, from + 4999]);
      }
      await cursor.close();
      expect((await client.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    });

    for (const max of [1, 2]) {
      it(`shares ${max} of a pool among nine queries`, async () => {
        const pool = poolOf({ max });
        const numbers = Array.from({ length: 9 }, (_, index) => index);
        const asked = numbers.map((number) => pool.query<{ n: number }>('select $1::int as n', [number]));
        const answers = await Promise.all(asked);
        expect(answers.map(({ rows: [row] }) => row?.n)).to.deep.equal(numbers);
        expect(stage.opens).to.equal(max);
        await pool.end();
        await until(() => stage.server.seen.filter((each) => each === 'goodbye').length === max);
      });
    }

    it('gives up a query that is not answered, and its session with the connection', async () => {
      for (let count = 1; count <= 3; count++) {
        const client = await connected({ query_timeout: 200 });
        const error = await rejection(client.query('select 1 /* silent */'));
        expect(error.message).to.equal('Query read timeout');
        await client.end();
      }
      const client = await connected();
      expect((await client.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
      expect(stage.opens).to.equal(4);
    });

    it('has a query cancelled over the second session', async () => {
      const [client, other] = [await connected(), await connected()];
      const failed = rejection(client.query('select 1 /* silent */'));
      await until(() => stage.server.queries.length > 0);
      const { processID } = client as unknown as { processID: number };
      await other.query(`select pg_cancel_backend(${processID})`);
      expect((await failed).code).to.equal('57014');
      expect((await client.query('select 2 as two')).rows).to.deep.equal([{ two: 2 }]);
    });

    it('tells of a server that goes away in the middle of an answer, and the pool connects anew', async () => {
      const pool = poolOf({ max: 1 });
      for (const text of ["select repeat('x', 100000) /* gone */", 'select 1 /* gone */']) {
        const error = await rejection(pool.query(text));
        expect(error.message).to.match(/^Connection terminated unexpectedly$|ECONNRESET/);
      }
      expect((await pool.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
      expect(stage.opens).to.equal(3);
    });

    it('hears a large answer that the server closes behind', async () => {
      const client = await connected();
      const { rows } = await client.query<{ text: string }>("select repeat('0123456789', 30000) as text /* last */");
      expect(rows[0]?.text === '0123456789'.repeat(30_000)).to.equal(true);
    });

    it('tells of a module that is reset, and the pool connects anew', async () => {
      const pool = poolOf({ max: 1 });
      const told: Error[] = [];
      pool.on('error', (error) => told.push(error));
      const failed = rejection(pool.query('select 1 /* silent */'));
      await until(() => stage.server.queries.length > 0);
      stage.rig.virtual.reset();
      expect((await failed).code).to.equal('ECONNRESET');
      expect((await pool.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
      // With TLS over it, Node tells of the socket's error twice.
      expect(told).to.deep.equal(mode === 'host' ? [await failed] : []);
    });

    it('tells of an idle connection that breaks, and the pool connects anew', async () => {
      const pool = poolOf({ max: 1 });
      await pool.query('select 1');
      const failed = once(pool, 'error');
      stage.dropConnections();
      const [error] = (await failed) as [Error];
      expect(error.message).to.match(/^Connection terminated unexpectedly$|ECONNRESET/);
      expect((await pool.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
      expect(stage.opens).to.equal(2);
    });

    it('tells of a wrong password', async () => {
      const client = clientOf({ connectionString: stage.url.replace('device', 'somebody') });
      expect(await rejection(client.connect())).to.include({ code: '28P01' });
    });

    it('tells by the code of the socket why there is no connection', async () => {
      const codes: unknown[] = [];
      const { url, port } = stage;
      for (const connectionString of [url.replace(`:${port}`, ':1'), url.replace('server', 'nowhere')]) {
        codes.push((await rejection(clientOf({ connectionString }).connect())).code);
      }
      stage.rig.virtual.faults.openDelay = 500;
      const slow = () => stage.rig.modem.socket({ tls: false, connectTimeout: 50 });
      codes.push((await rejection(clientOf({ stream: slow }).connect())).code);
      expect(codes).to.deep.equal(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT']);
    });

    it('gives up a connection that takes too long, which a pool tells as its own', async () => {
      stage.rig.virtual.faults.openDelay = 300;
      const client = clientOf({ connectionTimeoutMillis: 50 });
      expect((await rejection(client.connect())).message).to.equal('timeout expired');
      const pool = poolOf({ connectionTimeoutMillis: 50 });
      const error = await rejection(pool.query('select 1'));
      expect(error.message).to.equal('Connection terminated due to connection timeout');
      stage.rig.virtual.faults.openDelay = 0;
      expect((await (await connected()).query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    });

    it('ends while it connects, when the connection stands', async () => {
      stage.rig.virtual.faults.openDelay = 300;
      const client = clientOf();
      void client.connect();
      await stage.rig.until(() => stage.opens === 1);
      await client.end();
      expect(stage.server.seen).to.deep.equal([]);
      expect((await (await connected()).query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    });

    it('fails when the modem is closed, while it connects and while it waits', async () => {
      const client = await connected();
      client.on('error', () => undefined);
      const waiting = rejection(client.query('select 1 /* silent */'));
      await until(() => stage.server.queries.length > 0);
      stage.rig.virtual.faults.openDelay = 60_000;
      const connecting = rejection(clientOf().connect());
      await stage.rig.until(() => stage.opens === 2);
      await stage.rig.modem.close({ timeout: 100 });
      expect((await waiting).message).to.match(/^Connection terminated unexpectedly$/);
      expect((await connecting).message).to.match(/^Connection terminated unexpectedly$/);
    });
  });

  describe(`pg's times, ${titleOf(mode)}`, () => {
    before(startDatabase);

    let stage: PostgresStage;
    let time: FastTime;

    beforeEach(async () => {
      stage = await PostgresStage.open(database);
      time = new FastTime();
    });

    afterEach(async () => {
      time.restore();
      await stage.close();
    });

    for (const [options, least, most] of [
      [{}, 8000, 12_000],
      [{ idleTimeoutMillis: 60_000 }, 58_000, 62_000],
    ] as const) {
      it(`close an idle connection of a pool after ${least + 2000} ms, given ${JSON.stringify(options)}`, async () => {
        const pool = new pg.Pool({ ...optionsIn(stage, mode), ...options });
        await time.until(pool.query('select 1'));
        await time.passes(least);
        expect(stage.server.seen.at(-1)).to.equal('select 1');
        await time.passes(most - least);
        await until(() => stage.server.seen.at(-1) === 'goodbye');
        await pool.end();
      });
    }

    it('have no limit of their own for connecting: the socket has', async () => {
      stage.rig.virtual.faults.openDelay = 200_000;
      const error = await time.until(rejection(new pg.Client(optionsIn(stage, mode)).connect()));
      expect(error).to.include({ code: 'ETIMEDOUT', syscall: 'connect' });
      expect(time.elapsed).to.be.within(119_000, 152_000);
    });
  });
}
