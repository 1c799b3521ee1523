import type { ProfileName } from '../cch/index.js';
import type { ModemError } from '../errors/index.js';
import type { Identity } from './identity.js';
import type { Learned } from './learner.js';

/** - `opening` · `ready`: sessions can be opened · `recovering`: connects wait · `closed`: connects fail with `ENODEV` */
export type ModemState = 'opening' | 'ready' | 'recovering' | 'closed';

/** What is known of the module and its network. */
export interface ModemInformation extends Identity {
  readonly profile: ProfileName;
  readonly operator: string;
  readonly registration: string;
  /** 0–31, as `AT+CSQ` says; 99 when unknown. */
  readonly signal: number;
  /** IPv4 address of the module in its network. */
  readonly address: string | undefined;
  /** The port of the module that it writes its unsolicited codes to, as `AT+CATR` names it; `undefined` if it does not say. */
  readonly codes: string | undefined;
  /** What the module's clock shows. */
  readonly clock: Date | undefined;
}

/** What happened since the modem was opened. */
export interface ModemStatistics {
  readonly commands: number;
  /** Bytes on the line, payload included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Bytes of sockets and certificate files. */
  readonly payloadSent: number;
  readonly payloadReceived: number;
  readonly sessionsOpened: number;
  readonly certificatesUploaded: number;
  /** Sends, reads and opens that were tried again, since the module refused or did not answer. */
  readonly retries: number;
  /** Events of the module that were lost, and found out otherwise. */
  readonly eventsRecovered: number;
  readonly resets: number;
  /** Errors that sockets ended with, by code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Events of a {@link Modem}. A socket's failure never reaches its `error`. */
export interface ModemEvents {
  state: [state: ModemState];
  /** The module was reset; every socket has failed, and it is brought up again. */
  reset: [reason: string];
  /** The module stopped its SSL service; it is started again by the next connect. */
  stopped: [];
  /** The port is gone; `close` follows. */
  disconnect: [event: { error: Error }];
  /** A line that nothing of this package explains. */
  unsolicited: [line: string];
  /** The root of a server's chain was learned, for the first time or anew. */
  learned: [event: Learned];
  warning: [error: ModemError];
  /** The modem is given up; `close` follows. */
  error: [error: Error];
  close: [];
}
