import { expect } from 'chai';

import { AtChannel, ExchangeError, type Barrier, type DataReader } from '../../lib/at/index.js';
import { run, type RunOptions } from '../../lib/cch/run.js';
import {
  commandTable,
  parseUnsolicited,
  profiles,
  type Form,
  type ProfileName,
  type Unsolicited,
} from '../../lib/cch/table/index.js';
import { ScriptedPeer } from '../support/scripted-peer.js';
import { transcripts } from './index.js';
import { turns, type Call, type DriverPart, type Transcript } from './transcript.js';

const tables = {
  manual: commandTable(profiles.manual),
  sim7600: commandTable(profiles.sim7600),
  a76xx: commandTable(profiles.a76xx),
  sim767x: commandTable(profiles.sim767x),
};
const table = tables.manual;
const barriers: Barrier[] = [
  { text: 'AT+CCHSET?', owns: (line) => table.CCHSET.read.answer.owns(line) },
  { text: 'AT+CCHMODE?', owns: (line) => table.CCHMODE.read.answer.owns(line) },
];

interface Heard {
  unsolicited: (Unsolicited | string)[];
  unknown: string[];
  pushed: [session: number, bytes: string][];
  raw: string;
}

function listen(channel: AtChannel): Heard {
  const heard: Heard = { unsolicited: [], unknown: [], pushed: [], raw: '' };
  channel.listen('+CCH', (line) => heard.unsolicited.push(parseUnsolicited(line) ?? line));
  channel.listen('CLOSED', (line) => heard.unsolicited.push(line));
  channel.on('unknown', (line) => heard.unknown.push(line));
  channel.on('raw', (data) => (heard.raw += data.toString('latin1')));
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

async function perform(channel: AtChannel, profile: ProfileName, call: Call): Promise<void> {
  const forms: Partial<Record<Call['form'], unknown>> = tables[profile][call.command];
  const form = forms[call.form] as Form<unknown, unknown>;
  const frames: string[] = [];
  const options: RunOptions = call.connects ? { connects: true } : {};
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
    await perform(channel, transcript.profile ?? 'manual', call);
  }
  await peer.finished();
  channel.close(new Error('The dialogue is over.'));
  await peer.settled();
  expect(heard).to.deep.equal({
    unsolicited: part.unsolicited ?? [],
    unknown: part.unknown ?? [],
    pushed: part.pushed ?? [],
    raw: part.raw ?? '',
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

  it('are most of them', () => expect(played.length).to.be.at.least(180));
});
