/**
 * What `npm start` shows: Node's own `https.request` over a serial modem, with nothing but this machine.
 *
 * ```
 *   this process                          a process of its own                this process
 *   https.request → Modem ── TCP, raw ──▶ modem-tls virtual ── TCP + TLS ──▶ an HTTPS server
 * ```
 *
 * With a real module, only the `path` differs: `/dev/ttyUSB2` instead of `tcp://127.0.0.1:…`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Modem } from 'modem-tls';
import { createAuthority } from 'modem-tls/virtual';

const HOST = 'device.example';
const BAUD_RATE = 3_000_000;
const MEBIBYTE = 1024 * 1024;
const TIME_LIMIT = 60_000;

/** What has to be undone, the latest first. */
const cleanups: (() => unknown)[] = [];
const payload = randomBytes(MEBIBYTE);

async function main(): Promise<void> {
  const authority = await createAuthority({ name: 'Throw-away authority of npm start' });
  const origin = await startServer(await authority.issue({ names: [HOST] }));
  console.log(`HTTPS server   127.0.0.1:${origin}, certificate for ${HOST} by an authority that exists only here`);

  const line = await startVirtualModem(`${HOST}:443=127.0.0.1:${origin}`);
  console.log(`virtual modem  ${line}, a process of its own at ${BAUD_RATE / 1e6} Mbaud\n`);

  const modem = await Modem.open({
    path: line,
    baudRate: BAUD_RATE,
    onProgress: ({ step, detail, elapsed }) => console.log(`  ${`${elapsed} ms`.padStart(8)}  ${step}: ${detail}`),
  });
  cleanups.push(() => modem.close());

  // The module itself does TLS and verifies the server against `ca`; all that the program does is choose the agent.
  const agent = modem.httpsAgent({ ca: authority.pem });
  await keepAliveRequests(agent);
  await download(agent);
  await upload(agent);
  agent.destroy();
  printStatistics(modem);
}

async function keepAliveRequests(agent: https.Agent): Promise<void> {
  console.log();
  for (let number = 1; number <= 5; number++) {
    const start = performance.now();
    const response = await request({ agent, path: `/hello/${number}` });
    const body = (await response.toArray()).join('');
    const kept = (response as IncomingMessage & { reused?: boolean }).reused ? 'same connection' : 'new connection';
    console.log(`GET /hello/${number} → ${response.statusCode} ${body}  (${since(start)}, ${kept})`);
  }
  console.log();
}

async function download(agent: https.Agent): Promise<void> {
  const bar = new ProgressBar('download', MEBIBYTE);
  const hash = createHash('sha256');
  const response = await request({ agent, path: '/payload' });
  for await (const chunk of response as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bar.advance(chunk.length);
  }
  bar.end(expectEqual('download', hash.digest('hex')));
}

async function upload(agent: https.Agent): Promise<void> {
  const bar = new ProgressBar('upload', MEBIBYTE);
  const source = Readable.from(
    slices(payload, 4096, (bytes) => bar.advance(bytes)),
    { objectMode: false },
  );
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': MEBIBYTE };
  const response = await request({ agent, method: 'PUT', path: '/payload', headers }, source);
  const digest = (await response.toArray()).join('');
  bar.end(expectEqual('upload', digest));
}

/** Compares with the digest of what was sent from the other side; returns the beginning of it. */
function expectEqual(what: string, digest: string): string {
  const expected = createHash('sha256').update(payload).digest('hex');
  if (digest !== expected) throw new Error(`The ${what} was damaged: SHA-256 ${digest} instead of ${expected}.`);
  return `SHA-256 ${digest.slice(0, 16)}… matches`;
}

function printStatistics(modem: Modem): void {
  const { commands, bytesSent, bytesReceived, payloadSent, payloadReceived, sessionsOpened, certificatesUploaded } =
    modem.statistics;
  const share = (100 * (payloadSent + payloadReceived)) / (bytesSent + bytesReceived);
  const count = (value: number) => value.toLocaleString('en').padStart(11);
  console.log(`
What went over the serial line:
${count(commands)} AT commands
${count(bytesSent)} bytes to the module, ${payloadSent.toLocaleString('en')} of them payload
${count(bytesReceived)} bytes from the module, ${payloadReceived.toLocaleString('en')} of them payload
${count(sessionsOpened)} session opened, for seven requests
${count(certificatesUploaded)} certificate uploaded
${share.toFixed(1).padStart(10)}% of all bytes were payload`);
}

