import { isIPv6 } from 'node:net';
import type { ConnectionOptions as NodeTlsOptions } from 'node:tls';
import { ModemError, invalidArgument } from '../errors/index.js';
import { checkText } from '../cch/index.js';
import type { Connection } from './source.js';

/** Options of `modem.connect`. Those that `tls.connect` has too mean the same. Unknown keys are ignored. */
export interface ConnectOptions {
  /** Default `'localhost'`. Names are resolved by the module's network. */
  host?: string | null | undefined;
  port?: number | string | null | undefined;
  /**
   * Who does TLS. `'modem'`: the module. `'host'`: Node's own `tls.connect` over a TCP session of the module.
   * `false`: nobody, plain TCP. Default `'modem'`.
   */
  tls?: 'modem' | 'host' | false | undefined;
  /** Authorities, or `'learn'`: the root is learned of the server itself, over TLS on the host; with `checkHostName: false`. */
  ca?: NodeTlsOptions['ca'] | null;
  /** Certificate and key of this client; an encrypted key with its passphrase. */
  cert?: NodeTlsOptions['cert'] | null;
  key?: NodeTlsOptions['key'] | null;
  passphrase?: string | null | undefined;
  /** With the module's TLS all, or exactly `'AES128-SHA'`. */
  ciphers?: string | null | undefined;
  /** Whether a `ca` without the root above it is enough. Default false. */
  allowPartialTrustChain?: boolean | undefined;
  rejectUnauthorized?: boolean | undefined;
  /** Must be `false` to use a public root as `ca` with the module's TLS, which checks no names. */
  checkHostName?: boolean | undefined;
  minVersion?: NodeTlsOptions['minVersion'];
  maxVersion?: NodeTlsOptions['maxVersion'];
  /** Default: `host` when it is a name; `''` sends none. */
  servername?: string | undefined;
  /** Whether certificate dates are checked, against the module's clock. Default true. */
  checkDates?: boolean | undefined;
  /** Use SSL context 0–9 of the module as it was configured by hand. */
  sslContext?: number | undefined;
  /** Ms from `connect()` until the connection must stand, waiting for a session included. Default 150 000. */
  connectTimeout?: number | undefined;
  /** Ms after `finish`, anew from each byte received, in which the peer may still answer. Default 30 000. */
  linger?: number | undefined;
  /** Local port on the module. */
  localPort?: number | undefined;
  /** Ms without progress after which a send fails, 60 000–150 000. Default 150 000. */
  sendTimeout?: number | undefined;
  /** Ms of inactivity until `timeout` is emitted. Default 0: never. */
  timeout?: number | undefined;
  /** Among those who wait for a session, higher ones go first. Default 0. */
  priority?: number | undefined;
  /** Whether it is a short request, which may have a session that `modem.reserve` keeps. Default: for agents true. */
  short?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Changes nothing: the module has no half-close, so that nothing can be sent any more when the peer has closed. */
  allowHalfOpen?: boolean | undefined;
  /** Bytes read ahead. Default 16 384. */
  highWaterMark?: number | undefined;
  /** Set by `http`: `'http:'` to port 80 with the module's TLS is a mistake, and refused. */
  protocol?: string | null | undefined;
  [option: string]: unknown;
}

/** Ms from `connect()` until the connection must stand, unless told otherwise. */
export const CONNECT_TIMEOUT = 150_000;
const SEND_TIMEOUT = 150_000;
const LINGER = 30_000;
const HIGH_WATER_MARK = 16_384;

/** Who does TLS for these options. */
export function tlsOf(options: ConnectOptions): 'modem' | 'host' | false {
  const { tls } = options;
  if (tls === undefined || (tls as unknown) === null) return 'modem';
  if ((tls as unknown) === 'modem' || tls === 'host' || (tls as unknown) === false) return tls;
  throw invalidArgument('tls', "it must be 'modem', 'host' or false", tls);
}

