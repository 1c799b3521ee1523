import { createServer, type AddressInfo, type Socket } from 'node:net';

import { connectSocket } from './cables.js';
import { isLoopback } from './hosts.js';
import type { Uart } from './uart.js';

/** Where a raw serial server listens. */
export interface ListenOptions {
  /** 0: any free port. */
  port: number;
  /** Default `127.0.0.1`. Anything but a loopback address lets strangers use the modem: a process warning is emitted. */
  host?: string | undefined;
}

/** A raw serial server. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Drops its client and frees the port. */
  close(): Promise<void>;
}

/** How long a client waits for the one before it to go, in ms: a driver that connects anew at once comes before its end. */
const GRACE = 200;
/** Turns of the event loop in which a process that was held up sees that it has gone. */
const TURNS = 5;

/** Serves the module's serial line to one TCP client at a time; a second one is hung up on after a moment. */
export async function listen(uart: Uart, { port, host = '127.0.0.1' }: ListenOptions): Promise<Listener> {
  let client: Socket | undefined;
  const waiting = new Map<Socket, NodeJS.Timeout>();
  const serve = (socket: Socket) => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
    client = socket;
    connectSocket(uart, socket, () => {
      client = undefined;
      const [next] = waiting.keys();
      if (next && server.listening) serve(next);
    });
  };
  const hangUp = (socket: Socket, turns = TURNS) => {
    if (!waiting.has(socket)) return;
    if (turns === 0) socket.destroy();
    else setImmediate(hangUp, socket, turns - 1);
  };
  const server = createServer((socket) => {
    if (!client) {
      serve(socket);
      return;
    }
    const timer = setTimeout(hangUp, GRACE, socket);
    waiting.set(socket, timer);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      waiting.delete(socket);
    });
  });
  if (host !== 'localhost' && !isLoopback(host)) {
    process.emitWarning(`The virtual modem listens on ${host}, where anyone can use it.`);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    host: address,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        client?.destroy();
        for (const socket of waiting.keys()) socket.destroy();
      }),
  };
}
