import { EventEmitter } from 'node:events';
import { ModemError } from '../errors/index.js';
import {
  ModemAgent,
  ModemSocket,
  connect,
  connectArguments,
  makeConnector,
  present,
  type AnySocket,
  type ConnectArguments,
  type Connector,
  type ConnectOptions,
  type HostTlsSocket,
  type ModemAgentOptions,
  type SessionSource,
} from '../socket/index.js';

/** What `net.createConnection` takes; there is no connecting to a path. */
export interface CreateConnection {
  (options: object, listener?: (...given: never[]) => void): AnySocket;
  (port: number, host?: string, listener?: (...given: never[]) => void): AnySocket;
  (port: string, listener?: (...given: never[]) => void): AnySocket;
}

/** What connects through sessions of modules: a modem, or several. */
export abstract class Dialer<Events extends Record<keyof Events, unknown[]>> extends EventEmitter<Events> {
  /** Where sockets get their sessions from. Throws `ERR_MODEM_CLOSED` when there never were any. */
  protected abstract get source(): SessionSource;

  /**
   * Connects like `tls.connect`, and returns the socket at once. Never throws on option values: the socket emits what is
   * wrong with them. `listener` is called on `secureConnect`, or on `connect` with `tls: false`.
   */
  connect(options: ConnectOptions & { tls?: 'modem' | false | undefined }, listener?: () => void): ModemSocket;
  connect(options: ConnectOptions & { tls: 'host' }, listener?: () => void): HostTlsSocket;
  connect(options: ConnectOptions, listener?: () => void): AnySocket;
  connect(port: number | string, host?: string, listener?: () => void): ModemSocket;
  connect(...given: ConnectArguments): AnySocket {
    if (!present(given[0])) throw new ModemError('ERR_INVALID_ARG_VALUE', "The argument 'options' is missing.");
    const { options, listener } = connectArguments(given);
    return connect(this.source, options, listener);
  }

  /** {@link connect}, bound: what clients take by that name. */
  readonly createConnection: CreateConnection = (...given: readonly [object | number | string, ...unknown[]]) =>
    this.connect(...(given as Parameters<Dialer<Events>['connect']>));

  /**
   * A socket that is not connected yet, for clients that call `connect(port, host)` on the one that they are given (`pg`).
   * `options` are defaults of that call; with the module's TLS or none, since `tls: 'host'` needs a socket of Node's.
   */
  socket(options: ConnectOptions = {}): ModemSocket {
    return new ModemSocket(this.source, options);
  }

  /** An `https.Agent` over the sessions, with Node's options and those of {@link connect}. */
  httpsAgent(options: ModemAgentOptions = {}): ModemAgent {
    return new ModemAgent(this.source, 'https:', options);
  }

  /** An `http.Agent` over the sessions, for plain TCP. */
  httpAgent(options: ModemAgentOptions = {}): ModemAgent {
    return new ModemAgent(this.source, 'http:', options);
  }

  /** A `connect` function for undici's Client, Pool and Agent: `new Client(origin, { connect: modem.connector() })`. */
  connector(options: ConnectOptions = {}): Connector {
    return makeConnector(this.source, options);
  }
}
