import { isIP } from 'node:net';

import { profiles, type Profile, type ProfileName } from '../cch/table/index.js';
import { invalidArgument } from '../errors/index.js';
import { isLoopback, parseTarget } from './hosts.js';
import type { LogEntry } from './log.js';

/** What the module does wrong, or worse than it could. Every one may be set at any time: `virtual.faults.uplink = 4000`. */
export interface Faults {
  /**
   * Unsolicited lines that never go out. `true`: `+CCHEVENT`, `+CCH_PEER_CLOSED` and `+CCH_RECV_CLOSED`. A predicate is
   * asked about every unsolicited line, results that come after their `OK` and the boot banner among them (field note 5.5).
   */
  loseEvents?: boolean | ((line: string) => boolean) | undefined;
  /** Lines sent before every echo and between any two lines of every answer (field notes 3.3, 3.9). */
  interject?: string | readonly string[] | undefined;
  /** A close by either side throws away bytes that are not yet on the network; otherwise they are sent first. */
  dropUnsentAtClose?: boolean | undefined;
  /** Bytes a second from a session's send buffer to the network; 0 is none. Default: at once. */
  uplink?: number | undefined;
  /** Smallest and largest chunk in bytes that the module's output is cut into. Default: as it comes. */
  rechunk?: readonly [min: number, max: number] | undefined;
  /** Milliseconds that the `+CCHOPEN` result is held back. Default 0. */
  openDelay?: number | undefined;
}

/** State of the registration as `+CREG`, `+CGREG` and `+CEREG` number it: 1 is registered, 5 registered abroad. */
export type RegistrationState = 0 | 1 | 2 | 3 | 4 | 5;

/** Options of a virtual modem. Times are milliseconds and sizes bytes. */
export interface VirtualModemOptions {
  /** Family of modules whose dialect is spoken. Default `manual`: the chapter to the letter. */
  profile?: ProfileName | undefined;
  /** Speed of the line in bit/s, both directions, at 10 bits a byte. Default: as fast as the host. */
  baudRate?: number | undefined;
  /** Time before each answer begins. Default 0. */
  latency?: number | undefined;
  /**
   * Where names lead: `{ 'api.example.com:443': '127.0.0.1:34567', 'example.org': '127.0.0.1' }`. A name with a port goes
   * before the name alone; a target without a port keeps the port asked for. A name that is not here is not found.
   */
  hosts?: Readonly<Record<string, string>> | undefined;
  /** Whether names are looked up and addresses beyond this machine reached. Default false: loopback only. */
  network?: boolean | undefined;
  /** Bytes cached for each session; while it is full TCP holds the server back. Default 16 KiB. */
  receiveCache?: number | undefined;
  /** Bytes buffered for each session until they are on the network. Default 8 KiB. */
  sendBuffer?: number | undefined;
  /** What `AT+CCHSEND` does when its bytes do not fit: `ERROR` before the prompt, or a late prompt. Default `error`. */
  fullBuffer?: 'error' | 'wait' | undefined;
  /** Bytes in one data frame. Default: the profile's. */
  frameSize?: number | undefined;
  /** Most certificate files. Default 20. */
  maxFiles?: number | undefined;
  /** Most bytes of certificate files. Default 64 KiB. */
  storeSize?: number | undefined;
  /** Longest command line; a longer one is `ERROR`. Default 2048. */
  maxCommand?: number | undefined;
  /** Whether `OK` goes before the result of a start, stop, open or close. Default: the profile's. */
  replyOrder?: 'ok-first' | 'result-first' | undefined;
  /** What `AT+CCHCLOSE` answers after the server closed (field note 5.7). Default `ok`. */
  closeAfterPeer?: 'ok' | 'error' | undefined;
  /** The prompt, after its CR LF. Default `> ` (field note 3.8). */
  prompt?: string | undefined;
  /** Echo at power-on. Default true. */
  echo?: boolean | undefined;
  /** Echo stays on whatever `ATE0` was answered. Default false. */
  echoLocked?: boolean | undefined;
  /** PIN that the SIM asks for. Default: none. Three wrong ones block it. */
  pin?: string | undefined;
  /** Time from power-on, or from the PIN, to the registration. Default 0. */
  registrationDelay?: number | undefined;
  /** The state reached then. Default 1, registered. */
  registrationState?: RegistrationState | undefined;
  /** Default `Virtual`. */
  operator?: string | undefined;
  /** Default `860000000000001`. */
  imei?: string | undefined;
  /** `AT+CGMM`. Default: the profile's. */
  model?: string | undefined;
  /** `AT+CGMR`. Default: the profile's. */
  revision?: string | undefined;
  /** First number of `+CSQ`, 0–31 or 99. Default 24. */
  signal?: number | undefined;
  /** Address of the PDP context. Default `10.71.155.118`. */
  address?: string | undefined;
  /** The clock at power-on. Default `unset`: it starts in 1980 as a real one does (field note 5.10). */
  clock?: 'unset' | 'host' | Date | undefined;
  /** Time from a reset to the boot banner, in which the module is deaf. Default 0. */
  bootTime?: number | undefined;
  /** Time after which a TCP connection that nobody answers is given up. Default 120 000. */
  connectTimeout?: number | undefined;
  faults?: Faults | undefined;
  /** Seed of whatever is left to chance. Default 1. */
  seed?: number | undefined;
  /** Told of each entry of the log. */
  log?: ((entry: LogEntry) => void) | undefined;
  /** Most entries that `virtual.log` keeps; the oldest go. Default 10 000. */
  logSize?: number | undefined;
}

