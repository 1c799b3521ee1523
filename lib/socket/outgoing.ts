import { SendFailure, type Session } from '../cch/index.js';
import { ModemError, asError } from '../errors/index.js';
import { isTlsGoodbye } from './goodbye.js';
import { outside } from './listeners.js';

export type WriteCallback = (error?: Error | null) => void;

/** What {@link Outgoing} needs of the socket. */
export interface OutgoingHost {
  /** The module has taken so many bytes. */
  sent(bytes: number): void;
  /** The module has sent all of them. */
  flushed(): void;
  /** The bytes cannot be sent. */
  fail(error: Error): void;
  /** Something moved. */
  touch(): void;
  /** Calls `fail` when nothing is left to read that an error would throw away. */
  whenRead(fail: () => void): void;
  /** The error that the socket tells. */
  explain(failure: SendFailure['failure']): Error;
}

interface Waiting {
  begin(this: void, session: Session): void;
  giveUp(this: void, error: Error): void;
}

/** What one connection of a socket writes, on its way to the session. Every callback is called once. */
export class Outgoing {
  /** Bytes that the module has taken. */
  taken = 0;
  readonly #host: OutgoingHost;
  readonly #owed = new Set<WriteCallback>();
  #session: Session | undefined;
  /** A write, or the end, that waits until the connection stands: the stream has one of them at a time. */
  #waiting: Waiting | undefined;

  constructor(host: OutgoingHost) {
    this.#host = host;
  }

  /** The connection stands. */
  begin(session: Session): void {
    this.#session = session;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.begin(session);
  }

  /** `callback` is told when the module has taken the bytes. */
  write(chunks: readonly Buffer[], callback: WriteCallback): void {
    const owed = this.#owe(callback);
    const begin = (session: Session) => this.#transmit(session, chunks, owed);
    if (this.#session) begin(this.#session);
    else this.#waiting = { begin, giveUp: owed };
  }

  /** `callback` is told when the module has sent all of them. */
  end(callback: WriteCallback): void {
    const owed = this.#owe(callback);
    const begin = (session: Session) => this.#flush(session, owed);
    if (this.#session) begin(this.#session);
    else this.#waiting = { begin, giveUp: () => undefined };
  }

  /** Nothing more is sent: what is written waits to be given up. */
  halt(): void {
    this.#session = undefined;
  }

  /** The socket is destroyed: what waits for the connection fails; the session tells the others. */
  giveUp(error: Error | null): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.giveUp(error ?? closedError());
  }

  /** The stream serves another connection from now on, and is to be waited for by nobody. */
  abandon(): void {
    for (const callback of this.#owed) callback(closedError());
  }

  #transmit(session: Session, chunks: readonly Buffer[], callback: WriteCallback): void {
    this.#host.touch();
    const sent = () => {
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      this.taken += bytes;
      this.#host.sent(bytes);
      callback();
    };
    const unsent = (error: unknown) => {
      if (session.state === 'peer-closed' && chunks.every(isTlsGoodbye)) callback();
      else this.#unsent(session, error, callback);
    };
    outside(session.send(chunks), sent, unsent);
  }

  #flush(session: Session, callback: WriteCallback): void {
    const flushed = () => {
      callback();
      this.#host.flushed();
    };
    outside(session.flush(), flushed, (error) => this.#unsent(session, error, callback));
  }

  /** What the peer sent before it closed is read first. */
  #unsent(session: Session, error: unknown, callback: WriteCallback): void {
    const fail = () => {
      const told = error instanceof SendFailure ? this.#host.explain(error.failure) : asError(error);
      // First the error, then the callback: http takes a callback for the end of its request, and its listeners away.
      this.#host.fail(told);
      process.nextTick(callback, told);
    };
    if (session.state === 'peer-closed') this.#host.whenRead(fail);
    else fail();
  }

  #owe(callback: WriteCallback): WriteCallback {
    const once: WriteCallback = (error) => {
      if (this.#owed.delete(once)) callback(error);
    };
    this.#owed.add(once);
    return once;
  }
}

function closedError(): Error {
  return new ModemError('ERR_MODEM_CLOSED', 'The socket was destroyed before these bytes were sent.');
}
