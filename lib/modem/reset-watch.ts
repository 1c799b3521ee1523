import debug from 'debug';
import type { AtChannel } from '../at/index.js';

const log = debug('modem-tls:modem');

/** What a module says when it has started (field notes 2 and 5.13). */
const banners = ['RDY', '*ATREADY'];
/** Echoes that were no reset, after which a module is taken for one that keeps its echo on. */
const MOST_ALARMS = 3;

/**
 * Tells when the module was reset: by its boot banner, or by a barrier that shows that it is not as it was set up. The
 * echo of a command, which bring-up turned off, makes it ask. A module that keeps its echo on is left alone.
 */
export class ResetWatch {
  readonly #channel: AtChannel;
  readonly #unlisten: (() => void)[];
  #echo: 'unknown' | 'off' | 'asked' = 'unknown';
  #alarms = 0;

  constructor(channel: AtChannel, onReset: (reason: string) => void) {
    this.#channel = channel;
    this.#unlisten = banners.map((banner) => channel.listen(banner, (line) => onReset(`it said ${line}`)));
    channel.on('suspect', (reason) => onReset(reason));
    channel.on('echo', () => this.#echoed());
  }

  /** Bring-up is over: an echo from now on is a sign, unless the module echoed all the way to here. */
  arm(echoes: boolean): void {
    this.#echo = echoes ? 'asked' : 'off';
    this.#alarms = 0;
  }

  disarm(): void {
    this.#echo = 'unknown';
  }

  stop(): void {
    for (const end of this.#unlisten) end();
  }

  #echoed(): void {
    if (this.#echo !== 'off') return;
    this.#echo = 'asked';
    this.#channel.verify();
    if (++this.#alarms > MOST_ALARMS) return;
    // No reset, then: somebody turned the echo on.
    this.#channel.execute({ text: 'ATE0' }).then(
      () => {
        if (this.#echo === 'asked') this.#echo = 'off';
      },
      (error: unknown) => log('echo off: %s', String(error)),
    );
  }
}
