import { expect } from 'chai';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Modem } from '../../../lib/index.js';
import { cleanUp, commands, fastTime, open, tells, virtualModem } from '../../support/bring-up.js';
import type { FastTime } from '../../support/fast-time.js';
import { tcpServer } from '../../virtual/host.js';

/** Connects, sees that bytes come through, and hangs up. */
async function works(
  modem: Modem,
  { time, port, peer }: { time: FastTime; port: number; peer: () => Promise<Socket> },
): Promise<void> {
  const socket = modem.connect({ host: 'server.test', port, tls: false });
  await time.until(once(socket, 'connect'));
  const arrived = once(await peer(), 'data');
  socket.write('hello');
  expect(String(((await time.until(arrived)) as [Buffer])[0])).to.equal('hello');
  socket.destroy();
  await time.until(once(socket, 'close'));
}

describe('Modem: recovery', () => {
  afterEach(cleanUp);

  it('a reset while connects wait: they go on when the module is up again', async () => {
    const { port, peer } = await tcpServer();
    const time = fastTime();
    const virtual = virtualModem({ bootTime: 23_000, simDelay: 5000 });
    const { modem, told } = await time.until(open(virtual));
    const begun = time.elapsed;
    virtual.reset();
    while (modem.state !== 'recovering') await time.passes(100);
    expect(time.elapsed - begun).to.be.within(23_000, 23_500);
    const sockets = [0, 1, 2].map(() => modem.connect({ host: 'server.test', port, tls: false }));
    await time.passes(2000);
    expect(modem.state).to.equal('recovering');
    const connected = sockets.map((socket) => once(socket, 'connect'));
    for (const [index, socket] of sockets.entries()) {
      await time.until(connected[index] ?? Promise.reject(new Error()));
      socket.destroy();
    }
    expect(told.states).to.deep.equal(['recovering', 'ready']);
    expect(told.resets).to.deep.equal(['it said RDY']);
    expect(time.elapsed - begun).to.be.within(28_000, 31_000);
    await works(modem, { time, port, peer: lastOf(peer, 3) });
  });

  it('a reset while connects are opening: those that were written fail, those that wait go on', async () => {
    const { port } = await tcpServer();
    const time = fastTime();
    const virtual = virtualModem({ bootTime: 2000, faults: { openDelay: 1000 } });
    const { modem, told } = await time.until(open(virtual));
    const sockets = [0, 1, 2].map(() => modem.connect({ host: 'server.test', port, tls: false }));
    const outcomes = sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          socket.once('connect', () => resolve('connected'));
          socket.once('error', ({ code }: { code?: string }) => resolve(code ?? ''));
        }),
    );
    while (commands(virtual, 'AT+CCHOPEN=').length < 2) await time.passes(10);
    virtual.reset();
    expect(await time.until(Promise.all(outcomes))).to.deep.equal(['ECONNRESET', 'ECONNRESET', 'connected']);
    expect(told.states).to.deep.equal(['recovering', 'ready']);
    for (const socket of sockets) socket.destroy();
  });

  it('a module that falls silent for good is given up, with what to do; connects that wait fail', async () => {
    const time = fastTime();
    const virtual = virtualModem({ bootTime: 600_000 });
    const { modem, told } = await time.until(open(virtual, { bootTimeout: 20_000 }));
    const closed = new Promise<void>((resolve) => modem.once('close', resolve));
    virtual.reset();
    const asked = modem.info().catch((error: unknown) => error);
    expect(await time.until(asked)).to.include({ code: 'ERR_MODEM_TIMEOUT' });
    while (modem.state !== 'recovering') await time.passes(100);
    const waiting = modem.connect({ host: 'server.test', port: 1, tls: false });
    const failed = once(waiting, 'error') as Promise<[Error]>;
    await time.until(closed);
    expect((await failed)[0]).to.include({ code: 'ENODEV' });
    expect(told.states).to.deep.equal(['recovering', 'closed']);
    expect(told.errors).to.have.length(1);
    expect(told.errors[0]).to.include({ code: 'ERR_MODEM_NO_ANSWER' });
    for (const error of told.errors) tells(error, '20000 ms', 'stream', '115200 baud', 'power key');
  });

  it('a network that is lost and found: CCH STOP, and the next connect starts the service again', async () => {
    const { port, peer } = await tcpServer();
    const time = fastTime();
    const virtual = virtualModem({
      profile: 'a76xx',
      registration: [
        [0, 1],
        [20_000, 2],
        [40_000, 1],
      ],
    });
    const { modem, told } = await time.until(open(virtual));
    const stops: string[] = [];
    modem.on('stopped', () => stops.push('stopped'));
    const socket = modem.connect({ host: 'server.test', port, tls: false });
    await time.until(once(socket, 'connect'));
    const failed = once(socket, 'error') as Promise<[Error]>;
    await time.passes(20_000);
    expect((await time.until(failed))[0]).to.include({ code: 'ENETDOWN' });
    expect(stops).to.deep.equal(['stopped']);
    const starts = commands(virtual, 'AT+CCHSTART').length;
    const offline = modem.connect({ host: 'server.test', port, tls: false });
    const [error] = (await time.until(once(offline, 'error'))) as [Error];
    expect(error).to.include({ code: 'ENETDOWN' });
    await time.passes(20_000);
    await works(modem, { time, port, peer: lastOf(peer, 1) });
    expect(commands(virtual, 'AT+CCHSTART').length).to.be.above(starts);
    expect(told.states).to.deep.equal([]);
    expect(told.resets).to.deep.equal([]);
  });

  it('CCH STOP while connects wait: they go on', async () => {
    const { port } = await tcpServer();
    const time = fastTime();
    const virtual = virtualModem();
    const { modem } = await time.until(open(virtual));
    const sockets = [0, 1, 2].map(() => modem.connect({ host: 'server.test', port, tls: false }));
    for (const socket of sockets) socket.on('error', () => undefined);
    await time.until(once(sockets[1] ?? modem, 'connect'));
    virtual.inject('+CCH: CCH STOP');
    await time.until(once(sockets[2] ?? modem, 'connect'));
    expect(commands(virtual, 'AT+CCHSTART')).to.have.length(2);
    for (const socket of sockets) socket.destroy();
  });
});

/** The peer behind so many others. */
function lastOf(peer: () => Promise<Socket>, others: number): () => Promise<Socket> {
  return async () => {
    for (let count = 0; count < others; count++) (await peer()).resume();
    return peer();
  };
}
