/** A repeatable source of numbers from 0 up to, not including, 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Cuts bytes into chunks of `min` to `max` bytes. */
export function randomChunks(data: Buffer, random: () => number, min = 1, max = 8): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length;) {
    const end = at + min + Math.floor(random() * (max - min + 1));
    chunks.push(data.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** Cuts bytes at the given offsets, in any order; offsets outside and doubled ones are passed over. */
export function chunksAt(data: Buffer, offsets: readonly number[]): Buffer[] {
  const inside = offsets.filter((offset) => offset > 0 && offset < data.length);
  const cuts = [0, ...[...new Set(inside)].sort((a, b) => a - b), data.length];
  return cuts.slice(1).map((cut, index) => data.subarray(cuts[index], cut));
}

/** Every way to cut bytes into two, as pairs; the empty ones are left out. */
export function* everySplit(data: Buffer): Generator<[Buffer, Buffer]> {
  for (let at = 1; at < data.length; at++) yield [data.subarray(0, at), data.subarray(at)];
}

/** Every way to lose one byte: the offset, and what is left. */
export function* everyLoss(data: Buffer): Generator<[number, Buffer]> {
  for (let at = 0; at < data.length; at++) {
    yield [at, Buffer.concat([data.subarray(0, at), data.subarray(at + 1)])];
  }
}
