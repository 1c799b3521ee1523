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
  const clients = new Clients(uart, () => server.listening);
  const server = createServer((socket) => clients.add(socket));
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
        clients.destroy();
      }),
  };
}

/** The clients of a server: one has the line, the others wait for it. */
class Clients {
  readonly #uart: Uart;
  /** Whether those who wait may still be served. */
  readonly #listening: () => boolean;
  readonly #waiting = new Map<Socket, NodeJS.Timeout>();
  #served: Socket | undefined;

  constructor(uart: Uart, listening: () => boolean) {
    this.#uart = uart;
    this.#listening = listening;
  }

  add(socket: Socket): void {
    if (!this.#served) {
      this.#serve(socket);
      return;
    }
    const timer = setTimeout(() => this.#hangUp(socket), GRACE);
    this.#waiting.set(socket, timer);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
    });
  }

  /** Drops all of them. */
  destroy(): void {
    this.#served?.destroy();
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  #serve(socket: Socket): void {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
    this.#served = socket;
    connectSocket(this.#uart, socket, () => {
      this.#served = undefined;
      const [next] = this.#waiting.keys();
      if (next && this.#listening()) this.#serve(next);
    });
  }

  #hangUp(socket: Socket, turns = TURNS): void {
    if (!this.#waiting.has(socket)) return;
    if (turns === 0) socket.destroy();
    else setImmediate(() => this.#hangUp(socket, turns - 1));
  }
}