/** Options with every default filled in. */
export type Settings = ReturnType<typeof settle>;

/** Fills in the defaults and refuses what cannot be. Throws `ERR_INVALID_ARG_VALUE`. */
export function settle(options: VirtualModemOptions) {
  const profile: Profile | undefined = profiles[options.profile ?? 'manual'];
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- callers without types
  if (profile === undefined) {
    throw invalidArgument('profile', `it must be one of ${Object.keys(profiles).join(', ')}`, options.profile);
  }
  checkNumbers(options);
  const network = options.network ?? false;
  return {
    ...lineSettings(options, profile),
    ...moduleSettings(options, profile),
    profile,
    network,
    hosts: checkHosts(options.hosts ?? {}, network),
    receiveCache: options.receiveCache ?? 16 * 1024,
    sendBuffer: options.sendBuffer ?? 8 * 1024,
    fullBuffer: options.fullBuffer ?? 'error',
    frameSize: options.frameSize ?? profile.frameSize,
    maxFiles: options.maxFiles ?? 20,
    storeSize: options.storeSize ?? 64 * 1024,
    closeAfterPeer: options.closeAfterPeer ?? 'ok',
    connectTimeout: options.connectTimeout ?? 120_000,
    seed: options.seed ?? 1,
    log: options.log,
    logSize: options.logSize ?? 10_000,
  } as const;
}

function lineSettings(options: VirtualModemOptions, profile: Profile) {
  return {
    baudRate: options.baudRate,
    latency: options.latency ?? 0,
    maxCommand: options.maxCommand ?? 2048,
    replyOrder: options.replyOrder ?? profile.replyOrder,
    prompt: options.prompt ?? '> ',
    echo: options.echo ?? true,
    echoLocked: options.echoLocked ?? false,
    bootTime: options.bootTime ?? 0,
  } as const;
}

function moduleSettings(options: VirtualModemOptions, profile: Profile) {
  return {
    pin: options.pin,
    registrationDelay: options.registrationDelay ?? 0,
    registrationState: options.registrationState ?? 1,
    operator: options.operator ?? 'Virtual',
    imei: options.imei ?? '860000000000001',
    model: options.model ?? profile.model,
    revision: options.revision ?? profile.revision,
    signal: options.signal ?? 24,
    address: options.address ?? '10.71.155.118',
    clock: options.clock ?? 'unset',
  } as const;
}

const positive = ['baudRate', 'receiveCache', 'sendBuffer', 'frameSize', 'maxCommand'] as const;
const atLeastZero = ['latency', 'bootTime', 'registrationDelay', 'connectTimeout', 'logSize', 'maxFiles'] as const;

function checkNumbers(options: VirtualModemOptions): void {
  for (const [keys, min] of [
    [positive, 1],
    [atLeastZero, 0],
  ] as const) {
    for (const key of keys) {
      const value = options[key];
      if (value !== undefined && !(Number.isFinite(value) && value >= min)) {
        throw invalidArgument(key, `it must be a number of at least ${min}`, value);
      }
    }
  }
}

function checkHosts(hosts: Readonly<Record<string, string>>, network: boolean): ReadonlyMap<string, string> {
  for (const [name, target] of Object.entries(hosts)) {
    const { address } = parseTarget(target);
    if (!network && isIP(address) !== 0 && !isLoopback(address)) {
      throw invalidArgument(`hosts['${name}']`, 'only loopback addresses are reached unless network is true', target);
    }
  }
  return new Map(Object.entries(hosts).map(([name, target]) => [name.toLowerCase(), target]));
}
