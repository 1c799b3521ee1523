import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect } from 'chai';
import type { ConnectOptions, ModemSocket } from '../../lib/index.js';
import { FastTime } from '../support/fast-time.js';
import { Rig } from '../support/rig.js';
import { turn, until } from '../support/turn.js';

/** Everything that a server received on its connections, and how each is answered. */
interface Server {
  readonly port: number;
  readonly received: string[];
}

for (const tls of ['modem', false] as const) {
  describe(`a socket that is connected again, ${tls === false ? 'plain TCP' : "the module's TLS"}`, () => {
    let rig: Rig;
    const standing = tls === false ? 'connect' : 'secureConnect';

    beforeEach(async () => {
      rig = await Rig.open();
    });

    afterEach(() => rig.close());

    function socket(options: ConnectOptions = {}): ModemSocket {
      return rig.modem.socket({ tls, linger: 100, ...(tls === false ? {} : { ca: rig.ca }), ...options });
    }

    async function server(answer: (peer: Duplex) => void = () => undefined): Promise<Server> {
      const received: string[] = [];
      const serve = (peer: Duplex) => {
        const at = received.push('') - 1;
        peer.on('error', () => undefined);
        peer.on('data', (chunk: Buffer) => (received[at] = `${received[at] ?? ''}${chunk.toString()}`));
        answer(peer);
      };
      return { port: await (tls === false ? rig.tcp(serve) : rig.tls(serve)), received };
    }

    async function stands(one: ModemSocket, port: number): Promise<void> {
      one.connect(port, 'server.test');
      await once(one, standing);
    }

    it('sends the second server nothing that was corked for the first, and tells each callback', async () => {
      const [first, second] = [await server(), await server()];
      const one = socket();
      const told: unknown[] = [];
      const tell = (name: string) => (error?: Error | null) =>
        told.push([name, (error as NodeJS.ErrnoException | null | undefined)?.code]);
      await stands(one, first.port);
      one.cork();
      one.write('for the first', tell('corked'));
      one.destroy();
      await once(one, 'close');
      await until(() => told.length === 1);
      await stands(one, second.port);
      // A cork is the user's, and outlives a connection.
      one.uncork();
      await new Promise((resolve) => one.write('for the second', resolve));
      await until(() => second.received[0] === 'for the second');
      expect(told).to.deep.equal([['corked', 'ERR_STREAM_DESTROYED']]);
      expect(first.received).to.deep.equal(['']);
      expect(one.writableNeedDrain).to.equal(false);
      one.destroy();
    });

    it('does not hear the end that nobody read of the first', async () => {
      const first = await server((peer) => peer.end('first'));
      const echo = await server((peer) => void peer.pipe(peer));
      const one = socket();
      await stands(one, first.port);
      await until(() => one.readableLength === 5);
      await rig.until(() => rig.virtual.log.some(({ text }) => text.includes('PEER_CLOSED')));
      for (let turns = 0; turns < 20; turns++) await turn();
      one.destroy();
      await once(one, 'close');
      await stands(one, echo.port);
      one.write('ping');
      const [chunk] = (await once(one, 'data')) as [Buffer];
      expect(String(chunk)).to.equal('ping');
      one.destroy();
    });

    it('wants no drain for what was written to the first', async () => {
      const [first, second] = [await server((peer) => void peer.pause()), await server()];
      const one = socket().on('error', () => undefined);
      await stands(one, first.port);
      expect(one.write(Buffer.alloc(300_000))).to.equal(false);
      one.destroy();
      await once(one, 'close');
      one.connect(second.port, 'server.test');
      expect(one.writableNeedDrain).to.equal(false);
      let drained = 0;
      one.on('drain', () => drained++);
      await once(one, standing);
      await new Promise((resolve) => one.write('small', resolve));
      expect(drained).to.equal(0);
      one.destroy();
    });

    it('has its time of inactivity while it connects, in each life', async () => {
      rig.virtual.faults.openDelay = 400;
      const { port } = await server();
      const one = socket();
      one.setTimeout(100);
      for (let life = 0; life < 2; life++) {
        one.connect(port, 'server.test');
        const [event] = await Promise.race([
          once(one, 'timeout').then(() => ['timeout']),
          once(one, standing).then(() => ['stands']),
        ]);
        expect(event).to.equal('timeout');
        one.destroy();
        await once(one, 'close');
      }
    });

    it('is not destroyed by the signal of the first', async () => {
      const { port } = await server();
      const controller = new AbortController();
      const one = socket();
      one.connect({ port, host: 'server.test', signal: controller.signal });
      await once(one, standing);
      one.destroy();
      await once(one, 'close');
      await stands(one, port);
      controller.abort();
      await new Promise((resolve) => one.write('still here', resolve));
      expect(one.destroyed).to.equal(false);
      one.destroy();
    });

    it('is finished once in each life', async () => {
      const { port } = await server((peer) => void peer.end('bye'));
      const one = socket();
      for (let life = 0; life < 2; life++) {
        one.connect(port, 'server.test').resume();
        const closed = once(one, 'close');
        await finished(one);
        await closed;
      }
      expect(rig.commands('AT+CCHOPEN=')).to.equal(2);
    });

    it('connects again in the listener of error', async () => {
      const { port } = await server();
      const one = socket();
      const stood = new Promise((resolve) => one.once(standing, resolve));
      one.once('error', () => one.connect(port, 'server.test'));
      one.connect(1, 'server.test');
      await stood;
      expect(one.errored).to.equal(null);
      one.destroy();
    });

    it('is connected again behind destroy whatever was wrong with the first time', async () => {
      const { port } = await server();
      for (const wrong of [{ port: 0 }, { port, signal: AbortSignal.abort() }]) {
        const one = socket();
        one.connect({ host: 'server.test', ...wrong }).destroy();
        one.connect(port, 'server.test');
        await once(one, standing);
        one.destroy();
      }
    });

    it('is connected again behind destroy although the listener of close throws', async () => {
      const { port } = await server();
      const one = socket();
      await stands(one, port);
      const [thrown] = await uncaught(() => {
        one.once('close', () => {
          throw new Error('mine');
        });
        one.destroy();
        one.connect(port, 'server.test');
      });
      expect(thrown.message).to.equal('mine');
      await once(one, standing);
      one.destroy();
    });

    it('tells the callback of an end that is given up', async () => {
      const { port } = await server();
      const one = socket().on('error', () => undefined);
      one.connect(port, 'server.test');
      const ended = new Promise<Error | undefined>((resolve) => one.end(resolve));
      one.destroy();
      expect(await ended).to.have.property('code', 'ERR_STREAM_DESTROYED');
      await once(one, 'close');
      one.connect(1, 'server.test');
      const refused = await new Promise<Error | undefined>((resolve) => one.end(resolve));
      expect(refused).to.have.property('code', 'ECONNREFUSED');
    });

    it('ends what was ended before it was connected', async () => {
      const { port, received } = await server();
      const one = socket();
      one.end();
      one.connect(port, 'server.test');
      await once(one.resume(), 'close');
      expect(received).to.deep.equal(['']);
      await until(() => rig.virtual.sessions.every(({ state }) => state === 'idle'));
    });

    it('calls the listener of connect(port, host, listener) when it stands', async () => {
      const { port } = await server();
      const one = socket();
      const order: string[] = [];
      for (const event of ['connect', 'ready', 'secureConnect']) one.on(event, () => order.push(event));
      one.connect(port, 'server.test', () => order.push('listener'));
      await until(() => order.includes('listener') && order.includes('ready'));
      expect(order).to.deep.equal(
        tls === false ? ['connect', 'listener', 'ready'] : ['connect', 'ready', 'secureConnect', 'listener'],
      );
      one.destroy();
    });

    it('goes on when the listener of connect throws', async () => {
      const { port } = await server((peer) => void peer.pipe(peer));
      const one = socket();
      const [thrown] = await uncaught(() => {
        one.connect(port, 'server.test', () => {
          expect(one.authorized).to.equal(tls !== false);
          throw new Error('mine');
        });
      });
      expect(thrown.message).to.equal('mine');
      one.write('all the same');
      const [chunk] = (await once(one, 'data')) as [Buffer];
      expect(String(chunk)).to.equal('all the same');
      one.destroy();
    });

    it('gives a peer its time for as long as a slow reader takes', async () => {
      const size = 60_000;
      const { port } = await server((peer) => void peer.write(Buffer.alloc(size)));
      const time = new FastTime();
      try {
        const one = socket({ linger: 1000 });
        const stood = once(one, standing);
        one.connect(port, 'server.test');
        await time.until(stood);
        const sent = once(one, 'finish');
        one.end();
        await time.until(sent);
        await time.until(until(() => one.readableLength >= one.readableHighWaterMark));
        // The peer's time many times over, with all of the buffer unread.
        await time.passes(5000);
        let length = 0;
        one.on('data', (chunk: Buffer) => (length += chunk.length));
        const ended = once(one, 'end');
        await time.until(ended);
        expect(length).to.equal(size);
      } finally {
        time.restore();
      }
    });
  });
}

/** What was thrown and caught by nobody. */
async function uncaught(body: () => void): Promise<[Error]> {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  try {
    const thrown = once(process, 'uncaughtException') as Promise<[Error]>;
    body();
    return await thrown;
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
}
