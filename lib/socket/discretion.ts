import type { TLSSocket } from 'node:tls';
import { inspect, type InspectOptions } from 'node:util';
import { invalidArgument } from '../errors/index.js';
import { present, type ConnectOptions } from './options.js';
import type { Connection } from './source.js';
import { inHandshake } from './tls-sessions.js';

/** Options whose values nobody is shown. `auth` is HTTP's user and password. */
const secretOptions = ['key', 'passphrase', 'pfx', 'session', 'ticketKeys', 'cert', 'auth'] as const;

/**
 * Refuses what Node would refuse with a message that quotes the value: anything but text and bytes where a secret
 * belongs.
 */
export function checkSecrets(options: Readonly<ConnectOptions>): void {
  for (const [name, member] of [
    ['key', 'pem'],
    ['cert', 'pem'],
    ['pfx', 'buf'],
  ] as const) {
    const value = options[name];
    if (!present(value)) continue;
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) checkIdentity(name, item, member);
  }
  for (const name of ['session', 'ticketKeys'] as const) {
    const value = options[name];
    if (present(value) && !isBytes(value)) throw invalidArgument(name, 'it must be a Buffer');
  }
  checkPassphrase(options['passphrase']);
}

function checkIdentity(name: string, item: unknown, member: 'pem' | 'buf'): void {
  if (typeof item === 'string' || isBytes(item)) return;
  const { [member]: content, passphrase } = (item ?? {}) as Record<string, unknown>;
  if (typeof content !== 'string' && !isBytes(content)) {
    throw invalidArgument(name, `it must be a string or a Buffer, or a list of them or of { ${member}, passphrase }`);
  }
  checkPassphrase(passphrase);
}

function checkPassphrase(value: unknown): void {
  if (present(value) && typeof value !== 'string') throw invalidArgument('passphrase', 'it must be a string');
}

function isBytes(value: unknown): value is NodeJS.ArrayBufferView {
  return ArrayBuffer.isView(value);
}

/**
 * Has an object of options show itself without its secrets. The property is enumerable, so that copies, which Node's
 * agent makes and keeps beside its requests, do so too.
 */
export function discreet<T extends object>(options: T): T {
  return Object.assign(options, { [inspect.custom]: withoutSecrets });
}

function withoutSecrets(this: object, _depth: number, style: InspectOptions): string {
  const shown: Record<PropertyKey, unknown> = { ...this };
  Reflect.deleteProperty(shown, inspect.custom);
  for (const name of secretOptions) {
    if (present(shown[name])) shown[name] = '<not shown>';
  }
  return inspect(shown, style);
}

/** Has Node's TLS socket show no more of itself than ours do: neither payload nor options. */
export function showBriefly(secure: TLSSocket, { host, port }: Connection): void {
  const show = (): string => {
    const state = secure.connecting ? 'connecting' : inHandshake(secure) ? 'handshake' : secure.readyState;
    const facts = `tls: 'host', authorized: ${secure.authorized}, destroyed: ${secure.destroyed}`;
    return `TLSSocket { ${state} ${host}:${port}, ${facts} }`;
  };
  Object.defineProperty(secure, inspect.custom, { value: show });
}
