import type { Duplex } from 'node:stream';
import { checkText, profiles, type ProfileName } from '../cch/index.js';
import { ModemError, invalidArgument } from '../errors/index.js';
import { editDistance } from '../util/index.js';
import type { AccessPoint } from './access-point.js';

/** How far `Modem.open` has come. */
export interface Progress {
  readonly step: 'sync' | 'identity' | 'sim' | 'registration' | 'clock' | 'service';
  readonly detail: string;
  /** Ms since `Modem.open` was called. */
  readonly elapsed: number;
}

/** Options of {@link Modem.open}. Unknown keys are refused. */
export interface ModemOptions {
  /** Serial port (`/dev/ttyUSB2`, `COM5`) or `tcp://host:port` for a raw serial server. */
  path?: string | undefined;
  /** Any Duplex byte stream instead of `path`. */
  stream?: Duplex | undefined;
  /** Speed in bits a second; for other transports only how fast the far line is. Default 115 200. */
  baudRate?: number | undefined;
  /** RTS/CTS flow control of a serial port. Default false. */
  rtscts?: boolean | undefined;
  /** Further options for serialport, and the lines `dtr` and, without `rtscts`, `rts` to set after opening. Default `hupcl: false`. */
  serial?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Access point of the network: its name, or `{ name, type, authentication, user, password }` with `type` `'IP'` (the
   * default), `'IPV6'` or `'IPV4V6'`, and `authentication` `'none'`, `'pap'`, `'chap'` or `'pap-or-chap'` (the default with
   * a user). Written only where the module has another one. Default: as it is stored.
   */
  apn?: string | (Pick<AccessPoint, 'name'> & Partial<AccessPoint>) | undefined;
  /** SIM PIN, tried once when the SIM asks. */
  pin?: string | undefined;
  /** Ms until the first clean answer. Default 60 000. */
  bootTimeout?: number | undefined;
  /** Ms until the network, waiting for the SIM included. Default 180 000. */
  registrationTimeout?: number | undefined;
  /** Ms for commands with no time of their own. Default 9000. */
  commandTimeout?: number | undefined;
  /**
   * How data comes: `'manual'`, the module caches it and is asked, or `'auto'`, the module pushes it; then nothing holds a
   * server back that sends faster than its bytes are read. Default `'manual'`.
   */
  receive?: 'manual' | 'auto' | undefined;
  /** `'command'`, or `'transparent'`: one session, raw bytes. Default `'command'`. */
  mode?: 'command' | 'transparent' | undefined;
  /** Have the module write its unsolicited codes to this port, too (`AT+CATR`). Default false: as it is set. */
  routeCodes?: boolean | undefined;
  /** Family of the module. Default: from its identity; `'manual'` when that is unknown. */
  profile?: ProfileName | undefined;
  /** Whose time certificate dates are checked against. Default `'auto'`. */
  clock?: 'auto' | 'host' | 'module' | undefined;
  /** File in which roots are kept that were learned of servers (`ca: 'learn'`). Default: none, in memory. */
  learnedRoots?: string | undefined;
  /** Told how far opening has come. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborts opening; not used after that. */
  signal?: AbortSignal | undefined;
}

/** Options with their defaults. */
export interface Settings {
  readonly path: string | undefined;
  readonly stream: Duplex | undefined;
  readonly baudRate: number;
  readonly rtscts: boolean;
  readonly serial: Readonly<Record<string, unknown>>;
  readonly apn: AccessPoint | undefined;
  readonly pin: string | undefined;
  readonly bootTimeout: number;
  readonly registrationTimeout: number;
  readonly commandTimeout: number;
  readonly receive: 'manual' | 'auto';
  readonly mode: 'command' | 'transparent';
  readonly routeCodes: boolean;
  readonly profile: ProfileName | undefined;
  readonly clock: 'auto' | 'host' | 'module';
  readonly learnedRoots: string | undefined;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal | undefined;
}

type Check = (value: unknown) => string | undefined;

const milliseconds: Check = (value) =>
  typeof value === 'number' && value >= 1 && value < 2 ** 31 ? undefined : 'it must be a number of milliseconds';
const oneOf =
  (choices: readonly string[]): Check =>
  (value) =>
    choices.includes(value as string) ? undefined : `it must be one of ${choices.map((c) => `'${c}'`).join(', ')}`;
const ofType =
  (type: string): Check =>
  (value) =>
    typeof value === type && value !== null ? undefined : `it must be a ${type}`;

