import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterwards } from '../virtual/host.js';
import { shown } from './shown.js';

/** What a program says, in latin1, and what it must hear before it goes on. */
export type Dialogue = readonly (readonly [say: string, hear: string])[];

/** Another process, on a port of the modem. */
export interface Program {
  readonly pid: number;
  /** Kills it, so that it can tidy nothing up; resolves when it is gone. */
  kill(): Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A process of Node that understands TypeScript. */
export function startNode(...given: string[]): ChildProcessByStdio<null, Readable, Readable> {
  return startNodeWith(process.env, ...given);
}

/** The same, in another environment. */
export function startNodeWith(
  env: NodeJS.ProcessEnv,
  ...given: string[]
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, ['--import', 'tsx', ...given], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A dialogue with a raw serial server, up to its last word. */
export function programOnTcp(port: number, dialogue: Dialogue): Promise<Program> {
  return started('spec/support/killed-program.ts', String(port), JSON.stringify(dialogue));
}

/** A program of that name that holds a serial port. */
export function programOnPort(path: string, title: string): Promise<Program> {
  return started('spec/support/port-holder.ts', path, title);
}

/** How a process of Node ended, and what it printed. */
export async function ended(child: ReturnType<typeof startNode>) {
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  for (const text of Object.values(texts)) shown(text);
  return { code, ...texts };
}

async function started(...given: string[]): Promise<Program> {
  const child = startNode(...given);
  const { pid } = child;
  if (pid === undefined) throw new Error('No process was started.');
  const gone = once(child, 'close');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(pid, 'SIGKILL');
    await gone;
  };
  afterwards(kill);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const early = gone.then(() => {
    throw new Error(`The program ended: ${complaint}`);
  });
  early.catch(() => undefined);
  const [said] = (await Promise.race([once(child.stdout, 'data'), early])) as [Buffer];
  if (said.toString().trim() !== 'ready') throw new Error(`The program said ${said.toString()}`);
  return { pid, kill };
}
