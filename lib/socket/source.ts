import type { ModuleTls, Session } from '../cch/index.js';
import type { ConnectOptions } from './options.js';
import type { TlsSessions } from './tls-sessions.js';

/** A connection as the socket asks for it: options checked, defaults filled in. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  /** `'modem'`: the module's TLS. `false`: plain TCP, also below TLS on the host. */
  readonly tls: 'modem' | false;
  readonly bindPort: number | undefined;
  /** Ms from `connect()` until it must stand. */
  readonly connectTimeout: number;
  /** Ms without progress after which a send fails. */
  readonly sendTimeout: number;
  /** Ms after `finish`, anew from each byte received, in which the peer may still answer. */
  readonly linger: number;
  /** Who waits with a higher one is served first. */
  readonly priority: number;
  /** Whether it is for a short time: it may have a session that is kept for such. */
  readonly short: boolean;
  /** The options as they were given, for those that concern TLS. */
  readonly options: Readonly<ConnectOptions>;
}

/** What a source knows of a session that it opened. */
export interface OpenedSession {
  readonly session: Session;
  /** What is known of the module's TLS; `undefined` for a TCP session, and with a context that the user configured. */
  readonly tls: ModuleTls | undefined;
  /** What the modem is called: its port. */
  readonly modem: string;
  /** Address of the module in its network, when it is known. */
  readonly address: string | undefined;
}

/** How a socket follows what it asked for. */
export interface AcquireProgress {
  readonly signal: AbortSignal;
  /** Called when it waits for a session: at first, and again when the module was reset before it was asked to connect. */
  waiting(this: void): void;
  /** Called when the root of the server is to be learned first, over a session of its own. */
  learning(this: void): void;
  /** Called when a session is at hand and the module begins to connect. */
  opening(this: void): void;
}

/** Something that can be closed to make room: a keep-alive socket that nobody uses. */
export interface IdleSocket {
  destroy(): unknown;
}

/** A socket that is to be ended when its source is. */
export interface LiveSocket {
  destroySoon(): void;
  destroy(error?: Error): unknown;
  once(event: 'close', listener: () => void): unknown;
  readonly writableEnded: boolean;
}

/** Where sockets get their sessions from. */
export interface SessionSource {
  /** Throws what is wrong with the options of a connection; nothing is opened. */
  check(connection: Connection): void;
  /** Opens a session when there is one to be had. Rejects with the error that the socket is to emit. */
  acquire(connection: Connection, progress: AcquireProgress): Promise<OpenedSession>;
  /** Who holds each session, in words. */
  holders(): string;
  /** Notes a socket as alive, to be ended when the source closes. Returns a function that ends that. */
  registerSocket(socket: LiveSocket): () => void;
  /** Notes a socket as idle: it is closed when somebody waits for a session. Returns a function that ends that. */
  registerIdle(socket: IdleSocket): () => void;
  /** Whether somebody waits for a session. */
  readonly wanted: boolean;
  /** Number of sessions that can be open at once. */
  readonly sessions: number;
  /** TLS sessions of connections with `tls: 'host'`, to be resumed. */
  readonly tlsSessions: TlsSessions;
}
