import { ModemError } from '../errors/index.js';
import { editDistance } from '../util/index.js';
import type { Faults, VirtualModemOptions } from './options.js';

/** Every key once: the compiler sees to it that none is missing, and none too many. */
type Names<T> = Readonly<Record<keyof T, true>>;

const faults: Names<Faults> = {
  loseEvents: true,
  interject: true,
  dropUnsentAtClose: true,
  uplink: true,
  rechunk: true,
  openDelay: true,
  ctsLow: true,
  dropsWithoutFlowControl: true,
  resetOnDtrDrop: true,
  uploadBuffer: true,
  uploadRefused: true,
  uploadCut: true,
};

const options: Names<VirtualModemOptions> = {
  profile: true,
  versions: true,
  ecdsa: true,
  baudRate: true,
  latency: true,
  hosts: true,
  network: true,
  receiveCache: true,
  sendBuffer: true,
  fullBuffer: true,
  frameSize: true,
  maxFiles: true,
  storeSize: true,
  maxCommand: true,
  replyOrder: true,
  closeAfterPeer: true,
  prompt: true,
  echo: true,
  echoLocked: true,
  imei: true,
  model: true,
  revision: true,
  connectTimeout: true,
  faults: true,
  seed: true,
  log: true,
  logSize: true,
  poweredOn: true,
  bootTime: true,
  pin: true,
  simDelay: true,
  simAnswers: true,
  functionality: true,
  registrationDelay: true,
  registrationState: true,
  registration: true,
  operator: true,
  signal: true,
  address: true,
  storedApn: true,
  requiredApn: true,
  requiredAuth: true,
  apnRefusal: true,
  authOrder: true,
  portNumber: true,
  catr: true,
  csclk: true,
  clock: true,
  ctzu: true,
};

/** Throws `ERR_INVALID_ARG_VALUE` for an option or a fault that there is not. */
export function checkNames(given: VirtualModemOptions): void {
  for (const key of Object.keys(given)) checkName('option', key, options);
  for (const key of Object.keys(given.faults ?? {})) checkName('fault', key, faults);
}

/** Faults that may be set at any time, of those that there are. */
export function settableFaults(given: Faults): Faults {
  return new Proxy(given, {
    set(target, key, value) {
      checkName('fault', String(key), faults);
      return Reflect.set(target, key, value);
    },
  });
}

function checkName(what: 'option' | 'fault', key: string, known: Readonly<Record<string, true>>): void {
  if (Object.hasOwn(known, key)) return;
  const [nearest] = Object.keys(known)
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, name.length / 3))
    .sort((a, b) => a.distance - b.distance);
  const hint = nearest === undefined ? '' : ` Did you mean '${nearest.name}'?`;
  throw new ModemError('ERR_INVALID_ARG_VALUE', `Unknown ${what} '${key}'.${hint}`);
}