/** Checks the options of a connection and fills the defaults in. Throws before anything is written. */
export function connectionOf(options: ConnectOptions): Connection {
  const tls = tlsOf(options);
  refusePlaces(options);
  if (present(options.signal) && !(options.signal instanceof AbortSignal)) {
    throw invalidArgument('signal', 'it must be an AbortSignal');
  }
  if (present(options.highWaterMark) && readAhead(options) !== options.highWaterMark) {
    throw invalidArgument('highWaterMark', 'it must be a whole number of bytes, at least 1', options.highWaterMark);
  }
  const host = hostOf(options);
  return {
    host,
    port: portOf(options, tls),
    tls: tls === 'modem' ? 'modem' : false,
    bindPort: present(options.localPort) ? portNumber(options.localPort, 'localPort') : undefined,
    connectTimeout: duration(options.connectTimeout, 'connectTimeout', CONNECT_TIMEOUT, 1),
    sendTimeout: duration(options.sendTimeout, 'sendTimeout', SEND_TIMEOUT, 60_000, 150_000),
    linger: duration(options.linger, 'linger', LINGER),
    priority: priorityOf(options),
    short: options.short === true,
    options,
  };
}

/** Bytes read ahead; the default for what {@link connectionOf} refuses. */
export function readAhead({ highWaterMark }: ConnectOptions): number {
  return Number.isSafeInteger(highWaterMark) && Number(highWaterMark) >= 1 ? Number(highWaterMark) : HIGH_WATER_MARK;
}

/** A number of ms; `ERR_INVALID_ARG_VALUE` outside its range. */
export function duration(value: unknown, name: string, fallback: number, min = 0, max = 2 ** 31 - 1): number {
  if (!present(value)) return fallback;
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw invalidArgument(name, `it must be a number of milliseconds from ${min} to ${max}`, value);
}

/** Whether an option was given; `undefined` and `null` count as left out. */
export function present<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function refusePlaces(options: ConnectOptions): void {
  for (const name of ['socketPath', 'localAddress'] as const) {
    if (!present(options[name])) continue;
    const message = `The option '${name}' is not supported: the connection is made by the module, not by this host.`;
    throw new ModemError('ERR_MODEM_UNSUPPORTED', message);
  }
}

function priorityOf({ priority }: ConnectOptions): number {
  if (!present(priority)) return 0;
  if (typeof priority === 'number' && Number.isFinite(priority)) return priority;
  throw invalidArgument('priority', 'it must be a number', priority);
}

function hostOf(options: ConnectOptions): string {
  const host = options.host ?? 'localhost';
  if (typeof host !== 'string') throw invalidArgument('host', 'it must be a string', host);
  checkText(host, 'host');
  if (host.includes('://')) throw invalidArgument('host', 'it must be a name or an address, not a URL', host);
  if (isIPv6(host.replace(/^\[(.*)\]$/, '$1'))) {
    throw invalidArgument('host', 'the module takes IPv4 addresses and names, no IPv6 address', host);
  }
  const bytes = Buffer.byteLength(host);
  if (bytes < 1 || bytes > 256) throw invalidArgument('host', 'it must be 1 to 256 bytes long', host);
  return host;
}

function portOf(options: ConnectOptions, tls: 'modem' | 'host' | false): number {
  const port = portNumber(options.port, 'port');
  if (port !== 80 || tls === false) return port;
  if (options.protocol === 'http:' && !present(options.tls)) {
    const message =
      "The option 'protocol' is 'http:' and the port 80, which speaks no TLS: give tls: false for plain HTTP, " +
      'or the port of the TLS server.';
    throw new ModemError('ERR_MODEM_UNSUPPORTED', message);
  }
  // Without an agent, Node fills port 80 into an https request that named none.
  return isHttps(options) && !present(options['_agentKey']) ? 443 : port;
}

/** Whether `https.request` asks, which passes its protocol only from a URL, and itself in any case. */
function isHttps(options: ConnectOptions): boolean {
  const { protocol, _defaultAgent: agent } = options as { protocol?: unknown; _defaultAgent?: { protocol?: unknown } };
  return (protocol ?? agent?.protocol) === 'https:';
}

function portNumber(value: unknown, name: string): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw invalidArgument(name, 'it must be a port number from 1 to 65535', value);
}
