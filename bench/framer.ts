/**
 * How fast the framer is, in MB of serial bytes a second: for chunks of 64 KiB and of 64 bytes, with data frames of 1024
 * bytes. `--check` ends with 1 when the large chunks are slower than 200 MB/s.
 */
import { Framer } from '../lib/wire/index.js';

const TARGET = 200;
const FRAME = 1024;
const FRAMES = 4096;

function stream(): Buffer {
  const payload = Buffer.from(Array.from({ length: FRAME }, (_, index) => (index * 31) & 0xff));
  const parts: Buffer[] = [];
  for (let index = 0; index < FRAMES; index++) {
    parts.push(Buffer.from(`\r\n+CCHRECV: DATA,${index & 1},${FRAME}\r\n`), payload, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

function cut(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

/** The best of several rounds, in MB/s; the first ones warm the compiler up. */
function measure(bytes: Buffer, size: number): number {
  const chunks = cut(bytes, size);
  let best = 0;
  for (let round = 0; round < 12; round++) {
    const framer = new Framer();
    let payload = 0;
    const start = performance.now();
    for (const chunk of chunks) {
      for (const frame of framer.push(chunk)) if (frame.type === 'payload') payload += frame.data.length;
    }
    const seconds = (performance.now() - start) / 1000;
    if (payload !== FRAME * FRAMES) throw new Error(`${payload} bytes of payload came out.`);
    best = Math.max(best, bytes.length / 1e6 / seconds);
  }
  return best;
}

const bytes = stream();
const large = measure(bytes, 64 * 1024);
const small = measure(bytes, 64);
console.log(`framer, ${FRAME}-byte frames in 64 KiB chunks: ${large.toFixed(0)} MB/s (target ${TARGET})`);
console.log(`framer, ${FRAME}-byte frames in 64-byte chunks: ${small.toFixed(0)} MB/s`);
if (process.argv.includes('--check') && large < TARGET) process.exitCode = 1;
