import { readdir, realpath } from 'node:fs/promises';
import { ModemError, asError, codeOf } from '../errors/index.js';
import { AtChannel } from '../at/index.js';
import { modemSettings } from './options.js';
import { makeBarriers } from './barriers.js';
import { importSerialPort } from './serial-port.js';
import { openTransport } from './transport.js';

/** A serial port of this machine. */
export interface PortListing {
  readonly path: string;
  /** The name that stays the same over a reboot, by where it is plugged in (Linux). */
  readonly stablePath: string | undefined;
  readonly manufacturer: string | undefined;
  /** USB ids, four hexadecimal digits each. */
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  /** Whether its USB ids are those of a module. */
  readonly modem: boolean;
  /** What it said to `AT`: `answers`, `silent`, or why it could not be asked. `undefined` when it was not asked. */
  readonly answer: 'answers' | 'silent' | { readonly error: string; readonly message: string } | undefined;
}

/** Options of {@link listPorts}. */
export interface ListOptions {
  /** Ask each port that looks like a modem's `AT`. Default true. */
  probe?: boolean | undefined;
  /** At this speed. Default 115 200. */
  baudRate?: number | undefined;
  /** Ask, and list, every port. Default false: those that look like a modem's. */
  all?: boolean | undefined;
  /** A binding of serialport instead of the system's. */
  binding?: { list(): Promise<readonly ListedPort[]> } | undefined;
}

interface ListedPort {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
}

/** USB vendors of modules: SIMCom, and Qualcomm, whose chips some of them show. */
const vendors = ['1e0e', '05c6'];
/** Ms in which a port must answer `AT`, and between two of them. */
const PROBE_TIME = 1500;
const PROBE_INTERVAL = 500;

/** The serial ports that look like those of a module, and which of them answer `AT`. A module on USB has several. */
export async function listPorts(options: ListOptions = {}): Promise<PortListing[]> {
  const stable = await stablePaths();
  const listings: PortListing[] = [];
  for (const port of await listed(options)) {
    const { path, manufacturer, productId } = port;
    const vendorId = port.vendorId?.toLowerCase();
    const modem = vendorId !== undefined && vendors.includes(vendorId);
    if (!modem && options.all !== true) continue;
    // One after another: the ports of one module are not independent.
    const answer = options.probe === false ? undefined : await probe(path, options);
    listings.push({ path, stablePath: stable.get(path), manufacturer, vendorId, productId, modem, answer });
  }
  return listings;
}

/** What serialport lists. On Linux that asks udev, which containers and small systems lack. */
async function listed({ binding }: ListOptions): Promise<readonly ListedPort[]> {
  const list = binding ?? (await importSerialPort()).SerialPort;
  try {
    return await list.list();
  } catch (cause) {
    if (!/udevadm.*ENOENT/.test(asError(cause).message)) throw cause;
    const message =
      'Serial ports are listed by udevadm, which is not installed (apt install udev). Without it: ' +
      'ls /dev/ttyUSB* /dev/ttyACM* /dev/ttyAMA* /dev/ttyS*';
    throw new ModemError('ENOENT', message, { cause });
  }
}

async function probe(path: string, { baudRate, binding }: ListOptions): Promise<PortListing['answer']> {
  try {
    const serial = binding === undefined ? {} : { serial: { binding } };
    const settings = modemSettings({ path, baudRate, ...serial });
    const transport = await openTransport(settings);
    const barriers = makeBarriers({ settled: () => false, revision: () => '', receive: 'manual' });
    const channel = new AtChannel(transport.port, { ...settings, barriers });
    try {
      await channel.synchronise({ interval: PROBE_INTERVAL, timeout: PROBE_TIME });
      return 'answers';
    } catch (error) {
      if (codeOf(error) === 'ERR_MODEM_NO_ANSWER') return 'silent';
      throw error;
    } finally {
      channel.close(new Error('The port was only asked.'));
      await transport.close();
    }
  } catch (error) {
    return { error: codeOf(error) ?? 'ERR_MODEM_PORT', message: asError(error).message };
  }
}

/** Links of `/dev/serial/by-path` and `by-id`, by the port that they lead to. */
async function stablePaths(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ['/dev/serial/by-id', '/dev/serial/by-path']) {
    for (const name of await readdir(folder).catch(() => [])) {
      const target = await realpath(`${folder}/${name}`).catch(() => undefined);
      if (target !== undefined) found.set(target, `${folder}/${name}`);
    }
  }
  return found;
}
