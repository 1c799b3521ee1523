import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { expect } from 'chai';

import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { BareClient } from './client.js';
import { transcripts } from './index.js';
import { GoldenServer } from './server.js';
import { bindPort, longHost, type Step, type Transcript, type VirtualSetup } from './transcript.js';

interface Stage {
  virtual: VirtualModem;
  client: BareClient;
  server: GoldenServer;
}

/** Names that lead to the server of a transcript. */
const names = ['server.example', 'a', longHost, 'www.baidu.com'];

function optionsOf(setup: VirtualSetup, port: number): VirtualModemOptions {
  const { registration, replyOrder = 'ok-first', prompt, echo, closeAfterPeer, frameSize, interject } = setup;
  return {
    replyOrder,
    prompt,
    echo,
    closeAfterPeer,
    frameSize,
    registrationState: registration,
    hosts: Object.fromEntries(names.map((name) => [name, `127.0.0.1:${port}`])),
    faults: { interject },
  };
}

async function perform({ virtual, client, server }: Stage, step: Step): Promise<void> {
  switch (step.from) {
    case 'host':
      client.write(step.bytes);
      return;
    case 'modem':
      return client.expect(step.bytes);
    case 'network':
      virtual.inject(step.line);
      return;
    case 'server':
      if ('sends' in step) await server.send(step.sends);
      else if ('received' in step) await server.received(step.received);
      else await server.end();
  }
}

/** A port of five digits that nobody uses. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (port > 9999) return port;
  }
}

/** The steps with a port that is free in place of the one that is written down. */
async function withFreePort(steps: readonly Step[]): Promise<readonly Step[]> {
  const named = (step: Step) => 'bytes' in step && step.bytes.includes(String(bindPort));
  if (!steps.some(named)) return steps;
  const port = String(await freePort());
  return steps.map((step) => {
    if (!('bytes' in step)) return step;
    return { ...step, bytes: Buffer.from(step.bytes.toString('latin1').replace(String(bindPort), port), 'latin1') };
  });
}

async function play(
  setup: VirtualSetup,
  { profile, ...transcript }: Pick<Transcript, 'profile' | 'steps'>,
): Promise<void> {
  const server = await GoldenServer.listen(setup.server ?? 'tcp');
  const steps = await withFreePort(transcript.steps);
  const virtual = new VirtualModem({ profile, ...optionsOf(setup, server.port) });
  const { port } = await virtual.listen({ port: 0 });
  const client = await BareClient.connect(port);
  try {
    for (const step of [...(setup.before ?? []), ...steps]) await perform({ virtual, client, server }, step);
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    const rest = client.close();
    await virtual.close();
    await server.close();
    expect(rest, 'bytes that nobody expected').to.equal('');
  }
}

const played = transcripts.flatMap(({ virtual, ...transcript }) =>
  virtual === undefined ? [] : [{ setup: virtual, transcript }],
);

describe(`golden transcripts, played against the virtual modem (${played.length} of ${transcripts.length})`, () => {
  for (const { setup, transcript } of played) {
    it(`${transcript.name} (${transcript.source})`, () => play(setup, transcript));
  }

  it('are most of them', () => expect(played.length).to.be.at.least(160));
});
