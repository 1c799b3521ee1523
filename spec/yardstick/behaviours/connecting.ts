import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Behaviour } from '../behaviour.js';

const echo = (peer: Socket) => void peer.pipe(peer);

function face(socket: Socket): string {
  const { connecting, pending, readyState, destroyed, closed } = socket;
  return JSON.stringify({ connecting, pending, readyState, destroyed, closed });
}

export const connecting: readonly Behaviour[] = [
  {
    name: 'connecting: the order of events',
    body: async (ground, trace) => {
      const socket = trace.follow(ground.connect(await ground.serve(echo)));
      trace.note('connect() has returned');
      await once(socket, ground.standing);
    },
  },
  {
    name: 'connecting: the listener runs with the event that says it stands',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo), {}, () => trace.note('listener'));
      trace.follow(socket);
      await once(socket, ground.standing);
    },
  },
  {
    name: 'connecting: what the socket says of its state, before, at each event, and after',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo));
      trace.note(face(socket));
      for (const event of ['connect', 'ready', 'secureConnect', 'close'])
        socket.on(event, () => trace.note(event, face(socket)));
      await once(socket, ground.standing);
      socket.destroy();
      trace.note('destroyed', face(socket));
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: an unconnected socket, by port, host and listener',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const port = await ground.serve(echo);
      const socket = trace.follow(ground.unconnected());
      trace.note(face(socket));
      const same = socket.connect(port, ground.host, () => trace.note('listener')) === socket;
      trace.note(same, face(socket));
      await once(socket, 'ready');
    },
  },
  {
    name: 'connecting: a write to an unconnected socket',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const socket = trace.follow(ground.unconnected());
      socket.write('to nobody', (error) => trace.note('callback', error));
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: an unconnected socket that is destroyed',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const socket = ground.unconnected().once('close', () => trace.note('close'));
      socket.destroy();
      trace.note(face(socket));
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: nobody listens',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.freePort());
      trace.follow(socket);
      socket.once('error', (error: NodeJS.ErrnoException & { address?: string; port?: number }) => {
        trace.note('port' in error && typeof error.port, typeof error.address, socket.destroyed, socket.connecting);
      });
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: destroyed in the same tick',
    body: async (ground, trace) => {
      const socket = trace.follow(ground.connect(await ground.serve(echo)));
      socket.destroy();
      trace.note('destroy() has returned', socket.connecting, socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: destroyed in the same tick with an error',
    body: async (ground, trace) => {
      const socket = trace.follow(ground.connect(await ground.serve(echo)));
      socket.destroy(new Error('mine'));
      await ground.closed(socket);
      trace.note(socket.errored);
    },
  },
  {
    name: 'connecting: destroyed by the listener of connect',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo));
      trace.follow(socket);
      socket.once('connect', () => socket.destroy());
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: aborted before it begins',
    body: async (ground, trace) => {
      const port = await ground.serve(echo);
      const socket = ground.connect(port, { signal: AbortSignal.abort('why') });
      socket.once('error', (error) => trace.note(error, error.name, error.cause));
      socket.once('close', () => trace.note('close'));
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: aborted on the way',
    body: async (ground, trace) => {
      const controller = new AbortController();
      const port = await ground.serve(echo);
      const socket = trace.follow(ground.connect(port, { signal: controller.signal }));
      socket.once('error', (error) => trace.note(error.name, error.cause));
      controller.abort('why');
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: aborted when it stands',
    body: async (ground, trace) => {
      const controller = new AbortController();
      const socket = await ground.pair(echo, { signal: controller.signal });
      trace.follow(socket);
      controller.abort();
      trace.note(socket.destroyed);
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: what was written and ended before it stands is sent then',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo));
      trace.follow(socket, ['data']);
      trace.note(socket.write('early '), socket.bytesWritten, socket.writableLength);
      socket.end('bird', () => trace.note('end callback'));
      await ground.closed(socket);
      trace.note(socket.bytesWritten, socket.bytesRead);
    },
  },
  {
    name: 'connecting: a port that is none',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const socket = trace.follow(ground.unconnected());
      try {
        socket.connect(70_000, ground.host);
      } catch (error) {
        trace.note('thrown', error);
        return;
      }
      await ground.closed(socket);
    },
  },
  {
    name: 'connecting: again, after the end',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const port = await ground.serve(echo);
      const socket = ground.unconnected();
      socket.connect(port, ground.host);
      await once(socket, 'connect');
      socket.destroy();
      await ground.closed(socket);
      trace.follow(socket);
      const outcome = Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      socket.connect(port, ground.host);
      await outcome.catch(() => undefined);
    },
  },
  {
    name: 'connecting: again, with the listener of close, after a peer that has ended',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      let served = 0;
      const port = await ground.serve((peer) => void peer.end(`${++served}`));
      const socket = trace.follow(ground.unconnected(), ['data', 'end']);
      const twice = new Promise<void>((resolve) => {
        socket.on('close', () => {
          trace.note(socket.bytesRead, socket.bytesWritten, socket.destroyed);
          if (served === 2) resolve();
          else socket.connect(port, ground.host);
        });
      });
      socket.connect(port, ground.host);
      await twice;
    },
  },
  {
    name: 'connecting: again, after nobody listened',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const port = await ground.serve(echo);
      const socket = trace.follow(ground.unconnected(), ['data']);
      socket.connect(await ground.freePort(), ground.host);
      await ground.closed(socket);
      trace.note(socket.errored === null, socket.destroyed);
      socket.connect(port, ground.host);
      trace.note(socket.errored, socket.destroyed, socket.connecting);
      socket.write('heard');
      await once(socket, 'data');
      trace.note(socket.bytesRead);
    },
  },
  {
    name: 'connecting: again, behind destroy',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      const port = await ground.serve(echo);
      const socket = ground.unconnected();
      socket.connect(port, ground.host);
      await once(socket, 'connect');
      trace.follow(socket);
      socket.destroy();
      socket.connect(port, ground.host);
      trace.note(socket.connecting, socket.destroyed);
      await new Promise((resolve) => socket.once('ready', resolve));
    },
  },
  {
    name: 'connecting: again, after what was read in part',
    kinds: ['tcp'],
    body: async (ground, trace) => {
      let served = 0;
      const port = await ground.serve((peer) => void peer.write(++served === 1 ? 'of the first' : 'of the second'));
      const socket = ground.unconnected();
      socket.connect(port, ground.host);
      await once(socket, 'readable');
      socket.destroy();
      await ground.closed(socket);
      trace.follow(socket, ['data']);
      socket.connect(port, ground.host);
      await once(socket, 'data');
    },
  },
  {
    name: 'connecting: the name is looked up',
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serve(echo));
      socket.on('lookup', () => trace.note('lookup'));
      socket.on(ground.standing, () => trace.note('stands'));
      await once(socket, ground.standing);
    },
  },
];
