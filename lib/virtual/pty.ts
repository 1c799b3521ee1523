import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, mkdtemp, open, readlink, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { ModemError, codeOf } from '../errors/index.js';
import { impatientWriter, pipeIn } from './cables.js';
import type { Uart } from './uart.js';

/** A PTY that leads to the module. */
export interface Pty {
  /** A symbolic link to the PTY. */
  readonly path: string;
  /** Removes it. */
  close(): Promise<void>;
}

type Socat = ChildProcessByStdio<Writable, Readable, Readable>;

/** How long `socat` may take to make the PTY, and a program to read from it before bytes are lost, in ms. */
const START_TIME = 5000;
const PATIENCE = 1000;
const POLL = 5;

/**
 * Makes a PTY through `socat`, whose other end is on its standard input and output. The PTY is held open from here, so
 * that a program may close and open it again. Rejects with `ENOENT` when `socat` is not installed.
 */
export async function openPty(uart: Uart, path?: string): Promise<Pty> {
  const folder = path === undefined ? await mkdtemp(join(tmpdir(), 'virtual-modem-')) : undefined;
  const link = path ?? join(folder ?? '.', 'ttyModem');
  await clear(link);
  const socat = spawn('socat', ['STDIO', `PTY,raw,echo=0,link=${link}`], { stdio: 'pipe' });
  const exited = new Promise<void>((resolve) => {
    socat.once('close', () => resolve());
    socat.once('error', () => resolve());
  });
  try {
    const holder = await opened(socat, link);
    return wire(uart, socat, { link, folder, holder, exited });
  } catch (cause) {
    socat.kill();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

/** Removes the link that an earlier run left behind; it would be taken for the new one. Refuses what is no link. */
async function clear(link: string): Promise<void> {
  const there = await lstat(link).catch(() => undefined);
  if (there === undefined) return;
  // socat would delete it.
  if (!there.isSymbolicLink()) throw new ModemError('ERR_MODEM_PORT', `${link} exists and is no link to a PTY.`);
  await rm(link);
}

interface Made {
  readonly link: string;
  readonly folder: string | undefined;
  readonly holder: FileHandle;
  readonly exited: Promise<void>;
}

function wire(uart: Uart, socat: Socat, { link, folder, holder, exited }: Made): Pty {
  const writer = impatientWriter(socat.stdin, PATIENCE, () => port.resume());
  const port = uart.connect({ write: (chunk) => writer.write(chunk), destroy: () => void socat.kill() });
  // A broken pipe is the end of socat, which is seen below.
  socat.stdin.on('error', () => undefined);
  pipeIn(socat.stdout, port);
  const released = exited.then(async () => {
    writer.stop();
    port.detach();
    await holder.close();
    await rm(folder ?? link, { recursive: true, force: true });
  });
  return {
    path: link,
    close: async () => {
      socat.kill();
      await released;
    },
  };
}

/** Waits until the PTY is there, and holds it open. */
async function opened(socat: Socat, link: string): Promise<FileHandle> {
  let failure: Error | undefined;
  socat.once('error', (cause) => {
    failure =
      codeOf(cause) === 'ENOENT'
        ? new ModemError('ENOENT', 'A PTY needs socat, which is not installed (apt install socat).', { cause })
        : cause;
  });
  let complaint = '';
  socat.stderr.on('data', (chunk: Buffer) => (complaint = chunk.toString().trim()));
  socat.once('close', (code) => {
    const reason = complaint === '' ? `it ended with ${code ?? 'a signal'}` : complaint;
    failure ??= new ModemError('ERR_MODEM_PORT', `socat made no PTY at ${link}: ${reason}`);
  });
  const end = performance.now() + START_TIME;
  while (performance.now() < end) {
    await sleep(POLL);
    if (failure !== undefined) throw failure;
    try {
      await readlink(link);
      return await open(link, constants.O_RDWR | constants.O_NOCTTY);
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'EINVAL') throw cause;
    }
  }
  throw new ModemError('ERR_MODEM_PORT', `socat did not make ${link} within ${START_TIME} ms.`);
}
