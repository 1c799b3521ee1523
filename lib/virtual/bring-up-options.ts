/** State of the registration as `+CREG`, `+CGREG` and `+CEREG` number it: 1 is registered, 5 registered abroad. */
export type RegistrationState = 0 | 1 | 2 | 3 | 4 | 5;

/** What `+CREG` (calls), `+CGREG` (packets before LTE) and `+CEREG` (LTE) tell about. */
export type RegistrationKind = 'CREG' | 'CGREG' | 'CEREG';

/**
 * From a time in ms on the registration is so: `[5000, 3]`, or for some kinds only, `[5000, { CEREG: 1 }]`; the others stay
 * as they are.
 */
export type RegistrationStep = readonly [
  time: number,
  state: RegistrationState | Readonly<Partial<Record<RegistrationKind, RegistrationState>>>,
];

/** A number is written as one whatever `AT+CMEE` says, but for `AT+CMEE=0`. */
export type SimAnswer = 'SIM not inserted' | 'SIM failure' | 'SIM busy' | 'SIM wrong' | number;

/** `AT+CGAUTH`: 1 PAP · 2 CHAP · 3 either. */
export interface RequiredAuthentication {
  /** Default: any but 0. */
  readonly type?: 1 | 2 | 3 | undefined;
  readonly user: string;
  readonly password: string;
}

/**
 * The module from power-on to ready. What is "kept" outlives a reset; everything else is at each power-on as it is here.
 * Times are milliseconds.
 */
export interface BringUpOptions {
  /**
   * `now`: it has been on for a while, and answers. `booting`: it was switched on when it was made, is deaf for
   * `bootTime`, and then says its boot banner (field note 5.13). Default `now`.
   */
  poweredOn?: 'now' | 'booting' | undefined;
  /** Time from power-on or a reset to the boot banner, in which the module is deaf. Default 0. */
  bootTime?: number | undefined;
  /** PIN that the SIM asks for. Default: none. Three wrong ones block it, also over resets; `AT+SPIC` tells those left. */
  pin?: string | undefined;
  /** Time from the boot until the SIM is there; its lines of the banner wait for it. Default 0. */
  simDelay?: number | undefined;
  /** What `AT+CPIN?` answers meanwhile as `+CME ERROR`, in turn, over and over. Default `['SIM busy']`. */
  simAnswers?: readonly SimAnswer[] | undefined;
  /** `AT+CFUN` at power-on: 0 minimal, 1 full, 4 radio off. Default 1. */
  functionality?: 0 | 1 | 4 | undefined;
  /** Time until the module is registered, counted as for `registration`. Default 0. */
  registrationDelay?: number | undefined;
  /** The state reached then. Default 1, registered. */
  registrationState?: RegistrationState | undefined;
  /**
   * What the network says, in place of the two before: `[[0, 2], [5000, 3], [20_000, 2], [50_000, 1]]`. Counted anew from
   * the boot, the SIM's being ready, and each `AT+CFUN=1`, whichever is last; 0 until then. Services run where CGREG or
   * CEREG is 1 or 5. Until something is registered `AT+CSQ` answers 99.
   */
  registration?: readonly RegistrationStep[] | undefined;
  /** Shown by `AT+COPS?` while something is registered. Default `Virtual`. */
  operator?: string | undefined;
  /** First number of `+CSQ`, 0–31 or 99. Default 24. */
  signal?: number | undefined;
  /** Address of the PDP context. Default `10.71.155.118`. */
  address?: string | undefined;
  /** The access point of PDP context 1 as a former host left it; `AT+CGDCONT` changes it. Kept. Default: IP, no name. */
  storedApn?: string | { readonly name: string; readonly type: 'IP' | 'IPV6' | 'IPV4V6' } | undefined;
  /**
   * The only access point that the network serves, without case. What counts is the one that was stored when the module
   * attached: at power-on, `AT+CFUN=1` or `AT+CGATT=1` (field note 5.19). Default: any.
   */
  requiredApn?: string | undefined;
  /** What `AT+CGAUTH` must have stored for context 1 by then. Default: anything. */
  requiredAuth?: RequiredAuthentication | undefined;
  /**
   * How the network refuses another access point: `service`, it registers the module, and the service's start fails
   * with 9 · `registration`, where it would be registered CGREG and CEREG are 3, and the start fails with 17.
   * Default `service`.
   */
  apnRefusal?: 'service' | 'registration' | undefined;
  /** Order of the last arguments of `AT+CGAUTH`. Default: the user first on sim767x, the password elsewhere. */
  authOrder?: 'password-first' | 'user-first' | undefined;
  /** Number of this port as `AT+CATR` counts them: 1 UART, 2 modem port, 3 AT port. Default 1. */
  portNumber?: number | undefined;
  /**
   * `AT+CATR` at power-on: the port on which unsolicited codes, pushed data, and results that come after `OK` appear; 0 is
   * every one (field note 5.16). Default 0.
   */
  catr?: number | undefined;
  /**
   * `AT+CSCLK` at power-on. Other than 0, a module that was not written to for 5 s has gone to sleep: the first characters
   * that wake it are lost (field note 5.17). Default 0.
   */
  csclk?: 0 | 1 | 2 | undefined;
  /**
   * The clock at power-on: `unset`, it starts in 1980 as a real one does (field note 5.10) · `host` · a date · a number,
   * ms ahead of the host's. Default `unset`.
   */
  clock?: 'unset' | 'host' | Date | number | undefined;
  /** `AT+CTZU`: 1 takes the network's time, which is the host's, at each registration. Kept. Default 0. */
  ctzu?: 0 | 1 | undefined;
}
