import { EventEmitter, once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Ground } from './ground.js';

/** What each public member is, by typeof: while connecting, when it stands, and when it is closed. */
export type Table = Record<string, string>;

/** Node's public members: what is not named as its own business, and is not of every emitter. */
export function memberNames(kind: Ground['kind'], socket: net.Socket): string[] {
  const names = new Set(Object.keys(socket));
  let prototype: unknown = kind === 'tls' ? tls.TLSSocket.prototype : net.Socket.prototype;
  while (typeof prototype === 'object' && prototype !== null && prototype !== EventEmitter.prototype) {
    Object.getOwnPropertyNames(prototype).forEach((name) => names.add(name));
    prototype = Object.getPrototypeOf(prototype);
  }
  return [...names].filter((name) => /^[a-z]/.test(name) && name !== 'constructor').sort();
}

function kinds(socket: net.Socket, names: readonly string[]): string[] {
  return names.map((name) => typeof (socket as unknown as Record<string, unknown>)[name]);
}

/** What they are of a socket that was never connected. */
export function unconnectedTable(ground: Ground, names: readonly string[]): Table {
  const told = kinds(ground.unconnected(), names);
  return Object.fromEntries(names.map((name, at) => [name, told[at] ?? '']));
}

/** The same names on either ground: those of Node's socket. */
export async function memberTable(ground: Ground, names: readonly string[]): Promise<Table> {
  const socket = ground.connect(await ground.serve((peer) => void peer.resume()));
  const during = kinds(socket, names);
  await once(socket, ground.standing);
  const open = kinds(socket, names);
  socket.destroy();
  await ground.closed(socket);
  const closed = kinds(socket, names);
  return Object.fromEntries(names.map((name, at) => [name, [during[at], open[at], closed[at]].join(' → ')]));
}
