import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { certificates } from '../../support/rig.js';
import { PASSWORD } from './passwords.js';

/** Times that ports are looked for, should somebody else take them in between. */
const TRIES = 5;

/** Whether there is a Redis server to run: without it scripts/test.js says so, and what needs it is left out. */
export const hasRedis = process.env['MODEM_TLS_NO_REDIS'] !== '1';

/** A real Redis server, a process of its own, with a port for TLS and one without. It keeps nothing. */
export class RedisServer {
  readonly ports: Readonly<Record<'tls' | 'tcp', number>>;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string, ports: Readonly<Record<'tls' | 'tcp', number>>) {
    this.#folder = folder;
    this.ports = ports;
  }

  static async open(): Promise<RedisServer> {
    const { authority, leaf } = await certificates();
    const folder = mkdtempSync(join(tmpdir(), 'modem-tls-redis-'));
    for (const [name, text] of Object.entries({ ca: authority.pem, cert: leaf.cert, key: leaf.key })) {
      writeFileSync(join(folder, `${name}.pem`), text);
    }
    for (let tries = 1; ; tries++) {
      const server = new RedisServer(folder, { tls: await freePort(), tcp: await freePort() });
      try {
        await server.start();
        return server;
      } catch (error) {
        if (tries < TRIES) continue;
        await server.close();
        throw error;
      }
    }
  }

  /** Starts it, again after {@link stop}, on the same ports and with nothing in it. */
  async start(): Promise<void> {
    const child = spawn('redis-server', ['-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    child.stdin.end(this.#settings());
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (line.includes('Ready to accept connections')) break;
    }
    // What else it says is read by nobody.
    child.stdout.resume();
    if (child.exitCode !== null || !lines.at(-1)?.includes('Ready')) {
      throw new Error(`redis-server did not start:\n${lines.join('\n')}`);
    }
  }

  /** Ends the process, and with it every connection. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** By the standard input: arguments are shown to everybody on the machine. */
  #settings(): string {
    const { tls, tcp } = this.ports;
    const file = (name: string) => join(this.#folder, `${name}.pem`);
    return [
      'bind 127.0.0.1',
      `port ${tcp}`,
      `tls-port ${tls}`,
      `tls-cert-file ${file('cert')}`,
      `tls-key-file ${file('key')}`,
      `tls-ca-cert-file ${file('ca')}`,
      'tls-auth-clients no',
      `requirepass ${PASSWORD}`,
      'save ""',
      'appendonly no',
      `dir ${this.#folder}`,
    ].join('\n');
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  await once(server.close(), 'close');
  return port;
}
