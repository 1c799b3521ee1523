import type { Barrier } from '../at/index.js';

/** What is known of the module by now. */
export interface Known {
  /** Whether the service runs as it was set up. */
  settled(this: void): boolean;
  /** What `AT+CGMR` answered; empty when it was not asked yet. */
  revision(this: void): string;
  /** How data comes: what `AT+CCHSET` was set to. */
  readonly receive: 'manual' | 'auto';
}

/**
 * Reads whose answers prove that everything before them was answered. The first also tells a module that was reset without
 * a word: its settings are back at their defaults (field note 5.13).
 */
export function makeBarriers(known: Known): Barrier[] {
  const set = known.receive === 'auto' ? /: ?1, ?0$/ : /: ?1, ?1$/;
  return [
    {
      text: 'AT+CCHSET?',
      owns: (line) => /^\+CCHSET: ?[01], ?[01]$/i.test(line),
      confirms: (line) => !known.settled() || set.test(line),
    },
    { text: 'AT+CGMR', owns: (line) => isRevision(line, known.revision()) },
    { text: 'AT+CCHMODE?', owns: (line) => /^\+CCHMODE: ?[01]$/i.test(line) },
    { text: 'AT+CMEE?', owns: (line) => /^\+CMEE: ?[0-2]$/i.test(line) },
  ];
}

function isRevision(line: string, revision: string): boolean {
  return revision === '' ? /^(\+CGMR|Revision):/i.test(line) : line.includes(revision);
}
