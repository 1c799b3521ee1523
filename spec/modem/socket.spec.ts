import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';
import { turn } from '../support/turn.js';

/** What is held by nobody is gone behind it. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 5; times++) {
    await turn();
    collect();
  }
}

describe('modem.socket()', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open();
  });

  afterEach(() => rig.close());

  it('makes a socket that connects when its connect(port, host) is called, with its options as defaults', async () => {
    const port = await rig.tcp((socket) => socket.end('hello'));
    const socket = rig.modem.socket({ tls: false });
    expect(socket).to.include({ connecting: false, pending: true, encrypted: false });
    expect(socket.connect(port, 'server.test')).to.equal(socket);
    await once(socket, 'connect');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(String(chunk)).to.equal('hello');
    await once(socket, 'close');
  });

  it('does the module’s TLS unless told otherwise', async () => {
    const port = await rig.tls((socket) => socket.end('hello'));
    const socket = rig.modem.socket({ ca: rig.ca });
    await once(socket.connect(port, 'server.test'), 'secureConnect');
    expect(socket.authorized).to.equal(true);
    await once(socket.resume(), 'close');
  });

  it('never connects in plain where TLS of Node’s was asked for', async () => {
    const before = rig.virtual.log.length;
    for (const connect of [
      () => rig.modem.socket({ tls: 'host' }).connect(443, 'server.test'),
      () => rig.modem.socket().connect({ tls: 'host', host: 'server.test', port: 443 }),
    ]) {
      const [error] = (await once(connect(), 'error')) as [Error];
      expect(error).to.have.property('code', 'ERR_MODEM_UNSUPPORTED');
    }
    expect(rig.virtual.log.length).to.equal(before);
  });

  it('is destroyed with the modem when it is connected, and refused when it connects later', async () => {
    const idle = rig.modem.socket({ tls: false });
    const busy = rig.modem.socket({ tls: false });
    const port = await rig.tcp((peer) => void peer.pause());
    await once(busy.connect(port, 'server.test'), 'connect');
    const closed = once(busy, 'close');
    await rig.modem.close();
    await closed;
    expect((await once(idle.connect(port, 'server.test'), 'error'))[0]).to.have.property('code', 'ENODEV');
  });

  it('is held by nobody before it connects', async () => {
    const made = Array.from({ length: 20 }, () => new WeakRef(rig.modem.socket({ tls: false })));
    await collectGarbage();
    expect(made.filter((one) => one.deref() !== undefined)).to.have.length.below(5);
  });

  it('connects anew when it was closed, and tells each write of the first connection once', async () => {
    const silent = await rig.tcp((socket) => void socket.pause());
    const port = await rig.tcp((socket) => void socket.pipe(socket));
    const socket = rig.modem.socket({ tls: false, linger: 50 });
    const told: unknown[] = [];
    await once(socket.connect(silent, 'server.test'), 'connect');
    socket.write('of the first', (error) => told.push((error as NodeJS.ErrnoException | undefined)?.code));
    await rig.until(() => rig.commands('AT+CCHSEND=') === 1);
    socket.destroy();
    await once(socket, 'close');
    socket.connect(port, 'server.test');
    expect(told).to.have.length(1);
    socket.end('of the second', () => told.push('second'));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'end');
    await once(socket, 'close');
    expect(told).to.deep.equal([told[0], 'second']);
    expect(String(Buffer.concat(chunks))).to.equal('of the second');
    expect(socket).to.include({ bytesRead: 13, bytesWritten: 13, destroyed: true });
  });

  it('connects anew behind destroy, when it has told close, unless it is destroyed again', async () => {
    const port = await rig.tcp((socket) => void socket.end('hello'));
    const socket = rig.modem.socket({ tls: false });
    const events: string[] = [];
    for (const event of ['connect', 'data', 'close']) socket.on(event, () => events.push(event));
    socket.connect(port, 'server.test').destroy();
    socket.connect(port, 'server.test');
    await rig.until(() => events.length === 4);
    expect(events).to.deep.equal(['close', 'connect', 'data', 'close']);
    socket.connect(port, 'server.test').destroy();
    socket.connect(port, 'server.test').destroy();
    await once(socket, 'close');
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).to.deep.equal(['close', 'connect', 'data', 'close', 'close']);
    expect(socket.destroyed).to.equal(true);
  });

  it('connects anew as often as it is closed, and leaves no listener behind', async () => {
    const port = await rig.tcp((socket) => socket.end('hello'));
    const socket = rig.modem.socket({ tls: false, timeout: 60_000 });
    for (let times = 0; times < 20; times++) {
      socket.connect({ port, host: 'server.test', signal: new AbortController().signal }).resume();
      await new Promise((resolve) => socket.once('close', resolve));
      expect(socket.bytesRead).to.equal(5);
      expect(socket.eventNames()).to.deep.equal([]);
    }
    expect(rig.modem.statistics.errors).to.deep.equal({});
  });

  it('counts an error of each connection, and ends the last with the modem', async () => {
    const socket = rig.modem.socket({ tls: false }).on('error', () => undefined);
    for (const times of [1, 2]) {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.connect({ port: 0, host: 'server.test' });
      await closed;
      expect(rig.modem.statistics.errors).to.deep.equal({ ERR_INVALID_ARG_VALUE: times });
    }
    await once(socket.connect(await rig.tcp((peer) => void peer.pause()), 'server.test'), 'connect');
    const closed = once(socket, 'close');
    await rig.modem.close();
    await closed;
    const refused = once(socket, 'error');
    socket.connect(1, 'server.test');
    expect((await refused)[0]).to.have.property('code', 'ENODEV');
  });
});
