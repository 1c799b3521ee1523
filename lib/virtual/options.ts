import type { ProfileName } from '../cch/table/index.js';
import type { BringUpOptions } from './bring-up-options.js';
import type { CurveSupport } from './curves.js';
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
  /**
   * The wire of CTS leads nowhere, as on some boards: a serial port sees it low, and one with `rtscts` sends nothing
   * (field note 5.9).
   */
  ctsLow?: boolean | undefined;
  /**
   * A line faster than 230 400 bit/s loses one byte in so many of what a serial port writes, behind the first kilobyte that
   * comes without a pause of 10 ms, unless both ends control the flow: `AT+IFC=2,2` and `rtscts` (field note 5.9). Which
   * ones is left to the seed.
   */
  dropsWithoutFlowControl?: number | undefined;
  /** A board that resets its module when a serial port drops DTR, which closing it does, unless after `AT&D0` (5.17). */
  resetOnDtrDrop?: boolean | undefined;
  /**
   * Bytes of an upload (`AT+CCERTDOWN`) that the module has room for at a time. What comes beyond them is lost, until a pause
   * of 20 ms, unless both ends control the flow: `AT+IFC=2,2`, and `rtscts` of a serial port (field note 4). A line without
   * `baudRate` carries any number at once.
   */
  uploadBuffer?: number | undefined;
  /** So many uploads from now on are answered `ERROR` behind their bytes, and not stored; it counts down. */
  uploadRefused?: number | undefined;
  /**
   * The module resets in an upload: in the first, or a later one from now on, when so many bytes have come, which are kept
   * under the name of the file (field note 5.20). It counts down to `undefined`.
   */
  uploadCut?: readonly [upload: number, bytes: number] | undefined;
}

/** Options of a virtual modem. Times are milliseconds and sizes bytes. */
export interface VirtualModemOptions extends BringUpOptions {
  /** Family of modules whose dialect is spoken. Default `manual`: the chapter to the letter. */
  profile?: ProfileName | undefined;
  /**
   * What the numbers of `sslversion` mean: `manual`, 0 SSL 3.0 to 3 TLS 1.2 and 4 all · `tls13`, 0 TLS 1.2, 1 TLS 1.3,
   * 2 both (field note 4). Default: the profile's.
   */
  versions?: 'manual' | 'tls13' | undefined;
  /**
   * Elliptic curves that the module can do. A server with another one anywhere in its chain fails with 15: `p256`, all but
   * P-256 do · `none`, all do (field note 5.12). Default `all`.
   */
  ecdsa?: CurveSupport | undefined;
  /**
   * Speed of the line in bit/s at power-on, both directions, at 10 bits a byte. `AT+IPR` sets another one until a reset,
   * `AT+IPREX` one that is kept. Default: bytes go as fast as the host, and where the speed matters, which is a serial port
   * that is opened with another one (`virtual.binding()`), it is 115 200.
   */
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
  /**
   * Whether `OK` goes before the result of a start, stop, open or close (field note 4). `either`: the seed decides for each
   * command. An open whose result goes first keeps the line until it is connected. A failure is told behind `OK` in any
   * case. Default: the profile's.
   */
  replyOrder?: 'ok-first' | 'result-first' | 'either' | undefined;
  /** What `AT+CCHCLOSE` answers after the server closed (field note 5.7). Default `ok`. */
  closeAfterPeer?: 'ok' | 'error' | undefined;
  /** The prompt, after its CR LF. Default: the profile's (field note 3.8). */
  prompt?: string | undefined;
  /** Echo at power-on. Default true. */
  echo?: boolean | undefined;
  /** Echo stays on whatever `ATE0` was answered. Default false. */
  echoLocked?: boolean | undefined;
  /** Default `860000000000001`. */
  imei?: string | undefined;
  /** `AT+CGMM`. Default: the profile's. */
  model?: string | undefined;
  /** `AT+CGMR`. Default: the profile's. */
  revision?: string | undefined;
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
