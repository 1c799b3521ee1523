import { expect } from 'chai';
import { Modem, type ModemError, type ModemOptions, type ModemState, type Progress } from '../../lib/index.js';
import { VirtualModem, type Rule, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { afterwards } from '../virtual/host.js';
import { FastTime } from './fast-time.js';
import { rejection } from './rig.js';
import { until } from './turn.js';
import { concealed } from './secrets.js';

export { afterwards, cleanUp } from '../virtual/host.js';

/** The fast time of the test, if it has one. */
let running: FastTime | undefined;

/** Fast time until the test is over. `now`: what the host's clock shows. */
export function fastTime(now?: Date): FastTime {
  const time = (running = new FastTime(now));
  afterwards(() => {
    running = undefined;
    time.restore();
  });
  return time;
}

/** Waits, and lets time pass meanwhile where it is a fast one. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  return running === undefined ? promise : running.until(promise);
}

let modules = 0;

/** A virtual modem; at the end of the test it is closed, and the driver has broken no rules but these. */
export function virtualModem(options: VirtualModemOptions = {}, ...mayBreak: Rule[]): VirtualModem {
  const hosts = { 'server.test': '127.0.0.1' };
  // What became of a PIN is remembered by module.
  const imei = `8600000001${String(++modules).padStart(5, '0')}`;
  concealed.add('IMEI of a virtual modem', imei);
  const virtual = new VirtualModem({ hosts, imei, ...options });
  afterwards(async () => {
    await virtual.close();
    expect(virtual.brokenRules.filter(({ rule }) => !mayBreak.includes(rule))).to.deep.equal([]);
  });
  return virtual;
}

/** A modem that was opened, and what it told meanwhile and since. */
export interface Opened {
  readonly modem: Modem;
  readonly told: Told;
  /** Ms from the first `AT` until it was open. */
  readonly took: number;
}

/** What a modem tells. */
export interface Told {
  readonly progress: Progress[];
  readonly warnings: ModemError[];
  readonly states: ModemState[];
  readonly resets: string[];
  readonly errors: Error[];
}

/** Opens a modem on a new cable of the virtual one, or on what the options name; it is closed after the test. */
export async function open(virtual: VirtualModem, options: ModemOptions = {}): Promise<Opened> {
  const told: Told = { progress: [], warnings: [], states: [], resets: [], errors: [] };
  const { opening, took } = begin(virtual, options, told.progress);
  const modem = await opening;
  const time = took();
  afterwards(() => inTime(modem.close()));
  modem.on('warning', (warning) => told.warnings.push(warning));
  modem.on('state', (state) => told.states.push(state));
  modem.on('reset', (reason) => told.resets.push(reason));
  modem.on('error', (error) => told.errors.push(error));
  return { modem, told, took: time };
}

/** The error with which a modem does not open, what it told before, and ms from the first `AT` to it. */
export async function openFails(
  virtual: VirtualModem,
  options: ModemOptions = {},
): Promise<{ error: ModemError; progress: Progress[]; took: number }> {
  const progress: Progress[] = [];
  const { opening, took } = begin(virtual, options, progress);
  const error = (await rejection(opening)) as ModemError;
  return { error, progress, took: took() };
}

/** `took`: ms since the port was open. Opening one, for which its package is loaded, takes real time. */
function begin(virtual: VirtualModem, options: ModemOptions, progress: Progress[]) {
  const port = options.path === undefined && options.stream === undefined ? { stream: virtual.attach() } : {};
  let begun = NaN;
  const onProgress = (step: Progress) => {
    if (progress.length === 0) begun = performance.now();
    progress.push(step);
  };
  return { opening: Modem.open({ ...port, ...options, onProgress }), took: () => performance.now() - begun };
}

/** The rungs of the ladder that were tried, in order, one after another told once. */
export function rungs(progress: readonly Progress[]): string[] {
  const [, ...names] = progress
    .filter(({ step }) => step === 'sync')
    .map(({ detail }) => /^looking for the module: (.*)$/.exec(detail)?.[1] ?? `(${detail})`)
    .reduce<string[]>((told, name) => (told.at(-1) === name ? told : [...told, name]), ['']);
  return names;
}

/** The commands that the module received and that begin so, in order. */
export function commands(virtual: VirtualModem, prefix = 'AT'): string[] {
  return virtual.log
    .filter(({ direction, text }) => direction === 'host' && text.startsWith(prefix))
    .map(({ text }) => text);
}

/** How often the module attached to the network since it was made. */
export function attaches(virtual: VirtualModem): number {
  return virtual.log.filter(({ direction, text }) => direction === 'net' && text.startsWith('attach,')).length;
}

/** Every fact stands in the text of the error. */
export function tells(error: Error, ...facts: string[]): void {
  for (const fact of facts) expect(error.message).to.contain(fact);
}

/** Has one command carried out, as a program before this one did, and hangs up. */
export async function leftWith(virtual: VirtualModem, ...texts: string[]): Promise<void> {
  const stream = virtual.attach();
  for (const text of texts) {
    const answers = () => virtual.log.filter(({ direction }) => direction === 'modem').length;
    const earlier = answers();
    stream.write(`${text}\r`);
    await until(() => answers() > earlier);
  }
  stream.destroy();
}
