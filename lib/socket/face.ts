import { isIPv4 } from 'node:net';
import { inspect } from 'node:util';
import type { CipherNameAndProtocol, DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import type { ModuleTls } from '../cch/index.js';
import type { ConnectingPhase } from './connecting.js';
import { Duplex } from './duplex.js';
import type { Connection } from './source.js';

/**
 * - `unconnected`: `connect` was not called
 * - a phase of connecting
 * - `open`
 * - `closed`: destroyed
 */
export type SocketState = 'unconnected' | ConnectingPhase | 'open' | 'closed';

/** What the face is made of. */
export interface SocketFacts {
  readonly state: SocketState;
  readonly connection: Connection | undefined;
  readonly tls: 'modem' | 'host' | false;
  /** What is known of the module's TLS, once the connection stands. */
  readonly moduleTls: ModuleTls | undefined;
  readonly moduleAddress: string | undefined;
  /** Payload bytes read from the module. */
  readonly received: number;
  /** Bytes that the module has taken. */
  readonly taken: number;
  /** Ms of inactivity until `timeout`; 0 is never, undefined if nobody said. */
  readonly timeout: number | undefined;
}

/**
 * What Node's clients ask of a `net.Socket` and a `tls.TLSSocket` beside the stream: truthful, and empty or undefined, as
 * Node documents it, where the module does not tell.
 */
export abstract class SocketFace extends Duplex {
  /** The module negotiates no protocol. */
  readonly alpnProtocol = false;

  // As `net.Socket` declares them, optional or not; each is a getter, made below.
  /** Address of the server, where the caller gave one: the module does not tell what a name resolved to. */
  declare readonly remoteAddress: string | undefined;
  declare readonly remotePort: number | undefined;
  declare readonly remoteFamily: string | undefined;
  /** Address of the module in its network. */
  declare readonly localAddress?: string;
  declare readonly localPort?: number;
  declare readonly localFamily?: string;
  /** It is of no server: null of a TCP socket, and undefined of a TLS socket, as Node's own. */
  declare readonly server: null;
  /** Ms of inactivity after which `timeout` is emitted, 0 for never; undefined before `setTimeout`. */
  declare readonly timeout?: number;

  static {
    const whenOpen = (tell: (facts: SocketFacts) => unknown) =>
      function (this: SocketFace): unknown {
        return this.#open ? tell(this.facts()) : undefined;
      };
    const getters: Record<string, (this: SocketFace) => unknown> = {
      remoteAddress: whenOpen(({ connection }) => (isIPv4(connection?.host ?? '') ? connection?.host : undefined)),
      remotePort: whenOpen(({ connection }) => connection?.port),
      remoteFamily: whenOpen(() => 'IPv4'),
      localAddress: whenOpen(({ moduleAddress }) => moduleAddress),
      localPort: whenOpen(({ connection }) => connection?.bindPort),
      localFamily: whenOpen(() => 'IPv4'),
      server() {
        return this.encrypted ? undefined : null;
      },
      timeout() {
        return this.facts().timeout;
      },
    };
    for (const [name, get] of Object.entries(getters)) {
      Object.defineProperty(this.prototype, name, { get, configurable: true });
    }
  }

  protected abstract facts(): SocketFacts;

  /** Shows no payload and no options. */
  [inspect.custom](): string {
    const { state, connection, tls } = this.facts();
    const where = connection === undefined ? '' : ` ${connection.host}:${connection.port}`;
    return `${this.constructor.name} { ${state}${where}, tls: ${String(tls)}, destroyed: ${this.destroyed} }`;
  }

  get #open(): boolean {
    return this.facts().state === 'open';
  }

  /** True until `connect`. */
  get connecting(): boolean {
    const { state } = this.facts();
    return state !== 'unconnected' && state !== 'open' && state !== 'closed';
  }

  /** Whether it is not connected yet, or no more. */
  get pending(): boolean {
    return !this.#open;
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (!this.#open) return 'closed';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  /** Payload bytes read from the module. */
  get bytesRead(): number {
    return this.facts().received;
  }

  /** Payload bytes that the module took, and those that wait. */
  get bytesWritten(): number {
    return this.facts().taken + this.writableLength;
  }

  /** The same as `writableLength`. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** The module tries one address. */
  readonly autoSelectFamilyAttemptedAddresses: string[] = [];

  address(): { address: string; family: string; port: number } | Record<string, never> {
    const { localAddress, localPort } = this;
    if (localAddress === undefined || localPort === undefined) return {};
    return { address: localAddress, family: 'IPv4', port: localPort };
  }

  /** Small writes are gathered by this class; the module decides the rest. */
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  /** The module has no such setting. */
  setKeepAlive(_enable?: unknown, _initialDelay?: number): this {
    return this;
  }

  /** The module has no such setting: the default. */
  getTypeOfService(): number {
    return 0;
  }

  /** The module has no such setting. */
  setTypeOfService(_tos: number): this {
    return this;
  }

  /** The open modem keeps the process alive, not its sockets. */
  ref(): this {
    return this;
  }

  /** See {@link ref}. */
  unref(): this {
    return this;
  }

  /** Whether the module does TLS for this socket. */
  get encrypted(): boolean {
    return this.facts().tls !== false;
  }

  get secureConnecting(): boolean {
    return this.encrypted && this.connecting;
  }

  /** Whether the module verified the server's chain. Host names are not part of it: see {@link hostNameChecked}. */
  get authorized(): boolean {
    return this.#tls?.verified ?? false;
  }

  /** Whether the module compared the server's certificate with the host's name; only the family 767 can. */
  get hostNameChecked(): boolean {
    return this.#tls?.nameChecked ?? false;
  }

  /** What is known of the module's TLS, while the connection stands. */
  get #tls(): ModuleTls | undefined {
    return this.#open ? this.facts().moduleTls : undefined;
  }

  /** Why it is not authorized; null when it is, or is no TLS socket. */
  get authorizationError(): string | null {
    if (!this.encrypted || !this.#open || this.authorized) return null;
    return this.#tls ? 'the module was told to verify nothing' : 'the SSL context was configured by hand';
  }

  /** Name that was sent to the server; false when none was. */
  get servername(): string | false {
    const { host, options } = this.facts().connection ?? {};
    if (!this.encrypted || host === undefined || isIPv4(host) || options?.servername === '') return false;
    return host;
  }

  /** The module does not show certificates: empty. */
  getPeerCertificate(_detailed?: boolean): PeerCertificate | DetailedPeerCertificate | Record<string, never> {
    return {};
  }

  /** The module does not tell: empty, unless it was allowed just one. */
  getCipher(): Partial<CipherNameAndProtocol> {
    const name = this.#tls?.cipher;
    if (name === undefined) return {};
    // As Node describes it; the version is the one that the suite came with.
    return { name, standardName: 'TLS_RSA_WITH_AES_128_CBC_SHA', version: 'SSLv3' };
  }

  /** The version where the module was allowed just one, `'unknown'` otherwise, since it does not tell. */
  getProtocol(): string | null {
    if (!this.encrypted || !this.#open) return null;
    return this.#tls?.protocol ?? 'unknown';
  }

  /** The module keeps its TLS sessions to itself. */
  getSession(): undefined {
    return undefined;
  }

  isSessionReused(): boolean {
    return false;
  }
}
