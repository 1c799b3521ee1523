import { Command, Option } from 'commander';
import { listPorts, type PortListing } from '../index.js';
import { count } from './arguments.js';

/** `modem-tls ports`: the serial ports that look like a module's, and which of them answer `AT`. */
export function portsCommand(): Command {
  return new Command('ports')
    .description('list the serial ports that look like those of a module, and ask each AT')
    .addOption(new Option('--all', 'list and ask every serial port'))
    .addOption(new Option('--no-probe', 'ask nothing'))
    .addOption(new Option('--baud <rate>', 'speed to ask at, in bit/s').argParser(count(300)).default(115_200))
    .action(async ({ all, probe, baud }: { all?: true; probe: boolean; baud: number }) => {
      const ports = await listPorts({ all, probe, baudRate: baud });
      for (const line of describePorts(ports, all)) console.log(line);
    });
}

/** One line a port, and below it why it could not be asked; what to do when there is none. `all`: all were listed. */
export function describePorts(ports: readonly PortListing[], all = false): string[] {
  if (ports.length === 0) {
    if (all) return ['there is no serial port: is the module powered and plugged in?'];
    return ['no port looks like that of a module: is it powered and plugged in? --all lists every serial port'];
  }
  const width = Math.max(...ports.map(({ path }) => path.length));
  return ports.flatMap(({ path, stablePath, manufacturer, vendorId, productId, answer }) => {
    const ids = vendorId === undefined ? '' : ` ${vendorId}:${productId ?? ''}`;
    const stable = stablePath === undefined ? '' : ` ${stablePath}`;
    const line =
      `${path.padEnd(width)}  ${answerText(answer).padEnd(13)}${ids} ${manufacturer ?? ''}${stable}`.trimEnd();
    return typeof answer === 'object' ? [line, `  ${answer.message}`] : [line];
  });
}

function answerText(answer: PortListing['answer']): string {
  if (answer === undefined) return 'not asked';
  if (answer === 'answers') return 'answers AT';
  return answer === 'silent' ? 'silent' : answer.error;
}
