import type { NameEncoding } from './file-name.js';

/** Family of modules whose dialect is spoken; `manual` is the chapter to the letter. */
export type ProfileName = 'manual' | 'sim7600' | 'a76xx' | 'sim767x';

/** The settings of an SSL context that any family knows (F1012; field note 4). */
export type ContextKey =
  | 'sslversion'
  | 'authmode'
  | 'ignorelocaltime'
  | 'negotiatetime'
  | 'cacert'
  | 'clientcert'
  | 'clientkey'
  | 'enableSNI'
  | 'keypwd'
  | 'ciphersuites'
  | 'password'
  | 'ignorecertCN'
  | 'use_tickets';

/** Versions of TLS as Node names them, and the one that it does not have any more. */
export type TlsVersion = 'SSLv3' | 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** The oldest and the newest version that each number of `sslversion` allows. */
export type VersionNumbers = readonly (readonly [oldest: TlsVersion, newest: TlsVersion])[];

/** How one family of modules differs from the others on the wire (field notes 2–5). */
export interface Profile {
  readonly name: ProfileName;
  /** Whether `OK` always comes before the result of a start, stop, open or close (field note 4). */
  readonly replyOrder: 'ok-first' | 'either';
  /** Largest `<max_recv_len>` that `AT+CCHRECV=<id>,<len>` takes, in bytes (field note 4). */
  readonly explicitRead: number;
  /** What `AT+CCHRECV=<id>,0` reads at most, in bytes (F1006; field note 4). */
  readonly zeroRead: number;
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
  /** How names that are not ASCII are written and listed (field note 4). */
  readonly nameEncoding: NameEncoding;
  /** What `AT+CCHOPEN?` lists: open sessions, both, or a third one that cannot be opened, too (field note 4). */
  readonly openRead: 'open-only' | 'both' | 'three';
  /** Whether `AT+CCHOPEN?` shows the local port of a session although none was asked for (field note 4). */
  readonly showsLocalPort: boolean;
  /** Whether a failed open is followed by `+CCHCLOSE: <id>,<err>` (field note 4). */
  readonly closeAfterFailedOpen: boolean;
  /** Whether `AT+CCHSTART=<cid>`, and `AT+CCHSTOP=<cid>`, exist (field note 4). */
  readonly startTakesContext: boolean;
  readonly stopTakesContext: boolean;
  /** What a start that failed answers before `+CCHSTART: <err>` (field note 4). */
  readonly startFailure: 'OK' | 'ERROR';
  /** Whether `AT+CCHADDR` names the PDP context before the address (field note 4). */
  readonly addressNamesContext: boolean;
  /** What `AT+CSSLCFG="<key>"` sets, and the order in which the read form shows it (field note 4). */
  readonly contextKeys: readonly ContextKey[];
  readonly contextColumns: readonly ContextKey[];
  /** What the numbers of `sslversion` mean (field note 4). */
  readonly versions: VersionNumbers;
  /** Whether authentication mode 1 checks the certificate's name unless `ignorecertCN` is 1 (field note 5.10). */
  readonly checksName: boolean;
  /** Texts that differ: `+CCHEVENT: 0,RECV EVENT`, `+CCH: CCH STOP`, and the prompt (field notes 2 and 3.8). */
  readonly receiveEvent: 'RECV EVENT' | ' RECV EVENT';
  readonly serviceStopped: '+CCH: CCH STOP' | '+CCH:CCH STOP';
  readonly prompt: string;
  /** What the module sends, unasked, while it starts (field notes 2 and 5.13). */
  readonly bootBanner: readonly string[];
  /** `AT+CGMM` and `AT+CGMR` of a typical module; what the virtual modem answers. */
  readonly model: string;
  readonly revision: string;
}

