import tls from 'node:tls';
import { ModemError, SocketError, asError } from '../errors/index.js';
import { Carrier } from './carrier.js';
import { checkSecrets, showBriefly } from './discretion.js';
import { ModemSocket } from './modem-socket.js';
import { obey } from './obey.js';
import { connectionOf, duration, present, type ConnectOptions } from './options.js';
import type { Connection, SessionSource } from './source.js';
import { keepSessions, sessionKey } from './tls-sessions.js';
import { servernameOf } from './trust.js';

/** What `tls.connect` reads beside the secure context. Not given more, it keeps no secret and no header of a request. */
const connectOptions = [
  'ALPNProtocols',
  'checkServerIdentity',
  'enableTrace',
  'highWaterMark',
  'minDHSize',
  'pskCallback',
  'requestOCSP',
  'session',
] as const;

/** Node's own, and what a socket of the module's TLS tells, too. */
export type HostTlsSocket = tls.TLSSocket & {
  /** Whether Node compared the certificate with the name; false where `checkServerIdentity` of the caller's did. */
  readonly hostNameChecked: boolean;
};

/**
 * Node's own TLS over a TCP session of the module: names, versions and options are Node's business. What is wrong with
 * them is emitted by a socket that is not connected.
 */
export function connectHostTls(source: SessionSource, options: ConnectOptions, listener?: () => void): HostTlsSocket {
  // These two are the TLS socket's, which stands for this one, also where sockets are registered.
  const { signal, timeout, ...rest } = options;
  const tcp = new ModemSocket(source, rest, () => () => undefined);
  try {
    const connection = connectionOf(options);
    const idle = duration(timeout, 'timeout', 0);
    const secure = begin(source, { tcp, connection, options }, listener);
    if (idle > 0) secure.setTimeout(idle);
    limit(secure, tcp, connection);
    secure.once(
      'close',
      obey(signal, (error) => secure.destroy(error)),
    );
    if (!signal?.aborted) tcp.connect({ tls: false, port: connection.port });
    return secure;
  } catch (error) {
    const secure = face(new tls.TLSSocket(new Carrier(tcp)), options);
    process.nextTick(() => secure.destroy(asError(error)));
    return secure;
  }
}

const CONNECT_ONCE = "A socket with tls: 'host' is for one connection: make another by modem.connect.";
const LEARN_NEEDLESS =
  "The option 'ca' is not 'learn' with tls: 'host': Node verifies against its own roots; leave it out.";

interface Beginning {
  readonly tcp: ModemSocket;
  readonly connection: Connection;
  readonly options: ConnectOptions;
}

/** Throws what is wrong with the options of TLS. */
function begin(source: SessionSource, { tcp, connection, options }: Beginning, listener?: () => void): HostTlsSocket {
  checkSecrets(options);
  if (options.ca === 'learn') throw new ModemError('ERR_MODEM_UNSUPPORTED', LEARN_NEEDLESS);
  const key = sessionKey(connection, options);
  const sessions = source.tlsSessions;
  const offered = key === undefined ? undefined : sessions.find(key);
  const carrier = new Carrier(tcp);
  const settings = { ...(offered ? { session: offered } : {}), ...settingsOf(connection, options), socket: carrier };
  const secure = tls.connect(settings, listener);
  showBriefly(secure, connection);
  carrier.bind(secure);
  if (key !== undefined) keepSessions(secure, { sessions, key, offered });
  return face(secure, options);
}

/** What the socket tells beside Node's own, and what it must not do. */
function face(secure: tls.TLSSocket, options: ConnectOptions): HostTlsSocket {
  const hostNameChecked = () => secure.authorized && !present(options['checkServerIdentity']);
  // Node's would connect past the modem, and in plain text.
  const connect = () => secure.destroy(new ModemError('ERR_MODEM_UNSUPPORTED', CONNECT_ONCE));
  return Object.defineProperties(secure, {
    hostNameChecked: { get: hostNameChecked, configurable: true },
    connect: { value: connect, configurable: true, writable: true },
  }) as HostTlsSocket;
}

/** The secure context holds key and passphrase where nothing shows them. */
function settingsOf({ host, port }: Connection, options: ConnectOptions): tls.ConnectionOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => present(value)));
  const secureContext = given['secureContext'] ?? tls.createSecureContext(given);
  const settings = connectOptions.filter((name) => name in given).map((name) => [name, given[name]] as const);
  return {
    ...Object.fromEntries(settings),
    // As with Node, `undefined` is not left out here: it verifies, whatever the environment says.
    ...('rejectUnauthorized' in options ? { rejectUnauthorized: options.rejectUnauthorized !== false } : {}),
    host,
    port,
    servername: servernameOf(options),
    secureContext: secureContext as tls.SecureContext,
  };
}

/** The time for connecting covers the handshake; until the module has connected, its socket keeps the time. */
function limit(secure: tls.TLSSocket, tcp: ModemSocket, { host, port, connectTimeout }: Connection): void {
  const timer = setTimeout(() => {
    const message = `connect ETIMEDOUT ${host}:${port}: no TLS connection within ${connectTimeout} ms.`;
    const details = { syscall: 'connect', address: host, port, transient: true };
    if (!tcp.connecting) secure.destroy(new SocketError('ETIMEDOUT', message, details));
  }, connectTimeout);
  secure.once('secureConnect', () => clearTimeout(timer));
  secure.once('close', () => clearTimeout(timer));
}
