/**
 * How fast a download is on a paced line, by family, as a share of what the line can carry. Run: `npm run bench:download`.
 *
 * The families take turns within one run, so that a busy machine slows all of them alike; compare the ratios.
 */
import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Modem } from '../lib/index.js';
import { VirtualModem } from '../lib/virtual/index.js';
import { profiles, type ProfileName } from '../lib/cch/index.js';

/** Conditions of one measurement. */
export interface DownloadConditions {
  profile: ProfileName;
  /** Bits a second. */
  baudRate: number;
  /** Ms before each answer. */
  latency: number;
  /** Bytes of the download. */
  size: number;
}

/** Bytes a second of a download through the virtual modem, from its first byte to its last. */
export async function measureDownload({ profile, baudRate, latency, size }: DownloadConditions): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => undefined).end(Buffer.alloc(size, 'x')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const virtual = new VirtualModem({ profile, baudRate, latency });
  const modem = await Modem.open({ stream: virtual.attach(), baudRate });
  try {
    const socket = modem.connect({ host: '127.0.0.1', port, tls: false });
    let [received, first] = [0, 0];
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      if (received === 0) first = performance.now();
      received += chunk.length;
    }
    if (received !== size) throw new Error(`${received} of ${size} bytes came`);
    return (size * 1000) / (performance.now() - first);
  } finally {
    await modem.close();
    await virtual.close();
    server.close();
  }
}

async function main(): Promise<void> {
  const conditions = { baudRate: 921_600, latency: 10, size: 512 * 1024 };
  const line = conditions.baudRate / 10;
  console.log(`${conditions.size} bytes at ${conditions.baudRate} baud, ${conditions.latency} ms latency`);
  for (const profile of Object.keys(profiles) as ProfileName[]) {
    const rate = await measureDownload({ ...conditions, profile });
    console.log(`${profile.padEnd(8)} ${Math.round(rate)} B/s, ${(rate / line).toFixed(3)} of the line`);
  }
}

if (import.meta.filename === process.argv[1]) await main();
