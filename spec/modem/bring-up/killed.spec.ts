import { expect } from 'chai';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { Modem } from '../../../lib/index.js';
import type { Rule, VirtualModem } from '../../../lib/virtual/index.js';
import {
  afterwards,
  cleanUp,
  commands,
  fastTime,
  open,
  rungs,
  virtualModem,
  type Opened,
} from '../../support/bring-up.js';
import type { FastTime } from '../../support/fast-time.js';
import { programOnTcp, type Dialogue } from '../../support/programs.js';
import { certificates } from '../../support/rig.js';
import { until } from '../../support/turn.js';
import { everything, tcpServer } from '../../virtual/host.js';

/** A modem behind a raw serial server. */
interface Scene {
  readonly time: FastTime;
  readonly virtual: VirtualModem;
  readonly path: string;
  readonly port: number;
}

async function behindServer(...mayBreak: Rule[]): Promise<Scene> {
  const time = fastTime();
  const virtual = virtualModem({ echo: false }, ...mayBreak);
  const { port } = await virtual.listen({ port: 0 });
  return { time, virtual, port, path: `tcp://127.0.0.1:${port}` };
}

/** A program says this and is killed; then a modem is opened. */
async function openAfter(
  { time, virtual, path, port }: Scene,
  dialogue: Dialogue,
  rest = '',
): Promise<Opened & { elapsed: number }> {
  const before = virtual.statistics.bytesIn;
  const program = await programOnTcp(port, rest === '' ? dialogue : [...dialogue, [rest, '']]);
  const written = dialogue.reduce((sum, [say]) => sum + say.length, 0) + rest.length;
  await until(() => virtual.statistics.bytesIn === before + written);
  // What it does to its line takes real time.
  await program.kill();
  await time.passes(300);
  const begun = time.elapsed;
  const opened = await time.until(open(virtual, { path }));
  return { ...opened, elapsed: time.elapsed - begun };
}

const service: Dialogue = [
  ['AT+CCHSET=1,1\r', 'OK'],
  ['AT+CCHSTART\r', '+CCHSTART: 0'],
];

/** A server of TLS under the authority of the specs. */
async function tlsServer(): Promise<{ port: number; ca: string }> {
  const { authority, leaf } = await certificates();
  const sockets = new Set<Socket>();
  const server = tls.createServer(leaf, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, ca: authority.pem };
}

async function connects(modem: Modem, options: { port: number; ca: string }, time: FastTime): Promise<void> {
  const socket = modem.connect({ host: 'server.test', ...options });
  await time.until(once(socket, 'secureConnect'));
  const closed = once(socket, 'close');
  socket.destroy();
  await time.until(closed);
}

describe('Modem.open: after a program that was killed', () => {
  afterEach(cleanUp);

  for (const [length, written, rung] of [
    [2048, 0, '2048 carriage returns'],
    [100, 1, '2048 carriage returns'],
    // The first AT brings the byte that is missing.
    [2048, 2047, 'AT'],
  ] as const) {
    it(`with ${written} of the ${length} bytes of AT+CCHSEND written: it is found by ${rung}`, async () => {
      const { port, peer } = await tcpServer();
      // What is left of the AT whose first byte was the last of them is answered while the next command comes.
      const made = await behindServer('command-before-final-result');
      const { modem, told, elapsed } = await openAfter(
        made,
        [...service, [`AT+CCHOPEN=0,"127.0.0.1",${port},1\r`, '+CCHOPEN: 0,0'], [`AT+CCHSEND=0,${length}\r`, '>']],
        'x'.repeat(written),
      );
      expect(modem.state).to.equal('ready');
      expect(rungs(told.progress).at(-1)).to.equal(rung);
      expect(elapsed).to.be.below(7000);
      const received = await everything(await peer());
      expect(received).to.have.length(length);
      expect(received.toString()).to.match(/^x*(AT\r)*(A?T?\r*)*$/);
      // Whatever it left open is closed.
      expect(made.virtual.sessions.map(({ state }) => state)).to.deep.equal(['idle', 'idle']);
    });
  }

  for (const [length, rung] of [
    [2000, '2048 carriage returns'],
    [10_240, '8192 carriage returns'],
  ] as const) {
    it(`in the middle of the ${length} bytes of AT+CCERTDOWN: no file is believed by its name`, async () => {
      const server = await tlsServer();
      const made = await behindServer();
      const { time, virtual, path } = made;
      // The file is there, and believed.
      for (const uploads of [1, 0]) {
        const { modem } = await time.until(open(virtual, { path }));
        await connects(modem, server, time);
        expect(modem.statistics.certificatesUploaded).to.equal(uploads);
        await time.until(modem.close());
      }
      const [name = ''] = virtual.files.keys();
      const content = virtual.files.get(name);
      const upload = [`AT+CCERTDOWN="${name}",${length}\r`, '>'] as const;
      const { modem, told, elapsed } = await openAfter(made, [['ATE0\r', 'OK'], upload], '-----BEGIN');
      expect(rungs(told.progress).at(-1)).to.equal(rung);
      expect(elapsed).to.be.below(10_000);
      expect(virtual.files.get(name)).to.have.length(length);
      expect(virtual.files.get(name)?.equals(content ?? Buffer.alloc(0))).to.equal(false);
      await connects(modem, server, time);
      expect(modem.statistics.certificatesUploaded).to.equal(1);
      expect(virtual.files.get(name)?.equals(content ?? Buffer.alloc(0))).to.equal(true);
      expect(commands(virtual, 'AT+CCERTDOWN=')).to.have.length(3);
      // Not because an open with it had failed.
      expect(commands(virtual, 'AT+CCHOPEN=')).to.have.length(3);
      await connects(modem, server, time);
      expect(modem.statistics.certificatesUploaded).to.equal(1);
    });
  }

  it('in data mode: an escape helps, and nothing is left of the session', async () => {
    const { port, peer } = await tcpServer();
    const made = await behindServer();
    const { modem, told, elapsed } = await openAfter(made, [
      ['AT+CCHMODE=1\r', 'OK'],
      ['AT+CCHSTART\r', '+CCHSTART: 0'],
      [`AT+CCHOPEN=0,"127.0.0.1",${port},1\r`, 'CONNECT'],
    ]);
    expect(rungs(told.progress)).to.deep.equal([
      'AT',
      '2048 carriage returns',
      '8192 carriage returns',
      'escape from data mode',
    ]);
    expect(elapsed).to.be.below(15_000);
    expect((await made.time.until(modem.at.command('AT+CCHMODE?'))).lines).to.deep.equal(['+CCHMODE: 0']);
    expect(made.virtual.sessions.map(({ state }) => state)).to.deep.equal(['idle', 'idle']);
    expect((await everything(await peer())).toString()).to.match(/^(AT\r|\r)+$/);
  });

  it('with sessions open: they are closed, and opened anew', async () => {
    const { port, peer } = await tcpServer();
    const made = await behindServer();
    const { modem, told } = await openAfter(made, [
      ...service,
      [`AT+CCHOPEN=0,"127.0.0.1",${port},1\r`, '+CCHOPEN: 0,0'],
      [`AT+CCHOPEN=1,"127.0.0.1",${port},1\r`, '+CCHOPEN: 1,0'],
    ]);
    expect(rungs(told.progress)).to.deep.equal(['AT']);
    expect(await everything(await peer())).to.have.length(0);
    const socket = modem.connect({ host: 'server.test', port, tls: false });
    await made.time.until(once(socket, 'connect'));
    socket.destroy();
  });
});
