/**
 * A program on a raw serial server that knows nothing of this package, meant to be killed: node --import tsx
 * killed-program.ts <port> <dialogue>. Says and hears what it is told to, prints `ready`, and then does nothing more.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Dialogue } from './programs.js';

const [port = '', dialogue = '[]'] = process.argv.slice(2);
const socket = connect(Number(port), '127.0.0.1');
await once(socket, 'connect');
let heard = '';
socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
for (const [say, hear] of JSON.parse(dialogue) as Dialogue) {
  heard = '';
  socket.write(say, 'latin1');
  while (!heard.includes(hear)) await once(socket, 'data');
}
console.log('ready');
