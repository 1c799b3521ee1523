import debug from 'debug';
import { failureToError, type Failure, type Session, type SessionUser } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import type { ConnectionMessage } from '../util/index.js';
import { Connecting, type ConnectingPhase } from './connecting.js';
import { Ending } from './ending.js';
import { heard } from './listeners.js';
import { News } from './news.js';
import { obey } from './obey.js';
import { connectionOf, tlsOf, type ConnectOptions } from './options.js';
import { Outgoing, type WriteCallback } from './outgoing.js';
import type { Connection, OpenedSession, SessionSource } from './source.js';

const log = debug('modem-tls:socket');

/** It would be a plain TCP connection. */
const HOST_TLS_ELSEWHERE =
  "The option 'tls' is not 'host' for this socket, which is the module's: modem.connect makes one of Node's.";

/** What a {@link Link} tells its socket, while it is not over. */
export interface LinkHost {
  /** The connection stands; data follow. */
  stands(): void;
  /** Bytes that can be taken now. */
  room(): number;
  received(chunk: Buffer): void;
  /** Nothing more is received. */
  ended(): void;
  failed(error: Error): void;
  /** Something moved. */
  touch(): void;
  /** Calls `fail` when nothing is left to read that an error would throw away, or nobody reads for `patience` ms. */
  whenRead(patience: number, fail: () => void): void;
}

/**
 * One connection of a socket, from `connect()` to its end: of what it still hears then, the socket, which may have another
 * by that time, hears nothing.
 */
export class Link {
  readonly connection: Connection;
  /** Payload bytes received. */
  bytesRead = 0;
  readonly #source: SessionSource;
  readonly #host: LinkHost;
  readonly #news: News;
  readonly #ending: Ending;
  readonly #outgoing: Outgoing;
  #state: 'alive' | 'over' = 'alive';
  #connecting: Connecting | undefined;
  #disobey: (() => void) | undefined;
  #opened: OpenedSession | undefined;

  /** Throws what is wrong with the options. */
  constructor(source: SessionSource, options: ConnectOptions, host: LinkHost) {
    if (tlsOf(options) === 'host') throw new ModemError('ERR_MODEM_UNSUPPORTED', HOST_TLS_ELSEWHERE);
    this.connection = connectionOf(options);
    this.#source = source;
    this.#host = host;
    this.#news = new News(() => this.#message());
    this.#ending = new Ending(this.connection.linger, () => this.#lingered());
    this.#outgoing = new Outgoing({
      sent: (bytes) => this.#tell(() => this.#sent(bytes)),
      flushed: () => this.#ending.flushed(),
      touch: () => this.#tell(() => host.touch()),
      whenRead: (fail) => {
        if (this.#isOver()) fail();
        else host.whenRead(this.connection.linger, fail);
      },
      explain: (failure) => this.#error(failure),
      fail: (error) => this.#tell(() => host.failed(error)),
    });
  }

  /** Begins to connect. Throws what is wrong with the options for the module. */
  start(signal: AbortSignal | null | undefined): void {
    const failed = (error: Error) => this.#tell(() => this.#host.failed(error));
    this.#source.check(this.connection);
    this.#disobey = obey(signal, failed);
    const stands = (opened: OpenedSession) => this.#begin(opened);
    this.#connecting = new Connecting(this.#source, this.connection, { stands, failed });
  }

  get phase(): ConnectingPhase | 'open' {
    return this.#opened ? 'open' : (this.#connecting?.phase ?? 'waiting');
  }

  /** What is known of the session, once the connection stands. */
  get opened(): OpenedSession | undefined {
    return this.#opened;
  }

  /** Bytes that the module has taken. */
  get taken(): number {
    return this.#outgoing.taken;
  }

  /** There is room again. */
  resume(): void {
    this.#opened?.session.resume();
  }

  /** `callback` is told when the module has taken the bytes. */
  write(chunks: readonly Buffer[], callback: WriteCallback): void {
    this.#outgoing.write(chunks, callback);
  }

  /** `callback` is told when the module has sent every byte. */
  end(callback: WriteCallback): void {
    this.#outgoing.end(callback);
  }

  /** The socket is about to be destroyed: what is written from here on is given up. */
  halt(): void {
    this.#outgoing.halt();
  }

  /** The socket is destroyed: the session is closed at control priority, in the background. */
  finish(error: Error | undefined): void {
    this.#state = 'over';
    this.#news.ends({ bytesRead: this.bytesRead, bytesWritten: this.taken }, error);
    this.#connecting?.stop();
    this.#disobey?.();
    this.#ending.stop();
    void this.#opened?.session.close();
  }

  /** What waited for the connection fails; the session tells the other writes. */
  giveUp(error: Error | null): void {
    this.#outgoing.giveUp(error);
  }

  /** The socket is to have another connection: nothing of its stream waits for this one any more. */
  abandon(): void {
    this.#outgoing.abandon();
  }

  #begin(opened: OpenedSession): void {
    log('session %d: connected to %s:%d', opened.session.id, this.connection.host, this.connection.port);
    this.#opened = opened;
    this.#news.stands();
    try {
      this.#host.stands();
    } finally {
      // Also when a listener has thrown.
      if (!this.#isOver()) this.#attach(opened.session);
    }
  }

  #attach(session: Session): void {
    session.attach(this.#user(session));
    this.#outgoing.begin(session);
  }

  #user(session: Session): SessionUser {
    return {
      room: () => (this.#isOver() ? 0 : this.#host.room()),
      data: (chunk) => this.#tell(() => this.#received(chunk)),
      ended: () => {
        log('session %d: the peer has closed', session.id);
        this.#ending.stop();
        this.#tell(() => heard(() => this.#host.ended()));
      },
      failed: (failure) => this.#tell(() => this.#host.failed(this.#error(failure))),
    };
  }

  #received(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    this.#ending.touch();
    this.#news.received(chunk.length);
    this.#host.touch();
    heard(() => this.#host.received(chunk));
  }

  #sent(bytes: number): void {
    this.#news.sent(bytes);
    this.#host.touch();
  }

  #lingered(): void {
    // A reader that is slow has the peer's time stand still.
    if (this.#host.room() <= 0) return this.#ending.touch();
    log('session %d: the peer did not close within %d ms', this.#opened?.session.id, this.connection.linger);
    void this.#opened?.session.close();
    this.#host.ended();
  }

  #tell(tell: () => void): void {
    if (!this.#isOver()) tell();
  }

  #error(failure: Failure): Error {
    return failureToError(failure, this.connection);
  }

  #message(): ConnectionMessage {
    const { host, port, tls } = this.connection;
    return { modem: this.#opened?.modem, session: this.#opened?.session.id, host, port, tls };
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }
}
