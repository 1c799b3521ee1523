import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Behaviour } from '../behaviour.js';
import { deferred } from '../deferred.js';

export const ending: readonly Behaviour[] = [
  {
    name: 'ending: ours first, the peer answers by ending',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.resume()));
      socket.resume();
      socket.end(() => trace.note('end callback'));
      await ground.closed(socket);
      trace.note(socket.destroyed, socket.writableFinished, socket.readableEnded);
    },
  },
  {
    name: 'ending: unread, ours first',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.resume()));
      socket.end('bye');
      await once(socket, 'finish');
      trace.note(socket.writableFinished, socket.readyState, socket.destroyed);
    },
  },
  {
    name: 'ending: the peer first, ours follows by itself',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve((peer) => void peer.once('data', () => peer.end())));
      trace.follow(socket);
      socket.write('x');
      socket.on('end', () => trace.note(socket.writable, socket.allowHalfOpen)).resume();
      await ground.closed(socket);
      trace.note(socket.readyState, socket.writable, socket.readable);
    },
  },
  {
    name: 'ending: a write when the peer has ended',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.end('bye'));
      trace.follow(socket.resume());
      await once(socket, 'end');
      trace.note(socket.write('late', (error) => trace.note('callback', error)));
      await ground.closed(socket);
    },
  },
  {
    name: 'ending: a write within the listener of end',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.end('bye'));
      trace.follow(socket.resume());
      socket.on('end', () => trace.note(socket.write('late', (error) => trace.note('callback', error))));
      await ground.closed(socket);
    },
  },
  {
    name: 'ending: the peer answers behind our end',
    body: async (ground, trace) => {
      const answer = (peer: Socket) => void peer.resume().on('end', () => peer.end('answer'));
      const socket = ground.connect(await ground.serve(answer, { allowHalfOpen: true }));
      trace.follow(socket, ['data']);
      socket.end('question');
      await ground.closed(socket);
    },
  },
  {
    name: 'ending: the peer is gone without a word',
    body: async (ground, trace) => {
      const peers: Socket[] = [];
      const socket = trace.follow(await ground.pair((peer) => void peers.push(peer)), ['data']);
      const [peer] = peers;
      await new Promise((resolve) => peer?.write('half', resolve));
      await once(socket, 'data');
      peer?.destroy();
      await ground.closed(socket);
    },
  },
  {
    name: 'ending: the peer resets',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.once('data', () => peer.resetAndDestroy()));
      trace.follow(socket.resume());
      socket.write('go');
      await ground.closed(socket);
    },
  },
  {
    name: 'ending: destroySoon sends what waits',
    body: async (ground, trace) => {
      const heard = deferred<string>();
      const socket = await ground.pair((peer) => {
        let text = '';
        peer.on('data', (chunk) => (text += String(chunk))).on('end', () => heard.resolve(text));
      });
      trace.follow(socket);
      socket.write('last ');
      socket.write('words');
      (socket as TLSSocket & { destroySoon(): void }).destroySoon();
      trace.note(socket.writable, socket.destroyed);
      await ground.closed(socket);
      trace.note('the peer heard', await heard.promise);
    },
  },
  {
    name: 'ending: a request and its answer, then both are done',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve((peer) => void peer.once('data', () => peer.end('pong'))));
      trace.follow(socket, ['data']);
      socket.once(ground.standing, () => socket.write('ping'));
      await ground.closed(socket);
      trace.note(socket.bytesRead, socket.bytesWritten);
    },
  },
];
