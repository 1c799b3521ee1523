import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { TlsMaterials } from './tls-materials.js';

/** How a server of the matrix is made. */
type Recipe = TlsOptions | 'no TLS' | { readonly contexts: Readonly<Record<string, TlsOptions>> };

/** The servers that a matrix of TLS connections needs, by name. */
const recipes = {
  good: ({ good }) => good,
  'of another root': ({ ofOther }) => ofOther,
  expired: ({ expired }) => expired,
  'not yet valid': ({ notYetValid }) => notYetValid,
  'expired, of another root': ({ expiredOfOther }) => expiredOfOther,
  'not yet valid, of another root': ({ notYetValidOfOther }) => notYetValidOfOther,
  'self-signed': ({ selfSigned }) => selfSigned,
  'self-signed and expired': ({ selfSignedExpired }) => selfSignedExpired,
  'name in SAN only': ({ inSanOnly }) => inSanOnly,
  wildcard: ({ wildcard }) => wildcard,
  'of another name': ({ ofOtherName }) => ofOtherName,
  'of another name and root': ({ ofOtherNameAndRoot }) => ofOtherNameAndRoot,
  'of another name, expired': ({ ofOtherNameExpired }) => ofOtherNameExpired,
  'for clients': ({ forClients }) => forClients,
  chain: ({ belowWithChain }) => belowWithChain,
  'chain not sent': ({ below }) => below,
  'chain with an expired authority': ({ belowExpiredWithChain }) => belowExpiredWithChain,
  'chain through no authority': ({ belowNoAuthority }) => belowNoAuthority,
  'of an expired root': ({ ofExpiredRoot }) => ofExpiredRoot,
  'of a root of tomorrow': ({ ofFutureRoot }) => ofFutureRoot,
  RSA: ({ rsa }) => rsa,
  'P-256 under RSA': ({ p256OfRsa }) => p256OfRsa,
  'P-384': ({ p384 }) => p384,
  'P-256 under P-384': ({ p256OfP384 }) => p256OfP384,
  'TLS 1.1': ({ good }) => ({ ...good, ...only('TLSv1.1'), ciphers: 'DEFAULT:@SECLEVEL=0' }),
  'TLS 1.2': ({ good }) => ({ ...good, ...only('TLSv1.2') }),
  'TLS 1.3': ({ good }) => ({ ...good, ...only('TLSv1.3') }),
  'by SNI': ({ good, ofOtherName }) => ({ contexts: { 'server.test': good, 'else.test': ofOtherName } }),
  'wants a client, TLS 1.2': ({ good, clients }) => ({ ...good, ...only('TLSv1.2'), requestCert: true, ca: clients }),
  'wants a client, TLS 1.3': ({ good, clients }) => ({ ...good, ...only('TLSv1.3'), requestCert: true, ca: clients }),
  'wants a client': ({ good, clients }) => ({ ...good, requestCert: true, ca: clients }),
  'wants a client, has another name': ({ ofOtherName, clients }) => {
    return { ...ofOtherName, ...only('TLSv1.2'), requestCert: true, ca: clients };
  },
  'asks for a client': ({ good, clients }) => {
    return { ...good, requestCert: true, rejectUnauthorized: false, ca: clients };
  },
  'no TLS': () => 'no TLS',
} satisfies Record<string, (materials: TlsMaterials) => Recipe>;

export type ServerName = keyof typeof recipes;

/** What a server says to whom it has accepted, in one line; then it sends back what it is sent. */
export interface Greeting {
  /** The name in SNI; false when there was none. */
  readonly servername: string | false;
  readonly protocol: string | null;
  /** Common name of the client's certificate, and whether its chain was verified. */
  readonly client: string | null;
  readonly authorized: boolean;
}

/** The servers of the recipes on this machine, each made when it is first asked for. */
export class TlsServers {
  readonly #materials: TlsMaterials;
  readonly #ports = new Map<ServerName, Promise<number>>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(materials: TlsMaterials) {
    this.#materials = materials;
  }

  port(name: ServerName): Promise<number> {
    let port = this.#ports.get(name);
    if (!port) this.#ports.set(name, (port = this.#start(recipes[name](this.#materials))));
    return port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) {
      server.close();
      await once(server, 'close');
    }
  }

  async #start(recipe: Recipe): Promise<number> {
    const server = makeServer(recipe);
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  }
}

function only(version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): TlsOptions {
  return { minVersion: version, maxVersion: version };
}

function makeServer(recipe: Recipe): Server {
  if (recipe === 'no TLS') return createTcpServer((socket) => socket.end('220 server.test ready\r\n'));
  if (!('contexts' in recipe)) return createServer(recipe, greet);
  const contexts = new Map(Object.entries(recipe.contexts).map(([name, of]) => [name, createSecureContext(of)]));
  // Who sends no name, or one that is not here, gets no certificate.
  return createServer({ SNICallback: (name, found) => found(null, contexts.get(name.toLowerCase())) }, greet);
}

/** Says its greeting, and then what it is told. */
export function greet(socket: TLSSocket): void {
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string } };
  const { servername, authorized } = socket as TLSSocket & { servername: string | false };
  const greeting: Greeting = {
    servername,
    protocol: socket.getProtocol(),
    client: subject?.CN ?? null,
    authorized,
  };
  socket.on('error', () => undefined);
  socket.write(`${JSON.stringify(greeting)}\n`);
  socket.pipe(socket);
}
