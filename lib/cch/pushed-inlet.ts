import type { Inlet, Reader } from './inlet.js';

/** Ms without a byte after which a waiting reader wonders whether the peer has closed unnoticed, again and again. */
const INQUIRE_AFTER = 15_000;

/**
 * Hands over what the module sends of its own accord: the frames of push mode, the raw bytes of transparent mode. Nothing
 * holds such a sender back, so a reader without room gets its bytes all the same; they wait in memory.
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

  constructor(reader: Reader, early: readonly Buffer[]) {
    this.#reader = reader;
    this.#early = [...early];
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
    clearTimeout(this.#timer);
    if (this.#state === 'stopped' || !this.#reader.idle) return;
    this.#timer = setTimeout(() => {
      this.#reader.idle?.();
      this.activity();
    }, INQUIRE_AFTER);
  }

  resume(): void {
    // Nothing was held back.
  }

  take(data: Buffer): void {
    if (this.#state === 'waiting') this.#early.push(data);
    if (this.#state !== 'flowing') return;
    this.activity();
    this.#reader.deliver(data);
  }

  finish(): void {
    this.#peerClosed = true;
    if (this.#state !== 'flowing') return;
    this.stop();
    this.#reader.drained();
  }

  stop(): void {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
  }
}
