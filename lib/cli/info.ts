import { Command, Option } from 'commander';
import { Modem, type ModemInformation } from '../index.js';
import { count } from './arguments.js';

interface InfoFlags {
  readonly baud: number;
  readonly rtscts?: true;
  readonly apn?: string;
  readonly pin?: string;
  readonly boot: number;
  readonly timeout: number;
}

/** `modem-tls info <path>`: who the module is and how it is connected; how far it came when it is not. */
export function infoCommand(): Command {
  return new Command('info')
    .description('bring a module up and tell who it is and how it is connected')
    .argument('<path>', 'serial port (/dev/ttyUSB2, /dev/serial/by-id/…, COM5) or tcp://host:port')
    .addOption(new Option('--baud <rate>', 'speed in bit/s').argParser(count(300)).default(115_200))
    .addOption(new Option('--rtscts', 'use RTS/CTS flow control'))
    .addOption(new Option('--apn <name>', 'access point name (default: as it is stored)'))
    .addOption(new Option('--pin <pin>', 'PIN of the SIM, tried once when it asks'))
    .addOption(new Option('--boot <seconds>', 'how long to wait for an answer').argParser(count(1)).default(60))
    .addOption(new Option('--timeout <seconds>', 'how long to wait for the network').argParser(count(1)).default(60))
    .action(async (path: string, { baud, rtscts, apn, pin, boot, timeout }: InfoFlags) => {
      const modem = await Modem.open({
        path,
        baudRate: baud,
        rtscts,
        apn,
        pin,
        bootTimeout: boot * 1000,
        registrationTimeout: timeout * 1000,
        onProgress: ({ step, detail, elapsed }) => {
          console.error(`${(elapsed / 1000).toFixed(1).padStart(6)} s  ${step}: ${detail}`);
        },
      });
      try {
        for (const line of describeInformation(await modem.info())) console.log(line);
      } finally {
        await modem.close();
      }
    });
}

/** One line for each thing that is known. */
export function describeInformation(information: ModemInformation): string[] {
  const shown = { ...information, clock: information.clock?.toISOString() ?? 'not set' };
  const width = Math.max(...Object.keys(shown).map((key) => key.length));
  return Object.entries(shown).map(([key, value]) => `${key.padEnd(width)}  ${String(value ?? 'unknown')}`);
}
