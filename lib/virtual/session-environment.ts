import type { Unsolicited } from '../cch/table/index.js';
import type { DialOutcome, OpenTarget } from './dial.js';
import type { Session } from './session.js';

/**
 * State of a session:
 *
 * - `idle`: never opened, or closed by the host.
 * - `opening`: `AT+CCHOPEN` was answered, its result was not.
 * - `open`
 * - `closing`: `AT+CCHCLOSE` was answered, and the rest of the send buffer is on its way.
 * - `ended`: the peer closed, or the connection was lost; what is cached can still be read (field note 5.7).
 */
export type SessionState = 'idle' | 'opening' | 'open' | 'closing' | 'ended';

/** What a session needs of its module. */
export interface SessionEnvironment {
  readonly receiveCache: number;
  readonly sendBuffer: number;
  /** Connects; the session's context is the module's matter. */
  readonly dial: (target: OpenTarget, signal: AbortSignal) => Promise<DialOutcome>;
  /** Sends an unsolicited result code. */
  readonly report: (code: Unsolicited) => void;
  /** `AT+CCHSET`: whether sends are reported, and whether data is cached for the host to read. */
  readonly reporting: () => { readonly sends: boolean; readonly manual: boolean };
  /** Data was cached in push mode. */
  readonly push: (session: Session) => void;
  /** Bytes a second of the uplink. */
  readonly uplink: () => number | undefined;
  readonly dropUnsentAtClose: () => boolean;
  readonly openDelay: () => number;
  /** Takes note of something on the network. */
  readonly note: (text: string) => void;
}
