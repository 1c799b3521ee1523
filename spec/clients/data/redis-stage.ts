import { Redis } from 'ioredis';
import { Rig, type RigOptions } from '../../support/rig.js';
import { turn } from '../../support/turn.js';
import type { Given, Mode } from '../page.js';
import { PASSWORD } from './passwords.js';
import type { RedisServer } from './redis-server.js';

/** A virtual modem with an open driver, beside a Redis server that is reached through it, and by itself. */
export class RedisStage {
  readonly rig: Rig;
  /** A client that is connected to the server without a modem. */
  readonly beside: Redis;
  readonly #server: RedisServer;

  private constructor(rig: Rig, server: RedisServer, beside: Redis) {
    this.rig = rig;
    this.#server = server;
    this.beside = beside;
  }

  static async open(server: RedisServer, options: RigOptions = {}): Promise<RedisStage> {
    const beside = new Redis({ port: server.ports.tcp, password: PASSWORD });
    beside.on('error', () => undefined);
    await beside.flushall();
    return new RedisStage(await Rig.open(options), server, beside);
  }

  url(mode: Mode): string {
    const { tls, tcp } = this.#server.ports;
    return mode === false ? `redis://:${PASSWORD}@server.test:${tcp}` : `rediss://:${PASSWORD}@server.test:${tls}`;
  }

  /** What a snippet is given to run in a mode. */
  given(mode: Mode): Given {
    return { modem: this.rig.modem, url: this.url(mode), ca: this.rig.ca, tls: mode || 'modem' };
  }

  /** Has the server close every connection but the one beside. */
  async dropConnections(): Promise<void> {
    await this.beside.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await this.beside.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  }

  /** Until the server says that somebody's last command is this one. */
  async waitFor(command: string): Promise<void> {
    const isLast = new RegExp(`cmd=${command}\\b`);
    while (!isLast.test(String(await this.beside.client('LIST')))) await turn();
  }

  /** Connections that the module was asked for. */
  get opens(): number {
    return this.rig.commands('AT+CCHOPEN=');
  }

  async close(): Promise<void> {
    this.beside.disconnect();
    await this.rig.close();
  }
}
