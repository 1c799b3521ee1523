import type { Environment } from './environment.js';
import type { Failure } from './failure.js';
import type { Inlet, Reader } from './inlet.js';
import { PushedInlet } from './pushed-inlet.js';
import { RawSender } from './raw-sender.js';
import { Receiver } from './receiver.js';
import { SendFailure, Sender } from './sender.js';

/** Who uses a session: the socket. */
export interface SessionUser {
  /** Bytes that can be taken now; the module's cache and then TCP hold the sender back while it is 0 or less. */
  room(): number;
  data(chunk: Buffer): void;
  /** The peer has closed and everything that it sent was handed over. */
  ended(): void;
  /** The session is over, now. */
  failed(failure: Failure): void;
}

/** What a session asks of the id that it lives on. */
export interface SessionHome {
  readonly id: number;
  /** Ends the session on the module. */
  close(session: Session): Promise<void>;
  /** A close code may have been lost: asks the module. */
  inquire(session: Session): void;
}

/**
 * - `open`
 * - `peer-closed`: the module said so; its cache is drained
 * - `over`: closed by us, failed, or drained and ended
 */
export type SessionState = 'open' | 'peer-closed' | 'over';

/** One connection of the module: bytes in, bytes out. It belongs to one user and one generation of an id. */
export class Session {
  /** The module's id, 0 or 1. */
  readonly id: number;
  readonly openedAt = Date.now();
  /** When bytes went either way last. */
  movedAt = Date.now();
  /** Payload bytes that were handed over, and that the module has taken. */
  bytesRead = 0;
  bytesWritten = 0;
  /** Settles when it is known whether a close code was about this connection. */
  doubted: Promise<void> | undefined;

  readonly #home: SessionHome;
  readonly #codes: Environment['codes'];
  readonly #receiver: Inlet;
  readonly #sender: Sender;
  readonly #overListeners: (() => void)[] = [];
  #user: SessionUser | undefined;
  #state: SessionState = 'open';
  #failure: Failure | undefined;
  /** After the cache was drained: fails the session instead of ending it. */
  #lastWord: Failure | undefined;

  /** `early`: what the module pushed before it said that the session is open. */
  constructor(home: SessionHome, environment: Environment, sendTimeout: number, early: readonly Buffer[] = []) {
    this.#home = home;
    this.id = home.id;
    this.#codes = environment.codes;
    const { transparent, receive } = environment;
    this.#sender = new (transparent ? RawSender : Sender)(environment, this.id, sendTimeout);
    const idle = () => {
      if (this.#state === 'open') this.#home.inquire(this);
    };
    const reader: Reader = {
      room: () => this.#user?.room() ?? 0,
      deliver: (data) => {
        this.bytesRead += data.length;
        this.movedAt = Date.now();
        this.#user?.data(data);
      },
      drained: () => this.#drained(),
      failed: (failure) => this.fail(failure),
    };
    // In data mode a question would cost an escape.
    const hold = (full: boolean) => {
      if (environment.flowControl) environment.channel.holdData(full);
    };
    const coming = () => environment.channel.counting === this.id;
    // There the end is itself a silence behind the data.
    if (transparent) this.#receiver = new PushedInlet(reader, early, { hold, quiet: 0 });
    else if (receive === 'auto') this.#receiver = new PushedInlet({ ...reader, idle }, early, { coming });
    else this.#receiver = new Receiver(environment, this.id, { ...reader, idle });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Calls `listener` when the session is over, at once when it is. */
  whenOver(listener: () => void): void {
    if (this.#state === 'over') listener();
    else this.#overListeners.push(listener);
  }

  /** Begins to hand data over. The end of an open is a hint, too: the server may have spoken first. */
  attach(user: SessionUser): void {
    this.#user = user;
    if (this.#failure) user.failed(this.#failure);
    else this.#receiver.hint();
  }

  /** The user has room again. */
  resume(): void {
    this.#receiver.resume();
  }

  /** Resolves when the module has taken all bytes. Rejects with {@link SendFailure}. */
  async send(chunks: readonly Buffer[]): Promise<void> {
    if (this.#state !== 'open') throw new SendFailure(this.#failure ?? { type: 'send-refused', session: this.id });
    this.#receiver.activity();
    await this.#certain(this.#sender.send(chunks));
    this.bytesWritten += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.movedAt = Date.now();
  }

  /** Resolves when no byte is unsent. Rejects with {@link SendFailure}. */
  flush(): Promise<void> {
    return this.#certain(this.#sender.flush());
  }

  /** Ends the session on the module; what is cached or unsent there is lost. Resolves when the id is at rest. */
  close(): Promise<void> {
    this.#end();
    return this.#home.close(this);
  }

  /** `+CCHEVENT: <id>,RECV EVENT` */
  receiveEvent(): void {
    this.#codes.seen();
    this.#receiver.hint();
  }

  /** Bytes that the module sent of its own accord. */
  take(data: Buffer): void {
    this.#receiver.take(data);
  }

  /** Somebody asked, and this many bytes are cached. */
  notice(cached: number): void {
    this.#receiver.notice(cached);
  }

  /** `+CCHSEND: <id>,<err>` */
  report(error: number): void {
    if (error === 0) this.#sender.report();
    else this.fail({ type: 'result', number: error, command: 'AT+CCHSEND', session: this.id });
    this.#receiver.activity();
  }

  /** The module says that the connection is gone; what is cached is drained first. */
  peerClosed(lastWord?: Failure): void {
    if (this.#state !== 'open') return;
    this.#state = 'peer-closed';
    this.#lastWord = lastWord;
    this.#sender.stop();
    this.#receiver.finish();
  }

  /** The session is over, and the id with it or not. */
  fail(failure: Failure): void {
    if (this.#state === 'over') return;
    this.#failure = failure;
    this.#end();
    this.#user?.failed(failure);
  }

  /** What fails is told when it is known whether the peer has closed: what it sent before is read first. */
  async #certain(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      await this.doubted;
      throw error;
    }
  }

  #drained(): void {
    if (this.#lastWord) this.fail(this.#lastWord);
    else this.#user?.ended();
  }

  #end(): void {
    this.#state = 'over';
    this.#receiver.stop();
    this.#sender.stop();
    for (const listener of this.#overListeners.splice(0)) listener();
  }
}
