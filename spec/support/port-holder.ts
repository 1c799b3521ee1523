/**
 * A program that holds a serial port and does nothing with it: node --import tsx port-holder.ts <path> <title>. Prints
 * `ready` when it has it.
 */
import { once } from 'node:events';
import { SerialPort } from 'serialport';

const [path = '', title = ''] = process.argv.slice(2);
process.title = title;
const port = new SerialPort({ path, baudRate: 115_200 });
await once(port, 'open');
// A port that nobody reads keeps no process alive.
setInterval(() => undefined, 2 ** 30);
console.log('ready');
