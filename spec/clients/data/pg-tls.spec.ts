import type { PGlite } from '@electric-sql/pglite';
import { expect } from 'chai';
import type { Context } from 'mocha';
import pg from 'pg';
import { rejection } from '../../support/rig.js';
import { PostgresStage, STARTING, openDatabase, optionsIn } from './postgres-stage.js';

let database: PGlite;

/** Once for all: the first who needs it waits for it to start. */
async function startDatabase(this: Context): Promise<void> {
  this.timeout(STARTING);
  database = await openDatabase();
}

describe('pg, what its page says of TLS', () => {
  before(startDatabase);

  let stage: PostgresStage;

  beforeEach(async () => {
    stage = await PostgresStage.open(database);
  });

  afterEach(async () => {
    await stage.close();
  });

  it('sends nothing to a server that nobody vouches for', async () => {
    const client = new pg.Client(optionsIn(stage, 'host', { ssl: true }));
    expect((await rejection(client.connect())).code).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(stage.server.seen).to.deep.equal([]);
  });

  it('goes on with no server that has no TLS', async () => {
    const other = await PostgresStage.open(database, { tls: 'no' });
    const { message } = await rejection(new pg.Client(optionsIn(other, 'host')).connect());
    expect(message).to.equal('The server does not support SSL connections');
    expect(other.server.seen).to.deep.equal([]);
    await other.close();
  });

  it('saves the word in plain text before it, with sslnegotiation', async () => {
    const client = new pg.Client(optionsIn(stage, 'host', { sslnegotiation: 'direct' }));
    await client.connect();
    expect((await client.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    expect(stage.server.seen[0]).to.equal('start with TLS');
    await client.end();
  });
});

describe("pg, tls: 'modem'", () => {
  before(startDatabase);

  const connect = async (stage: PostgresStage) => {
    const { modem, ca } = stage.rig;
    const client = new pg.Client(optionsIn(stage, 'modem', { stream: () => modem.socket({ ca }) }));
    await client.connect();
    return client;
  };

  it('is closed by PostgreSQL, which takes TLS from the first byte only with a protocol that is negotiated', async () => {
    const stage = await PostgresStage.open(database);
    expect((await rejection(connect(stage))).message).to.match(/^Connection terminated unexpectedly$|ECONNRESET/);
    expect(stage.server.seen).to.deep.equal([]);
    await stage.close();
  });

  it('works with a server behind something that takes TLS from anybody', async () => {
    const stage = await PostgresStage.open(database, { tls: 'proxy' });
    const client = await connect(stage);
    expect((await client.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    expect(stage.server.seen[0]).to.equal('start with TLS');
    await client.end();
    await stage.close();
  });

  it("is no way to have the host's: the socket says so", async () => {
    const stage = await PostgresStage.open(database);
    const stream = () => stage.rig.modem.socket({ tls: 'host' });
    const { code } = await rejection(new pg.Client(optionsIn(stage, 'host', { stream })).connect());
    expect(code).to.equal('ERR_MODEM_UNSUPPORTED');
    await stage.close();
  });
});
