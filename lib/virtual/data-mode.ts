import { EscapeDetector } from './escape.js';
import type { Module } from './module.js';
import type { Session } from './session.js';
import type { Uart } from './uart.js';

/** Bytes handed to the line at a time; what is on it goes out before the `OK` of an escape. */
const SLICE = 1024;

/** What {@link DataMode} tells. */
export interface DataModeEvents {
  /** The host has escaped to command mode. */
  readonly escaped: () => void;
  /** More bytes of the host can be taken. */
  readonly ready: () => void;
}

/**
 * The raw bytes between the host and the transparent session, both ways (F1010, field note 3.12). What the session's send
 * buffer has no room for waits at the host, what the line has no room for in the receive cache, and behind it at the
 * server. It is on from {@link enter} to an escape, {@link leave} or {@link reset}.
 */
export class DataMode {
  readonly #module: Module;
  readonly #uart: Uart;
  readonly #events: DataModeEvents;
  readonly #escape: EscapeDetector;
  /** The session whose bytes these are; `undefined`: off. */
  #session: Session | undefined;
  /** Whether the line has been asked to say when it is quiet. */
  #line: 'idle' | 'awaited' = 'idle';

  constructor(module: Module, uart: Uart, events: DataModeEvents) {
    this.#module = module;
    this.#uart = uart;
    this.#events = events;
    this.#escape = new EscapeDetector({ data: (pluses) => this.#send(pluses), escaped: () => this.#escaped() });
  }

  get on(): boolean {
    return this.#session !== undefined;
  }

  /** Bytes of the host that can be taken now. Those of a session that has ended go nowhere, without bound. */
  get room(): number {
    return this.#session?.state === 'open' ? this.#session.free : Infinity;
  }

  /** A command line ended; the silence before an escape sequence is counted from there. */
  heardCommand(): void {
    if (this.#module.transparent) this.#escape.restart();
  }

  /** From now on bytes are this session's. {@link pump} begins with those of the server. */
  enter(session: Session): void {
    this.#session = session;
    this.#awaitRoom();
  }

  /** What the host writes comes now: a silence before it is over. */
  hearsNow(): void {
    this.#escape.conclude();
  }

  /** Takes bytes of the host, no more than there is {@link room} for; pluses that were held may come on top. */
  receive(bytes: Buffer): void {
    if (this.#session) this.#send(this.#escape.take(bytes));
  }

  /** Hands over what is cached as far as the line has room for it. */
  pump(): void {
    if (this.#line === 'awaited' || !this.#session) return;
    this.#line = 'awaited';
    this.#uart.whenQuiet(() => {
      this.#line = 'idle';
      if (this.#session) this.#handOver(this.#session);
    });
  }

  /** Ends it; what the server brings from now on stays cached. */
  leave(): void {
    this.#session = undefined;
    this.#escape.stop();
  }

  /** Ends it together with all that the line was to carry. */
  reset(): void {
    this.leave();
    this.#line = 'idle';
  }

  #send(data: Buffer): void {
    if (data.length === 0) return;
    this.#module.log.add('host', `<${data.length} bytes>`);
    this.#module.statistics.payloadIn += data.length;
    this.#session?.send(data);
    this.#awaitRoom();
  }

  #awaitRoom(): void {
    const session = this.#session;
    if (!session || this.room > 0) return;
    void session.room(1).then(() => {
      if (session === this.#session) this.#events.ready();
    });
  }

  #handOver(session: Session): void {
    do {
      const bytes = session.take(SLICE);
      if (bytes.length === 0) break;
      this.#module.log.add('modem', `<${bytes.length} bytes>`);
      this.#module.statistics.payloadOut += bytes.length;
      this.#uart.send(bytes);
    } while (this.#uart.backlog === 0);
    if (session.cached > 0) this.pump();
    else session.pushed();
  }

  #escaped(): void {
    this.leave();
    this.#module.log.add('host', '+++');
    this.#events.escaped();
  }
}
