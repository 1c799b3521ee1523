import type { Duplex as NodeDuplex } from 'node:stream';
import { Duplex as ReadableStreamDuplex } from 'readable-stream';

/**
 * The base class of the socket: readable-stream's Duplex, whose behaviour is the same on every version of Node. It is
 * declared as Node's own, which it equals, so that the declarations of this package need no types but Node's.
 */
export const Duplex = ReadableStreamDuplex as unknown as typeof NodeDuplex;

/** Makes a stream that was closed one that was never open; what nobody read of it is gone. */
export function revive(stream: NodeDuplex): void {
  while (stream.read() !== null);
  // As Node's own sockets do.
  (stream as unknown as { _undestroy(): void })._undestroy();
}
