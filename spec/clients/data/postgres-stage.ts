import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import type { ClientConfig } from 'pg';
import { Rig, type RigOptions } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import type { Given, Mode } from '../page.js';
import { PASSWORD, USER } from './passwords.js';
import { PostgresServer, type ServerTls } from './postgres-server.js';

/** Ms that a database may take to start on a busy machine. */
export const STARTING = 120_000;

let database: Promise<PGlite> | undefined;

/** The one database of all specs: starting it takes some seconds of work, and its memory is not given back. */
export function openDatabase(): Promise<PGlite> {
  return (database ??= PGlite.create());
}

after(async () => {
  await (await database)?.close();
});

/** A virtual modem with an open driver, and a PostgreSQL server that is reached through it. */
export class PostgresStage {
  readonly rig: Rig;
  readonly server: PostgresServer;
  readonly port: number;
  readonly #sockets = new Set<Socket>();

  private constructor(rig: Rig, server: PostgresServer, port: number) {
    this.rig = rig;
    this.server = server;
    this.port = port;
    server.listener.on('connection', (socket) => this.#sockets.add(socket));
  }

  static async open(database: PGlite, options: RigOptions & { tls?: ServerTls } = {}): Promise<PostgresStage> {
    const rig = await Rig.open(options);
    const server = await PostgresServer.open(database, options.tls);
    return new PostgresStage(rig, server, await rig.listen(server.listener));
  }

  get url(): string {
    return `postgres://${USER}:${PASSWORD}@server.test:${this.port}/postgres`;
  }

  /** What a snippet is given to run in a mode. */
  given(mode: Mode): Given {
    return { modem: this.rig.modem, url: this.url, ca: this.rig.ca, tls: mode };
  }

  /** Connections that the module was asked for. */
  get opens(): number {
    return this.rig.commands('AT+CCHOPEN=');
  }

  /** Breaks every connection to the server. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Until every client has gone: an end that is under way when the modem is closed is told as an error. */
  async left(): Promise<void> {
    await until(() => [...this.#sockets].every(({ destroyed }) => destroyed));
  }

  async close(): Promise<void> {
    const closed = once(this.server.listener, 'close');
    await this.rig.close();
    await closed;
  }
}

/** Options of a client, and some for a spec. */
export function optionsIn(
  { rig: { modem, ca }, url }: PostgresStage,
  mode: Mode,
  more: ClientConfig = {},
): ClientConfig {
  return {
    connectionString: url,
    stream: () => modem.socket({ tls: false }),
    ssl: mode === 'host' ? { ca } : false,
    ...more,
  };
}
