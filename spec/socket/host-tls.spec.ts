import { once } from 'node:events';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import type { ConnectOptions } from '../../lib/index.js';
import { Rig, randomBytes, readAll, rejection, request } from '../support/rig.js';

describe('TLS on the host', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open();
  });

  afterEach(async () => {
    await rig.close();
  });

  const open = (port: number, options: ConnectOptions = {}) =>
    rig.modem.connect({ host: 'server.test', port, ca: rig.ca, tls: 'host', ...options });

  /** The module has said that the server closed, and the driver has dealt with it. */
  async function peerClosed(): Promise<void> {
    await rig.until(() => rig.virtual.log.some(({ text }) => text.startsWith('+CCH_PEER_CLOSED')));
    await rig.modem.info();
  }

  /** Names of what a socket emits, until it is closed. */
  async function history(socket: Duplex): Promise<string[]> {
    const events: string[] = [];
    for (const event of ['connect', 'secureConnect', 'end', 'error']) {
      socket.on(event, () => void events.push(event));
    }
    await new Promise((resolve) => socket.once('close', resolve));
    return events;
  }

  for (const size of [8000, 30_000]) {
    it(`keeps ${size} bytes of a server that closes before they are read, and ends without an error`, async () => {
      const sent = randomBytes(size);
      const socket = open(await rig.tls((peer) => peer.end(sent)));
      const told = history(socket);
      await once(socket, 'secureConnect');
      await peerClosed();
      expect((await readAll(socket as Duplex)).equals(sent)).to.equal(true);
      expect(await told).to.deep.equal(['connect', 'secureConnect', 'end']);
    });
  }

  it('tells of bytes that the server does not take any more, when all of its own are read', async () => {
    const socket = open(await rig.tls((peer) => peer.end('the last word')));
    const failed = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    await once(socket, 'secureConnect');
    await peerClosed();
    socket.write('too late');
    const read: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => read.push(chunk));
    expect((await failed)[0].code).to.equal('EPIPE');
    expect(Buffer.concat(read).toString()).to.equal('the last word');
  });

  it('gives no error to a request that is answered in full, with a server that closes then', async () => {
    const port = await rig.https((_, outgoing) => outgoing.setHeader('connection', 'close').end(Buffer.alloc(8000)));
    const agent = rig.modem.httpsAgent({ ca: rig.ca, tls: 'host' });
    const errors: Error[] = [];
    const outgoing = https.get({ host: 'server.test', port, agent, path: '/' });
    const closed = new Promise((resolve) => outgoing.once('socket', (socket) => socket.once('close', resolve)));
    outgoing.on('error', (error) => errors.push(error));
    const [incoming] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
    expect((await readAll(incoming)).length).to.equal(8000);
    await closed;
    expect(errors).to.deep.equal([]);
    agent.destroy();
  });

  it('emits an error once, and is closed then', async () => {
    const codes: unknown[] = [];
    const socket = open(1, { host: 'nowhere.test' }).on('error', ({ code }: NodeJS.ErrnoException) => codes.push(code));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(codes).to.deep.equal(['ENOTFOUND']);
  });

  it('is connecting until the module has connected', async () => {
    const socket = open(await rig.tls((peer) => peer.resume()));
    expect([socket.connecting, socket.pending]).to.deep.equal([true, true]);
    await once(socket, 'connect');
    expect([socket.connecting, socket.pending]).to.deep.equal([false, false]);
    await once(socket, 'secureConnect');
    socket.destroy();
  });

  it('emits what Node’s TLS throws, and nothing that nobody can catch', async () => {
    const wrong: ConnectOptions[] = [
      { timeout: -1 },
      { connectTimeout: 'soon' as never },
      { servername: 5 as never },
      { ALPNProtocols: 5 },
      { highWaterMark: -1 },
      { minVersion: 'none' as never },
      { port: 'none' },
    ];
    for (const options of wrong) {
      const socket = open(1, options);
      const errors: Error[] = [];
      socket.on('error', (error: Error) => errors.push(error));
      await new Promise((resolve) => socket.once('close', resolve));
      expect(errors, JSON.stringify(options)).to.have.lengthOf(1);
    }
    expect(rig.commands('AT+CCHOPEN=')).to.equal(0);
  });

  it('goes to port 443 for an https URL without an agent, as the module’s does', async () => {
    for (const tls of ['host', 'modem'] as const) {
      const createConnection = (options: object) => rig.modem.connect({ ...options, ca: rig.ca, tls });
      await rejection(request({ protocol: 'https:', host: 'a.test', path: '/', createConnection }));
    }
    expect(rig.commands('AT+CCHOPEN=0,"a.test",443,1') + rig.commands('AT+CCHOPEN=1,"a.test",443,1')).to.equal(1);
    expect(rig.commands('AT+CCHOPEN=0,"a.test",443,2') + rig.commands('AT+CCHOPEN=1,"a.test",443,2')).to.equal(1);
  });

  it('lets an ended socket finish when the modem is closed', async () => {
    let received = 0;
    const port = await rig.tls((peer) => void peer.on('data', (chunk: Buffer) => (received += chunk.length)));
    const socket = open(port);
    await once(socket, 'secureConnect');
    socket.end(Buffer.alloc(20_000));
    await rig.modem.close();
    expect(socket.destroyed).to.equal(true);
    expect(received).to.equal(20_000);
  });
});
