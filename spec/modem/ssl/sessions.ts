import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Rig } from '../../support/rig.js';
import { cell, failed, families, next, on, received, unwritten } from './cells.js';

/** As long as a host name may be, and as short. */
const long = `${'a'.repeat(249)}.server`;
const hosts = { [long]: '127.0.0.1', h: '127.0.0.1' };

/** A TCP port of this machine on which nobody listens. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const peers = (rig: Rig) => rig.tcp((peer) => peer.resume());

describe('modem.ssl: CCHOPEN (F1003)', () => {
  cell('CCHOPEN', 'test', 'is the ranges of its parameters', async ({ modem }) => {
    expect(await modem.ssl.CCHOPEN.test()).to.deep.equal({
      session: { min: 0, max: 1 },
      host: 'ADDRESS',
      port: { min: 1, max: 65535 },
      clientType: { min: 1, max: 2 },
      bindPort: { min: 1, max: 65535 },
    });
  });

  const closed = (...sessions: number[]) => sessions.map((session) => ({ session, host: '' }));
  const none = { manual: closed(), sim7600: closed(), a76xx: closed(0, 1), sim767x: closed(0, 1, 2) };
  for (const profile of families) {
    cell(
      'CCHOPEN',
      'read',
      `shows what is open: ${profile}`,
      async (rig) => {
        const { CCHOPEN, CCHCLOSE } = rig.modem.ssl;
        expect(await CCHOPEN.read()).to.deep.equal(none[profile]);
        const port = await peers(rig);
        await CCHOPEN.write({ session: 1, host: 'a.test', port, clientType: 1 });
        const shown = (await CCHOPEN.read()).find(({ session }) => session === 1);
        expect(shown).to.include({ host: 'a.test', port, clientType: 1 });
        expect(shown?.bindPort === undefined).to.equal(profile === 'manual' || profile === 'sim7600');
        await CCHCLOSE.write({ session: 1 });
        expect(await CCHOPEN.read()).to.deep.equal(none[profile]);
      },
      on(profile),
    );
  }

  for (const replyOrder of ['ok-first', 'result-first'] as const) {
    cell(
      'CCHOPEN',
      'write',
      `opens TLS without a client type, its result ${replyOrder}`,
      async (rig) => {
        let peer: unknown;
        const port = await rig.tls((socket) => (peer = socket.resume()));
        await rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port });
        expect(peer).to.have.property('encrypted', true);
        expect(rig.virtual.sessions[0]).to.include({ state: 'open', host: 'a.test', port });
        expect(received(rig).at(-1)).to.equal(`AT+CCHOPEN=0,"a.test",${port}`);
      },
      { virtual: { replyOrder } },
    );
  }

  for (const host of ['h', long]) {
    cell(
      'CCHOPEN',
      'write',
      `opens both client types, to a host of ${host.length} bytes`,
      async (rig) => {
        const { CCHOPEN } = rig.modem.ssl;
        await CCHOPEN.write({ session: 0, host, port: await peers(rig), clientType: 1 });
        await CCHOPEN.write({ session: 1, host, port: await rig.tls((socket) => socket.resume()), clientType: 2 });
        expect(rig.virtual.sessions.map(({ state }) => state)).to.deep.equal(['open', 'open']);
      },
      { virtual: { hosts } },
    );
  }

  cell('CCHOPEN', 'write', 'binds the port that it is given', async (rig) => {
    const bindPort = await freePort();
    let remotePort: number | undefined;
    const port = await rig.tcp((peer) => {
      ({ remotePort } = peer);
      peer.resume();
    });
    await rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1, bindPort });
    expect(remotePort).to.equal(bindPort);
    expect(await rig.modem.ssl.CCHOPEN.read()).to.deep.equal([
      { session: 0, host: 'a.test', port, clientType: 1, bindPort },
    ]);
  });

  cell('CCHOPEN', 'write', 'is refused, unwritten, with any parameter out of range', async (rig) => {
    const good = { session: 0, host: 'a.test', port: 443 };
    const wrong = [
      ...[-1, 2, 0.5, '0', undefined].map((session) => ({ ...good, session })),
      ...['', 'a'.repeat(257), 'a"b', 'a\rb', 'a\n', '\u0000', 5, undefined].map((host) => ({ ...good, host })),
      ...[0, 65536, NaN, '443', undefined].map((port) => ({ ...good, port })),
      ...[0, 3, null].map((clientType) => ({ ...good, clientType })),
      ...[0, 65536].map((bindPort) => ({ ...good, clientType: 1, bindPort })),
      { ...good, bindPort: 5000 },
      { ...good, clienttype: 1 },
      ...[undefined, null, 7, 'AT+CCHOPEN'],
    ];
    for (const given of wrong) await unwritten(rig, () => rig.modem.ssl.CCHOPEN.write(given as never));
  });

  for (const profile of families) {
    cell(
      'CCHOPEN',
      'write',
      `fails with the module's result: ${profile}`,
      async (rig) => {
        const { CCHOPEN } = rig.modem.ssl;
        const unknown = await failed(
          CCHOPEN.write({ session: 1, host: 'nowhere.test', port: 443 }),
          'ERR_MODEM_RESULT',
          13,
        );
        expect(unknown).to.include({ session: 1, command: 'AT+CCHOPEN=1,"nowhere.test",443' });
        const port = await freePort();
        await failed(CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 }), 'ERR_MODEM_RESULT', 14);
        const plain = await rig.tcp((peer) => peer.end('220 ready\r\n'));
        await failed(CCHOPEN.write({ session: 0, host: 'a.test', port: plain }), 'ERR_MODEM_RESULT', 15);
      },
      on(profile),
    );
  }

  cell(
    'CCHOPEN',
    'write',
    'is refused on a session that is open',
    async (rig) => {
      const port = await peers(rig);
      const target = { session: 0, host: 'a.test', port, clientType: 1 };
      await rig.modem.ssl.CCHOPEN.write(target);
      await failed(rig.modem.ssl.CCHOPEN.write(target), 'ERR_MODEM_COMMAND');
    },
    { mayBreakRules: true },
  );

  cell('CCHOPEN', 'write', 'ends by signal, and the module goes on', async (rig) => {
    rig.virtual.faults.openDelay = 200;
    const controller = new AbortController();
    const target = { session: 0, host: 'a.test', port: await peers(rig), clientType: 1 };
    const opening = rig.modem.ssl.CCHOPEN.write(target, { signal: controller.signal });
    await rig.until(() => rig.commands('AT+CCHOPEN=') > 0 && rig.virtual.log.at(-1)?.text === 'OK');
    const result = next(rig, '+CCHOPEN');
    controller.abort();
    await failed(opening, 'ABORT_ERR');
    expect(await result).to.equal('+CCHOPEN: 0,0');
    await unwritten(rig, () => rig.modem.ssl.CCHOPEN.write(target, { signal: AbortSignal.abort() }), 'ABORT_ERR');
  });
});

describe('modem.ssl: CCHCLOSE (F1004)', () => {
  for (const replyOrder of ['ok-first', 'result-first'] as const) {
    cell(
      'CCHCLOSE',
      'write',
      `closes, its result ${replyOrder}`,
      async (rig) => {
        const { CCHOPEN, CCHCLOSE } = rig.modem.ssl;
        await CCHOPEN.write({ session: 1, host: 'a.test', port: await peers(rig), clientType: 1 });
        await CCHCLOSE.write({ session: 1 });
        expect(rig.virtual.sessions[1]?.state).to.equal('idle');
        await failed(CCHCLOSE.write({ session: 1 }), 'ERR_MODEM_COMMAND');
        for (const session of [-1, 2, '1', undefined]) await unwritten(rig, () => CCHCLOSE.write({ session } as never));
      },
      { virtual: { replyOrder } },
    );
  }
});
