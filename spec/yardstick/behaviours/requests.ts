import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Behaviour } from '../behaviour.js';
import type { Trace } from '../trace.js';

const EVENTS = ['socket', 'continue', 'information', 'response', 'upgrade', 'timeout', 'abort', 'error', 'close'];

function follow(request: ClientRequest, trace: Trace): ClientRequest {
  for (const event of EVENTS) {
    request.on(event, (given: unknown) => trace.note(event, ...(given instanceof Error ? [given] : [])));
  }
  return request;
}

export const requests: readonly Behaviour[] = [
  {
    name: 'request: its events',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => void incoming.pipe(outgoing));
      const request = follow(ground.request(port, { agent: ground.agent(), method: 'POST' }), trace);
      request.on('finish', () => trace.note('finish'));
      request.end('body');
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      trace.note(await text(response), response.complete);
      if (!request.destroyed) await once(request, 'close');
    },
  },
  {
    name: 'request: Expect: 100-continue, and 103',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => {
        outgoing.writeEarlyHints({ link: '</style.css>; rel=preload' });
        void incoming.pipe(outgoing);
      });
      const headers = { Expect: '100-continue' };
      const request = ground.request(port, { agent: ground.agent(), method: 'PUT', headers });
      request.once('continue', () => request.end('go'));
      follow(request, trace);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      trace.note(await text(response));
    },
  },
  {
    name: 'request: upgrade hands the socket over',
    body: async (ground, trace) => {
      const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n';
      const port = await ground.serve((peer) => {
        peer.once('data', () => {
          peer.write(switching);
          peer.pipe(peer);
        });
      });
      const headers = { Connection: 'Upgrade', Upgrade: 'echo' };
      const request = follow(ground.request(port, { agent: ground.agent(), headers }), trace);
      request.end();
      const [response, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket];
      trace.note(response.statusCode, socket.readableFlowing, socket.listenerCount('data'));
      trace.follow(socket, ['data']);
      socket.write('raw');
      await once(socket, 'data');
      socket.end();
      socket.destroy();
      await once(socket, 'close');
    },
  },
  {
    name: 'request: the answer is cut off',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming, outgoing) => {
        outgoing.setHeader('Content-Length', 100);
        outgoing.write('half', () => setImmediate(() => incoming.socket.destroy()));
      });
      const request = follow(ground.request(port, { agent: ground.agent() }), trace);
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      for (const event of ['aborted', 'error', 'end', 'close']) {
        response.on(event, (given: unknown) =>
          trace.note('response', event, ...(given instanceof Error ? [given] : [])),
        );
      }
      response.resume();
      if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
      trace.note(response.complete);
    },
  },
  {
    name: 'request: no answer at all',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((incoming) => incoming.socket.destroy());
      const request = follow(ground.request(port, { agent: ground.agent() }), trace);
      request.end();
      await new Promise((resolve) => request.once('close', resolve));
    },
  },
  {
    name: 'request: timeout while the server thinks',
    body: async (ground, trace) => {
      const port = await ground.serveHttp(() => undefined);
      const request = follow(ground.request(port, { agent: ground.agent() }), trace);
      request.setTimeout(400, () => request.destroy(new Error('slow')));
      request.end();
      await new Promise((resolve) => request.once('close', resolve));
    },
  },
  {
    name: 'request: aborted in the middle of the answer',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((_incoming, outgoing) => void outgoing.write('part'));
      const controller = new AbortController();
      const agent = ground.agent();
      const request = follow(ground.request(port, { agent, signal: controller.signal }), trace);
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.on('error', (error: Error) => trace.note('response error', error));
      await once(response, 'data');
      controller.abort();
      if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
      trace.note(request.destroyed, response.complete);
    },
  },
  {
    name: 'request: trailers of a chunked answer',
    body: async (ground, trace) => {
      const port = await ground.serveHttp((_incoming, outgoing) => {
        outgoing.setHeader('Trailer', 'X-Sum');
        outgoing.write('a');
        outgoing.addTrailers({ 'X-Sum': '1' });
        outgoing.end('b');
      });
      const request = ground.request(port, { agent: ground.agent() });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      trace.note(await text(response), response.trailers);
    },
  },
];
