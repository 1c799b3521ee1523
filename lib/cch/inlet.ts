import type { Failure } from './failure.js';

/** Who takes what an {@link Inlet} brings. */
export interface Reader {
  /** Bytes that can be taken now; nothing is pulled while it is 0 or less. */
  room(): number;
  deliver(data: Buffer): void;
  /** The peer has closed and nothing follows. */
  drained(): void;
  failed(failure: Failure): void;
  /** The reader has waited long; the module may have lost the word that the peer closed. */
  idle?(): void;
}

/** How the bytes of one session come in: pulled from the module's cache, or pushed by it. */
export interface Inlet {
  /** Something may be cached; the first time also: the reader is there. */
  hint(): void;
  /** Somebody asked, and this many bytes are cached. */
  notice(cached: number): void;
  /** The session moved: a waiting reader wonders soon again. */
  activity(): void;
  /** The reader has room again. */
  resume(): void;
  /** Bytes came that were not asked for. */
  take(data: Buffer): void;
  /** The peer has closed: hand over what there is, then say so. */
  finish(): void;
  /** Hands over nothing more. */
  stop(): void;
}
