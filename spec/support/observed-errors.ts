/**
 * Tells of every error that a program makes with `new Error`, or with a class that extends it: `ModemError` does. Loaded
 * before those classes are, since a class knows the `Error` of the time when it was made. What it does not see are the errors
 * that Node makes inside itself (of the system, of OpenSSL, `TypeError`): those come as a cause of ours, or by an event.
 */
const observers = new Set<(error: unknown) => void>();

/** Calls `observer` with each error, which its constructor may not have completed yet. */
export function observeErrors(observer: (error: unknown) => void): void {
  observers.add(observer);
}

const original = globalThis.Error;
const told = <T>(error: T): T => {
  for (const observer of observers) observer(error);
  return error;
};
const handler: Required<Pick<ProxyHandler<ErrorConstructor>, 'construct' | 'apply'>> = {
  construct(target, given: unknown[], newTarget) {
    const error = Reflect.construct(target, given, newTarget) as object;
    // Without the frame of this trap, which a class that extends Error leaves out of itself.
    if (newTarget === observed) original.captureStackTrace(error, handler.construct);
    return told(error);
  },
  apply(target, self, given: unknown[]) {
    const error = Reflect.apply(target, self, given) as object;
    original.captureStackTrace(error, handler.apply);
    return told(error);
  },
};
const observed = new Proxy(original, handler);
globalThis.Error = observed;
Object.defineProperty(original.prototype, 'constructor', { value: observed });
