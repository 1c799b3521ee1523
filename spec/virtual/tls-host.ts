import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls, { type TlsOptions } from 'node:tls';

import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { afterwards, started, type Host } from './host.js';

/** Closed after the test: a TLS server that echoes; `names` is what its clients sent as SNI. */
export async function tlsServer(options: TlsOptions): Promise<{ port: number; names: (string | false | null)[] }> {
  const names: (string | false | null)[] = [];
  // OpenSSL has TLS 1.0 and 1.1 only below its first security level.
  const server = tls.createServer({ ciphers: 'DEFAULT@SECLEVEL=0', ...options }, (socket) => {
    names.push(socket.servername);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.address() as AddressInfo).port, names };
}

/** A TLS server, and a started modem whose clock is right and which knows it as `example.org`. */
export async function serve(serverOptions: TlsOptions, modemOptions: VirtualModemOptions = {}) {
  const { port, names } = await tlsServer(serverOptions);
  const hosts = { 'example.org': `127.0.0.1:${port}` };
  return { ...(await started({ clock: 'host', hosts, ...modemOptions })), port, names };
}

/** Stores a file, whatever the prompt looks like. */
export async function upload(host: Host, name: string, content: string | Buffer): Promise<void> {
  host.sends(`AT+CCERTDOWN="${name}",${Buffer.byteLength(content)}\r`);
  await host.finds(/^\r\n>/);
  host.sends(content);
  await host.finds(/\r\nOK\r\n/);
}

/** Sets keys of a context; text goes in quotes. */
export async function configure(host: Host, settings: Record<string, string | number>, context = 0): Promise<void> {
  for (const [key, value] of Object.entries(settings)) {
    const text = typeof value === 'string' && !value.startsWith('0x') ? `"${value}"` : value;
    await host.asks(`AT+CSSLCFG="${key}",${context},${text}`, '\r\nOK\r\n');
  }
}

/** Opens a TLS session, closes it again when that worked, and tells the result. */
export async function result(host: Host, server = 'example.org', { session = 0, port = 443 } = {}): Promise<number> {
  host.sends(`AT+CCHOPEN=${session},"${server}",${port},2\r`);
  const number = Number((await host.finds(/^\r\nOK\r\n\r\n\+CCHOPEN: \d,(\d+)\r\n/))[1]);
  if (number === 0) {
    await host.asks(`AT+CCHCLOSE=${session}`, `\r\nOK\r\n\r\n+CCHCLOSE: ${session},0\r\n`);
  }
  return number;
}
