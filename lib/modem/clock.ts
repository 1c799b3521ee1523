import { ModemError } from '../errors/index.js';
import { askOptional, valueOf, type Ask } from './identity.js';

/** Nothing that shows an earlier time than this package's release has its clock set. */
const RELEASED = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;

/** The time in `yy/MM/dd,hh:mm:ss±zz` (zz: quarters of an hour from UTC), as ms since 1970; NaN when it is none. */
export function parseClock(text: string): number {
  const match = /^"?(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d{1,2})?"?$/.exec(text);
  if (!match) return NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  // Clocks that were never set show 1970 or 1980 (field note 5.10).
  const century = year >= 70 ? 1900 : 2000;
  return Date.UTC(century + year, month - 1, day, hour, minute, second) - zone * 900_000;
}

/** The module's time, as ms since 1970; `undefined` when it does not tell any. */
export async function readClock(ask: Ask): Promise<number | undefined> {
  const time = parseClock(valueOf(await askOptional(ask, 'AT+CCLK?')));
  return Number.isNaN(time) ? undefined : time;
}

/** A time as `AT+CCLK` takes it, in UTC. */
export function formatClock(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().slice(2, 19).split('T');
  return `${date.replaceAll('-', '/')},${clock}+00`;
}

/** Whose time stands, and whether both should be shown to the user. */
export function chooseClock(host: number, module: number): { use: 'host' | 'module'; doubtful: boolean } {
  const plausible = (time: number) => time >= RELEASED;
  const close = Math.abs(host - module) < DAY;
  if (plausible(host) && (!plausible(module) || close)) return { use: 'host', doubtful: false };
  return { use: host > module || Number.isNaN(module) ? 'host' : 'module', doubtful: true };
}

/** What was made of the two clocks. */
export interface ClockOutcome {
  /** For progress. */
  readonly told: string;
  /** When neither can simply be believed, or the module's is wrong and cannot be set. */
  readonly warning?: ModemError;
}

/** Sets the module's clock, against which it checks certificate dates, from the host's where that is the better one. */
export async function setClock(ask: Ask, whose: 'auto' | 'host' | 'module'): Promise<ClockOutcome> {
  if (whose === 'module') return { told: "the module's is left as it is" };
  const module = parseClock(valueOf(await askOptional(ask, 'AT+CCLK?')));
  const host = Date.now();
  const { use, doubtful } = whose === 'host' ? { use: whose, doubtful: false } : chooseClock(host, module);
  if (use === 'host' && !(await askOptional(ask, `AT+CCLK="${formatClock(host)}"`))) return notSet(host, module);
  // Without doubt it is the host's.
  return doubtful ? warned(disagree(host, module, use)) : { told: `set to this host's time, ${show(host)}` };
}

function notSet(host: number, module: number): ClockOutcome {
  const both = `it shows ${show(module)}, this host ${show(host)}`;
  const told = `the module refuses to have its clock set (AT+CCLK): ${both}`;
  if (Math.abs(host - module) < DAY) return { told };
  const message =
    `The module refuses to have its clock set (AT+CCLK): ${both}. It checks certificate dates against its own: give ` +
    "checkDates: false, use tls: 'host', or let the network set it (AT+CTZU=1).";
  return { told, warning: new ModemError('ERR_MODEM_CLOCK', message) };
}

function disagree(host: number, module: number, use: 'host' | 'module'): ModemError {
  return new ModemError(
    'ERR_MODEM_CLOCK',
    `The clocks disagree: this host says ${show(host)}, the module ${show(module)}. The ${use}'s time is used for ` +
      "certificate dates; set the wrong clock right, or choose one with the option 'clock'.",
  );
}

function warned(warning: ModemError): ClockOutcome {
  return { told: warning.message, warning };
}

function show(time: number): string {
  return Number.isNaN(time) ? 'no time' : new Date(time).toISOString();
}
