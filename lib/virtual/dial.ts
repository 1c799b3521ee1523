import { connect, type Socket } from 'node:net';

import { Result, type Profile } from '../cch/table/index.js';
import { codeOf } from '../errors/index.js';
import type { SslContext } from './contexts.js';
import type { CurveSupport } from './curves.js';
import { certificatesMissing, handshake } from './handshake.js';
import { resolveHost, type Endpoint } from './hosts.js';

/** Where `AT+CCHOPEN` goes. */
export interface OpenTarget {
  readonly host: string;
  readonly port: number;
  /** 1 TCP · 2 TLS. */
  readonly clientType: number;
  readonly bindPort?: number | undefined;
}

/** What the module has for making connections. */
export interface DialOptions {
  readonly hosts: ReadonlyMap<string, string>;
  readonly network: boolean;
  /** Milliseconds for the TCP connection. */
  readonly connectTimeout: number;
  readonly context: SslContext;
  readonly profile: Profile;
  readonly ecdsa: CurveSupport;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** A connected socket, or the number of the result and why. */
export type DialOutcome = { readonly socket: Socket } | { readonly error: number; readonly reason: string };

/** `create socket`: the local port is taken. */
const CREATE_SOCKET = 12;

/** Makes the connection that an open asks for, over TCP or TLS, out of this process. */
export async function dial(target: OpenTarget, options: DialOptions): Promise<DialOutcome> {
  const secure = target.clientType === 2;
  if (secure && certificatesMissing(options.context, options.files)) {
    return { error: Result.certificatesNotSet, reason: 'a certificate file is missing' };
  }
  const endpoint = await resolveHost(target.host, target.port, options);
  if (endpoint === 'not-found') return { error: Result.dns, reason: `${target.host} is not known` };
  if (endpoint === 'unreachable') return { error: Result.connect, reason: `${target.host} is not on this machine` };
  const connected = await connectTcp(endpoint, target.bindPort, options);
  if (!secure || 'error' in connected) return connected;
  return handshake(connected.socket, { ...options, host: target.host, now: options.now() });
}

function connectTcp(endpoint: Endpoint, bindPort: number | undefined, options: DialOptions): Promise<DialOutcome> {
  const { signal, connectTimeout } = options;
  return new Promise((resolve) => {
    const socket = connect({
      host: endpoint.address,
      port: endpoint.port,
      // The end of one direction is the session's matter.
      allowHalfOpen: true,
      ...(bindPort === undefined ? {} : { localPort: bindPort }),
    });
    const settle = (outcome: DialOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      if ('error' in outcome) socket.destroy();
      resolve(outcome);
    };
    const aborted = () => settle({ error: Result.connect, reason: 'given up' });
    const timer = setTimeout(() => {
      settle({ error: Result.connect, reason: `no answer in ${connectTimeout} ms` });
    }, connectTimeout);
    socket.setNoDelay(true);
    // Stays: an error after the connection must not be uncaught.
    socket.on('error', (cause) => {
      const taken = codeOf(cause) === 'EADDRINUSE';
      settle({ error: taken ? CREATE_SOCKET : Result.connect, reason: cause.message });
    });
    socket.once('connect', () => settle({ socket }));
    signal.addEventListener('abort', aborted);
    if (signal.aborted) aborted();
  });
}
