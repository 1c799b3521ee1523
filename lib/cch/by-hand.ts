import { invalidArgument } from '../errors/index.js';

/**
 * Asked when a command is about to be written by hand: throws `ERR_MODEM_IN_USE` or `ERR_MODEM_UNSUPPORTED` where it may
 * not be. What it returns is called when the command was carried out, or failed with `error`.
 */
export type HandGuard = (text: string) => (error?: unknown) => void;

/** Runs a command that is written by hand; `execute` calls `beforeWrite` when it is about to be written. */
export async function guarded<T>(
  guard: HandGuard,
  text: string,
  execute: (beforeWrite: () => void) => Promise<T>,
): Promise<T> {
  const call: { over?: ReturnType<HandGuard> } = {};
  try {
    const answer = await execute(() => (call.over = guard(text)));
    call.over?.();
    return answer;
  } catch (error) {
    call.over?.(error);
    throw error;
  }
}

/** Counted bytes as they are written: text as UTF-8, bytes as they are now. Throws `ERR_INVALID_ARG_VALUE`. */
export function bytesOf(payload: unknown): Buffer {
  if (typeof payload === 'string') return Buffer.from(payload);
  if (payload instanceof Uint8Array) return Buffer.from(payload);
  throw invalidArgument('payload', 'it must be a string or a Uint8Array');
}
