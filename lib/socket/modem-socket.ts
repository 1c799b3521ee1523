import debug from 'debug';
import { ModemError, SocketError, asError } from '../errors/index.js';
import { SendFailure, failureToError, type Failure, type Session, type SessionUser } from '../cch/index.js';
import type { ConnectionMessage } from '../util/index.js';
import { SocketFace, type SocketFacts, type SocketState } from './face.js';
import { connectArguments, type ConnectArguments } from './connect-arguments.js';
import { Inactivity } from './inactivity.js';
import { heard, outside } from './listeners.js';
import { News } from './news.js';
import { connectionOf, present, readAhead, tlsOf, type ConnectOptions } from './options.js';
import type { Connection, OpenedSession, SessionSource } from './source.js';

const log = debug('modem-tls:socket');

const WRITE_AHEAD = 16_384;
/** Ms that a reader has at least to take what the peer sent before it closed. */
const LEAST_UNREAD = 1000;
/** It would be a plain TCP connection. */
const HOST_TLS_ELSEWHERE =
  "The option 'tls' is not 'host' for this socket, which is the module's: modem.connect makes one of Node's.";

type WriteCallback = (error?: Error | null) => void;

/**
 * A connection through the module: a Duplex with the face of `tls.TLSSocket` (or of `net.Socket`, with `tls: false`), in
 * that one's order of events. Assignable to `net.Socket`.
 *
 * Reading pulls from the module while there is room, so a slow reader holds the server back. A write's callback runs when
 * the module has taken the bytes, `finish` comes when it has sent them. The module has no half-close: after `end()` the
 * peer may still answer and close, within `linger` ms.
 */
export class ModemSocket extends SocketFace {
  /** Payload bytes read from the module. */
  bytesRead = 0;

  readonly #source: SessionSource;
  readonly #defaults: ConnectOptions;
  readonly #inactivity = new Inactivity(() => this.emit('timeout'));
  readonly #abort = new AbortController();
  #state: SocketState = 'unconnected';
  #connection: Connection | undefined;
  #opened: OpenedSession | undefined;
  /** How far the end has come: every byte of ours was sent, or the peer has closed. */
  #ending: 'none' | 'flushed' | 'peer-ended' = 'none';
  #taken = 0;
  #corked = false;
  /** Whether the root of the server is being learned (`ca: 'learn'`). */
  #learning = false;
  #waitingWrite: { chunks: Buffer[]; callback: WriteCallback } | undefined;
  #connectTimer: NodeJS.Timeout | undefined;
  #news: News | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;

  /** Made by `modem.connect`; `options` are the defaults of {@link connect}. */
  constructor(source: SessionSource, options: ConnectOptions = {}) {
    super({
      allowHalfOpen: false,
      autoDestroy: true,
      // By `_destroy`, which says whether there was an error, as `net.Socket` does.
      emitClose: false,
      readableHighWaterMark: readAhead(options),
      writableHighWaterMark: WRITE_AHEAD,
    });
    this.#source = source;
    this.#defaults = options;
  }

  // ── connecting ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Connects: `connect(options, listener?)` or `connect(port, host?, listener?)`. What is wrong with the options is
   * emitted as `error`. A socket that was connected before is refused with `ERR_MODEM_IN_USE`.
   */
  connect(...given: ConnectArguments): this {
    const { options, listener } = connectArguments(given);
    if (listener) this.once(options.tls === undefined && this.encrypted ? 'secureConnect' : 'connect', listener);
    if (this.#state !== 'unconnected') {
      this.destroy(new ModemError('ERR_MODEM_IN_USE', 'The socket was connected before.'));
      return this;
    }
    this.#state = 'waiting';
    try {
      this.#start({ ...this.#defaults, ...options });
    } catch (error) {
      // On the next tick, as Node's own sockets do, when the caller has had time to listen.
      process.nextTick(() => this.destroy(asError(error)));
    }
    return this;
  }

