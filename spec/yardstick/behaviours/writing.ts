import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Behaviour } from '../behaviour.js';
import type { Trace } from '../trace.js';

const echo = (peer: Socket) => void peer.pipe(peer);
const sink = (peer: Socket) => void peer.resume();

function attempt(trace: Trace, act: () => unknown): void {
  try {
    trace.note('returned', act());
  } catch (error) {
    trace.note('thrown', error);
  }
}

export const writing: readonly Behaviour[] = [
  {
    name: 'write: callbacks in their order, after the call',
    body: async (ground, trace) => {
      const socket = await ground.pair(sink);
      for (const name of ['a', 'b', 'c']) socket.write(name, () => trace.note('callback', name));
      trace.note('written');
      await new Promise((resolve) => socket.write('d', resolve));
      trace.note(socket.bytesWritten, socket.writableLength);
    },
  },
  {
    name: 'write: as much as the buffer holds has one wait for drain',
    // Of plain TCP the kernel may take it at once.
    kinds: ['tls'],
    body: async (ground, trace) => {
      const socket = await ground.pair(sink);
      const size = socket.writableHighWaterMark;
      socket.on('drain', () => trace.note('drain', socket.writableNeedDrain, socket.writableLength));
      trace.note(socket.write(Buffer.alloc(size)), socket.writableNeedDrain);
      await once(socket, 'drain');
    },
  },
  {
    name: 'write: in every encoding',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      trace.follow(socket, ['data']);
      socket.write('c3a9', 'hex');
      socket.write('w6k=', 'base64');
      socket.write('é', 'utf8');
      socket.write(Uint8Array.of(0x7a));
      socket.setDefaultEncoding('hex').end('7a7a');
      await ground.closed(socket);
      trace.note(socket.bytesWritten);
    },
  },
  {
    name: 'write: what a callback is given',
    body: async (ground, trace) => {
      const socket = await ground.pair(sink);
      await new Promise<void>((resolve) => {
        socket.write('x', (...given: unknown[]) => {
          trace.note('written', ...given);
          resolve();
        });
      });
    },
  },
  {
    name: 'write: what is no data',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(sink));
      for (const value of [null, undefined, 42, {}, ['a']]) attempt(trace, () => socket.write(value as never));
      attempt(trace, () => socket.write('x', 'nonsense' as never));
      trace.note(socket.destroyed, socket.bytesWritten);
    },
  },
  {
    name: 'write: nothing at all',
    body: async (ground, trace) => {
      const socket = await ground.pair(sink);
      await new Promise((resolve) => trace.note(socket.write('', resolve)));
      await new Promise((resolve) => trace.note(socket.write(Buffer.alloc(0), resolve)));
      trace.note(socket.bytesWritten);
    },
  },
  {
    name: 'write: after end',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(sink));
      socket.end('all');
      trace.note(socket.write('more', (error) => trace.note('callback', error)));
      trace.note('written', socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'write: after destroy',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(sink));
      socket.destroy();
      trace.note(socket.write('more', (error) => trace.note('callback', error)));
      await ground.closed(socket);
      trace.note(socket.write('still', (error) => trace.note('late callback', error)));
      await new Promise(setImmediate);
    },
  },
  {
    name: 'write: the sizes that are told while it waits',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(sink));
      socket.write('12345');
      socket.write('é');
      trace.note(socket.bytesWritten, socket.writableLength, (socket as unknown as { bufferSize: number }).bufferSize);
      await once(socket, ground.standing);
      await new Promise((resolve) => socket.write('x', resolve));
      trace.note(socket.bytesWritten, socket.writableLength, (socket as unknown as { bufferSize: number }).bufferSize);
    },
  },
  {
    name: 'cork: nothing goes before uncork, then all at once',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      socket.cork();
      socket.cork();
      socket.write('a', () => trace.note('callback a'));
      socket.write('b', () => trace.note('callback b'));
      trace.note(socket.writableLength);
      socket.uncork();
      await new Promise(setImmediate);
      trace.note(socket.writableLength);
      trace.follow(socket, ['data']);
      const callback = new Promise((resolve) => socket.write('c', resolve));
      socket.uncork();
      await callback;
    },
  },
  {
    name: 'cork: writableCorked behind a write',
    body: async (ground, trace) => {
      const socket = await ground.pair(sink);
      socket.write('a');
      trace.note(socket.writableCorked);
      await new Promise((resolve) => socket.write('b', resolve));
      trace.note(socket.writableCorked);
    },
  },
  {
    name: 'cork: end uncorks',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      trace.follow(socket, ['data']);
      socket.cork();
      socket.write('held');
      socket.end();
      await ground.closed(socket);
    },
  },
  {
    name: 'end: with writes that wait',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => {
        let length = 0;
        peer.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length === 200_001) peer.end(`${length}`);
        });
      });
      trace.follow(socket, ['data']);
      socket.write(Buffer.alloc(100_000), () => trace.note('first callback'));
      socket.write(Buffer.alloc(100_000), () => trace.note('second callback'));
      socket.end('!', () => trace.note('end callback'));
      trace.note(socket.writableEnded, socket.writableFinished, socket.writable);
      await ground.closed(socket);
      trace.note(socket.bytesWritten, socket.writableFinished);
    },
  },
  {
    name: 'end: twice',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(sink));
      socket.end('a', () => trace.note('first callback'));
      socket.end(((error?: Error) => trace.note('second callback', error ?? 'no error')) as () => void);
      await once(socket, 'finish');
      socket.end(((error?: Error) => trace.note('third callback', error)) as () => void);
      await ground.closed(socket);
    },
  },
  {
    name: 'end: twice, with data',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(sink));
      socket.end('a');
      attempt(trace, () => socket.end('b') === socket);
      await ground.closed(socket);
    },
  },
];
