import { once } from 'node:events';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Behaviour } from '../behaviour.js';
import { until } from '../../support/turn.js';
import type { Ground } from '../ground.js';
import { describe } from '../trace.js';

function count(pool: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  return Object.values(pool).reduce((sum, { length } = []) => sum + length, 0);
}

/** How many sockets are busy and idle, and how many requests wait. */
function state(agent: Agent): string {
  return `busy ${count(agent.sockets)}, idle ${count(agent.freeSockets)}, waiting ${count(agent.requests)}`;
}

/** The answer to one request, or its error. */
async function ask(ground: Ground, port: number, agent: Agent, path = '/'): Promise<string> {
  const request = ground.request(port, { agent, path });
  try {
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return `${response.statusCode} ${await text(response)}, ${request.reusedSocket ? 'reused' : 'new'}`;
  } catch (error) {
    return describe(error);
  }
}

/** An agent tells that a socket is free on a later turn. */
async function freed(agent: Agent, request: Promise<string>): Promise<string> {
  const free = once(agent, 'free');
  const answer = await request;
  await free;
  await new Promise(setImmediate);
  return answer;
}

/** An error, which comes first, would have `once` reject. */
function gone(request: ClientRequest): Promise<unknown> {
  return new Promise((resolve) => request.once('close', resolve));
}

export const agents: readonly Behaviour[] = [
  {
    name: 'agent: a socket is used again',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => outgoing.end(incoming.url));
      const agent = ground.agent();
      trace.note(state(agent), Object.keys(agent.sockets).length);
      for (const path of ['/a', '/b']) trace.note(await freed(agent, ask(ground, port, agent, path)), state(agent));
    },
  },
  {
    name: 'agent: a new socket behind one that failed',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => {
        if (incoming.url === '/bad') incoming.socket.destroy();
        else outgoing.end('good');
      });
      const agent = ground.agent();
      for (const path of ['/bad', '/good']) trace.note(await ask(ground, port, agent, path));
    },
  },
  {
    name: 'agent: a socket that failed when used again',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => {
        if (incoming.url === '/bad') incoming.socket.destroy();
        else outgoing.end('good');
      });
      const agent = ground.agent();
      trace.note(await freed(agent, ask(ground, port, agent, '/good')));
      trace.note(await ask(ground, port, agent, '/bad'));
      trace.note(await ask(ground, port, agent, '/good'));
    },
  },
  {
    name: 'agent: one socket, and requests in their order',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => outgoing.end(incoming.url));
      const agent = ground.agent({ maxSockets: 1 });
      const answers = ['/1', '/2', '/3'].map(async (path) => trace.note(await ask(ground, port, agent, path)));
      trace.note(state(agent));
      await Promise.all(answers);
    },
  },
  {
    name: 'agent: Connection: close is obeyed',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((_incoming, outgoing) => {
        outgoing.setHeader('Connection', 'close').end('once');
      });
      const agent = ground.agent();
      const request = ground.request(port, { agent });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const { socket } = response;
      trace.note(await text(response));
      if (!socket.closed) await once(socket, 'close');
      trace.note(state(agent));
    },
  },
  {
    name: 'agent: without keep-alive',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => outgoing.end(incoming.headers.connection));
      const agent = ground.agent({ keepAlive: false });
      for (const path of ['/a', '/b']) trace.note(await ask(ground, port, agent, path));
    },
  },
  {
    name: 'agent: the server closes an idle socket',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => {
        outgoing.end('bye');
        outgoing.once('finish', () => setImmediate(() => incoming.socket.end()));
      });
      const agent = ground.agent();
      const request = ground.request(port, { agent });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const closed = once(response.socket, 'close');
      trace.note(await text(response));
      await closed;
      trace.note(state(agent));
      trace.note(await ask(ground, port, agent));
    },
  },
  {
    name: 'agent: destroy closes the idle sockets',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((_incoming, outgoing) => outgoing.end('x'));
      const agent = ground.agent();
      const request = ground.request(port, { agent });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const { socket } = response;
      const free = once(agent, 'free');
      response.resume();
      await free;
      trace.follow(socket);
      agent.destroy();
      trace.note(socket.destroyed);
      await once(socket, 'close');
      trace.note(state(agent));
    },
  },
  {
    name: 'agent: a request that is destroyed before it has a socket',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((_incoming, outgoing) => outgoing.end('x'));
      const agent = ground.agent();
      const request = ground.request(port, { agent });
      for (const event of ['socket', 'abort', 'error', 'close']) {
        request.on(event, (given) => trace.note(event, ...(given instanceof Error ? [given] : [])));
      }
      request.destroy();
      await gone(request);
      trace.note(await ask(ground, port, agent));
    },
  },
  {
    name: 'agent: a request that is aborted while it connects',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((_incoming, outgoing) => outgoing.end('x'));
      const agent = ground.agent();
      const controller = new AbortController();
      const request = ground.request(port, { agent, signal: controller.signal });
      for (const event of ['error', 'close']) {
        request.on(event, (given) => trace.note(event, ...(given instanceof Error ? [given.name, given] : [])));
      }
      request.once('socket', (socket) => {
        trace.note('connecting', socket.connecting);
        controller.abort();
      });
      request.end();
      await gone(request);
      trace.note(await ask(ground, port, agent));
    },
  },
  {
    name: 'agent: nobody listens',
    body: async (ground, trace) => {
      const agent = ground.agent();
      trace.note(await ask(ground, await ground.freePort(), agent));
      await until(() => count(agent.sockets) === 0);
      trace.note(state(agent));
    },
  },
];
