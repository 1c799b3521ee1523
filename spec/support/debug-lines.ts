import debug from 'debug';
import { format } from 'node:util';

/** What `DEBUG=modem-tls:*` prints from now on. */
export interface DebugLines {
  /** All of it. */
  text(): string;
  /** Forgets what was printed so far. */
  forget(): void;
  /** Prints where it was printed before. */
  end(): void;
}

/** Reads what `debug` prints, and prints nothing. */
export function debugLines(): DebugLines {
  const enabled = debug.disable();
  const { log } = debug;
  const lines: string[] = [];
  debug.log = (...given: unknown[]) => void lines.push(format(...given));
  debug.enable('modem-tls:*');
  return {
    text: () => lines.join('\n'),
    forget: () => void lines.splice(0),
    end: () => {
      debug.disable();
      debug.log = log;
      debug.enable(enabled);
    },
  };
}
