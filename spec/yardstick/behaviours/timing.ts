import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Behaviour } from '../behaviour.js';
import type { Trace } from '../trace.js';

const echo = (peer: Socket) => void peer.pipe(peer);
const SOON = 40;

function attempt(trace: Trace, act: () => unknown): void {
  try {
    act();
    trace.note('accepted');
  } catch (error) {
    trace.note('thrown', error);
  }
}

export const timing: readonly Behaviour[] = [
  {
    name: 'timeout: is told, and the socket stays',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo), ['data']);
      trace.note(socket.timeout, socket.setTimeout(SOON) === socket, socket.timeout);
      await once(socket, 'timeout');
      trace.note(socket.destroyed, socket.writable);
      socket.write('still');
      await once(socket, 'data');
    },
  },
  {
    name: 'timeout: again after activity',
    body: async (ground, trace) => {
      const socket = trace.follow((await ground.pair(echo)).setTimeout(SOON), ['data']);
      await once(socket, 'timeout');
      socket.write('a');
      await once(socket, 'timeout');
    },
  },
  {
    name: 'timeout: its listener runs once',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      socket.on('timeout', () => trace.note('timeout'));
      socket.setTimeout(SOON, () => trace.note('listener'));
      trace.note(socket.listenerCount('timeout'));
      await once(socket, 'timeout');
      socket.write('a');
      await once(socket, 'timeout');
      trace.note(socket.listenerCount('timeout'));
    },
  },
  {
    name: 'timeout: 0 turns it off and takes its listener away',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      const listener = () => trace.note('listener');
      socket.setTimeout(SOON, listener);
      socket.setTimeout(0, listener);
      trace.note(socket.listenerCount('timeout'), socket.timeout);
    },
  },
  {
    name: 'timeout: as an option, while it connects',
    kinds: ['tls'],
    body: async (ground, trace) => {
      const socket = ground.connect(await ground.serveSilence(), { timeout: SOON });
      trace.note(socket.timeout);
      for (const event of ['timeout', 'secureConnect', 'error', 'close']) socket.on(event, () => trace.note(event));
      await once(socket, 'timeout');
      trace.note(socket.connecting || !socket.writableFinished);
    },
  },
  {
    name: 'timeout: the usual listener destroys',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.setTimeout(SOON, () => socket.destroy(new Error('too slow')));
      await ground.closed(socket);
    },
  },
  {
    name: 'timeout: none after destroy',
    body: async (ground, trace) => {
      const socket = trace.follow(await ground.pair(echo));
      socket.setTimeout(1);
      socket.destroy();
      await ground.closed(socket);
      const other = (await ground.pair(echo)).setTimeout(SOON);
      await once(other, 'timeout');
      trace.note(socket.timeout);
    },
  },
  {
    name: 'timeout: what is no time',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      for (const value of ['soon', Number.NaN, -1, Infinity]) {
        attempt(trace, () => socket.setTimeout(value as number));
      }
    },
  },
  {
    name: 'timeout: a listener that is none',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      attempt(trace, () => socket.setTimeout(SOON, 'function' as never));
      attempt(trace, () => socket.setTimeout(0, 'function' as never));
    },
  },
  {
    name: 'settings: they return the socket',
    body: async (ground, trace) => {
      const socket = await ground.pair(echo);
      trace.note(socket.setNoDelay() === socket, socket.setNoDelay(false) === socket);
      trace.note(socket.setKeepAlive() === socket, socket.setKeepAlive(true, 1000) === socket);
      trace.note(socket.ref() === socket, socket.unref() === socket);
    },
  },
];
