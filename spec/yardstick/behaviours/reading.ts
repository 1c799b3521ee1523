import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Behaviour } from '../behaviour.js';

/** Says so much, and ends. */
const says = (what: string | Buffer) => (peer: Socket) => void peer.end(what);

export const reading: readonly Behaviour[] = [
  {
    name: 'read: data, end and close when the peer ends',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(says('hello')));
      trace.follow(socket, ['data']);
      await ground.closed(socket);
      trace.note(socket.bytesRead, socket.readableEnded, socket.destroyed, socket.writableFinished);
    },
  },
  {
    name: 'read: setEncoding joins a character that comes in parts',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => {
        const bytes = Buffer.from('a€b');
        peer.write(bytes.subarray(0, 2), () => setImmediate(() => peer.end(bytes.subarray(2))));
      });
      trace.note(socket.setEncoding('utf8') === socket, socket.readableEncoding);
      trace.follow(socket, ['data']);
      await ground.closed(socket);
      trace.note(socket.bytesRead);
    },
  },
  {
    name: 'read: setEncoding hex',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('abc'));
      trace.follow(socket.setEncoding('hex'), ['data']);
      await ground.closed(socket);
    },
  },
  {
    name: 'read: paused, it says nothing until it is resumed',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('hello'));
      trace.note(socket.pause() === socket, socket.isPaused(), socket.readableFlowing);
      trace.follow(socket, ['data']);
      await new Promise(setImmediate);
      trace.note('resumed', socket.resume() === socket, socket.isPaused(), socket.readableFlowing);
      await ground.closed(socket);
    },
  },
  {
    name: 'read: readable and read(n)',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('abcdef'));
      trace.follow(socket);
      const pieces: string[] = [];
      socket.on('readable', () => {
        for (let piece; (piece = socket.read(2) as Buffer | null);) pieces.push(piece.toString());
      });
      await ground.closed(socket);
      trace.note(pieces, socket.readableLength, socket.read());
    },
  },
  {
    name: 'read: end waits for a reader',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('unread'));
      trace.follow(socket);
      await once(socket, 'readable');
      trace.note(socket.readableEnded, socket.destroyed);
      trace.note(socket.read(), socket.read());
      await ground.closed(socket);
    },
  },
  {
    name: 'read: async iteration to the end',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(says('abc')));
      let all = '';
      for await (const chunk of socket) all += String(chunk);
      trace.note('read', all, socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'read: async iteration that is left destroys',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.write('abc')));
      for await (const chunk of socket) {
        trace.note('read', chunk);
        break;
      }
      trace.note('left', socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'read: async iteration of what is destroyed meanwhile throws',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.write('abc')));
      try {
        for await (const chunk of socket) {
          trace.note('read', chunk);
          socket.destroy(new Error('mine'));
        }
      } catch (error) {
        trace.note('thrown', error);
      }
      await ground.closed(socket);
    },
  },
  {
    name: 'read: async iteration of what is destroyed without an error',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.write('abc')));
      try {
        for await (const chunk of socket) {
          trace.note('read', chunk);
          socket.destroy();
        }
      } catch (error) {
        trace.note('thrown', error);
      }
      await ground.closed(socket);
    },
  },
  {
    name: 'read: unshift puts it back',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('abc'));
      await once(socket, 'readable');
      const first = socket.read(1) as Buffer;
      socket.unshift(first);
      trace.follow(socket, ['data']);
      await ground.closed(socket);
      trace.note(socket.bytesRead);
    },
  },
  {
    name: 'read: pipe ends what it is piped to',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(says('piped')));
      const into = socket.pipe(new PassThrough());
      trace.note(await text(into), into.writableFinished);
      await ground.closed(socket);
    },
  },
  {
    name: 'read: unpipe leaves it paused',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.write('a'));
      const into = new PassThrough().on('unpipe', () => trace.note('unpipe'));
      socket.pipe(into);
      await once(into, 'readable');
      trace.note(into.read(), socket.readableFlowing);
      socket.unpipe(into);
      trace.note(socket.readableFlowing, into.writable);
    },
  },
  {
    name: 'read: toArray, map and take of the stream',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('abc'));
      const upper = await socket
        .setEncoding('utf8')
        .map(String)
        .map((part: string) => part.toUpperCase())
        .toArray();
      trace.note(upper.join(''));
      await ground.closed(socket);
    },
  },
  {
    name: 'read: more than a buffer, exactly',
    body: async (ground, trace) => {
      const body = Buffer.alloc(150_000, 'lorem ipsum ');
      const socket = await ground.pair(says(body));
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      trace.note(Buffer.concat(chunks).equals(body), socket.bytesRead, socket.readableEnded);
    },
  },
];
