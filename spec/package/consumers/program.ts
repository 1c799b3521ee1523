// Compiled, not run: what a user's program does with the types of the installed package.
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Modem,
  ModemAgent,
  ModemError,
  ModemSocket,
  errorCodes,
  type AnySocket,
  type ConnectOptions,
  type ErrorCode,
  type ModemInformation,
  type ModemOptions,
  type ModemState,
  type ModemStatistics,
} from 'modem-tls';
import {
  VirtualModem,
  createAuthority,
  type Authority,
  type BrokenRule,
  type IssuedCertificate,
  type LogEntry,
  type VirtualModemOptions,
} from 'modem-tls/virtual';

export async function program(ca: string): Promise<void> {
  const settings: VirtualModemOptions = { profile: 'a76xx', baudRate: 115_200, hosts: { 'a.example': '127.0.0.1' } };
  const virtual = new VirtualModem({ ...settings, log: (entry: LogEntry) => console.log(entry.text) });
  const options: ModemOptions = {
    stream: virtual.attach(),
    onProgress: ({ step, elapsed }) => console.log(step, elapsed),
  };
  const modem: Modem = await Modem.open(options);
  modem.on('state', (state: ModemState) => console.log(state));
  modem.on('warning', (error) => console.log(error.code));

  const agent: https.Agent = modem.httpsAgent({ ca, maxSockets: 1 });
  const plain: http.Agent = modem.httpAgent();
  const own: ModemAgent = modem.httpsAgent({ tls: 'host' });
  https.get('https://a.example/', { agent }, (response) => response.resume());
  http.get('http://a.example/', { agent: plain }, (response) => response.resume());
  https.request({ host: 'a.example', agent: own }).end();
  https.request({ host: 'a.example', createConnection: modem.createConnection }).end();

  const where: ConnectOptions = { host: 'a.example', port: 443, ca: [ca], rejectUnauthorized: true, timeout: 5000 };
  const connection: AnySocket = modem.connect(where, () => console.log('secure'));
  const socket: net.Socket = connection;
  const stream: Duplex = connection;
  const either: net.Socket | tls.TLSSocket = connection;
  const onHost: tls.TLSSocket = modem.connect({ ...where, tls: 'host' });
  const byPort: net.Socket = modem.connect(443, 'a.example');
  onHost.end(() => byPort.destroy());
  if (connection instanceof ModemSocket) {
    const asSocket: net.Socket = connection;
    asSocket.setKeepAlive(true).setNoDelay().setTimeout(1000);
    connection.on('error', (error: Error) => console.log(error.message)).once('close', () => undefined);
    connection.write('text', 'utf8', () => undefined);
    for await (const chunk of connection) console.log(chunk);
  }
  await pipeline(stream, socket);
  console.log(either.remoteAddress, socket.bytesRead);

  const statistics: ModemStatistics = modem.statistics;
  const information: ModemInformation = await modem.info();
  const authority: Authority = await createAuthority({ name: 'a', algorithm: 'rsa-2048' });
  const identity: IssuedCertificate = await authority.issue({ names: ['a.example'], notAfter: new Date(0) });
  https.createServer(identity);
  const rules: readonly BrokenRule[] = virtual.brokenRules;
  const code: ErrorCode | undefined = errorCodes[0];
  console.log(statistics.commands, information.operator, rules.length, code, new ModemError('EPIPE', 'x').transient);
  const listener = await virtual.listen({ port: 0 });
  const pty = await virtual.openPty();
  console.log(listener.port, pty.path);
  await modem.close({ timeout: 1000 });
  await virtual.close();
}
