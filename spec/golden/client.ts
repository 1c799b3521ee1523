import { connect, type Socket } from 'node:net';

/** A serial client that knows nothing but bytes: it writes some and expects some, over a raw TCP serial server. */
export class BareClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static connect(port: number): Promise<BareClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new BareClient(socket)));
      socket.setNoDelay(true);
      socket.once('error', reject);
    });
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Resolves when exactly these bytes came next; rejects at the first that differs, or when nothing comes for 4 s. */
  async expect(bytes: Buffer): Promise<void> {
    for (;;) {
      const came = this.#received.subarray(0, bytes.length);
      const shown = `${JSON.stringify(came.toString('latin1'))} instead of ${JSON.stringify(bytes.toString('latin1'))}`;
      if (!came.equals(bytes.subarray(0, came.length))) throw new Error(`The modem wrote ${shown}.`);
      if (came.length === bytes.length) break;
      if (this.#ended || (await this.#more()) === 'late') throw new Error(`The modem stopped at ${shown}.`);
    }
    this.#received = this.#received.subarray(bytes.length);
  }

  /** Closes, and tells what nobody expected. */
  close(): string {
    this.#socket.destroy();
    return this.#received.toString('latin1');
  }

  #more(): Promise<'more' | 'late'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('late'), 4000);
      this.#wake = () => resolve((clearTimeout(timer), 'more'));
    });
  }
}
