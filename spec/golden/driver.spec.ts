import { expect } from 'chai';

import { AtChannel, ExchangeError, type Barrier, type DataReader } from '../../lib/at/index.js';
import { run, type RunOptions } from '../../lib/cch/run.js';
import { commandTable, parseUnsolicited, profiles, type Form, type Unsolicited } from '../../lib/cch/table/index.js';
import { ScriptedPeer } from '../support/scripted-peer.js';
import { transcripts } from './index.js';
import { turns, type Call, type DriverPart, type Transcript } from './transcript.js';

const table = commandTable(profiles.manual);
const barriers: Barrier[] = [
  { text: 'AT+CCHSET?', owns: (line) => table.CCHSET.read.answer.owns(line) },
  { text: 'AT+CCHMODE?', owns: (line) => table.CCHMODE.read.answer.owns(line) },
];

interface Heard {
  unsolicited: (Unsolicited | string)[];
  unknown: string[];
  pushed: [session: number, bytes: string][];
}

function listen(channel: AtChannel): Heard {
  const heard: Heard = { unsolicited: [], unknown: [], pushed: [] };
  channel.listen('+CCH', (line) => heard.unsolicited.push(parseUnsolicited(line) ?? line));
  channel.on('unknown', (line) => heard.unknown.push(line));
  channel.on('frame', (session, data) => heard.pushed.push([session, data.toString('latin1')]));
  return heard;
}

function reader(session: number, frames: string[]): DataReader {
  return {
    session,
    limit: 1024 * 1024,
    onFrame: (data) => frames.push(data.toString('latin1')),
    end: (line) => {
      const code = parseUnsolicited(line);
      return code?.type === 'receive-end' && code.session === session ? code.error : undefined;
    },
  };
}

async function perform(channel: AtChannel, call: Call): Promise<void> {
  const forms: Partial<Record<Call['form'], unknown>> = table[call.command];
  const form = forms[call.form] as Form<unknown, unknown>;
  const frames: string[] = [];
  const options: RunOptions = {};
  if (call.payload !== undefined) options.payload = [Buffer.from(call.payload, 'latin1')];
  if (form.completion === 'data') options.data = reader((call.value as { session: number }).session, frames);
  const outcome: unknown = await run(channel, form, call.value, options).catch((error: unknown) => error);
  if (call.error === undefined) {
    expect(outcome).to.deep.equal(call.answer);
  } else {
    expect(outcome).to.be.instanceOf(ExchangeError);
    expect(outcome).to.include(call.error);
  }
  expect(frames).to.deep.equal(call.data ?? []);
}

async function play(transcript: Transcript, part: DriverPart, seed: number): Promise<void> {
  const peer = new ScriptedPeer(turns(transcript.steps), { seed });
  const channel = new AtChannel(peer.port, { baudRate: 115200, commandTimeout: 9000, barriers });
  const heard = listen(channel);
  for (const call of part.calls) {
    await peer.listening();
    await perform(channel, call);
  }
  await peer.finished();
  channel.close(new Error('The dialogue is over.'));
  await peer.settled();
  expect(heard).to.deep.equal({
    unsolicited: part.unsolicited ?? [],
    unknown: part.unknown ?? [],
    pushed: part.pushed ?? [],
  });
}

const played = transcripts.flatMap((transcript) =>
  transcript.driver === undefined ? [] : [{ transcript, part: transcript.driver }],
);

describe(`golden transcripts, played against the driver (${played.length} of ${transcripts.length})`, () => {
  for (const { transcript, part } of played) {
    it(`${transcript.name} (${transcript.source})`, async () => {
      for (const seed of [1, 2, 3]) await play(transcript, part, seed);
    });
  }

  it('are at least 66, each with a name of its own and a source', () => {
    expect(transcripts.length).to.be.at.least(66);
    expect(new Set(transcripts.map(({ name }) => name)).size).to.equal(transcripts.length);
    expect(transcripts.every(({ source }) => /F10\d\d|field note/.test(source))).to.equal(true);
  });

  it('cover every form of every command', () => {
    const covered = new Set(played.flatMap(({ part }) => part.calls.map(({ command, form }) => `${command} ${form}`)));
    const missing = Object.entries(table).flatMap(([command, forms]) =>
      Object.keys(forms)
        .filter((form) => form !== 'name' && !covered.has(`${command} ${form}`))
        .map((form) => `${command} ${form}`),
    );
    expect(missing).to.deep.equal([]);
  });
});
