import { readFile, readdir, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';

/** A program that has a port open; it may be this one. */
export interface Holder {
  readonly pid: number;
  /** What it was started as. */
  readonly name: string;
}

/**
 * Who has a port open, as far as this user may see: Linux tells of one's own programs, and root's of everybody's. Empty
 * elsewhere.
 */
export async function holdersOf(path: string): Promise<Holder[]> {
  const target = await realpath(path).catch(() => path);
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => holder(pid, target)));
  return found.filter((one) => one !== undefined);
}

async function holder(pid: string, target: string): Promise<Holder | undefined> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const links = await Promise.all(descriptors.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  if (!links.includes(target)) return undefined;
  // Not `comm`, which is cut short, and which Node sets to the name of a thread.
  const [command = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return { pid: Number(pid), name: basename(command) };
}
