import type { Modem } from './modem.js';
import type { Sessions } from './sessions.js';

/**
 * The sessions of a modem, for a pool of them.
 *
 * @internal
 */
export function sessionsOf(modem: Modem): Sessions {
  return modem['source'];
}
