import { abortError, type ModemError } from '../errors/index.js';
import { present } from './options.js';

/** Destroys a socket when a signal says so. Returns a function that ends that. */
export function obey(signal: AbortSignal | null | undefined, destroy: (error: ModemError) => void): () => void {
  if (!present(signal)) return () => undefined;
  const abort = () => destroy(abortError(signal));
  if (signal.aborted) process.nextTick(abort);
  else signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}
