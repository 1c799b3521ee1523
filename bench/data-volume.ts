/**
 * How many bytes one HTTPS request a minute costs, on the serial line and in the network. Run:
 * `node --import tsx bench/data-volume.ts`.
 *
 * The server's chain is a leaf and one intermediate, each with an RSA key of 2048 bits. Network bytes are those that TCP
 * carries; its own packets, and those of IP, come on top. Minutes pass as fast as the machine goes.
 */
import { once } from 'node:events';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Modem, type ModemAgentOptions } from '../lib/index.js';
import { VirtualModem, createAuthority } from '../lib/virtual/index.js';
import { FastTime } from '../spec/support/fast-time.js';

/** Bytes of one request and its answer, with all that belongs to them. */
export interface Volume {
  /** On the serial line, both ways. */
  readonly line: number;
  /** In the network, both ways. */
  readonly network: number;
}

interface Case {
  /** As the table of docs/production.md has it. */
  readonly name: string;
  readonly options: ModemAgentOptions;
}

const MINUTE = 60_000;
const REQUESTS = 4;
/** What is answered: a small document. */
const BODY = JSON.stringify({ readings: Array.from({ length: 16 }, (_, index) => ({ sensor: index, value: 21.5 })) });

/** The ways to make a request a minute; each is its own connection unless it is said to be kept. */
export const cases: readonly Case[] = [
  { name: "`tls: 'modem'`, a new connection each", options: { keepAlive: false } },
  { name: "`tls: 'modem'`, one connection kept", options: { idleTimeout: 2 * MINUTE } },
  {
    name: "`tls: 'host'`, a new connection each, not resumed",
    options: { tls: 'host', keepAlive: false, maxCachedSessions: 0 },
  },
  { name: "`tls: 'host'`, a new connection each, resumed", options: { tls: 'host', keepAlive: false } },
  { name: "`tls: 'host'`, one connection kept", options: { tls: 'host', idleTimeout: 2 * MINUTE } },
];

/** Measures one way; the first request, which sets up what later ones find, is not counted. */
export async function measureVolume({ options }: Case, time: FastTime): Promise<Volume> {
  const server = await startServer();
  const virtual = new VirtualModem({ profile: 'sim7600', hosts: { 'api.example.com': '127.0.0.1' } });
  const modem = await time.until(Modem.open({ stream: virtual.attach() }));
  const agent = modem.httpsAgent({ ca: server.ca, ...options });
  const count = (): Volume => {
    const { bytesSent, bytesReceived } = modem.statistics;
    return { line: bytesSent + bytesReceived, network: server.bytes() };
  };
  const minute = async () => {
    await time.until(get(agent, server.port));
    await time.passes(MINUTE);
  };
  try {
    await minute();
    const before = count();
    for (let requests = 0; requests < REQUESTS; requests++) await minute();
    const after = count();
    const each = (name: keyof Volume) => Math.round((after[name] - before[name]) / REQUESTS);
    return { line: each('line'), network: each('network') };
  } finally {
    agent.destroy();
    await time.until(modem.close());
    await virtual.close();
    server.close();
  }
}

async function startServer() {
  const root = await createAuthority({ algorithm: 'rsa-2048' });
  const intermediate = await root.issueAuthority();
  const { cert, key } = await intermediate.issue({ names: ['api.example.com'] });
  const context = { cert: cert + intermediate.pem, key };
  const sockets = new Set<Socket>();
  const server = https.createServer(context, (_, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(BODY);
  });
  server.on('connection', (socket) => sockets.add(socket as Socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ca: root.pem,
    port: (server.address() as AddressInfo).port,
    bytes: () => [...sockets].reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function get(agent: https.Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: 'api.example.com', port, path: '/v1/readings', agent, checkHostName: false };
    const headers = { Accept: 'application/json', Authorization: `Bearer ${'x'.repeat(40)}` };
    const request = https.get({ ...options, headers }, (response) => {
      response.resume().once('close', resolve);
    });
    request.once('error', reject);
  });
}

async function main(): Promise<void> {
  const time = new FastTime();
  console.log('bytes for each request, and megabytes a day');
  for (const each of cases) {
    const { line, network } = await measureVolume(each, time);
    const daily = (bytes: number) => ((bytes * 1440) / 1e6).toFixed(1);
    console.log(`${each.name}: line ${line} (${daily(line)}), network ${network} (${daily(network)})`);
  }
  time.restore();
}

if (import.meta.filename === process.argv[1]) await main();
