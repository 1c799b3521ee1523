/** What stands for a timer of `setInterval`. */
class Interval {
  #timer: NodeJS.Timeout | undefined;

  constructor(callback: () => void, time: number) {
    const arm = () => {
      this.#timer = setTimeout(() => {
        arm();
        callback();
      }, time);
    };
    arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** Has `setInterval` go by `setTimeout`, and so by whatever time that goes by, until the returned function is called. */
export function intervalsByTimeouts(): () => void {
  const { setInterval, clearInterval } = globalThis;
  const set = (callback: () => void, time: number) => new Interval(callback, time);
  const clear = (timer: unknown) => {
    if (timer instanceof Interval) timer.stop();
    else clearInterval(timer as NodeJS.Timeout | undefined);
  };
  Object.assign(globalThis, { setInterval: set, clearInterval: clear });
  return () => void Object.assign(globalThis, { setInterval, clearInterval });
}
