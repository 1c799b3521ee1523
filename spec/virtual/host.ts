import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';

// Taken before a spec fakes the timers.
const realTimeout = globalThis.setTimeout;
const clearTimeout = globalThis.clearTimeout;

/** Ms after which what was not heard is not expected any more: only a failure takes so long, on any machine. */
const LONGEST = 10_000;

/** A host that writes and expects literal bytes, and knows nothing of the package. */
export class Host {
  readonly stream: Duplex;
  #heard = Buffer.alloc(0);
  #waiting: (() => void) | undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#waiting?.();
    });
  }

  /** Bytes heard and not yet expected. */
  get heard(): Buffer {
    return this.#heard;
  }

  sends(bytes: string | Buffer): void {
    this.stream.write(bytes);
  }

  /** Waits for exactly these bytes; fails at the first that is another. */
  async hears(bytes: string | Buffer, timeout = LONGEST): Promise<void> {
    const expected = Buffer.from(bytes);
    await this.#until(
      timeout,
      () => {
        const common = Math.min(expected.length, this.#heard.length);
        if (!this.#heard.subarray(0, common).equals(expected.subarray(0, common))) throw this.#other(expected);
        return this.#heard.length >= expected.length;
      },
      () => this.#other(expected),
    );
    this.#heard = this.#heard.subarray(expected.length);
  }

  /** Waits for a pattern, and takes everything up to its end. */
  async finds(pattern: RegExp, timeout = LONGEST): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await this.#until(
      timeout,
      () => (match = pattern.exec(this.#heard.toString('latin1'))) !== null,
      () => new Error(`${String(pattern)} was not heard, but ${show(this.#heard)}`),
    );
    const found = match as unknown as RegExpExecArray;
    this.#heard = this.#heard.subarray(found.index + found[0].length);
    return found;
  }

  /** Waits for so many bytes, whatever they are. */
  async takes(count: number, timeout = LONGEST): Promise<Buffer> {
    await this.#until(
      timeout,
      () => this.#heard.length >= count,
      () => new Error(`only ${this.#heard.length} bytes`),
    );
    const taken = this.#heard.subarray(0, count);
    this.#heard = this.#heard.subarray(count);
    return taken;
  }

  /** Some turns of the event loop later nothing has been heard. */
  async hearsNothing(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) await turn();
    if (this.#heard.length > 0) throw new Error(`nothing was expected, but ${show(this.#heard)} was heard`);
  }

  /** A command and its whole answer, echo off. */
  async asks(command: string, answer: string): Promise<void> {
    this.sends(`${command}\r`);
    await this.hears(answer);
  }

  #other(expected: Buffer): Error {
    return new Error(`expected ${show(expected)}\n       heard ${show(this.#heard)}`);
  }

  async #until(timeout: number, done: () => boolean, failure: () => Error): Promise<void> {
    let late = false;
    const deadline = realTimeout(() => {
      late = true;
      this.#waiting?.();
    }, timeout);
    try {
      while (!done()) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by the timer
        if (late) throw failure();
        await new Promise<void>((resolve) => {
          this.#waiting = resolve;
        });
      }
    } finally {
      clearTimeout(deadline);
    }
  }
}

const show = (bytes: Buffer) => JSON.stringify(bytes.subarray(0, 2000).toString('latin1'));

const cleanups: (() => unknown)[] = [];

/** Call in `afterEach`: closes what the helpers of this file made. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** Has something closed after the test. */
export function afterwards(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A virtual modem and a host on its line, echo off, `OK` before results also in a family that has no order of its own. */
export function modemAndHost(options: VirtualModemOptions = {}): { modem: VirtualModem; host: Host } {
  const modem = new VirtualModem({ echo: false, replyOrder: 'ok-first', ...options });
  afterwards(() => modem.close());
  return { modem, host: new Host(modem.attach()) };
}

/** A modem whose service runs, with send reports off and manual receive unless told. */
export async function started(
  options: VirtualModemOptions = {},
  set = '0,1',
): Promise<{ modem: VirtualModem; host: Host }> {
  const made = modemAndHost(options);
  if (options.echo) await made.host.asks('ATE0', 'ATE0\r\r\nOK\r\n');
  await made.host.asks(`AT+CCHSET=${set}`, '\r\nOK\r\n');
  made.host.sends('AT+CCHSTART\r');
  await made.host.finds(/\+CCHSTART: 0\r\n/);
  if (options.replyOrder === 'result-first') await made.host.hears('\r\nOK\r\n');
  return made;
}

/** A TCP server on loopback; `peer()` is its next client. */
export async function tcpServer(): Promise<{ port: number; server: Server; peer: () => Promise<Socket> }> {
  const clients: Socket[] = [];
  const wanted: ((socket: Socket) => void)[] = [];
  const all = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    all.add(socket);
    socket.on('error', () => undefined);
    const waiter = wanted.shift();
    if (waiter) waiter(socket);
    else clients.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    for (const socket of all) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const peer = () => {
    const client = clients.shift();
    return client ? Promise.resolve(client) : new Promise<Socket>((resolve) => wanted.push(resolve));
  };
  return { port: (server.address() as AddressInfo).port, server, peer };
}

/** A started modem with session 0 open to a TCP server, and the server's end of it. */
export async function connected(options: VirtualModemOptions = {}, set = '0,1') {
  const { port, peer } = await tcpServer();
  const { modem, host } = await started(options, set);
  await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
  return { modem, host, port, accept: peer, peer: await peer() };
}

/** Everything that a socket brings until its end. */
export async function everything(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
