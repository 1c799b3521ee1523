import { once } from 'node:events';
import { SerialPortStream } from '@serialport/stream';

import type { SerialOpenOptions, VirtualModem, VirtualModemOptions } from '../../lib/virtual/index.js';
import { Host, afterwards, modemAndHost } from './host.js';

/** A host whose stream is serialport's own, on the binding of a virtual modem. */
export interface SerialHost {
  readonly port: SerialPortStream;
  readonly host: Host;
}

/** Opens the modem's serial port; it is closed after the test. */
export async function openPort(modem: VirtualModem, options: Partial<SerialOpenOptions> = {}): Promise<SerialHost> {
  const port = new SerialPortStream({ binding: modem.binding(), path: 'virtual', baudRate: 115_200, ...options });
  const host = new Host(port);
  afterwards(() => (port.isOpen ? closePort(port) : undefined));
  await once(port, 'open');
  return { port, host };
}

export async function closePort(port: SerialPortStream): Promise<void> {
  const closed = once(port, 'close');
  port.close();
  await closed;
}

/** A virtual modem, echo off, with its serial port open. */
export async function modemOnPort(
  options: VirtualModemOptions = {},
  opening: Partial<SerialOpenOptions> = {},
): Promise<SerialHost & { modem: VirtualModem }> {
  const { modem, host } = modemAndHost(options);
  host.stream.destroy();
  return { modem, ...(await openPort(modem, opening)) };
}

/** One of the port's calls that end in a callback, as a promise. */
export function called<T>(call: (done: (error: Error | null, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
}
