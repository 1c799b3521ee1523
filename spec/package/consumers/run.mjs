// Both entries imported, and used: a connection through the installed package.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Modem, ModemError, errorCodes } from 'modem-tls';
import { VirtualModem } from 'modem-tls/virtual';

const server = createServer((socket) => socket.end('from the server'));
await once(server.listen(0, '127.0.0.1'), 'listening');
const virtual = new VirtualModem({ hosts: { 'a.example:7': `127.0.0.1:${server.address().port}` } });
const modem = await Modem.open({ stream: virtual.attach() });
let text = '';
for await (const chunk of modem.connect({ host: 'a.example', port: 7, tls: false })) text += chunk;
await modem.close();
await virtual.close();
server.close();
if (text !== 'from the server' || errorCodes.length === 0) throw new Error(`received: ${text}`);
if (!(new ModemError('EPIPE', 'x') instanceof Error)) throw new Error('ModemError is no Error');
