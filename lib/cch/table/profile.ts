/** Family of modules whose dialect is spoken; `manual` is the chapter to the letter. */
export type ProfileName = 'manual' | 'sim7600' | 'a76xx' | 'sim767x';

/** How one family of modules differs from the others on the wire (field notes 3–5). */
export interface Profile {
  readonly name: ProfileName;
  /** Whether `OK` comes before the result of a start, stop, open or close (field note 4). */
  readonly replyOrder: 'ok-first' | 'result-first';
  /** Largest `<max_recv_len>` that `AT+CCHRECV=<id>,<len>` takes, in bytes (field note 4). */
  readonly explicitRead: number;
  /** Bytes in one data frame of a read (field note 3.5). */
  readonly frameSize: number;
  /** Largest receive cache believed of the family, in bytes; a frame that announces more is broken. */
  readonly largestCache: number;
  /** Bytes taken by the module and not yet reported as sent, above which the driver waits. */
  readonly sendWindow: number;
  /** Whether the next send must wait for the report of the one before (field note 3.11). */
  readonly sendAwaitsReport: boolean;
  /** Longest certificate file name in bytes (field note 4). */
  readonly fileName: number;
  /** What `AT+CCHOPEN?` shows for a session that is not open (field note 4). */
  readonly openRead: 'open-only' | 'all';
  /** Whether `AT+CCHSTART=<cid>` exists (field note 4). */
  readonly startTakesContext: boolean;
  /** What the module sends, unasked, while it starts (field notes 2 and 5.13). */
  readonly bootBanner: readonly string[];
  /** `AT+CGMM` and `AT+CGMR` of a typical module; what the virtual modem answers. */
  readonly model: string;
  readonly revision: string;
}

const manual: Profile = {
  name: 'manual',
  replyOrder: 'ok-first',
  explicitRead: 1_048_576,
  frameSize: 2048,
  largestCache: 1_048_576,
  sendWindow: 8192,
  sendAwaitsReport: false,
  fileName: 128,
  openRead: 'open-only',
  startTakesContext: false,
  bootBanner: ['RDY', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  model: 'SIMCOM_VIRTUAL',
  revision: 'V1.00',
};

const a76xx: Profile = {
  ...manual,
  name: 'a76xx',
  explicitRead: 2048,
  frameSize: 1024,
  fileName: 108,
  openRead: 'all',
  startTakesContext: true,
  bootBanner: ['*ATREADY: 1', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  model: 'A7670E-FASE',
  revision: 'A7670M7_V1.11.1',
};

/** Every profile by name. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  manual,
  sim7600: { ...manual, name: 'sim7600', model: 'SIMCOM_SIM7600E-H', revision: 'LE20B04SIM7600M22' },
  a76xx,
  sim767x: {
    ...a76xx,
    name: 'sim767x',
    sendAwaitsReport: true,
    fileName: 55,
    model: 'SIM7670G',
    revision: '2388B06SIM767XM5A_M',
  },
};

/** The profile of a module by what it says its model is; `manual` when that says nothing. */
export function profileOfModel(model: string): Profile {
  if (/SIM767/i.test(model)) return profiles.sim767x;
  if (/SIM7[56]\d\d/i.test(model)) return profiles.sim7600;
  if (/\bA76\d\d/i.test(model)) return profiles.a76xx;
  return profiles.manual;
}

/** Firmware on which `AT+CCHOPEN?` misbehaves and is never sent (field note 5.2). */
export function openQueryMisbehaves(model: string, revision: string): boolean {
  if (/A7670E/i.test(model) && /B02V03|B05V04|B07V01/i.test(revision)) return true;
  return /A7608SA/i.test(model) && /B11V05/i.test(revision);
}
