import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ConnectOptions } from '../../lib/index.js';
import { Rig, type RigOptions } from '../support/rig.js';
import { turn } from '../support/turn.js';
import { received, unwritten } from './ssl/cells.js';

const sockets: Duplex[] = [];

/** The rig of the spec that runs; its sockets are destroyed with it. */
export let rig: Rig;

export async function prepare(options: RigOptions = {}): Promise<void> {
  rig = await Rig.open(options);
}

export async function cleanUp(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  await rig.close();
}

/** A server that says nothing; its port. */
export const silent = () => rig.tcp((peer) => peer.resume());

/** Plain TCP where nothing else is said. */
export function connect(options: ConnectOptions): Duplex {
  const socket = rig.modem.connect({ host: 'server.test', tls: false, ...options }) as Duplex;
  sockets.push(socket);
  return socket;
}

export async function connected(options: ConnectOptions): Promise<Duplex> {
  const socket = connect(options);
  await once(socket, options.tls === 'modem' ? 'secureConnect' : 'connect');
  return socket;
}

/** Lets everything be written that can be by now. */
export async function settled(): Promise<void> {
  await turn();
  await rig.modem.ssl.CCHMODE.read();
}

/** How many commands that begin so have come. */
export const count = (prefix: string) => rig.commands(prefix);

/** The commands that begin so, in order. */
export const commands = (...prefixes: string[]) =>
  received(rig).filter((line) => prefixes.some((prefix) => line.startsWith(prefix)));

/** A call that is refused for the sake of a socket, and not written. */
export const inUse = (call: () => Promise<unknown>) => unwritten(rig, call, 'ERR_MODEM_IN_USE');
