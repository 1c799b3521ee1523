import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Behaviour } from '../behaviour.js';
import { deferred } from '../deferred.js';

const echo = (peer: Socket) => void peer.pipe(peer);

export const destroying: readonly Behaviour[] = [
  {
    name: 'destroy: close follows, in a later turn',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      trace.note(socket.destroy() === socket, socket.destroyed, socket.closed);
      await ground.closed(socket);
      trace.note(socket.closed, socket.errored, socket.readyState, socket.readable, socket.writable);
    },
  },
  {
    name: 'destroy: with an error',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.destroy(new Error('mine'));
      trace.note('returned', socket.errored);
      await ground.closed(socket);
    },
  },
  {
    name: 'destroy: twice',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.destroy();
      trace.note(socket.destroy() === socket);
      await ground.closed(socket);
      socket.destroy();
      await new Promise(setImmediate);
      trace.note('later');
    },
  },
  {
    name: 'destroy: twice, with errors, the first counts',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.destroy(new Error('first'));
      socket.destroy(new Error('second'));
      await ground.closed(socket);
      trace.note(socket.errored);
    },
  },
  {
    name: 'destroy: plain, then with an error',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.destroy();
      socket.destroy(new Error('late'));
      await ground.closed(socket);
      trace.note(socket.errored);
    },
  },
  {
    name: 'destroy: within the listener of data, no more data comes',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      trace.follow(socket);
      socket.on('data', (chunk: Buffer) => {
        trace.note('data', chunk);
        socket.destroy();
      });
      socket.write('a');
      await ground.closed(socket);
      trace.note(socket.push('b'), socket.read());
    },
  },
  {
    name: 'destroy: within the listener of end',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.end('x'));
      trace.follow(socket.resume());
      socket.on('end', () => socket.destroy());
      await ground.closed(socket);
    },
  },
  {
    name: 'destroy: with writes that wait',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo));
      trace.follow(socket);
      for (const name of ['a', 'b', 'c']) socket.write(name, (error) => trace.note('callback', name, error));
      socket.destroy();
      await ground.closed(socket);
      await new Promise(setImmediate);
    },
  },
  {
    name: 'destroy: with an error and with writes that wait',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo));
      trace.follow(socket);
      for (const name of ['a', 'b']) socket.write(name, (error) => trace.note('callback', name, error));
      socket.destroy(new Error('mine'));
      await ground.closed(socket);
      await new Promise(setImmediate);
    },
  },
  {
    name: 'destroy: while it ends',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.end('x', ((error?: Error) => trace.note('end callback', error)) as () => void);
      socket.destroy();
      await ground.closed(socket);
      await new Promise(setImmediate);
      trace.note(socket.writableFinished, socket.writableEnded);
    },
  },
  {
    name: 'destroy: end after it',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.destroy();
      socket.end(((error?: Error) => trace.note('end callback', error)) as () => void);
      await ground.closed(socket);
      await new Promise(setImmediate);
    },
  },
  {
    name: 'destroy: with what is unread',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.write('unread'));
      await once(socket, 'readable');
      trace.follow(socket);
      socket.destroy();
      await ground.closed(socket);
      trace.note(socket.read(), socket.readableLength, socket.readableDidRead, socket.readableAborted);
    },
  },
  {
    name: 'destroy: the peer hears of it',
    body: async (ground, trace) => {
      const heard = deferred<string>();
      const socket = await ground.pair((peer) => void peer.resume().once('close', () => heard.resolve('close')));
      socket.destroy();
      trace.note(await heard.promise);
    },
  },
  {
    name: 'destroy: resetAndDestroy',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const heard = deferred<string>();
      const socket = trace.follow(
        await ground.pair((peer) => {
          peer.resume().once('error', (error: NodeJS.ErrnoException) => heard.resolve(error.code ?? ''));
          peer.once('end', () => heard.resolve('end'));
        }),
      );
      trace.note(socket.resetAndDestroy() === socket, socket.destroyed);
      await ground.closed(socket);
      trace.note('the peer hears', await heard.promise);
    },
  },
  {
    name: 'destroy: Symbol.asyncDispose',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      await socket[Symbol.asyncDispose]();
      trace.note('disposed', socket.destroyed, socket.errored?.name);
      await ground.closed(socket);
    },
  },
  {
    name: 'destroy: errorMonitor hears before error',
    body: async (ground, trace) => {
      const { errorMonitor } = await import('node:events');
      const socket = trace.follow(await ground.pair(echo));
      socket.on(errorMonitor as unknown as 'error', (error) => trace.note('monitor', error));
      socket.destroy(new Error('mine'));
      await ground.closed(socket);
    },
  },
];
