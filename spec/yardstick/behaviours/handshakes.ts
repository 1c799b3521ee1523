import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import type { Behaviour } from '../behaviour.js';

const kinds = ['tls'] as const;

export const handshakes: readonly Behaviour[] = [
  {
    name: 'handshake: what it tells of itself',
    kinds,
    body: async (ground, trace) => {
      const port = await ground.serve(() => undefined);
      const socket = ground.connect(port) as TLSSocket;
      trace.note(socket.encrypted, socket.authorized);
      await once(socket, 'secureConnect');
      trace.note(socket.encrypted, socket.authorized, socket.authorizationError, socket.alpnProtocol);
      trace.note(socket.getProtocol(), socket.isSessionReused());
    },
  },
  {
    name: 'handshake: nobody signed the certificate',
    kinds,
    body: async (ground, trace) => {
      const { createAuthority } = await import('../../support/certificates.js');
      const stranger = await createAuthority();
      const socket = ground.connect(await ground.serve(() => undefined), { ca: stranger.pem });
      trace.follow(socket);
      await ground.closed(socket);
    },
  },
  {
    name: 'handshake: the certificate is not asked for',
    kinds,
    body: async (ground, trace) => {
      const port = await ground.serve(() => undefined);
      const socket = ground.connect(port, { rejectUnauthorized: false, ca: undefined });
      trace.follow(socket);
      await once(socket, 'secureConnect');
      const { authorized, authorizationError } = socket as TLSSocket;
      trace.note(authorized, typeof authorizationError);
    },
  },
  {
    name: 'handshake: the peer speaks no TLS',
    kinds,
    body: async (ground, trace) => {
      const port = await ground.serveRaw((peer) => peer.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const socket = trace.follow(ground.connect(port));
      await ground.closed(socket);
    },
  },
  {
    name: 'handshake: the peer closes',
    kinds,
    body: async (ground, trace) => {
      const port = await ground.serveRaw((peer) => peer.once('data', () => peer.destroy()));
      const socket = trace.follow(ground.connect(port));
      await ground.closed(socket);
    },
  },
  {
    name: 'handshake: aborted while the peer is silent',
    kinds,
    body: async (ground, trace) => {
      const controller = new AbortController();
      const port = await ground.serveRaw((peer) => peer.once('data', () => controller.abort()));
      const socket = ground.connect(port, { signal: controller.signal });
      for (const event of ['secureConnect', 'error', 'close']) {
        socket.on(event, (given: unknown) => trace.note(event, given));
      }
      await ground.closed(socket);
    },
  },
];
