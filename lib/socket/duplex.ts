import type { Duplex as NodeDuplex } from 'node:stream';
import { Duplex as ReadableStreamDuplex, Writable } from 'readable-stream';

/**
 * The base class of the socket: readable-stream's Duplex, whose behaviour is the same on every version of Node. It is
 * declared as Node's own, which it equals, so that the declarations of this package need no types but Node's.
 */
export const Duplex = class Duplex extends ReadableStreamDuplex {
  /** That of Writable, as Node's own Duplex has it: what waits to be written, and the callback of `end`, are told. */
  override destroy(error?: Error): this {
    return Writable.prototype.destroy.call(this, error) as this;
  }
} as unknown as typeof NodeDuplex;

/** What a stream has no method for, and `net.Socket` reaches for, too. */
interface Revived {
  _undestroy(): void;
  readonly _writableState: { needDrain: boolean };
}

/** Makes a stream that was closed one that was never open; what nobody read of it is gone. */
export function revive(stream: NodeDuplex): void {
  // Not more than there is: asking further would tell `end`.
  if (stream.readableLength > 0) stream.read(stream.readableLength);
  const revived = stream as unknown as Revived;
  revived._undestroy();
  revived._writableState.needDrain = false;
}
