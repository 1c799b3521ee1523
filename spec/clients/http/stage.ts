import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import type { ModemAgentOptions } from '../../../lib/index.js';
import { Rig, certificates, readAll, type RigOptions } from '../../support/rig.js';
import type { Given, Mode } from '../page.js';

/** What a server saw of a request; the body only where it waits for all of it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** Agents for either protocol, as clients take them. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

type Answer = (incoming: http.IncomingMessage, outgoing: http.ServerResponse, seen: Seen[]) => void;

/** A body that nobody gets right by chance. */
export function pattern(size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, index) =>
    createHash('sha256').update(String(index)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

/** What the servers answer, by the first part of the path. Any other is told what it asked for, as JSON. */
const answers: Readonly<Record<string, Answer>> = {
  /** The body of the request, as it comes. */
  echo: (incoming, outgoing) => void incoming.pipe(outgoing),
  /** So many bytes of {@link pattern}: `/large?size=9`. */
  large: ({ url = '' }, outgoing) => void outgoing.end(pattern(Number(url.split('=')[1]))),
  /** Without a word on how long the connection is kept. */
  plain: (_, outgoing) => void outgoing.writeHead(200, { connection: 'keep-alive' }).end('plain'),
  /** Nothing. */
  silent: () => undefined,
  /** The head and the beginning of a body, and nothing more. */
  stuck: (_, outgoing) => void outgoing.write('the beginning'),
  /** The beginning of a body that is announced as longer, and the end of the connection. */
  short: ({ socket }, outgoing) => {
    outgoing.writeHead(200, { 'content-length': '100' });
    outgoing.write('the beginning', () => socket.end());
  },
  redirect: (_, outgoing) => void outgoing.writeHead(302, { location: '/there' }).end(),
  /** An answer that does not wait for the body, which is read nevertheless. */
  early: (incoming, outgoing) => {
    outgoing.writeHead(413, { 'content-length': '9' }).end('too large');
    incoming.resume();
  },
  /** The same, but the server reads no more, and ends the connection. */
  rude: (incoming, outgoing) => {
    const { stream } = incoming as unknown as Partial<http2.Http2ServerRequest>;
    outgoing.writeHead(413, { 'content-length': '9' });
    if (stream) outgoing.write('too large', () => stream.session?.destroy());
    else outgoing.write('too large', () => incoming.socket.end());
  },
  /** The third time. */
  third: ({ url }, outgoing, seen) => {
    const times = seen.filter(({ path }) => path === url).length;
    outgoing.writeHead(times < 3 ? 503 : 200).end(`attempt ${times}`);
  },
  /** The first time nothing. */
  second: ({ url }, outgoing, seen) => {
    if (seen.filter(({ path }) => path === url).length > 1) outgoing.end('at last');
  },
  /** The first time the connection breaks. */
  broken: (incoming, outgoing, seen) => {
    const { stream } = incoming as unknown as Partial<http2.Http2ServerRequest>;
    if (seen.filter(({ path }) => path === incoming.url).length > 1) outgoing.end('mended');
    else if (stream) stream.session?.destroy();
    else incoming.socket.destroy();
  },
};

/** A virtual modem with an open driver, and servers that are reached through it, with TLS and without. */
export class Stage {
  readonly rig: Rig;
  /** Requests that the servers saw, in the order in which they came. */
  readonly seen: Seen[];
  readonly #ports: Readonly<Record<'tls' | 'tcp', number>>;

  private constructor(rig: Rig, seen: Seen[], ports: Readonly<Record<'tls' | 'tcp', number>>) {
    this.rig = rig;
    this.seen = seen;
    this.#ports = ports;
  }

  /** The servers speak HTTP/1.1, or HTTP/2 and nothing else. */
  static async open({ version = 1, ...options }: RigOptions & { version?: 1 | 2 } = {}): Promise<Stage> {
    const rig = await Rig.open(options);
    const seen: Seen[] = [];
    const { tls, tcp } = await (version === 1 ? servers(seen) : http2Servers(seen));
    return new Stage(rig, seen, { tls: await rig.listen(tls), tcp: await rig.listen(tcp) });
  }

  /** Where the server of a mode is reached. */
  url(mode: Mode, path = ''): string {
    const { tls, tcp } = this.#ports;
    return mode === false ? `http://server.test:${tcp}${path}` : `https://server.test:${tls}${path}`;
  }

  /** What a snippet is given to run in a mode. */
  given(mode: Mode): Given {
    return { modem: this.rig.modem, url: this.url(mode, '/status'), ca: this.rig.ca, tls: mode || 'modem' };
  }

  /** Options of `connect`, of an agent and of the connector in a mode. */
  options(mode: Mode): { tls: Mode; ca?: string } {
    return mode === false ? { tls: false } : { tls: mode, ca: this.rig.ca };
  }

  agents(mode: Mode, options: ModemAgentOptions = {}): Agents {
    const { modem } = this.rig;
    return {
      http: modem.httpAgent(options),
      https: modem.httpsAgent({ ...this.options(mode || 'modem'), ...options }),
    };
  }

  /** Where nobody listens. Fetch refuses the low ports, where nobody would. */
  async closedPort(): Promise<number> {
    const server = net.createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    await once(server.close(), 'close');
    return port;
  }

  /** Connections that the module was asked for. */
  get opens(): number {
    return this.rig.commands('AT+CCHOPEN=');
  }

  async close(): Promise<void> {
    await this.rig.close();
  }
}

/** Node's own agents, which find the servers on this machine: what is expected of ours holds for them, too. */
export function nodeAgents(ca: string): Agents {
  const options = { keepAlive: true, lookup: loopback };
  return { http: new http.Agent(options), https: new https.Agent({ ...options, ca }) };
}

export const loopback: net.LookupFunction = (_host, { all }, found) => {
  if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};

async function servers(seen: Seen[]): Promise<{ tls: https.Server; tcp: http.Server }> {
  const { leaf } = await certificates();
  const options = { keepAliveTimeout: 60_000 };
  const listener: http.RequestListener = (incoming, outgoing) => answer(incoming, outgoing, seen);
  const tls = https.createServer({ ...leaf, ...options }, listener).on('upgrade', echoUpgraded);
  const tcp = http.createServer(options, listener).on('upgrade', echoUpgraded);
  return { tls, tcp };
}

async function http2Servers(seen: Seen[]): Promise<{ tls: http2.Http2SecureServer; tcp: http.Server }> {
  const { leaf } = await certificates();
  // The compatibility interface is HTTP/1's in all that the answers use.
  const listener = (incoming: unknown, outgoing: unknown) =>
    answer(incoming as http.IncomingMessage, outgoing as http.ServerResponse, seen);
  return {
    tls: http2.createSecureServer(leaf, listener),
    tcp: http2.createServer(listener) as unknown as http.Server,
  };
}

function answer(incoming: http.IncomingMessage, outgoing: http.ServerResponse, seen: Seen[]): void {
  const { method = '', url: path = '' } = incoming;
  const chosen = answers[/^\/(\w+)/.exec(path)?.[1] ?? ''];
  for (const stream of [incoming, outgoing]) stream.on('error', () => undefined);
  if (chosen) {
    seen.push({ method, path });
    return chosen(incoming, outgoing, seen);
  }
  const tell = (body: Buffer): void => {
    const told = { method, path, body: body.toString() };
    seen.push(told);
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end(JSON.stringify(told));
  };
  readAll(incoming).then(tell, () => undefined);
}

/** Another protocol from here on: what comes goes back. */
function echoUpgraded({ headers: { upgrade = '' } }: http.IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${upgrade}\r\n\r\n`);
  socket.pipe(socket);
}
