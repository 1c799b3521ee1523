import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { createAuthority, type IssuedCertificate } from '../support/certificates.js';

let identity: Promise<IssuedCertificate> | undefined;

/** The server at the far end of the golden transcripts: a real one on loopback, which does what a transcript says. */
export class GoldenServer {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  #received = '';
  #wake: () => void = () => undefined;

  private constructor(server: Server, event: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on(event, (socket: Socket) => {
      this.#sockets.push(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        this.#received += chunk.toString('latin1');
        this.#wake();
      });
      this.#wake();
    });
  }

  /** Listens; `none` is a port on which nobody does. */
  static async listen(kind: 'tcp' | 'tls' | 'none'): Promise<GoldenServer> {
    identity ??= createAuthority().then((authority) => authority.issue({ names: ['server.example'] }));
    const server = kind === 'tls' ? createTlsServer({ ...(await identity) }) : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const golden = new GoldenServer(server, kind === 'tls' ? 'secureConnection' : 'connection');
    if (kind === 'none') await golden.close();
    return golden;
  }

  /** Writes to whoever connected last. */
  async send(bytes: string): Promise<void> {
    (await this.#last()).write(Buffer.from(bytes, 'latin1'));
  }

  /** Closes the connection of whoever connected last. */
  async end(): Promise<void> {
    (await this.#last()).end();
  }

  /** Resolves when as many bytes came as are expected; rejects when they are others. */
  async received(expected: string): Promise<void> {
    while (this.#received.length < expected.length) await this.#change();
    const received = this.#received;
    this.#received = '';
    if (received !== expected) throw new Error(`The server received ${JSON.stringify(received)}.`);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #last(): Promise<Socket> {
    for (;;) {
      const socket = this.#sockets.at(-1);
      if (socket) return socket;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
