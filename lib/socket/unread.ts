import type { Duplex } from 'node:stream';

/** Ms that a reader has at least to take what the peer sent before it closed. */
const LEAST = 1000;

/**
 * Calls `fail` when all that a peer sent before it closed was read: an error would throw it away. Who takes nothing of it
 * for `patience` ms may be waiting for what `fail` tells, as HTTP/2 does.
 */
export function whenRead(socket: Duplex & { readonly bytesRead: number }, patience: number, fail: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const over = () => {
    clearTimeout(timer);
    socket.off('end', over).off('close', over);
    fail();
  };
  const taken = () => socket.bytesRead - socket.readableLength;
  const watch = (before: number) => {
    const look = () => (taken() === before ? over() : watch(taken()));
    timer = setTimeout(look, Math.max(patience, LEAST));
  };
  watch(taken());
  socket.once('end', over).once('close', over);
}
