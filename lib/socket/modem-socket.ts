import debug from 'debug';
import { ModemError, SocketError, asError } from '../errors/index.js';
import { failureToError, type Failure, type Session, type SessionUser } from '../cch/index.js';
import type { ConnectionMessage } from '../util/index.js';
import { connectArguments, type ConnectArguments } from './connect-arguments.js';
import { Connecting } from './connecting.js';
import { revive } from './duplex.js';
import { Ending } from './ending.js';
import { SocketFace, type SocketFacts, type SocketState } from './face.js';
import { Gathering } from './gathering.js';
import { Inactivity } from './inactivity.js';
import { heard } from './listeners.js';
import { News } from './news.js';
import { obey } from './obey.js';
import { connectionOf, present, readAhead, tlsOf, type ConnectOptions } from './options.js';
import { Outgoing, type WriteCallback } from './outgoing.js';
import type { Connection, OpenedSession, SessionSource } from './source.js';
import { whenRead } from './unread.js';

const log = debug('modem-tls:socket');

const WRITE_AHEAD = 16_384;
/** It would be a plain TCP connection. */
const HOST_TLS_ELSEWHERE =
  "The option 'tls' is not 'host' for this socket, which is the module's: modem.connect makes one of Node's.";

/**
 * A connection through the module: a Duplex with the face of `tls.TLSSocket` (or of `net.Socket`, with `tls: false`), in
 * that one's order of events. Assignable to `net.Socket`.
 *
 * Reading pulls from the module while there is room, so a slow reader holds the server back. A write's callback runs when
 * the module has taken the bytes, `finish` comes when it has sent them. The module has no half-close: after `end()` the
 * peer may still answer and close, within `linger` ms; when the peer has closed, nothing can be sent any more.
 */
export class ModemSocket extends SocketFace {
  /** Payload bytes read from the module. */
  bytesRead = 0;

  readonly #source: SessionSource;
  readonly #defaults: ConnectOptions;
  readonly #register: () => () => void;
  readonly #inactivity = new Inactivity(() => this.emit('timeout'));
  readonly #gathering = new Gathering(this);
  #unregister: () => void;
  /** Closing: destroyed, and `close` is not told yet. */
  #state: 'unconnected' | 'connecting' | 'open' | 'closing' | 'closed' = 'unconnected';
  /** Arguments of a `connect` behind `destroy`, which waits for `close`. */
  #next: ConnectArguments | undefined;
  #connection: Connection | undefined;
  #connecting: Connecting | undefined;
  #disobey: (() => void) | undefined;
  #opened: OpenedSession | undefined;
  #news: News | undefined;
  #ending: Ending | undefined;
  #outgoing = this.#newOutgoing();

  /**
   * Made by `modem.connect`; `options` are the defaults of {@link connect}. `register` notes the socket as alive where
   * another one does not stand for it, and returns what ends that.
   */
  constructor(
    source: SessionSource,
    options: ConnectOptions = {},
    register = (socket: ModemSocket) => source.registerSocket(socket),
  ) {
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
    this.#register = () => register(this);
    this.#unregister = this.#register();
  }

  // ── connecting ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Connects: `connect(options, listener?)` or `connect(port, host?, listener?)`; also anew, when it was closed. What is
   * wrong with the options is emitted as `error`. A socket that is connected is destroyed with `ERR_MODEM_IN_USE`.
   */
  connect(...given: ConnectArguments): this {
    if (this.#state === 'closing') {
      this.#next = given;
      return this;
    }
    const { options, listener } = connectArguments(given);
    if (this.#state === 'closed') this.#renew();
    if (listener) this.once(options.tls === undefined && this.encrypted ? 'secureConnect' : 'connect', listener);
    if (this.#state !== 'unconnected') {
      return this.destroy(new ModemError('ERR_MODEM_IN_USE', 'The socket is connected already.'));
    }
    this.#state = 'connecting';
    try {
      this.#start({ ...this.#defaults, ...options });
    } catch (error) {
      // On the next tick, as Node's own sockets do, when the caller has had time to listen.
      process.nextTick(() => this.destroy(asError(error)));
    }
    return this;
  }

  /** As if it had never been connected: nothing of the last connection reaches the next. */
  #renew(): void {
    this.#outgoing.abandon();
    this.#outgoing = this.#newOutgoing();
    revive(this);
    this.#inactivity.start();
    this.#unregister = this.#register();
    this.#connection = this.#connecting = this.#opened = this.#news = this.#ending = undefined;
    this.bytesRead = 0;
    this.#state = 'unconnected';
  }

