import { once } from 'node:events';
import type * as net from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { ModemSocket, type ConnectOptions } from '../../lib/index.js';
import { Rig, randomBytes } from '../support/rig.js';

describe('ModemSocket', () => {
  let rig: Rig;
  let echo: number;

  before(async () => {
    rig = await Rig.open();
    echo = await rig.tls((socket) => void socket.pipe(socket));
  });

  after(async () => {
    await rig.close();
  });

  function open(options: ConnectOptions = {}): ModemSocket {
    const socket = rig.modem.connect({ host: 'server.test', port: echo, ca: rig.ca, ...options });
    if (!(socket instanceof ModemSocket)) throw new Error('not of our kind');
    return socket;
  }

  it('is a net.Socket to the compiler', () => {
    const takesSocket = (socket: net.Socket) => socket.destroy();
    takesSocket(open());
  });

  it('is made by what is a net.createConnection to the compiler, with its arguments', async () => {
    const { createConnection }: { createConnection: typeof net.createConnection } = rig.modem;
    const port = await rig.tls((peer) => void peer.end('hello'));
    for (const socket of [
      createConnection({ port, host: 'server.test', ca: rig.ca } as net.TcpNetConnectOpts),
      createConnection(port, 'server.test').on('error', () => undefined),
    ]) {
      expect(socket).to.be.instanceOf(ModemSocket);
      expect(socket.connecting).to.equal(true);
      socket.destroy();
    }
    const nowhere = createConnection('/run/socket');
    expect((await once(nowhere, 'error'))[0]).to.have.property('code', 'ERR_INVALID_ARG_VALUE');
  });

  it('connects in the order of tls.connect: connect, ready, secureConnect', async () => {
    const events: string[] = [];
    const socket = open();
    for (const event of ['connect', 'ready', 'secureConnect']) socket.on(event, () => events.push(event));
    await once(socket, 'secureConnect');
    expect(events).to.deep.equal(['connect', 'ready', 'secureConnect']);
    socket.destroy();
  });

  it('tells the truth about itself before, while and after it is connected', async () => {
    const socket = open();
    const face = () => {
      const { connecting, pending, readyState, secureConnecting, encrypted, authorized, remotePort } = socket;
      return { connecting, pending, readyState, secureConnecting, encrypted, authorized, remotePort };
    };
    const before = { connecting: true, pending: true, readyState: 'opening', secureConnecting: true, encrypted: true };
    expect(face()).to.deep.equal({ ...before, authorized: false, remotePort: undefined });
    await once(socket, 'secureConnect');
    const open_ = { connecting: false, pending: false, readyState: 'open', secureConnecting: false, encrypted: true };
    expect(face()).to.deep.equal({ ...open_, authorized: true, remotePort: echo });
    expect(socket.servername).to.equal('server.test');
    expect(socket.hostNameChecked).to.equal(false);
    expect(socket.getPeerCertificate()).to.deep.equal({});
    expect(socket.getProtocol()).to.equal('TLSv1.2');
    expect(socket.localAddress).to.equal('10.71.155.118');
    socket.destroy();
    expect(socket.readyState).to.equal('closed');
    await once(socket, 'close');
  });

  it('gathers what one tick writes into one send, and cuts at 2048 bytes', async () => {
    const socket = open();
    await once(socket, 'secureConnect');
    const sends = () => rig.virtual.log.filter(({ text }) => text.startsWith('AT+CCHSEND=')).map(({ text }) => text);
    const before = sends().length;
    socket.write('GET');
    socket.write(' ');
    socket.write('/path');
    const taken = new Promise((resolve) => socket.write(randomBytes(5000), resolve));
    await taken;
    expect(
      sends()
        .slice(before)
        .map((text) => Number(text.split(',')[1])),
    ).to.deep.equal([2048, 2048, 913]);
    socket.destroy();
  });

  it('calls back each write once, in order, when the module has taken it', async () => {
    const socket = open();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map((index) => new Promise((resolve) => socket.write('x', () => resolve(order.push(index))))),
    );
    expect(order).to.deep.equal([1, 2, 3]);
    expect(socket.bytesWritten).to.equal(3);
    await once(socket, 'data');
    socket.destroy();
  });

  it('calls back a write that waited for a connection which never came', async () => {
    const socket = open({ host: 'nowhere.test' });
    const failed = new Promise((resolve) => socket.write('x', resolve));
    const [error] = (await once(socket, 'error')) as [Error];
    expect(await failed).to.equal(error);
  });

  it('is not half open, also when it is told to be: behind the end of the peer nothing can be sent', async () => {
    const port = await rig.tls((peer) => void peer.end('bye'));
    const socket = open({ port, allowHalfOpen: true });
    expect(socket.allowHalfOpen).to.equal(false);
    const closed = once(socket, 'close');
    await once(socket.resume(), 'end');
    const [error] = (await Promise.all([
      new Promise((resolve) => socket.write('too late', resolve)),
      closed.catch(() => undefined),
    ])) as [NodeJS.ErrnoException, unknown];
    expect(error.code).to.equal('EPIPE');
  });

  it('is closed by await using', async () => {
    const socket = open();
    await once(socket, 'secureConnect');
    await (async () => {
      await using disposed = socket;
      expect(disposed.destroyed).to.equal(false);
    })();
    expect([socket.destroyed, socket.closed]).to.deep.equal([true, true]);
  });

  it('counts what it reads and writes', async () => {
    const socket = open();
    socket.write('twelve bytes');
    expect(socket.bytesWritten).to.equal(12);
    let length = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) if ((length += chunk.length) === 12) break;
    expect(socket.bytesRead).to.equal(12);
  });

  it('emits timeout after inactivity, stays open, and starts anew with activity', async () => {
    const socket = open({ timeout: 60 });
    expect(socket.timeout).to.equal(60);
    await once(socket, 'timeout');
    expect(socket.destroyed).to.equal(false);
    socket.setTimeout(0);
    expect(socket.timeout).to.equal(0);
    const listener = () => expect.fail('the listener was taken back');
    socket.setTimeout(1000, listener);
    socket.setTimeout(0, listener);
    expect(socket.listenerCount('timeout')).to.equal(0);
    expect(() => socket.setTimeout(-1))
      .to.throw()
      .with.property('code', 'ERR_INVALID_ARG_VALUE');
    socket.destroy();
  });

  it('gives up connecting after connectTimeout and names who holds the sessions', async () => {
    const holders = [open(), open()];
    await Promise.all(holders.map((socket) => once(socket, 'secureConnect')));
    const [error] = (await once(open({ connectTimeout: 50 }), 'error')) as [Error & { code: string; cause: Error }];
    expect(error.code).to.equal('ETIMEDOUT');
    expect(error.message).to.contain('50 ms').and.to.contain(`server.test:${echo}`);
    expect(error.cause).to.have.property('code', 'ERR_MODEM_NO_SESSION');
    expect(error.cause.message).to.match(/session 0 open server\.test.*session 1 open server\.test/);
    for (const socket of holders) socket.destroy();
  });

  it('serves a third connect when one of two sessions is given back', async () => {
    const holders = [open(), open()];
    await Promise.all(holders.map((socket) => once(socket, 'secureConnect')));
    const third = open();
    holders[0]?.destroy();
    await once(third, 'secureConnect');
    for (const socket of [...holders, third]) socket.destroy();
  });

  it('closes once, however often it is destroyed', async () => {
    const socket = open();
    let closes = 0;
    socket.on('close', () => closes++);
    await once(socket, 'secureConnect');
    socket.destroy();
    socket.destroy();
    socket.resetAndDestroy();
    socket.destroySoon();
    await once(socket, 'close');
    await rig.modem.info();
    expect(closes).to.equal(1);
  });

  it('destroySoon() sends what was written, then closes', async () => {
    const received = new Promise<string>((resolve) => {
      void rig
        .tls((peer) => void peer.once('data', (data: Buffer) => resolve(data.toString())))
        .then((port) => {
          const socket = open({ port });
          socket.write('last words');
          socket.destroySoon();
        });
    });
    expect(await received).to.equal('last words');
  });

  it('calls back for a write with no encoding, as http does for a Buffer', async () => {
    const socket = open();
    for (const encoding of [undefined, null]) {
      await new Promise<void>((resolve) => void socket.write(Buffer.from('x'), encoding, () => resolve()));
    }
    socket.destroy();
  });

  it('leaves what a listener throws to the process, as Node’s sockets do, and stays open', async () => {
    const mocha = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const socket = open();
      const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
      socket.once('data', () => {
        throw new Error('a mistake of the caller');
      });
      socket.write('x');
      expect(await thrown).to.have.property('message', 'a mistake of the caller');
      expect(socket.destroyed).to.equal(false);
      socket.write('y');
      expect(String((await once(socket, 'data'))[0])).to.equal('y');
      socket.destroy();
    } finally {
      for (const listener of mocha) process.on('uncaughtException', listener);
    }
  });

  it('shows no payload when it is inspected', () => {
    const socket = open();
    socket.write('a secret');
    for (const shown of [inspect(socket, { depth: 20 }), inspect({ socket }, { showHidden: true, depth: 20 })]) {
      expect(shown)
        .to.contain('server.test')
        .and.not.to.match(/a secret|61 20 73/);
    }
    socket.destroy();
  });

  it('tells of no inactivity once it is destroyed, also when a send ends then', async () => {
    const slow = await Rig.open({ virtual: { baudRate: 19_200 }, modem: { baudRate: 19_200 } });
    const port = await slow.tls((peer) => peer.resume());
    const socket = slow.modem.connect({ host: 'server.test', port, ca: slow.ca, timeout: 1200 });
    let told = 0;
    await once(socket, 'secureConnect');
    socket.write(Buffer.alloc(1500));
    await slow.until(() => slow.commands('AT+CCHSEND=') > 0);
    socket.on('timeout', () => told++);
    socket.destroy();
    socket.setTimeout(10);
    // The send has ended by then, and far more than 10 ms have passed since.
    await slow.modem.info();
    expect(told).to.equal(0);
    await slow.close();
  });

  it('refuses a second connect', async () => {
    const socket = open();
    socket.connect({ host: 'server.test', port: echo });
    const [error] = (await once(socket, 'error')) as [Error & { code: string }];
    expect(error.code).to.equal('ERR_MODEM_IN_USE');
  });

  it('fails what is written after the peer has closed with EPIPE, when everything was read', async () => {
    const port = await rig.tls((peer) => peer.end('goodbye'));
    const socket = open({ port });
    const read: string[] = [];
    socket.on('data', (chunk: Buffer) => read.push(chunk.toString()));
    socket.once('data', () => socket.write(randomBytes(100_000)));
    const [error] = (await once(socket, 'error')) as [Error & { code: string }];
    expect(error.code).to.equal('EPIPE');
    expect(read.join('')).to.equal('goodbye');
  });
});
