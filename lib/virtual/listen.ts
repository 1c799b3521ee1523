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

/** Serves the module's serial line to one TCP client at a time; a second one is hung up on. */
export async function listen(uart: Uart, { port, host = '127.0.0.1' }: ListenOptions): Promise<Listener> {
  let client: Socket | undefined;
  const server = createServer((socket) => {
    if (client) {
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return;
    }
    client = socket;
    connectSocket(uart, socket, () => {
      client = undefined;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: bound } = server.address() as AddressInfo;
  if (!isLoopback(address)) {
    process.emitWarning(`The virtual modem listens on ${address}:${bound}, where anyone can use it.`);
  }
  return {
    host: address,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        client?.destroy();
        server.close(() => resolve());
      }),
  };
}