  #start(options: ConnectOptions): void {
    if (tlsOf(options) === 'host') throw new ModemError('ERR_MODEM_UNSUPPORTED', HOST_TLS_ELSEWHERE);
    const connection = connectionOf(options);
    this.#connection = connection;
    this.#news = new News(() => this.#message());
    this.#ending = new Ending(connection.linger, () => this.#lingered());
    this.#source.check(connection);
    if (present(options.timeout)) this.setTimeout(options.timeout);
    const failed = (error: Error) => void this.destroy(error);
    this.#disobey = obey(options.signal, failed);
    this.#connecting = new Connecting(this.#source, connection, { stands: (opened) => this.#begin(opened), failed });
  }

  #begin(opened: OpenedSession): void {
    log('session %d: connected to %s:%d', opened.session.id, this.#connection?.host, this.#connection?.port);
    this.#opened = opened;
    this.#state = 'open';
    this.#inactivity.touch();
    this.#news?.stands();
    // In the order of tls.connect.
    this.emit('connect');
    this.emit('ready');
    if (!this.#stands(opened.session)) return;
    if (this.encrypted) this.emit('secureConnect');
    if (!this.#stands(opened.session)) return;
    opened.session.attach(this.#user(opened.session));
    this.#outgoing.begin(opened.session);
  }

  /** Whether the socket is connected, and with this session: it may have been connected anew. */
  #stands(session: Session): boolean {
    return !this.destroyed && this.#opened?.session === session;
  }

  // ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #user(session: Session): SessionUser {
    return {
      room: () => (!this.#stands(session) || this.readableEnded ? 0 : this.readableHighWaterMark - this.readableLength),
      data: (chunk) => {
        if (!this.#stands(session)) return;
        this.bytesRead += chunk.length;
        this.#inactivity.touch();
        this.#ending?.touch();
        this.#news?.received(chunk.length);
        heard(() => this.push(chunk));
      },
      ended: () => {
        log('session %d: the peer has closed', session.id);
        if (!this.#stands(session)) return;
        this.#ending?.stop();
        heard(() => this.#pushEnd());
      },
      failed: (failure) => {
        if (this.#stands(session)) this.destroy(this.#error(failure));
      },
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
  /** As in Node; what one tick writes goes out together. */
  override write(chunk: unknown, second?: BufferEncoding | null | WriteCallback, third?: WriteCallback): boolean {
    if (this.readableEnded && this.writableEnded) return this.#tooLate(typeof second === 'function' ? second : third);
    this.#gathering.begin();
    // Node's own http gives `null` for the encoding of a Buffer.
    return typeof second === 'function'
      ? super.write(chunk, second)
      : super.write(chunk, second as BufferEncoding, third);
  }

  /** As Node answers a write behind the end of the peer. */
  #tooLate(callback: WriteCallback | undefined): boolean {
    const error = new SocketError('EPIPE', 'The connection has been ended by the peer.');
    if (callback) process.nextTick(callback, error);
    this.destroy(error);
    return false;
  }

  override _writev(items: { chunk: Buffer }[], callback: WriteCallback): void {
    const chunks = items.map(({ chunk }) => chunk);
    this.#outgoing.write(chunks, callback);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#outgoing.write([chunk], callback);
  }

  override _final(callback: WriteCallback): void {
    if (!this.#opened && this.#state !== 'connecting') callback();
    else this.#outgoing.end(callback);
  }

  /** Of one connection: what it still tells when the socket has another is heard by nobody. */
  #newOutgoing(): Outgoing {
    const outgoing: Outgoing = new Outgoing({
      touch: () => this.#inactivity.touch(),
      sent: (bytes) => {
        if (outgoing !== this.#outgoing) return;
        this.#news?.sent(bytes);
        this.#inactivity.touch();
      },
      flushed: () => {
        if (outgoing === this.#outgoing) this.#ending?.flushed();
      },
      whenRead: (fail) => {
        if (this.readableEnded || this.destroyed) fail();
        else whenRead(this, this.#connection?.linger ?? 0, fail);
      },
      explain: (failure) => this.#error(failure),
    });
    return outgoing;
  }

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #lingered(): void {
    if (this.readableLength >= this.readableHighWaterMark) return this.#ending?.touch();
    log('session %d: the peer did not close within %d ms', this.#opened?.session.id, this.#connection?.linger);
    void this.#opened?.session.close();
    this.#pushEnd();
  }

  /** As in Node; what was written in this tick is given up, and its callbacks told so. */
  override destroy(error?: Error): this {
    this.#next = undefined;
    if (this.#gathering.active && !this.destroyed) {
      this.#outgoing.halt();
      this.uncork();
    }
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const attempted = this.#connection !== undefined;
    this.#news?.ends({ bytesRead: this.bytesRead, bytesWritten: this.#outgoing.taken }, error ?? undefined);
    this.#state = 'closing';
    this.#connecting?.stop();
    this.#disobey?.();
    this.#inactivity.stop();
    this.#ending?.stop();
    // At control priority, in the background: `close` is not kept waiting.
    void this.#opened?.session.close();
    callback(error);
    // In a later turn, as when Node closes a handle: behind callbacks and what awaits them.
    if (attempted) setImmediate(() => this.#closed(error));
    else process.nextTick(() => this.#closed(error));
    this.#outgoing.giveUp(error);
  }

  #closed(error: Error | null): void {
    this.#state = 'closed';
    this.#unregister();
    this.emit('close', error !== null);
    const next = this.#next;
    this.#next = undefined;
    if (next) this.connect(...next);
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
      state: this.#socketState(),
      connection: this.#connection,
      tls: this.#connection?.tls ?? this.#defaults.tls ?? 'modem',
      moduleTls: this.#opened?.tls,
      moduleAddress: this.#opened?.address,
      taken: this.#outgoing.taken,
      timeout: this.#inactivity.duration,
    };
  }

  #socketState(): SocketState {
    if (this.#state === 'closing') return 'closed';
    return this.#state === 'connecting' ? (this.#connecting?.phase ?? 'waiting') : this.#state;
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
}
