/** Tells how a promise ended, and not within it: what a listener throws is an uncaught exception, as with Node's sockets. */
export function outside<T>(promise: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  promise.then(
    (value) => process.nextTick(done, value),
    (error: unknown) => process.nextTick(failed, error),
  );
}

/** The same for what the service calls: an error of a listener is none of the line. */
export function heard(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
