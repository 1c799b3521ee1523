import { EventEmitter, on, once } from 'node:events';
import * as net from 'node:net';
import stream, { Duplex, PassThrough, Readable, Transform, Writable, addAbortSignal, finished } from 'node:stream';
import * as promises from 'node:stream/promises';
import type { Behaviour } from '../behaviour.js';

const echo = (peer: net.Socket) => void peer.pipe(peer);
const says = (what: string) => (peer: net.Socket) => void peer.end(what);

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'fulfilled';
  } catch (error) {
    return error;
  }
}

export const streams: readonly Behaviour[] = [
  {
    name: 'finished: both sides have ended',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('x'));
      trace.follow(socket.resume());
      trace.note(await outcome(promises.finished(socket)));
    },
  },
  {
    name: 'finished: closed too early',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      finished(socket, (error) => trace.note('finished', error));
      socket.destroy();
      await ground.closed(socket);
      await new Promise(setImmediate);
    },
  },
  {
    name: 'finished: with an error',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      finished(socket, (error) => trace.note('finished', error));
      socket.destroy(new Error('mine'));
      await ground.closed(socket);
      await new Promise(setImmediate);
    },
  },
  {
    name: 'finished: of the writing side alone',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      const done = promises.finished(socket, { readable: false });
      socket.end('x');
      trace.note(await outcome(done), socket.writableFinished);
    },
  },
  {
    name: 'finished: of what is over already',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('x'));
      socket.resume();
      await ground.closed(socket);
      trace.note(await outcome(promises.finished(socket)));
      const other = await ground.pair(echo);
      other.destroy();
      await ground.closed(other);
      trace.note(await outcome(promises.finished(other)));
    },
  },
  {
    name: 'pipeline: through the socket and back',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      const upper = new Transform({
        transform: (chunk: Buffer, _encoding, callback) => callback(null, chunk.toString().toUpperCase()),
      });
      const parts: string[] = [];
      const into = new Writable({
        write: (chunk, _encoding, callback) => {
          parts.push(String(chunk));
          callback();
        },
      });
      trace.note(await outcome(promises.pipeline(Readable.from(['a', 'b', 'c']), socket, upper, into)));
      trace.note(parts.join(''));
    },
  },
  {
    name: 'pipeline: the source fails',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      const source = new PassThrough();
      const done = promises.pipeline(source, socket);
      source.destroy(new Error('source'));
      trace.note(await outcome(done), socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'pipeline: the source closes too early',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      const source = new PassThrough();
      source.write('x');
      const done = promises.pipeline(source, socket);
      source.destroy();
      trace.note(await outcome(done), socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'pipeline: the socket closes too early',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.write('x')));
      const into = new PassThrough();
      into.once('data', () => socket.destroy());
      trace.note(await outcome(promises.pipeline(socket, into)), into.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'pipeline: its target fails',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair((peer) => void peer.write('x')));
      const into = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('target')) });
      trace.note(await outcome(promises.pipeline(socket, into)), socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'pipeline: aborted',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      const controller = new AbortController();
      const done = promises.pipeline(socket, new PassThrough(), { signal: controller.signal });
      controller.abort();
      trace.note(await outcome(done), socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'addAbortSignal',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      const controller = new AbortController();
      trace.note(addAbortSignal(controller.signal, socket) === socket);
      controller.abort();
      await ground.closed(socket);
    },
  },
  {
    name: 'events.once rejects with the error',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      const done = once(socket, 'data');
      socket.destroy(new Error('mine'));
      trace.note(await outcome(done));
    },
  },
  {
    name: 'events.on iterates data',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      socket.write('x');
      for await (const [chunk] of on(socket, 'data') as AsyncIterable<[Buffer]>) {
        trace.note('data', chunk);
        break;
      }
      trace.note(socket.listenerCount('data'), socket.destroyed);
    },
  },
  {
    name: 'Duplex.toWeb: both ways',
    body: async (ground, trace) => {
      const socket = await ground.pair((peer) => void peer.once('data', (chunk) => peer.end(chunk)));
      const { readable, writable } = Duplex.toWeb(socket);
      const writer = writable.getWriter();
      await writer.write(Buffer.from('web'));
      let all = '';
      for await (const chunk of readable) all += Buffer.from(chunk as Uint8Array).toString();
      trace.note(all);
      await ground.closed(socket);
    },
  },
  {
    name: 'stream: isErrored, isReadable and isDisturbed of it',
    body: async (ground, trace) => {
      const socket = await ground.pair(says('x'));
      const tell = () => trace.note(stream.isErrored(socket), stream.isReadable(socket), Readable.isDisturbed(socket));
      tell();
      socket.resume();
      await ground.closed(socket);
      tell();
    },
  },
  {
    name: 'instanceof: EventEmitter, Stream, Readable, Writable, Duplex',
    body: async (ground, trace) => {
      const socket = ground.unconnected();
      for (const kind of [EventEmitter, stream.Stream, Readable, Writable, Duplex]) {
        trace.note(kind.name, (socket as unknown) instanceof kind);
      }
      socket.destroy();
      await ground.closed(socket);
    },
  },
  {
    name: 'instanceof: net.Socket',
    body: async (ground, trace) => {
      const socket = ground.unconnected();
      trace.note((socket as unknown) instanceof net.Socket);
      socket.destroy();
      await ground.closed(socket);
    },
  },
  {
    name: 'inherited: values of the stream',
    body: async (ground, trace) => {
      const socket = ground.unconnected();
      trace.note(socket.allowHalfOpen, socket.readableObjectMode, socket.writableObjectMode, socket.readableEncoding);
      trace.note(socket.readableFlowing, socket.writableCorked, socket.errored, socket.closed);
      socket.destroy();
      await ground.closed(socket);
    },
  },
];
