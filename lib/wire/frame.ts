/**
 * What the bytes of a modem's serial line mean, one value a piece.
 *
 * ```
 * \r\n+CCHEVENT: 0,RECV EVENT\r\n      line
 * \r\n> ·······························  prompt    only while one is expected
 * \r\n+CCHRECV: DATA,0,5\r\n           header    the next 5 bytes are counted
 *     hello\r\n                        payload   once the CR LF behind them was seen
 * \r\nCONNECT 115200\r\n               line      and raw from here, when that was expected
 * ```
 */
export type Frame = LineFrame | PromptFrame | HeaderFrame | PayloadFrame | RawFrame | BrokenFrame | DiscardedFrame;

/** One line of text without its line ends, never empty. */
export interface LineFrame {
  readonly type: 'line';
  readonly text: string;
}

/** The module asks for counted bytes. */
export interface PromptFrame {
  readonly type: 'prompt';
}

/** `+CCHRECV: DATA,<session>,<length>`: `length` counted bytes follow. */
export interface HeaderFrame {
  readonly type: 'header';
  readonly session: number;
  readonly length: number;
}

/** The counted bytes announced by the header before it, whole and followed by CR LF. */
export interface PayloadFrame {
  readonly type: 'payload';
  readonly session: number;
  readonly data: Buffer;
}

/** Bytes of a transparent session, as they came. */
export interface RawFrame {
  readonly type: 'raw';
  readonly data: Buffer;
}

/** Counted bytes that cannot be trusted: some were lost, or the header is not believable. None is handed over. */
export interface BrokenFrame {
  readonly type: 'broken';
  readonly session: number;
  /** `length`: nothing, or more than was asked for · `separator`: no CR LF behind the bytes · `short`: the rest never came. */
  readonly reason: 'length' | 'separator' | 'short';
  /** Bytes that the header announced. */
  readonly length: number;
  /** Bytes that came. */
  readonly received: number;
}

/** Noise: bytes that are no text, or a line without end. */
export interface DiscardedFrame {
  readonly type: 'discarded';
  readonly reason: 'noise' | 'overlong';
  readonly bytes: number;
}
