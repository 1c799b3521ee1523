import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { asError, codeOf } from '../../lib/errors/index.js';
import type { ConnectOptions, ModemSocket } from '../../lib/index.js';
import type { Greeting } from './tls-servers.js';

/** What a socket says of the peer, and the peer of the socket, when bytes went both ways. */
export interface Accepted {
  readonly verdict: 'accepted';
  readonly authorized: boolean;
  readonly authorizationError: unknown;
  /** `undefined`: a socket of Node's, which always checks it. */
  readonly hostNameChecked: boolean | undefined;
  readonly protocol: string | null;
  readonly greeting: Greeting;
}

export interface Refused {
  readonly verdict: 'refused';
  /** The error's code; `closed` where the connection came to an end without an error. */
  readonly code: string;
  readonly message: string;
}

export type Attempted = Accepted | Refused;

type AnySocket = TLSSocket | ModemSocket;

/** Makes a connection, has bytes go both ways, and closes it. */
export async function attempt(open: () => AnySocket): Promise<Attempted> {
  let socket: AnySocket;
  try {
    socket = open();
  } catch (cause) {
    return refused(cause);
  }
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const failure = new Promise<Refused>((resolve) => {
    socket.on('error', (error) => resolve(refused(error)));
    socket.once('close', () => resolve({ verdict: 'refused', code: 'closed', message: 'it was closed' }));
    socket.once('end', () => resolve({ verdict: 'refused', code: 'closed', message: 'the server closed it' }));
  });
  const outcome = await Promise.race([converse(socket), failure]);
  socket.destroy();
  await closed;
  return outcome;
}

/** The same with Node's own socket, which reaches every name at this machine, and sends the name as Node's https does. */
export function attemptWithNode(options: ConnectOptions & { host: string; port: number }): Promise<Attempted> {
  const lookup = (_host: string, _options: unknown, found: (error: null, all: object[]) => void) =>
    found(null, [{ address: '127.0.0.1', family: 4 }]);
  const name = /^[\d.]+$/.test(options.host) ? {} : { servername: options.host };
  return attempt(() => connect({ ...name, ...options, lookup } as unknown as ConnectionOptions));
}

/** Never ends for a connection that fails. */
async function converse(socket: AnySocket): Promise<Accepted> {
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const { authorized, authorizationError } = socket;
  const hostNameChecked = 'hostNameChecked' in socket ? socket.hostNameChecked : undefined;
  const protocol = socket.getProtocol();
  const reader = new Reader(socket);
  const greeting = JSON.parse(await reader.until('\n')) as Greeting;
  socket.write('?');
  await reader.until('?');
  return { verdict: 'accepted', authorized, authorizationError, hostNameChecked, protocol, greeting };
}

class Reader {
  #text = '';
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
  }

  /** The text up to this mark. */
  async until(mark: string): Promise<string> {
    while (!this.#text.includes(mark)) await once(this.#stream, 'data');
    const [text = ''] = this.#text.split(mark, 1);
    this.#text = this.#text.slice(text.length + mark.length);
    return text;
  }
}

function refused(cause: unknown): Refused {
  const { message } = asError(cause);
  return { verdict: 'refused', code: codeOf(cause) ?? 'no code', message };
}