  #start(options: ConnectOptions): void {
    if (tlsOf(options) === 'host') throw new ModemError('ERR_MODEM_UNSUPPORTED', HOST_TLS_ELSEWHERE);
    const connection = connectionOf(options);
    this.#connection = connection;
    this.#news = new News(() => this.#message());
    this.#source.check(connection);
    if (present(options.timeout)) this.setTimeout(options.timeout);
    this.#obey(options.signal);
    this.#connectTimer = setTimeout(() => this.destroy(this.#connectTimeout()), connection.connectTimeout);
    const opening = () => {
      this.#learning = false;
      if (this.#state === 'waiting') this.#state = 'opening';
    };
    outside(
      this.#source.acquire(connection, {
        signal: this.#abort.signal,
        opening,
        learning: () => (this.#learning = true),
      }),
      (opened) => this.#begin(opened),
      (error) => this.destroy(asError(error)),
    );
  }

  #obey(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const abort = () =>
      this.destroy(new ModemError('ABORT_ERR', 'The operation was aborted.', { cause: signal.reason }));
    if (signal.aborted) return process.nextTick(abort);
    signal.addEventListener('abort', abort, { once: true });
    this.once('close', () => signal.removeEventListener('abort', abort));
  }

  #connectTimeout(): Error {
    const { host = '', port = 0, connectTimeout = 0 } = this.#connection ?? {};
    const waited = this.#state === 'waiting' && !this.#learning;
    const doing = this.#learning ? 'the root of the server was not learned' : 'the module did not connect';
    const what = waited ? 'no session of the module came free' : doing;
    const holders = `The sessions are in use: ${this.#source.holders()}.`;
    return new SocketError('ETIMEDOUT', `connect ETIMEDOUT ${host}:${port}: ${what} within ${connectTimeout} ms.`, {
      syscall: 'connect',
      address: host,
      port,
      transient: true,
      cause: waited ? new ModemError('ERR_MODEM_NO_SESSION', holders, { transient: true }) : undefined,
    });
  }

  #begin(opened: OpenedSession): void {
    if (this.destroyed) return void opened.session.close();
    clearTimeout(this.#connectTimer);
    log('session %d: connected to %s:%d', opened.session.id, this.#connection?.host, this.#connection?.port);
    this.#opened = opened;
    this.#state = 'open';
    this.#inactivity.touch();
    this.#news?.stands();
    // In the order of tls.connect.
    for (const event of this.encrypted ? ['connect', 'ready', 'secureConnect'] : ['connect', 'ready']) {
      this.emit(event);
      if (this.#isClosed()) return;
    }
    opened.session.attach(this.#user(opened.session));
    const waiting = this.#waitingWrite;
    this.#waitingWrite = undefined;
    if (waiting) this.#transmit(opened.session, waiting.chunks, waiting.callback);
  }

  // ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #user(session: Session): SessionUser {
    return {
      room: () => (this.destroyed || this.readableEnded ? 0 : this.readableHighWaterMark - this.readableLength),
      data: (chunk) => {
        if (this.destroyed) return;
        this.bytesRead += chunk.length;
        this.#inactivity.touch();
        this.#touchLinger();
        this.#news?.received(chunk.length);
        heard(() => this.push(chunk));
      },
      ended: () => {
        log('session %d: the peer has closed', session.id);
        this.#ending = 'peer-ended';
        this.#lingerStop();
        if (!this.destroyed) heard(() => this.#pushEnd());
      },
      failed: (failure) => this.destroy(this.#error(failure)),
    };
  }

  /** Asks, as `net.Socket` does, so that `end` is emitted although nobody reads, when nothing is left to read. */
  #pushEnd(): void {
    this.push(null);
    this.read(0);
  }

  override _read(): void {
    // The stream asks while what it is about to hand out still fills it: in a moment there is room.
    process.nextTick(() => this.#opened?.session.resume());
  }

  // ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  override write(chunk: unknown, callback?: WriteCallback): boolean;
  override write(chunk: unknown, encoding?: BufferEncoding | null, callback?: WriteCallback): boolean;
  /** As in Node; what one tick writes goes out together, so that `GET`, ` ` and `/path` are one send. */
  override write(chunk: unknown, second?: BufferEncoding | null | WriteCallback, third?: WriteCallback): boolean {
    if (!this.#corked && !this.destroyed) {
      this.#corked = true;
      this.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.uncork();
      });
    }
    // Node's own http gives `null` for the encoding of a Buffer.
    return typeof second === 'function'
      ? super.write(chunk, second)
      : super.write(chunk, second as BufferEncoding, third);
  }

  override _writev(items: { chunk: Buffer }[], callback: WriteCallback): void {
    const chunks = items.map(({ chunk }) => chunk);
    if (this.#opened && this.#state === 'open') this.#transmit(this.#opened.session, chunks, callback);
    else this.#waitingWrite = { chunks, callback };
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this._writev([{ chunk }], callback);
  }

  #transmit(session: Session, chunks: Buffer[], callback: WriteCallback): void {
    this.#inactivity.touch();
    outside(
      session.send(chunks),
      () => {
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        this.#taken += bytes;
        this.#news?.sent(bytes);
        this.#inactivity.touch();
        callback();
      },
      (error) => this.#afterReading(() => callback(this.#sendError(error))),
    );
  }

  override _final(callback: WriteCallback): void {
    if (!this.#opened) {
      if (this.#state === 'closed' || this.#state === 'unconnected') return callback();
      this.once('connect', () => this._final(callback));
      return;
    }
    outside(
      this.#opened.session.flush(),
      () => {
        callback();
        if (this.#ending === 'none') this.#ending = 'flushed';
        this.#touchLinger();
      },
      (error) => this.#afterReading(() => callback(this.#sendError(error))),
    );
  }

  /**
   * What the peer sent before it closed is read first: an error would throw it away. Who takes nothing of it for `linger`
   * ms may be waiting for the callback, as HTTP/2 does.
   */
  #afterReading(fail: () => void): void {
    if (this.#opened?.session.state !== 'peer-closed' || this.readableEnded || this.destroyed) return fail();
    let timer: NodeJS.Timeout | undefined;
    let done = false;
    const once = () => {
      clearTimeout(timer);
      if (!done) fail();
      done = true;
    };
    const taken = () => this.bytesRead - this.readableLength;
    const watch = (before: number) => {
      const look = () => (taken() === before ? once() : watch(taken()));
      timer = setTimeout(look, Math.max(this.#connection?.linger ?? 0, LEAST_UNREAD));
    };
    watch(taken());
    this.once('end', once);
    this.once('close', once);
  }

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** After `finish`, anew from each byte received: the time in which the peer may still answer and close. */
  #touchLinger(): void {
    this.#lingerStop();
    if (this.#ending !== 'flushed' || this.destroyed) return;
    const time = this.#connection?.linger ?? 0;
    this.#lingerTimer = setTimeout(() => {
      if (this.readableLength >= this.readableHighWaterMark) return this.#touchLinger();
      log('session %d: the peer did not close within %d ms', this.#opened?.session.id, time);
      void this.#opened?.session.close();
      this.#pushEnd();
    }, time);
  }

  #lingerStop(): void {
    clearTimeout(this.#lingerTimer);
  }

  /** As in Node; what was written in this tick is given up, and its callbacks told so. */
  override destroy(error?: Error): this {
    if (this.#corked && !this.destroyed) {
      this.#state = 'closed';
      this.uncork();
    }
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const connected = this.#opened;
    const attempted = this.#connection !== undefined;
    this.#news?.ends({ bytesRead: this.bytesRead, bytesWritten: this.#taken }, error ?? undefined);
    this.#state = 'closed';
    this.#abort.abort();
    this.#inactivity.stop();
    this.#lingerStop();
    clearTimeout(this.#connectTimer);
    // At control priority, in the background: `close` is not kept waiting.
    void connected?.session.close();
    const waiting = this.#waitingWrite;
    this.#waitingWrite = undefined;
    callback(error);
    // In a later turn, as when Node closes a handle: behind callbacks and what awaits them.
    if (attempted) setImmediate(() => this.emit('close', error !== null));
    else process.nextTick(() => this.emit('close', error !== null));
    waiting?.callback(error ?? closedError());
  }

  #message(): ConnectionMessage {
    const { host = '', port = 0, tls = false } = this.#connection ?? {};
    return { modem: this.#opened?.modem, session: this.#opened?.session.id, host, port, tls };
  }

  /** Ends, and destroys when everything was sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** The module cannot send a reset: the same as `destroy()`. */
  resetAndDestroy(): this {
    return this.destroy();
  }

  // ── what the face tells ─────────────────────────────────────────────────────────────────────────────────────────

  protected override facts(): SocketFacts {
    return {
      state: this.#state,
      connection: this.#connection,
      tls: this.#connection?.tls ?? this.#defaults.tls ?? 'modem',
      moduleTls: this.#opened?.tls,
      moduleAddress: this.#source.address,
      taken: this.#taken,
      timeout: this.#inactivity.duration,
    };
  }

  /** Emits `timeout` after `time` ms without activity, 0 for never; the socket stays open. */
  setTimeout(time: number, listener?: () => void): this {
    this.#inactivity.set(time);
    if (listener && time > 0) this.once('timeout', listener);
    else if (listener) this.off('timeout', listener);
    return this;
  }

  #error(failure: Failure): Error {
    return failureToError(failure, this.#connection);
  }

  #sendError(error: unknown): Error {
    return error instanceof SendFailure ? this.#error(error.failure) : asError(error);
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

function closedError(): Error {
  return new ModemError('ERR_MODEM_CLOSED', 'The socket was destroyed before these bytes were sent.');
}
