import type { ContextKey } from '../cch/table/index.js';
import { maskAnswer, maskCommand } from './secrets.js';

/** One thing that the module read, wrote, or did on the network. */
export interface LogEntry {
  /** Milliseconds since the virtual modem was made. */
  readonly time: number;
  /** `host`: a command line or counted bytes received · `modem`: a line or counted bytes sent · `net`: on the network. */
  readonly direction: 'host' | 'modem' | 'net';
  /**
   * The line without its line ends, secrets masked, control characters as `\x00`; counted bytes as `<n bytes>`, and what may be the
   * rest of them as `<line of n bytes>`.
   */
  readonly text: string;
}

/** What a {@link Log} needs to know. */
export interface LogOptions {
  /** Most entries that are kept. */
  readonly size: number;
  /** The columns of `+CSSLCFG: <n>,…`, one of which may be a password. */
  readonly columns: readonly ContextKey[];
  /** Told of each entry. */
  readonly listener?: ((entry: LogEntry) => void) | undefined;
}

/** What is shown of a line that may be payload: how long it is. */
export function withoutText(line: string): string {
  return `<line of ${Buffer.byteLength(line)} bytes>`;
}

/** What the module read and wrote, bounded. */
export class Log {
  readonly entries: LogEntry[] = [];
  readonly #start = performance.now();
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Milliseconds since the log began. */
  get time(): number {
    return Math.round(performance.now() - this.#start);
  }

  add(direction: LogEntry['direction'], text: string): void {
    const { size, listener } = this.#options;
    const entry: LogEntry = { time: this.time, direction, text: this.shown(direction, text) };
    this.entries.push(entry);
    // A tenth at a time, so that a full log does not move all its entries for each new one.
    if (this.entries.length > size) {
      this.entries.splice(0, Math.max(this.entries.length - size, Math.floor(size / 10)));
    }
    listener?.(entry);
  }

  /** A line as it may be shown: passwords and PINs replaced, and nothing in it that a terminal acts on. */
  shown(direction: LogEntry['direction'], line: string): string {
    const masked = direction === 'host' ? maskCommand(line) : maskAnswer(line, this.#options.columns);
    return masked.replace(/\p{Cc}/gu, (control) => `\\x${(control.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
  }
}
