import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { expect } from 'chai';

import type { AnySocket, ConnectOptions } from '../../lib/socket/index.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig, randomBytes, readAll, rejection, take, type RigOptions } from '../support/rig.js';

/** What looks like the module's own words, and no module would say in the middle of data. */
const deceptive = Buffer.from(
  '\r\nCLOSED\r\n\r\nNO CARRIER\r\n\r\nOK\r\n\r\nERROR\r\nCONNECT\r\n+++\r\nATO\r\n> +CCHRECV: DATA,0,5\r\n'.repeat(20),
);

describe('transparent mode', function () {
  this.timeout(60_000);
  let rig: Rig;

  afterEach(() => rig.close());

  /** A driver in transparent mode, and a server with the connections that reach it. */
  async function open(options: RigOptions = {}) {
    rig = await Rig.open({ ...options, modem: { mode: 'transparent', ...options.modem } });
    const peers: Socket[] = [];
    const port = await rig.tcp((peer) => peers.push(peer));
    return { port, peers };
  }

  async function connected(port: number, options: ConnectOptions = {}): Promise<AnySocket> {
    const socket = rig.modem.connect({ host: 'server.test', port, tls: false, ...options });
    await once(socket, 'connect');
    return socket;
  }

  /** Commands and answers in the order in which they crossed the line, without data. */
  const dialogue = () => rig.virtual.log.filter(({ direction }) => direction !== 'net').map(({ text }) => text);

  /** Escapes that were written while a session was open: what follows a CLOSED only makes sure of it. */
  const escapes = () => {
    const texts = rig.virtual.log.map(({ text }) => text);
    const opened = texts.findIndex((text) => text.startsWith('AT+CCHOPEN='));
    const closed = texts.findIndex((text) => text.includes('closed by the peer'));
    return texts.slice(opened, closed < 0 ? undefined : closed).filter((text) => text.startsWith('+++')).length;
  };

  /** The server ends it, which costs no escape. */
  async function farewell(peer: Socket | undefined, socket: AnySocket): Promise<void> {
    peer?.end();
    expect(await readAll(socket)).to.have.length(0);
  }

  it('+++ alone is data, whatever the silence around it; the connection stays', async () => {
    const { port, peers } = await open();
    const socket = await connected(port);
    const [peer] = peers as [Socket];
    for (let round = 0; round < 2; round++) {
      socket.write('+++');
      expect((await take(peer, 3)).toString()).to.equal('+++');
      // A server that takes its time: for the module this is the silence before an escape.
      setTimeout(() => peer.write('and?'), 1200);
      expect((await take(socket, 4)).toString()).to.equal('and?');
    }
    socket.write('more');
    expect((await take(peer, 4)).toString()).to.equal('more');
    await farewell(peer, socket);
    expect(escapes()).to.equal(0);
  });

  it('words of the module are data, both ways and in pieces; the end of the server is none of them', async () => {
    const { port, peers } = await open({ virtual: { faults: { rechunk: [1, 8] } } });
    const socket = await connected(port);
    const [peer] = peers as [Socket];
    socket.write(deceptive);
    const sent = await take(peer, deceptive.length);
    expect(sent.equals(deceptive)).to.equal(true);
    peer.end(sent);
    expect((await readAll(socket as Duplex)).equals(deceptive)).to.equal(true);
    expect(escapes()).to.equal(0);
  });

  it('TLS of the module, and a body of every byte both ways', async () => {
    rig = await Rig.open({ modem: { mode: 'transparent' } });
    const peers: Socket[] = [];
    const port = await rig.tls((peer) => peers.push(peer.pipe(peer)));
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
    await once(socket, 'secureConnect');
    expect(socket).to.include({ authorized: true, encrypted: true });
    const body = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 256));
    socket.write(body);
    expect((await take(socket, body.length)).equals(body)).to.equal(true);
    await farewell(peers[0], socket);
  });

  it('a command while a download runs: every byte is there, before and behind it', async () => {
    const { port, peers } = await open({ virtual: { baudRate: 115_200 } });
    const body = randomBytes(60_000);
    const unsolicited: string[] = [];
    rig.modem.on('unsolicited', (line) => unsolicited.push(line));
    const socket = await connected(port);
    peers[0]?.end(body);
    const received = readAll(socket as Duplex);
    await once(socket, 'data');
    // What the module holds back while it is in data mode comes straight behind the OK of the escape.
    rig.virtual.inject('RING');
    expect(await rig.modem.info()).to.have.property('manufacturer');
    expect((await received).equals(body)).to.equal(true);
    expect(rig.commands('ATO')).to.be.at.least(1);
    expect(unsolicited).to.deep.equal(['RING']);
  });

  it('a command while nothing happens, and bytes that are written meanwhile', async () => {
    const { port, peers } = await open();
    const socket = await connected(port);
    const [peer] = peers as [Socket];
    const asked = rig.modem.info();
    socket.write('written meanwhile');
    await asked;
    expect((await take(peer, 17)).toString()).to.equal('written meanwhile');
    peer.write('answered');
    expect((await take(socket, 8)).toString()).to.equal('answered');
    await farewell(peer, socket);
  });

  it('end(): what was sent is asked for before the close, and the module has let go of it', async () => {
    const { port, peers } = await open({ virtual: { faults: { uplink: 2500 } } });
    const body = randomBytes(8000);
    const socket = await connected(port);
    const received = readAll(peers[0] as Socket);
    socket.end(body);
    socket.resume();
    await once(socket, 'finish');
    const said = dialogue();
    expect(said.at(-1)).to.not.match(/^AT\+CCHCLOSE/);
    expect(said.filter((text) => text.startsWith('+CCHSEND:')).at(-1)).to.equal('+CCHSEND: 0,0,1,0');
    expect(rig.commands('AT+CCHSEND?')).to.be.above(1);
    socket.destroy();
    expect((await received).equals(body)).to.equal(true);
    await rig.until(() => rig.commands('AT+CCHCLOSE=0') === 1);
  });

  it('a second connect waits for the end of the first, and gets the same id', async () => {
    const { port, peers } = await open();
    const events: string[] = [];
    const first = await connected(port);
    const second = rig.modem.connect({ host: 'server.test', port, tls: false });
    first.on('close', () => events.push('first closed'));
    second.on('connect', () => events.push('second connected'));
    first.write('one');
    expect((await take(peers[0] as Socket, 3)).toString()).to.equal('one');
    first.destroy();
    await once(second, 'connect');
    second.write('two');
    await rig.until(() => peers.length === 2);
    expect((await take(peers[1] as Socket, 3)).toString()).to.equal('two');
    expect(events).to.deep.equal(['first closed', 'second connected']);
    expect(rig.commands('AT+CCHCLOSE=0')).to.equal(1);
    expect(rig.commands('AT+CCHOPEN=0')).to.equal(2);
    await farewell(peers[1], second);
  });

  it('the server closes at once, behind what it said first: all is there, and the id is free', async () => {
    rig = await Rig.open({ modem: { mode: 'transparent' } });
    const port = await rig.tcp((peer) => void peer.end('welcome, and goodbye'));
    for (let round = 0; round < 3; round++) {
      const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
      expect((await readAll(socket as Duplex)).toString()).to.equal('welcome, and goodbye');
    }
    expect(escapes()).to.equal(0);
  });

  it('an open that fails, and the next that works', async () => {
    const { port, peers } = await open();
    for (const host of ['nowhere.test', 'server.test']) {
      const socket = rig.modem.connect({ host, port: 1, tls: false });
      const [error] = (await once(socket, 'error')) as [Error & { code: string }];
      expect(error.code).to.equal('ERR_MODEM_UNKNOWN');
      expect(error.message).to.include('CONNECT FAIL');
    }
    const socket = await connected(port);
    peers[0]?.end('here');
    expect((await readAll(socket as Duplex)).toString()).to.equal('here');
  });

  it('destroy while it opens: closed as soon as the module lets go, and the next connect works', async () => {
    const { port, peers } = await open({ virtual: { faults: { openDelay: 300 } } });
    const given = rig.modem.connect({ host: 'server.test', port, tls: false });
    await rig.until(() => rig.commands('AT+CCHOPEN=0') === 1);
    given.destroy();
    await once(given, 'close');
    const socket = await connected(port);
    socket.write('hello');
    expect((await take(peers.at(-1) as Socket, 5)).toString()).to.equal('hello');
    expect(rig.virtual.sessions[0]?.state).to.equal('open');
    await farewell(peers.at(-1), socket);
  });

  it('the module resets: the next command finds it, the socket fails, and the next connect works', async () => {
    const { port, peers } = await open({ modem: { commandTimeout: 1000, baudRate: 4_000_000 } });
    const socket = await connected(port);
    const failed = once(socket, 'error') as Promise<[Error & { code: string }]>;
    const reset = once(rig.modem, 'reset');
    rig.virtual.reset();
    const [, [error]] = await Promise.all([rejection(rig.modem.info()), failed, reset]);
    expect(error.code).to.equal('ECONNRESET');
    const next = await connected(port);
    peers.at(-1)?.end('up again');
    expect((await readAll(next as Duplex)).toString()).to.equal('up again');
    while (rig.modem.state !== 'ready') await once(rig.modem, 'state');
  });

  it('the end of the server with another line straight behind it: the socket does not hang', async () => {
    const { port, peers } = await open({ modem: { baudRate: 4_000_000 } });
    const socket = await connected(port);
    rig.virtual.inject('RING');
    const failed = once(socket, 'error') as Promise<[Error & { code: string }]>;
    peers[0]?.end('farewell');
    socket.resume();
    expect((await failed)[0].code).to.equal('ECONNRESET');
    const next = await connected(port);
    peers.at(-1)?.end('again');
    expect((await readAll(next)).toString()).to.equal('again');
  });

  it('an escape that the module does not hear: the socket fails, the module is found in data mode', async () => {
    let deaf = false;
    const toModem = (chunk: Buffer) => {
      if (!deaf || chunk.toString() !== '+++') return chunk;
      deaf = false;
      return Buffer.alloc(0);
    };
    const { port, peers } = await open({
      filter: (inner) => new LineFilter(inner, { toModem }),
      modem: { baudRate: 4_000_000 },
    });
    const socket = await connected(port);
    deaf = true;
    const failed = once(socket, 'error') as Promise<[Error & { code: string }]>;
    const information = rig.modem.info();
    const [error] = await failed;
    expect(error.code).to.equal('ECONNRESET');
    expect((await information).manufacturer).to.match(/\w/);
    const next = await connected(port);
    peers.at(-1)?.end('found');
    expect((await readAll(next as Duplex)).toString()).to.equal('found');
    expect(rig.modem.state).to.equal('ready');
  });
});
