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

/** What the module read and wrote, bounded. */
export class Log {
  readonly entries: LogEntry[] = [];
  readonly #start = performance.now();
  readonly #size: number;
  readonly #listener: ((entry: LogEntry) => void) | undefined;

  constructor(size: number, listener?: (entry: LogEntry) => void) {
    this.#size = size;
    this.#listener = listener;
  }

  /** Milliseconds since the log began. */
  get time(): number {
    return Math.round(performance.now() - this.#start);
  }

  add(direction: LogEntry['direction'], text: string): void {
    const entry: LogEntry = { time: this.time, direction, text: shown(text) };
    this.entries.push(entry);
    // A tenth at a time, so that a full log does not move all its entries for each new one.
    if (this.entries.length > this.#size) {
      this.entries.splice(0, Math.max(this.entries.length - this.#size, Math.floor(this.#size / 10)));
    }
    this.#listener?.(entry);
  }
}

const MASK = '***';
const KEY_PASSWORD = 9;

/** A line as it may be shown: passwords and PINs replaced, and nothing in it that a terminal acts on. */
export function shown(line: string): string {
  return maskSecrets(line).replace(
    /\p{Cc}/gu,
    (control) => `\\x${(control.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
}

/** A line with its passwords and PINs replaced. */
function maskSecrets(line: string): string {
  // The command may stand behind others in its line.
  const command = /^AT.*?\+(?:CSSLCFG=\s*"?keypwd"?\s*,[^,]*,|CPIN=|CGAUTH=[^,]*,[^,]*,)/i.exec(line);
  if (command) return `${command[0]}${MASK}`;
  const context = /^(\+CSSLCFG: )(\d.*)$/.exec(line);
  const fields = splitParameters(context?.[2] ?? '');
  if (!context || fields === undefined || fields.length <= KEY_PASSWORD) return line;
  const masked = fields.map((field, index) => {
    const text = index === KEY_PASSWORD && field.text !== '' ? MASK : field.text;
    return field.quoted ? `"${text}"` : text;
  });
  return `${context[1] ?? ''}${masked.join(',')}`;
}
