import { ModemError } from '../errors/index.js';
import type { Settings } from './options.js';
import { SerialStream, type PortSource } from './serial-stream.js';

/** Opens a serial port, without flow control until the module has been told of it, too. */
export async function openSerialPort(
  path: string,
  { serial, baudRate }: Settings,
  explain: PortSource['explain'],
): Promise<SerialStream> {
  const { dtr, rts, binding, ...further } = serial;
  // hupcl: closing must not drop DTR, which hangs up or resets some boards (field note 5.17).
  const make = await portMaker({ hupcl: false, ...further, path, autoOpen: false }, binding);
  const lines = Object.fromEntries(Object.entries({ dtr, rts }).filter(([, value]) => value !== undefined));
  return SerialStream.open({ make, lines, explain }, { baudRate, rtscts: false });
}

/** Makes ports of serialport, or of a binding of the caller's. */
async function portMaker(options: object, binding: unknown): Promise<PortSource['make']> {
  if (binding === undefined) {
    const { SerialPort } = await importSerialPort();
    type Options = ConstructorParameters<typeof SerialPort>[0];
    return (settings) => new SerialPort({ ...options, ...settings } as Options);
  }
  const { SerialPortStream } = await import('@serialport/stream');
  type Options = ConstructorParameters<typeof SerialPortStream>[0];
  return (settings) => new SerialPortStream({ ...options, ...settings, binding } as Options);
}

/** Loads serialport, which only serial paths need. Rejects with `ERR_MODEM_SERIALPORT`. */
export async function importSerialPort(): Promise<typeof import('serialport')> {
  try {
    return await import('serialport');
  } catch (cause) {
    const message = "The package 'serialport' could not be loaded, which serial ports need: npm install serialport.";
    throw new ModemError('ERR_MODEM_SERIALPORT', message, { cause });
  }
}
