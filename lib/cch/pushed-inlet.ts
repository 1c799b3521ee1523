import type { Inlet, Reader } from './inlet.js';

/** Ms without a byte after which a waiting reader wonders whether the peer has closed unnoticed, again and again. */
const INQUIRE_AFTER = 15_000;
/** Ms without a byte after which nothing follows a close of the peer. */
const LAST_BYTES = 200;

/** How pushed bytes come. */
export interface PushedOptions {
  /** Holds the module back while the reader has no room, where that can be done. */
  hold?: ((full: boolean) => void) | undefined;
  /** Ms that the last bytes may come behind the word that the peer has closed. */
  quiet?: number | undefined;
  /** Whether bytes of this session are under way. */
  coming?: (() => boolean) | undefined;
}

/**
 * Hands over what the module sends of its own accord: the frames of push mode, the raw bytes of transparent mode. Such a
 * sender is held back by flow control of the line at most: a reader without room gets its bytes all the same, and they wait
 * in memory.
 */
export class PushedInlet implements Inlet {
  readonly #reader: Reader;
  /**
   * - `waiting`: nobody reads yet
   * - `flowing`: bytes are handed over as they come
   * - `stopped`: nothing is handed over any more
   */
  #state: 'waiting' | 'flowing' | 'stopped' = 'waiting';
  /** What came before the reader. */
  readonly #early: Buffer[];
  #peerClosed = false;
  #timer: NodeJS.Timeout | undefined;

  readonly #hold: (full: boolean) => void;
  readonly #quiet: number;
  readonly #coming: () => boolean;

  constructor(reader: Reader, early: readonly Buffer[], { hold, quiet, coming }: PushedOptions = {}) {
    this.#reader = reader;
    this.#early = [...early];
    this.#hold = hold ?? (() => undefined);
    this.#quiet = quiet ?? LAST_BYTES;
    this.#coming = coming ?? (() => false);
  }

  hint(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'flowing';
    for (const data of this.#early.splice(0)) this.take(data);
    if (this.#peerClosed) this.finish();
    else this.activity();
  }

  notice(): void {
    // What is cached is pushed.
  }

  activity(): void {
    if (this.#state === 'stopped' || this.#peerClosed || !this.#reader.idle) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#reader.idle?.();
      this.activity();
    }, INQUIRE_AFTER);
  }

  resume(): void {
    // It is asked for more while what it is about to take is still there, so its room tells nothing yet.
    this.#hold(false);
  }

  take(data: Buffer): void {
    if (this.#state === 'waiting') this.#early.push(data);
    if (this.#state !== 'flowing') return;
    if (this.#peerClosed) this.#awaitLast();
    else this.activity();
    this.#reader.deliver(data);
    if (this.#reader.room() <= 0) this.#hold(true);
  }

  finish(): void {
    this.#peerClosed = true;
    if (this.#state === 'flowing') this.#awaitLast();
  }

  /** The word that the peer has closed may come before the last of its bytes. */
  #awaitLast(): void {
    clearTimeout(this.#timer);
    const end = () => {
      // In the middle of a frame; one that never ends fails the session.
      if (this.#coming()) {
        this.#awaitLast();
        return;
      }
      this.stop();
      this.#reader.drained();
    };
    if (this.#quiet === 0) end();
    else this.#timer = setTimeout(end, this.#quiet);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#hold(false);
    clearTimeout(this.#timer);
  }
}
