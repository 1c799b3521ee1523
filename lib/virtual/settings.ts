import { isIP } from 'node:net';

import { profiles, versionsOfManual, versionsWithTls13, type Profile } from '../cch/table/index.js';
import { invalidArgument } from '../errors/index.js';
import type { RegistrationStep, SimAnswer } from './bring-up-options.js';
import type { CurveSupport } from './curves.js';
import { isLoopback, parseTarget } from './hosts.js';
import { checkNames } from './option-names.js';
import type { VirtualModemOptions } from './options.js';

/** Options with every default filled in. */
export type Settings = ReturnType<typeof settle>;

/** Fills in the defaults and refuses what cannot be. Throws `ERR_INVALID_ARG_VALUE`. */
export function settle(options: VirtualModemOptions) {
  checkNames(options);
  const profile = settleProfile(options);
  checkNumbers(options);
  const network = options.network ?? false;
  return {
    ...lineSettings(options, profile),
    ...moduleSettings(options, profile),
    ...networkSettings(options, profile),
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
    ecdsa: known('ecdsa', options.ecdsa ?? 'all', supports),
    seed: options.seed ?? 1,
    log: options.log,
    logSize: options.logSize ?? 10_000,
  } as const;
}

/** What `ecdsa` may be. */
const supports: Readonly<Record<CurveSupport, true>> = { all: true, p256: true, none: true };

const numberings = { manual: versionsOfManual, tls13: versionsWithTls13 };

/** The profile, its versions numbered as the options say. */
function settleProfile(options: VirtualModemOptions): Profile {
  const profile = profiles[known('profile', options.profile ?? 'manual', profiles)];
  if (options.versions === undefined) return profile;
  return { ...profile, versions: numberings[known('versions', options.versions, numberings)] };
}

/** A key of a table, checked for callers without types. */
function known<K extends string>(name: string, key: K, table: Readonly<Record<K, unknown>>): K {
  if (Object.hasOwn(table, key)) return key;
  throw invalidArgument(name, `it must be one of ${Object.keys(table).join(', ')}`, key);
}

function lineSettings(options: VirtualModemOptions, profile: Profile) {
  return {
    baudRate: options.baudRate,
    latency: options.latency ?? 0,
    maxCommand: options.maxCommand ?? 2048,
    replyOrder: options.replyOrder ?? profile.replyOrder,
    prompt: options.prompt ?? profile.prompt,
    echo: options.echo ?? true,
    echoLocked: options.echoLocked ?? false,
    portNumber: options.portNumber ?? 1,
    catr: options.catr ?? 0,
    csclk: options.csclk ?? 0,
  } as const;
}

function moduleSettings(options: VirtualModemOptions, profile: Profile) {
  return {
    poweredOn: options.poweredOn ?? 'now',
    bootTime: options.bootTime ?? 0,
    imei: options.imei ?? '860000000000001',
    model: options.model ?? profile.model,
    revision: options.revision ?? profile.revision,
    clock: options.clock ?? 'unset',
    ctzu: options.ctzu ?? 0,
  } as const;
}

function networkSettings(options: VirtualModemOptions, profile: Profile) {
  const { storedApn = '' } = options;
  return {
    pin: options.pin,
    simDelay: options.simDelay ?? 0,
    simAnswers: checkAnswers(options.simAnswers ?? ['SIM busy']),
    functionality: options.functionality ?? 1,
    registration: registrationOf(options),
    // Where nothing is scripted the signal is there at once.
    hears: options.registration === undefined ? 'always' : 'when-registered',
    operator: options.operator ?? 'Virtual',
    signal: options.signal ?? 24,
    address: options.address ?? '10.71.155.118',
    storedApn: typeof storedApn === 'string' ? { name: storedApn, type: 'IP' } : storedApn,
    requiredApn: options.requiredApn,
    requiredAuth: options.requiredAuth,
    apnRefusal: options.apnRefusal ?? 'service',
    // The manuals of 7600 and A76 put the password first (field note 5.19); 3GPP TS 27.007 has it last.
    authOrder: options.authOrder ?? (profile.name === 'sim767x' ? 'user-first' : 'password-first'),
  } as const;
}

/** Searching. */
const SEARCHING = 2;

function registrationOf(options: VirtualModemOptions): readonly RegistrationStep[] {
  const { registration: steps, registrationDelay: delay = 0, registrationState: state = 1 } = options;
  if (steps === undefined)
    return delay === 0
      ? [[0, state]]
      : [
          [0, SEARCHING],
          [delay, state],
        ];
  for (const [time] of steps) checkNumber('registration', time, 0, LONGEST);
  return steps;
}

function checkAnswers(answers: readonly SimAnswer[]): readonly SimAnswer[] {
  if (answers.length > 0) return answers;
  throw invalidArgument('simAnswers', 'it must have at least one answer', '[]');
}

/** Most milliseconds that a timer of Node counts. */
const LONGEST = 2 ** 31 - 1;

const positive = ['baudRate', 'receiveCache', 'sendBuffer', 'frameSize', 'maxCommand'] as const;
const atLeastZero = ['logSize', 'maxFiles', 'portNumber', 'catr'] as const;
const times = ['latency', 'bootTime', 'simDelay', 'registrationDelay', 'connectTimeout'] as const;

function checkNumbers(options: VirtualModemOptions): void {
  for (const [keys, min, max] of [
    [positive, 1, Infinity],
    [atLeastZero, 0, Infinity],
    [times, 0, LONGEST],
  ] as const) {
    for (const key of keys) {
      if (options[key] !== undefined) checkNumber(key, options[key], min, max);
    }
  }
}

function checkNumber(key: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  const most = max === Infinity ? '' : ` and at most ${max}`;
  throw invalidArgument(key, `it must be a number of at least ${min}${most}`, value);
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