// ── the pieces that a real set-up has elsewhere ─────────────────────────────────────────────────────────────────────

/** Answers `GET /hello/<n>` and `GET /payload`, and `PUT /payload` with the SHA-256 of what came. Returns its port. */
async function startServer(identity: { key: string; cert: string }): Promise<number> {
  const server = https.createServer(identity, (incoming, response) => {
    if (incoming.method === 'PUT') {
      const hash = createHash('sha256');
      incoming.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => response.end(hash.digest('hex')));
    } else if (incoming.url === '/payload') {
      response.writeHead(200, { 'Content-Length': payload.length }).end(payload);
    } else {
      response.end(`hello ${incoming.url?.split('/').at(-1) ?? ''}`);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Runs the package's command, and returns the path that leads to it. */
async function startVirtualModem(mapping: string): Promise<string> {
  const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const options = ['--listen', '127.0.0.1:0', '--baud', String(BAUD_RATE), '--host', mapping, '--no-network'];
  const child = spawn(process.execPath, [command, 'virtual', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(() => stop(child));
  process.once('exit', () => child.kill());
  for await (const text of createInterface({ input: child.stdout })) {
    const ready = /^ready tcp (.+)$/.exec(text);
    if (ready) return `tcp://${ready[1] ?? ''}`;
  }
  throw new Error('The virtual modem did not start.');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

/** `https.request` as it always is, with a promise of the response. */
async function request(options: https.RequestOptions, body?: Readable): Promise<IncomingMessage> {
  const outgoing = https.request({ host: HOST, ...options });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => resolve(Object.assign(incoming, { reused: outgoing.reusedSocket })));
  });
  if (body) await Promise.all([pipeline(body, outgoing), response]);
  else outgoing.end();
  return response;
}

function* slices(bytes: Buffer, size: number, taken: (bytes: number) => void): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    const slice = bytes.subarray(at, at + size);
    yield slice;
    taken(slice.length);
  }
}

function since(start: number): string {
  return `${Math.round(performance.now() - start)} ms`;
}

/** A bar that redraws itself on a terminal, and a line for each quarter elsewhere. */
class ProgressBar {
  readonly #name: string;
  readonly #total: number;
  readonly #start = performance.now();
  #done = 0;
  #shown = 0;

  constructor(name: string, total: number) {
    this.#name = name.padEnd(8);
    this.#total = total;
  }

  advance(bytes: number): void {
    this.#done += bytes;
    const percent = Math.floor((100 * this.#done) / this.#total);
    const step = process.stdout.isTTY ? 1 : 25;
    if (percent < this.#shown + step) return;
    this.#shown = percent - (percent % step);
    const filled = Math.floor(percent / 4);
    const text = `${this.#name} ${'█'.repeat(filled)}${'░'.repeat(25 - filled)} ${String(percent).padStart(3)}%`;
    process.stdout.write(process.stdout.isTTY ? `\r${text}` : `${text}\n`);
  }

  end(verdict: string): void {
    const seconds = (performance.now() - this.#start) / 1000;
    const rate = Math.round(this.#total / 1000 / seconds);
    console.log(
      `${process.stdout.isTTY ? '\n' : ''}         1 MiB in ${seconds.toFixed(1)} s, ${rate} kB/s, ${verdict}`,
    );
  }
}

// ── run it ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function cleanUp(): Promise<void> {
  for (const undo of cleanups.splice(0).reverse()) await undo();
}

/** Whatever happens, the virtual modem does not outlive this process. */
async function fail(reason: string): Promise<never> {
  console.error(`\nnpm start failed: ${reason}`);
  await cleanUp();
  process.exit(1);
}

setTimeout(() => void fail(`it was not done within ${TIME_LIMIT / 1000} s`), TIME_LIMIT).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void fail(`ended by ${signal}`));

try {
  await main();
  await cleanUp();
} catch (error) {
  await fail(error instanceof Error ? error.message : String(error));
}
