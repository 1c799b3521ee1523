import { expect } from 'chai';
import fc from 'fast-check';

import { Framer, type Frame } from '../../lib/wire/index.js';
import { chunksAt, everySplit, randomChunks, seeded } from '../support/chunks.js';
import { transcripts } from './index.js';
import { turns, type Transcript } from './transcript.js';

type Cut = (bytes: Buffer) => readonly Buffer[];

/** The frames of what the modem says in a transcript, cut as told. */
function framesOf(transcript: Transcript, cut: Cut): Frame[] {
  const framer = new Framer();
  const frames: Frame[] = [];
  for (const turn of turns(transcript.steps)) {
    const text = turn.bytes.toString('latin1');
    if (turn.from === 'host') {
      framer.expectPrompt(/^AT\+CC(HSEND|ERTDOWN)=[^?]/.test(text));
      framer.expectConnect(transcript.driver?.calls.some(({ connects }) => connects) ?? false);
    } else for (const chunk of cut(turn.bytes)) frames.push(...framer.push(Buffer.from(chunk)));
  }
  expect(framer.pending, 'counted bytes that never ended').to.equal(undefined);
  return frames.reduce<Frame[]>(joined, []);
}

/** Raw bytes come as they are cut; they count together. */
function joined(frames: Frame[], frame: Frame): Frame[] {
  const last = frames.at(-1);
  if (frame.type !== 'raw' || last?.type !== 'raw') return [...frames, frame];
  return [...frames.slice(0, -1), { type: 'raw', data: Buffer.concat([last.data, frame.data]) }];
}

const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);

describe(`golden transcripts, cut anywhere, make the same frames (seed ${seed})`, () => {
  for (const transcript of transcripts) {
    it(transcript.name, () => {
      const whole = framesOf(transcript, (bytes) => [bytes]);
      expect(framesOf(transcript, (bytes) => randomChunks(bytes, seeded(1), 1, 1))).to.deep.equal(whole);
      const longest = Math.max(...turns(transcript.steps).map(({ bytes }) => bytes.length));
      if (longest > 600) return;
      for (const [{ length }] of everySplit(Buffer.alloc(longest))) {
        expect(framesOf(transcript, (bytes) => chunksAt(bytes, [length]))).to.deep.equal(whole);
      }
    });
  }

  it('any transcript, any cuts', () => {
    const wholes = new Map(transcripts.map((transcript) => [transcript, framesOf(transcript, (bytes) => [bytes])]));
    const property = fc.property(fc.constantFrom(...transcripts), fc.nat(), (transcript, cutSeed) => {
      const random = seeded(cutSeed);
      const frames = framesOf(transcript, (bytes) => randomChunks(bytes, random, 1, 1 + Math.floor(random() * 64)));
      expect(frames).to.deep.equal(wholes.get(transcript));
    });
    fc.assert(property, { seed, numRuns: 1000, interruptAfterTimeLimit: 4000 });
  });
});
