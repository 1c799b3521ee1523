import { expect } from 'chai';

import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { BareClient } from './client.js';
import { transcripts } from './index.js';
import { GoldenServer } from './server.js';
import type { Step, VirtualSetup } from './transcript.js';

interface Stage {
  virtual: VirtualModem;
  client: BareClient;
  server: GoldenServer;
}

function optionsOf(setup: VirtualSetup, port: number): VirtualModemOptions {
  const { profile, replyOrder, prompt, echo, closeAfterPeer, frameSize, interject } = setup;
  return {
    profile,
    replyOrder,
    prompt,
    echo,
    closeAfterPeer,
    frameSize,
    hosts: { 'server.example': `127.0.0.1:${port}` },
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

async function play(setup: VirtualSetup, steps: readonly Step[]): Promise<void> {
  const server = await GoldenServer.listen(setup.server ?? 'tcp');
  const virtual = new VirtualModem(optionsOf(setup, server.port));
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
    it(`${transcript.name} (${transcript.source})`, () => play(setup, transcript.steps));
  }

  it('are at least 60', () => {
    expect(played.length).to.be.at.least(60);
  });
});
