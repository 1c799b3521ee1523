import { channel } from 'node:diagnostics_channel';

/** A connection, in what is published of it; `session` is the module's id, `modem` its port. */
export interface ConnectionMessage {
  readonly modem: string | undefined;
  readonly session: number | undefined;
  readonly host: string;
  readonly port: number;
  /** Who does TLS: the module, or nobody that this package knows of (also below TLS of Node's). */
  readonly tls: 'modem' | false;
}

/** What is published on {@link channels}; no payload and no option. */
export interface Messages {
  /** A connection stands, or could not be made: then with `error`. `duration`: ms from `connect()`. */
  readonly open: ConnectionMessage & { readonly duration: number; readonly error?: Error | undefined };
  /** A connection that stood is over. Payload bytes; `duration`: ms since it stood. */
  readonly close: ConnectionMessage & {
    readonly duration: number;
    readonly bytesRead: number;
    readonly bytesWritten: number;
    readonly error?: Error | undefined;
  };
  /** The module has taken payload bytes. */
  readonly send: ConnectionMessage & { readonly bytes: number };
  /** Payload bytes were handed over. */
  readonly receive: ConnectionMessage & { readonly bytes: number };
  /** The module was reset. */
  readonly reset: { readonly modem: string; readonly reason: string };
}

/** Channels of `node:diagnostics_channel`, named `modem-tls:open` and so on. */
const channels = {
  open: channel('modem-tls:open'),
  close: channel('modem-tls:close'),
  send: channel('modem-tls:send'),
  receive: channel('modem-tls:receive'),
  reset: channel('modem-tls:reset'),
};

/** Publishes a message; `make` is called when anybody listens. */
export function publish<N extends keyof Messages>(name: N, make: () => Messages[N]): void {
  if (channels[name].hasSubscribers) channels[name].publish(make());
}
