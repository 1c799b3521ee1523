import diagnostics from 'node:diagnostics_channel';
import { errorMonitor, type EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Messages } from '../../lib/util/index.js';
import { Mortals, tally, type Counts } from './leftovers.js';

const names = ['open', 'close', 'send', 'receive'] as const;

/** Keeps the books of a modem's sockets, against which its statistics are checked. */
export class Ledger {
  /** Sockets that were made, until they are collected. */
  readonly sockets = new Mortals();
  /** How many sockets were made, and how many closed. */
  made = 0;
  closed = 0;
  /** Sessions that stood, and are over; payload bytes either way. */
  stood = 0;
  over = 0;
  sent = 0;
  received = 0;
  readonly #codes: string[] = [];
  readonly #subscriptions: (() => void)[];

  constructor() {
    const entries: { readonly [N in (typeof names)[number]]: (message: Messages[N]) => void } = {
      open: ({ error }) => (this.stood += error ? 0 : 1),
      close: () => this.over++,
      send: ({ bytes }) => (this.sent += bytes),
      receive: ({ bytes }) => (this.received += bytes),
    };
    this.#subscriptions = names.map((name) => {
      const channel = `modem-tls:${name}`;
      const listener = (message: unknown) => entries[name](message as never);
      diagnostics.subscribe(channel, listener);
      return () => void diagnostics.unsubscribe(channel, listener);
    });
  }

  /** Errors that sockets have emitted, by code. */
  get errors(): Counts {
    return tally(this.#codes);
  }

  /** Notes a socket that was made. */
  note<T extends Duplex>(socket: T): T {
    this.made++;
    this.sockets.add(socket);
    const emitter: EventEmitter = socket;
    emitter.on(errorMonitor, ({ code = 'unknown' }: { code?: string }) => this.#codes.push(code));
    emitter.on('close', () => this.closed++);
    return socket;
  }

  end(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }
}