/** F1012: SSL 3.0, TLS 1.0, 1.1, 1.2, and all of these. */
export const versionsOfManual: VersionNumbers = [
  ['SSLv3', 'SSLv3'],
  ['TLSv1', 'TLSv1'],
  ['TLSv1.1', 'TLSv1.1'],
  ['TLSv1.2', 'TLSv1.2'],
  ['SSLv3', 'TLSv1.2'],
];

/** 767 with TLS 1.3 firmware: TLS 1.2, 1.3, and both (field note 4). */
export const versionsWithTls13: VersionNumbers = [
  ['TLSv1.2', 'TLSv1.2'],
  ['TLSv1.3', 'TLSv1.3'],
  ['TLSv1.2', 'TLSv1.3'],
];

const keysOfManual: readonly ContextKey[] = [
  'sslversion',
  'authmode',
  'ignorelocaltime',
  'negotiatetime',
  'cacert',
  'clientcert',
  'clientkey',
  'enableSNI',
  'keypwd',
  'ciphersuites',
];
/** Without keypwd and ciphersuites. */
const keysOfAll = keysOfManual.slice(0, 8);

const manual: Profile = {
  name: 'manual',
  replyOrder: 'ok-first',
  explicitRead: 1_048_576,
  zeroRead: 2048,
  frameSize: 2048,
  largestCache: 1_048_576,
  sendWindow: 8192,
  sendAwaitsReport: false,
  fileName: 128,
  nameEncoding: 'utf-8',
  openRead: 'open-only',
  showsLocalPort: false,
  closeAfterFailedOpen: false,
  startTakesContext: false,
  stopTakesContext: false,
  startFailure: 'OK',
  addressNamesContext: false,
  contextKeys: keysOfManual,
  contextColumns: keysOfManual,
  versions: versionsOfManual,
  checksName: false,
  receiveEvent: ' RECV EVENT',
  serviceStopped: '+CCH: CCH STOP',
  prompt: '> ',
  bootBanner: ['RDY', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  model: 'SIMCOM_VIRTUAL',
  revision: 'V1.00',
};

const sim7600: Profile = {
  ...manual,
  name: 'sim7600',
  replyOrder: 'either',
  closeAfterFailedOpen: true,
  receiveEvent: 'RECV EVENT',
  prompt: '>',
  model: 'SIMCOM_SIM7600E-H',
  revision: 'LE20B04SIM7600M22',
};

const a76xx: Profile = {
  ...manual,
  name: 'a76xx',
  explicitRead: 2048,
  zeroRead: Infinity,
  frameSize: 1024,
  fileName: 108,
  nameEncoding: 'entities',
  openRead: 'both',
  showsLocalPort: true,
  startTakesContext: true,
  startFailure: 'ERROR',
  contextKeys: [...keysOfAll, 'password'],
  // A public log of an A76 shows eight of them, up to enableSNI.
  contextColumns: keysOfAll,
  receiveEvent: 'RECV EVENT',
  serviceStopped: '+CCH:CCH STOP',
  bootBanner: ['*ATREADY: 1', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  model: 'A7670E-FASE',
  revision: 'A7670M7_V1.11.1',
};

const sim767x: Profile = {
  ...a76xx,
  name: 'sim767x',
  sendAwaitsReport: true,
  fileName: 55,
  openRead: 'three',
  stopTakesContext: true,
  addressNamesContext: true,
  contextKeys: [...keysOfAll, 'password', 'ignorecertCN', 'use_tickets', 'ciphersuites'],
  // In the order of a public driver that reads them, what it does not read behind that.
  contextColumns: [...keysOfAll.slice(0, 7), 'password', 'enableSNI', 'ignorecertCN', 'use_tickets', 'ciphersuites'],
  versions: versionsWithTls13,
  checksName: true,
  prompt: '>\r\n',
  model: 'SIM7670G',
  revision: '2388B06SIM767XM5A_M',
};

/** Every profile by name. */
export const profiles: Readonly<Record<ProfileName, Profile>> = { manual, sim7600, a76xx, sim767x };

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
