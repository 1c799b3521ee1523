/** Resolves after `duration` ms, or at once when that is not positive; with a signal, also when that is aborted. */
export function pause(duration: number, signal?: AbortSignal): Promise<void> {
  if (duration <= 0 || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, duration);
    signal?.addEventListener('abort', end, { once: true });
  });
}
