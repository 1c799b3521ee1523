import type { ContextKey } from '../cch/table/index.js';
import { splitParameters } from '../wire/index.js';

/** One thing that the module read, wrote, or did on the network. */
export interface LogEntry {
  /** Milliseconds since the virtual modem was made. */
  readonly time: number;
  /** `host`: a command line or counted bytes received · `modem`: a line or counted bytes sent · `net`: on the network. */
  readonly direction: 'host' | 'modem' | 'net';
  /** The line without its line ends, secrets masked, control characters as `\x00`; counted bytes as `<n bytes>`. */
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
    const entry: LogEntry = { time: this.time, direction, text: this.shown(text) };
    this.entries.push(entry);
    // A tenth at a time, so that a full log does not move all its entries for each new one.
    if (this.entries.length > size) {
      this.entries.splice(0, Math.max(this.entries.length - size, Math.floor(size / 10)));
    }
    listener?.(entry);
  }

  /** A line as it may be shown: passwords and PINs replaced, and nothing in it that a terminal acts on. */
  shown(line: string): string {
    return maskSecrets(line, this.#options.columns).replace(
      /\p{Cc}/gu,
      (control) => `\\x${(control.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
    );
  }
}

const MASK = '***';

/** A line with its passwords and PINs replaced. A file that holds a password is named, which is no secret. */
function maskSecrets(line: string, columns: readonly ContextKey[]): string {
  // The command may stand behind others in its line.
  const command = /^AT.*?\+(?:CSSLCFG=\s*"?keypwd"?\s*,[^,]*,|CPIN=|CGAUTH=[^,]*,[^,]*,)/i.exec(line);
  if (command) return `${command[0]}${MASK}`;
  const context = /^(\+CSSLCFG: )(\d.*)$/.exec(line);
  const fields = splitParameters(context?.[2] ?? '');
  // The number of the context comes before the columns.
  const keyPassword = columns.indexOf('keypwd') + 1;
  if (!context || fields === undefined || keyPassword === 0) return line;
  const masked = fields.map((field, index) => {
    const text = index === keyPassword && field.text !== '' ? MASK : field.text;
    return field.quoted ? `"${text}"` : text;
  });
  return `${context[1] ?? ''}${masked.join(',')}`;
}