const checks: Readonly<Record<keyof ModemOptions, Check>> = {
  path: ofType('string'),
  stream: (value) =>
    typeof (value as Duplex | null)?.write === 'function' && typeof (value as Duplex).on === 'function'
      ? undefined
      : 'it must be a Duplex stream',
  baudRate: (value) =>
    Number.isInteger(value) && (value as number) >= 300 && (value as number) <= 4_000_000
      ? undefined
      : 'it must be a whole number from 300 to 4000000',
  rtscts: ofType('boolean'),
  serial: checkSerial,
  apn: (value) => (typeof value === 'string' ? undefined : checkAccessPoint(value as object)),
  pin: (value) =>
    typeof value === 'string' && /^\d{4,8}$/.test(value) ? undefined : 'it must be a string of 4 to 8 digits',
  bootTimeout: milliseconds,
  registrationTimeout: milliseconds,
  commandTimeout: milliseconds,
  receive: oneOf(['manual', 'auto']),
  mode: oneOf(['command', 'transparent']),
  routeCodes: ofType('boolean'),
  profile: oneOf(Object.keys(profiles)),
  clock: oneOf(['auto', 'host', 'module']),
  learnedRoots: ofType('string'),
  onProgress: ofType('function'),
  signal: (value) => (value instanceof AbortSignal ? undefined : 'it must be an AbortSignal'),
};

/** Checks the options of `Modem.open` and fills the defaults in. Throws `ERR_INVALID_ARG_VALUE`. */
export function modemSettings(given: ModemOptions): Settings {
  if (typeof given !== 'object' || (given as unknown) === null) {
    const message = "Modem.open takes an object: { path: '/dev/ttyUSB2' }.";
    throw new ModemError('ERR_INVALID_ARG_VALUE', message);
  }
  const all = Object.entries(given);
  for (const [key, value] of all) {
    const check = (checks as Record<string, Check | undefined>)[key];
    if (check === undefined) throw unknownOption(key);
    const wrong = value === undefined || value === null ? undefined : check(value);
    // A PIN is never shown, nor is anything that is no plain value.
    const shown = key === 'pin' || typeof value === 'object' ? undefined : (value as unknown);
    if (wrong !== undefined) throw invalidArgument(key, wrong, shown);
  }
  // `null` counts as left out, as `undefined` does.
  const options: ModemOptions = Object.fromEntries(all.filter(([, value]) => value !== null));
  const { path, stream } = options;
  if ((path === undefined) === (stream === undefined)) {
    const message = "Give 'path', as { path: '/dev/ttyUSB2' }, or 'stream'; exactly one says where the module is.";
    throw new ModemError('ERR_INVALID_ARG_VALUE', message);
  }
  return {
    path,
    stream,
    baudRate: options.baudRate ?? 115_200,
    rtscts: options.rtscts ?? false,
    serial: options.serial ?? {},
    apn: apnOf(options.apn),
    pin: options.pin,
    bootTimeout: options.bootTimeout ?? 60_000,
    registrationTimeout: options.registrationTimeout ?? 180_000,
    commandTimeout: options.commandTimeout ?? 9000,
    receive: options.receive ?? 'manual',
    mode: options.mode ?? 'command',
    routeCodes: options.routeCodes ?? false,
    profile: options.profile,
    clock: options.clock ?? 'auto',
    learnedRoots: options.learnedRoots,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
}

function apnOf(apn: ModemOptions['apn']): Settings['apn'] {
  if (apn === undefined) return undefined;
  const {
    name,
    type,
    user = '',
    password = '',
    ...given
  }: Partial<AccessPoint> = typeof apn === 'string' ? { name: apn } : apn;
  return {
    name: checkText(name, 'apn'),
    type,
    authentication: given.authentication ?? (user === '' ? undefined : 'pap-or-chap'),
    user: checkText(user, 'apn.user', true),
    password: checkText(password, 'apn.password', true),
  };
}

function checkSerial(value: unknown): string | undefined {
  if (typeof value !== 'object') return 'it must be an object';
  const own = ['path', 'baudRate', 'rtscts'].find(
    (key) => ((value as Settings['serial'])[key] ?? undefined) !== undefined,
  );
  return own === undefined ? undefined : `'${own}' is an option of Modem.open itself; give it beside 'serial'`;
}

function checkAccessPoint(value: Partial<Record<keyof AccessPoint, unknown>>): string | undefined {
  const { name, type = 'IP', authentication = 'none', user = '', password = '', ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `it has no '${unknown}'`;
  if ([name, user, password].some((text) => typeof text !== 'string')) return 'name, user and password must be strings';
  if (!['IP', 'IPV6', 'IPV4V6'].includes(type as string)) return "type must be 'IP', 'IPV6' or 'IPV4V6'";
  const known = ['none', 'pap', 'chap', 'pap-or-chap'].includes(authentication as string);
  return known ? undefined : "authentication must be 'none', 'pap', 'chap' or 'pap-or-chap'";
}

function unknownOption(key: string): ModemError {
  const [nearest] = Object.keys(checks)
    .map((known) => ({ known, distance: editDistance(key.toLowerCase(), known.toLowerCase()) }))
    .filter(({ known, distance }) => distance <= Math.max(2, known.length / 3))
    .sort((a, b) => a.distance - b.distance);
  const hint = nearest === undefined ? '' : ` Did you mean '${nearest.known}'?`;
  return new ModemError('ERR_INVALID_ARG_VALUE', `Unknown option '${key}'.${hint}`);
}
