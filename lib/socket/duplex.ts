import type { Duplex as NodeDuplex } from 'node:stream';
import { Duplex as ReadableStreamDuplex } from 'readable-stream';

/**
 * The base class of the socket: readable-stream's Duplex, whose behaviour is the same on every version of Node. It is
 * declared as Node's own, which it equals, so that the declarations of this package need no types but Node's.
 */
export const Duplex = ReadableStreamDuplex as unknown as typeof NodeDuplex;
