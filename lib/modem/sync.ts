import { ladder, type AtChannel, type Rung } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import type { Progress, Settings } from './options.js';
import type { SerialStream } from './serial-stream.js';

/** Ms between two `AT` while the module is silent. */
const SYNC_INTERVAL = 500;

/** Speeds that a program before this one may have left the module at, in bits a second. */
const usualSpeeds = [115_200, 9600, 921_600, 460_800, 230_400, 57_600, 38_400, 19_200, 3_000_000];

/** What looking for the module needs. */
export interface Search {
  readonly channel: AtChannel;
  readonly settings: Settings;
  /** The port, where its speed can be changed. */
  readonly serial: SerialStream | undefined;
  readonly signal: AbortSignal;
  /** Whether the module may have been left in data mode by this program. */
  readonly escape: boolean;
  report(this: void, step: Progress['step'], detail: string): void;
}

/**
 * Finds the module, whatever a program before this one has left it in. Whether carriage returns were supplied on the way:
 * they may have become the end of a file that was being stored. Rejects with `ERR_MODEM_NO_ANSWER`.
 */
export async function findModule(search: Search): Promise<boolean> {
  const { channel, settings, serial, signal, escape, report } = search;
  let supplied = false;
  let reported: Rung | undefined;
  const attempt = (rung: Rung) => {
    supplied ||= rung.returns !== undefined;
    if (reported === rung) return;
    reported = rung;
    report('sync', `looking for the module: ${rung.name}`);
  };
  const current = serial?.settings.baudRate ?? settings.baudRate;
  const others = serial ? usualSpeeds.filter((speed) => speed !== current) : [];
  await channel.synchronise({
    interval: SYNC_INTERVAL,
    timeout: settings.bootTimeout,
    signal,
    rungs: () => ladder({ data: escape, baudRate: current, others }),
    setBaudRate: async (baudRate) => {
      try {
        await setSpeed(search, baudRate);
        return true;
      } catch (error) {
        if (baudRate === current) throw error;
        report('sync', (error as Error).message);
        return false;
      }
    },
    attempt,
  });
  return supplied;
}

/** The port's speed, and what is reckoned with. Rejects with `ERR_MODEM_PORT` when the port does not take it. */
export async function setSpeed(
  { channel, serial }: Pick<Search, 'channel' | 'serial'>,
  baudRate: number,
): Promise<void> {
  if (serial === undefined || serial.settings.baudRate === baudRate) return;
  try {
    await serial.setBaudRate(baudRate);
  } catch (cause) {
    throw new ModemError('ERR_MODEM_PORT', `The port cannot be set to ${baudRate} baud.`, { cause });
  }
  channel.options.baudRate = baudRate;
}
