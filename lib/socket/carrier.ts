import { errorMonitor, type EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { SocketError } from '../errors/index.js';
import { Duplex } from './duplex.js';
import type { ModemSocket } from './modem-socket.js';

type Callback = (error?: Error | null) => void;

/**
 * What Node's TLS speaks over: a TCP session of the module, without the two habits of a socket that Node's wrapper for
 * streams cannot stand. It never closes before TLS has read what came, and never emits an error: Node would throw away what
 * is not read yet, and emit the error twice. Both are told to the TLS socket here.
 */
export class Carrier extends Duplex {
  readonly #tcp: ModemSocket;
  #secure: TLSSocket | undefined;

  constructor(tcp: ModemSocket) {
    // Of what is read, nothing is kept here: the TCP socket has a buffer of its own.
    super({ allowHalfOpen: true, autoDestroy: false, readableHighWaterMark: 1 });
    this.#tcp = tcp;
    tcp.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) tcp.pause();
    });
    tcp.once('end', () => this.push(null));
  }

  /** From now on one falls with the other, and the TLS socket connects when the TCP socket does, as over Node's own. */
  bind(secure: TLSSocket): void {
    const tcp = this.#tcp;
    this.#secure = secure;
    // This stream's own is true, so that TLS can say goodbye after the peer did.
    secure.allowHalfOpen = false;
    Object.assign(secure, { connecting: true });
    tcp.once('connect', () => {
      Object.assign(secure, { connecting: false });
      secure.emit('connect');
    });
    tcp.once('error', (error) => {
      if (!tcp.readableEnded) secure.destroy(error);
    });
    tcp.once('close', () => {
      if (!tcp.readableEnded) secure.destroy();
    });
    // What is no TLS, after the handshake: Node tells of it and stays open, and the session of the module would with it.
    (secure as EventEmitter).once(errorMonitor, () => secure.destroy());
    secure.once('close', () => tcp.destroy());
  }

  override _read(): void {
    this.#tcp.resume();
  }

  override _writev(items: { chunk: Buffer }[], callback: Callback): void {
    const tcp = this.#tcp;
    if (tcp.writableEnded) return this.#refused(callback);
    tcp.write(Buffer.concat(items.map(({ chunk }) => chunk)), (error) => {
      if (error) this.#refused(callback, error);
      else callback();
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this._writev([{ chunk }], callback);
  }

  override _final(callback: Callback): void {
    this.#tcp.end(() => callback());
  }

  /** The peer takes no more: what the user wrote is missed, once all is read, and the goodbye of TLS by nobody. */
  #refused(callback: Callback, error?: Error): void {
    const secure = this.#secure;
    if (!secure?.writableLength) return callback();
    const fail = () =>
      secure.destroy(error ?? new SocketError('EPIPE', 'write EPIPE: the peer has closed.', { syscall: 'write' }));
    if (secure.readableEnded || !this.#tcp.readableEnded) fail();
    else secure.once('end', fail);
  }

  override _destroy(_error: Error | null, callback: Callback): void {
    this.#tcp.destroy();
    callback();
  }
}
