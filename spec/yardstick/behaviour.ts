import type { Ground, Kind } from './ground.js';
import type { Trace } from './trace.js';

/** Something that Node documents or tests of its sockets: one body, run on both grounds; the traces must be the same. */
export interface Behaviour {
  readonly name: string;
  /** Where it has a meaning; default both. */
  readonly kinds?: readonly Kind[];
  readonly body: (ground: Ground, trace: Trace) => Promise<void>;
}
