import { ModemError, SocketError, asError } from '../errors/index.js';
import { connectArguments, type ConnectArguments } from './connect-arguments.js';
import { revive } from './duplex.js';
import { SocketFace, type SocketFacts, type SocketState } from './face.js';
import { Gathering } from './gathering.js';
import { isTlsGoodbye } from './goodbye.js';
import { Inactivity } from './inactivity.js';
import { Link } from './link.js';
import { present, readAhead, type ConnectOptions } from './options.js';
import type { WriteCallback } from './outgoing.js';
import type { SessionSource } from './source.js';
import { whenRead } from './unread.js';

const WRITE_AHEAD = 16_384;
const IN_USE =
  'connect() was called on a socket that is connected, or being connected: take another socket, or wait for close.';

/**
 * A connection through the module: a Duplex with the face of `tls.TLSSocket` (or of `net.Socket`, with `tls: false`), in
 * that one's order of events. Assignable to `net.Socket`.
 *
 * Reading pulls from the module while there is room, so a slow reader holds the server back. A write's callback runs when
 * the module has taken the bytes, `finish` comes when it has sent them. The module has no half-close: after `end()` the
 * peer may still answer and close, within `linger` ms; when the peer has closed, nothing can be sent any more.
 */
export class ModemSocket extends SocketFace {
  readonly #source: SessionSource;
  readonly #defaults: ConnectOptions;
  readonly #register: () => () => void;
  readonly #inactivity = new Inactivity(() => this.emit('timeout'));
  readonly #gathering = new Gathering(this);
  #unregister: (() => void) | undefined;
  /** `closing`: destroyed, and `close` is not told yet. */
  #state: 'unconnected' | 'connecting' | 'open' | 'closing' | 'closed' = 'unconnected';
  #link: Link | undefined;
  /** Of an `end` before `connect`, which is told when the connection has come and ended. */
  #final: WriteCallback | undefined;
  /** Arguments of a `connect` behind `destroy`, which waits for `close`. */
  #next: ConnectArguments | undefined;

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
      return this.destroy(new ModemError('ERR_MODEM_IN_USE', IN_USE));
    }
    this.#state = 'connecting';
    this.#unregister = this.#register();
    try {
      this.#start({ ...this.#defaults, ...options });
    } catch (error) {
      // On the next tick, as Node's own sockets do, when the caller has had time to listen.
      process.nextTick(() => {
        // The user may have destroyed it meanwhile, to connect it anew.
        if (!this.destroyed) this.destroy(asError(error));
      });
    }
    return this;
  }

  /** As if it had never been connected. */
  #renew(): void {
    this.#link?.abandon();
    this.#link = this.#final = undefined;
    revive(this);
    this.#inactivity.start();
    this.#state = 'unconnected';
  }

  #start(options: ConnectOptions): void {
    this.#link = new Link(this.#source, options, {
      stands: () => this.#stands(),
      room: () => (this.readableEnded ? 0 : this.readableHighWaterMark - this.readableLength),
      received: (chunk) => void this.push(chunk),
      ended: () => {
        this.push(null);
        // As `net.Socket` does, so that `end` is emitted although nobody reads, when nothing is left to read.
        this.read(0);
      },
      failed: (error) => void this.destroy(error),
      touch: () => this.#inactivity.touch(),
      whenRead: (patience, fail) => (this.readableEnded ? fail() : whenRead(this, patience, fail)),
    });
    if (this.#final) this.#link.end(this.#final);
    this.#final = undefined;
    if (present(options.timeout)) this.setTimeout(options.timeout);
    this.#link.start(options.signal);
  }

  /** Tells it in the order of tls.connect. */
  #stands(): void {
    this.#state = 'open';
    this.#inactivity.touch();
    this.emit('connect');
    this.emit('ready');
    if (this.encrypted && !this.destroyed) this.emit('secureConnect');
  }

  // ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

  override _read(): void {
    // The stream asks while what it is about to hand out still fills it: in a moment there is room.
    process.nextTick(() => this.#link?.resume());
  }

  // ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  override write(chunk: unknown, callback?: WriteCallback): boolean;
  override write(chunk: unknown, encoding?: BufferEncoding | null, callback?: WriteCallback): boolean;
  /** As in Node; what one tick writes goes out together. */
  override write(chunk: unknown, second?: BufferEncoding | null | WriteCallback, third?: WriteCallback): boolean {
    if (this.readableEnded && this.writableEnded) {
      return this.#tooLate(chunk, typeof second === 'function' ? second : third);
    }
    this.#gathering.begin();
    // Node's own http gives `null` for the encoding of a Buffer.
    return typeof second === 'function'
      ? super.write(chunk, second)
      : super.write(chunk, second as BufferEncoding, third);
  }

  /** As Node answers a write behind the end of the peer; a client's own TLS says its goodbye even then. */
  #tooLate(chunk: unknown, callback: WriteCallback | undefined): boolean {
    const error = isTlsGoodbye(chunk)
      ? undefined
      : new SocketError('EPIPE', 'The connection has been ended by the peer.');
    if (callback) process.nextTick(callback, error);
    if (error) this.destroy(error);
    return false;
  }

  override _writev(items: { chunk: Buffer }[], callback: WriteCallback): void {
    const chunks = items.map(({ chunk }) => chunk);
    if (this.#link) this.#link.write(chunks, callback);
    else callback(new ModemError('ERR_MODEM_CLOSED', 'The socket was not connected when these bytes were written.'));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this._writev([{ chunk }], callback);
  }

  override _final(callback: WriteCallback): void {
    if (this.#link) this.#link.end(callback);
    else this.#final = callback;
  }

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** As in Node; what was written in this tick is given up, and its callbacks told so. */
  override destroy(error?: Error): this {
    this.#next = undefined;
    if (!this.destroyed) {
      this.#link?.halt();
      this.#gathering.end();
    }
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const link = this.#link;
    const attempted = this.#state !== 'unconnected';
    this.#state = 'closing';
    this.#inactivity.stop();
    link?.finish(error ?? undefined);
    callback(error);
    // In a later turn, as when Node closes a handle: behind callbacks and what awaits them.
    if (attempted) setImmediate(() => this.#closed(error !== null));
    else process.nextTick(() => this.#closed());
    link?.giveUp(error);
  }

  /** `hadError` is told of what was connected, or tried to be. */
  #closed(...hadError: [boolean?]): void {
    const next = this.#next;
    this.#next = undefined;
    this.#state = 'closed';
    this.#unregister?.();
    try {
      this.emit('close', ...hadError);
    } finally {
      // Its listener may have connected it.
      if (next && !this.#isConnected()) this.connect(...next);
    }
  }

  #isConnected(): boolean {
    return this.#state !== 'closed';
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
    const link = this.#link;
    const { opened, connection } = link ?? {};
    return {
      state: this.#socketState(),
      connection,
      tls: connection?.tls ?? this.#defaults.tls ?? 'modem',
      moduleTls: opened?.tls,
      moduleAddress: opened?.address,
      received: link?.bytesRead ?? 0,
      taken: link?.taken ?? 0,
      timeout: this.#inactivity.duration,
    };
  }

  #socketState(): SocketState {
    if (this.#state === 'closing') return 'closed';
    return this.#state === 'connecting' ? (this.#link?.phase ?? 'waiting') : this.#state;
  }

  /** Emits `timeout` after `time` ms without activity, 0 for never; the socket stays open. */
  setTimeout(time: number, listener?: () => void): this {
    this.#inactivity.set(time);
    if (listener && time > 0) this.once('timeout', listener);
    else if (listener) this.off('timeout', listener);
    return this;
  }
}
