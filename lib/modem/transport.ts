import { once } from 'node:events';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { ModemError, asError, codeOf, invalidArgument } from '../errors/index.js';
import { holdersOf, type Holder } from './holder.js';
import type { Settings } from './options.js';
import { openSerialPort } from './serial-port.js';
import type { SerialStream } from './serial-stream.js';

/** The byte stream to the module. */
export interface Transport {
  readonly port: Duplex;
  /** The port again where it is a serial one, whose speed and flow control can be changed. */
  readonly serial?: SerialStream;
  /** What the user knows it by. */
  readonly name: string;
  /** What the user should know about it. */
  readonly warning?: ModemError;
  /** Gives it back to the system; never rejects. */
  close(): Promise<void>;
}

/** Ms in which a raw serial server must accept. */
const CONNECT_TIME = 10_000;

/** What a user can do about a port that does not open, by system code. */
const remedies: Readonly<Record<string, string>> = {
  EACCES: 'Add the user to the group that owns the port (often: sudo usermod -aG dialout $USER), then log in again.',
  ENOENT: 'Is the module powered and plugged in?',
  ECONNREFUSED: 'Nothing listens there.',
};

/** Opens the port that the settings name. Rejects with the system's code where it has one, else `ERR_MODEM_PORT`. */
export async function openTransport(settings: Settings): Promise<Transport> {
  const { path, stream } = settings;
  if (stream) return streamTransport(stream);
  if (path === undefined) throw invalidArgument('path', 'it is missing');
  try {
    return path.startsWith('tcp://') ? await openTcp(path, settings.signal) : await openSerial(path, settings);
  } catch (cause) {
    if (cause instanceof ModemError) throw cause;
    const { signal } = settings;
    if (signal?.aborted) throw new ModemError('ABORT_ERR', 'Opening the modem was aborted.', { cause: signal.reason });
    throw await openError(path, asError(cause));
  }
}

/** Streams that a modem speaks over: two on one would eat each other's answers (field note 5.15). */
const inUse = new WeakSet<Duplex>();

function streamTransport(stream: Duplex): Transport {
  if (inUse.has(stream)) throw new ModemError('EBUSY', 'Another Modem is open on this stream.');
  inUse.add(stream);
  const close = async () => {
    if (stream.destroyed) return;
    await closePort(stream);
    stream.destroy();
    await closed(stream);
  };
  return { port: stream, name: 'stream', close };
}

async function openTcp(path: string, signal: AbortSignal | undefined): Promise<Transport> {
  const url = URL.canParse(path) ? new URL(path) : undefined;
  // A name and a password, which no such server asks for, are not shown.
  if (url?.username || url?.password) throw invalidArgument('path', 'it must be tcp://host:port, without a user');
  if (!url?.hostname || !url.port) throw invalidArgument('path', 'it must be tcp://host:port', path);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = net.connect({ host, port: Number(url.port), noDelay: true, keepAlive: true });
  const limit = AbortSignal.timeout(CONNECT_TIME);
  try {
    await once(socket, 'connect', { signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const transport = { ...streamTransport(socket), name: path };
  return isLoopback(socket.remoteAddress ?? '') ? transport : { ...transport, warning: readable(path) };
}

/** Whether what goes to an IP address stays on this machine: 127.0.0.0/8, also as IPv6 writes it, and `::1`. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(address);
}

function readable(path: string): ModemError {
  const message =
    `The line to the module, ${path}, crosses a network, and nothing on it is encrypted: the module's own TLS ends before ` +
    'it, so what sockets send and receive, a PIN and a password of an access point can be read and changed on the way. ' +
    "tls: 'host' protects the data of a socket end to end; a tunnel to the serial server (ssh, WireGuard) protects all.";
  return new ModemError('ERR_MODEM_CLEARTEXT', message);
}

async function openSerial(path: string, settings: Settings): Promise<Transport> {
  const serial = await openSerialPort(path, settings, (cause) => openError(path, cause));
  return { ...streamTransport(serial), serial, name: path };
}

async function openError(path: string, cause: Error): Promise<ModemError> {
  if (cause instanceof ModemError) return cause;
  const found = codeOf(cause) ?? codeIn(cause.message);
  if (cause.name === 'AbortError') {
    return new ModemError('ERR_MODEM_PORT', `${path} did not open in time${lateness(path)}`, { cause });
  }
  const said = cause.message.replace(/^Error: /, '');
  const remedy = found === 'EBUSY' ? await busy(path) : remedies[found ?? ''];
  const message = `${path} could not be opened: ${said}.${remedy === undefined ? '' : ` ${remedy}`}`;
  const code =
    found === 'EACCES' || found === 'EBUSY' || found === 'ENOENT' || found === 'ECONNREFUSED' ? found : undefined;
  return new ModemError(code ?? 'ERR_MODEM_PORT', message, { cause, transient: found !== 'EACCES' });
}

/** How long that was, and what a user can do about it. */
function lateness(path: string): string {
  if (!path.startsWith('tcp://')) {
    return '. Does another program (ModemManager, a getty) hold it? Else unplug its adapter, and plug it in again.';
  }
  return (
    `: nothing answered within ${CONNECT_TIME} ms. Is the address right, the machine with the serial server on and ` +
    'reachable from here, and does no firewall drop what goes to that port?'
  );
}

/** Who holds a port, as far as one may know. */
async function busy(path: string): Promise<string> {
  const holders = await holdersOf(path);
  const isOwn = ({ pid }: Holder) => pid === process.pid;
  const nameOf = (holder: Holder) => (isOwn(holder) ? 'this program' : holder.name || 'a program');
  const who = holders.map((holder) => `It is open in ${nameOf(holder)} (process ${holder.pid}). `).join('');
  if (holders.some(isOwn)) return `${who}It can be open once only: close that Modem, or that port, first.`;
  return `${who}Another program holds it: ModemManager, a getty, or another instance of this one.`;
}

/** serialport's errors carry no code, only its words. */
function codeIn(message: string): string | undefined {
  if (/cannot lock port|resource busy|access denied/i.test(message)) return 'EBUSY';
  if (/permission denied/i.test(message)) return 'EACCES';
  // The latter is Windows'.
  return /no such file|file not found/i.test(message) ? 'ENOENT' : undefined;
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', () => resolve());
  });
}

/** A serial port that was given as a stream is open until it is closed, destroyed or not. */
async function closePort(stream: Duplex & { isOpen?: unknown; close?: unknown }): Promise<void> {
  const { isOpen, close } = stream;
  if (isOpen !== true || typeof close !== 'function') return;
  await new Promise<void>((resolve) => void (close as (done: () => void) => unknown).call(stream, () => resolve()));
}
