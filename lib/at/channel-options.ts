import type { Rung } from './ladder.js';
import type { LineOptions } from './line.js';

/** A read whose answer no other command can give; see {@link AtChannel}. */
export interface Barrier {
  /** The command: `AT+CCHSET?`. */
  readonly text: string;
  /** Whether a line is its information line. */
  owns(this: void, line: string): boolean;
  /** Whether the line says what was set; when it does not, the module has been reset since. Default: always. */
  confirms?(this: void, line: string): boolean;
}

/** Settings of an {@link AtChannel}. */
export interface ChannelOptions extends LineOptions {
  /** Reads to find the way back with, in the order in which they are tried. */
  barriers: readonly Barrier[];
}

/** Where in the queue a command goes. `control`, for closing and aborting, is before all `normal` ones. */
export type Priority = 'control' | 'normal';

/** How a request is queued. */
export interface ExecuteOptions {
  priority?: Priority;
  /** Aborts it while it is queued. Once written, the exchange goes on to its end; only the caller is let go. */
  signal?: AbortSignal | undefined;
  /** Called when the command is about to be written; one that throws keeps it from being written. */
  beforeWrite?: (() => void) | undefined;
}

/** How {@link AtChannel.synchronise} looks for the module. */
export interface SynchroniseOptions {
  /** Ms from one `AT` to the next. */
  interval: number;
  /** Ms until it gives up. */
  timeout: number;
  signal?: AbortSignal | undefined;
  /** The ways to try, in their order; begun anew when the module restarts meanwhile. Default: `AT` only. */
  rungs?: (() => Iterable<Rung>) | undefined;
  /** Sets the port to a rung's speed; whether it takes that. The rung is left out when not. */
  setBaudRate?: ((baudRate: number) => Promise<boolean>) | undefined;
  /** Called before each `AT`. */
  attempt?: ((rung: Rung) => void) | undefined;
}
