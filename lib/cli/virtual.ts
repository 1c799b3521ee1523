import { Command, InvalidArgumentError, Option } from 'commander';
import { count } from './arguments.js';
import { VirtualModem, type LogEntry, type VirtualModemOptions } from '../virtual/index.js';

/** What commander makes of the command line. */
interface VirtualFlags {
  readonly pty?: string;
  readonly listen?: { readonly host: string; readonly port: number };
  readonly profile: NonNullable<VirtualModemOptions['profile']>;
  readonly baud?: number;
  readonly latency?: number;
  readonly host?: Readonly<Record<string, string>>;
  readonly log?: true;
  readonly network: boolean;
}

const EXAMPLES = `
Examples:
  modem-tls virtual --pty /tmp/ttyModem
  modem-tls virtual --listen 127.0.0.1:7600 --profile a76xx --baud 115200
  modem-tls virtual --listen 127.0.0.1:0 --host api.example.com:443=127.0.0.1:8443 --no-network --log`;

/** `modem-tls virtual`: a virtual modem for programs in any language, until it is told to end. */
export function virtualCommand(): Command {
  return new Command('virtual')
    .description('run a virtual modem on a PTY or a TCP port; it makes real connections')
    .addOption(new Option('--pty <path>', 'make a PTY, and a link to it at this path (needs socat)'))
    .addOption(new Option('--listen <address>', 'serve the serial line raw over TCP: ADDRESS:PORT').argParser(endpoint))
    .addOption(
      new Option('--profile <family>', 'the family of modules whose dialect it speaks')
        .choices(['manual', 'sim7600', 'a76xx', 'sim767x'])
        .default('manual'),
    )
    .addOption(
      new Option('--baud <rate>', 'speed of the line in bit/s (default: as fast as it goes)').argParser(count(1)),
    )
    .addOption(new Option('--latency <ms>', 'time before each answer (default: 0)').argParser(count(0)))
    .addOption(
      new Option('--host <mapping>', 'NAME[:PORT]=ADDRESS[:PORT]: where a name leads (repeatable)').argParser(mapping),
    )
    .addOption(new Option('--no-network', 'resolve no other names, and reach nothing beyond this machine'))
    .addOption(new Option('--log', 'print the dialogue on standard error'))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(flags: VirtualFlags, command: Command): Promise<void> {
  if ((flags.pty === undefined) === (flags.listen === undefined)) {
    command.error('error: give one of --pty and --listen');
  }
  const virtual = new VirtualModem({
    profile: flags.profile,
    baudRate: flags.baud,
    latency: flags.latency,
    hosts: flags.host,
    network: flags.network,
    log: flags.log && printEntry,
  });
  // Listened for before anything is made that must be taken away again.
  const ended = end();
  try {
    console.log(`ready ${await open(virtual, flags)}`);
    if ((await ended) === 'idle') throw new Error('the line is gone: socat has ended');
  } finally {
    await virtual.close();
  }
}

/** Opens what the flags ask for, and tells what it is called. */
async function open(virtual: VirtualModem, { pty, listen = { host: '127.0.0.1', port: 0 } }: VirtualFlags) {
  if (pty !== undefined) return `pty ${(await virtual.openPty(pty)).path}`;
  const { host, port } = await virtual.listen(listen);
  return `tcp ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Why the command ends: it was told to, or nothing is left that could happen. */
function end(): Promise<'told' | 'idle'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => resolve('told'));
    process.once('beforeExit', () => resolve('idle'));
  });
}

const marks = { host: '>', modem: '<', net: '#' } as const;

function printEntry({ time, direction, text }: LogEntry): void {
  console.error(`${(time / 1000).toFixed(3).padStart(9)} ${marks[direction]} ${text}`);
}

function endpoint(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) throw new InvalidArgumentError('It is written ADDRESS:PORT.');
  return { host, port };
}

function mapping(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const match = /^([^=]+)=([^=]+)$/.exec(text);
  if (!match) throw new InvalidArgumentError('It is written NAME[:PORT]=ADDRESS[:PORT].');
  return { ...before, [match[1] ?? '']: match[2] ?? '' };
}
