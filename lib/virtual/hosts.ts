import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

import { invalidArgument } from '../errors/index.js';

/** An address, or a name that leads to one, with the port where one was given. */
export interface Target {
  readonly address: string;
  readonly port?: number;
}

/** Where a connection goes. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Reads `address`, `address:port`, `[v6]` or `[v6]:port`. Throws `ERR_INVALID_ARG_VALUE`. */
export function parseTarget(text: string): Target {
  if (isIP(text) === 6) return { address: text };
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  const address = match?.[1] ?? match?.[2];
  if (address === undefined || port === 0 || (port ?? 1) > 65535) {
    throw invalidArgument('hosts', 'a target is written ADDRESS or ADDRESS:PORT', text);
  }
  return port === undefined ? { address } : { address, port };
}

/** Why a name leads nowhere: it is not known, or its address is not to be reached. */
export type ResolutionFailure = 'not-found' | 'unreachable';

/** Finds where a host name and port lead by the table of hosts, and by DNS where the network is allowed. */
export async function resolveHost(
  host: string,
  port: number,
  options: { hosts: ReadonlyMap<string, string>; network: boolean },
): Promise<Endpoint | ResolutionFailure> {
  const name = host.toLowerCase().replace(/\.$/, '');
  const mapped = options.hosts.get(`${name}:${port}`) ?? options.hosts.get(name);
  const target: Target = mapped === undefined ? { address: host } : parseTarget(mapped);
  if (mapped === undefined && !options.network && isIP(host) === 0) return 'not-found';
  const address = isIP(target.address) === 0 ? await addressOf(target.address) : target.address;
  if (address === undefined) return 'not-found';
  if (!options.network && !isLoopback(address)) return 'unreachable';
  return { address, port: target.port ?? port };
}

async function addressOf(name: string): Promise<string | undefined> {
  try {
    return (await lookup(name, { family: 4 })).address;
  } catch {
    return undefined;
  }
}
