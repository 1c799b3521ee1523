import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type { Modem } from '../../lib/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const load = createRequire(import.meta.url);

/** A way to connect, as the tables of the pages write it. */
export type Mode = 'modem' | 'host' | false;

/** What the snippets take as given, by the names that the pages give. */
export interface Given {
  readonly modem: Modem;
  readonly url: string;
  readonly tls: 'modem' | 'host' | false;
  readonly ca: string;
}

/** The page of a client in `docs/clients`, read as its specs need it. */
export interface Page {
  /** The one snippet. */
  readonly snippet: string;
  /** What it says was tested: names and versions. */
  readonly tested: string;
  /** Every mode of the table, and whether the page says that it works. */
  readonly modes: ReadonlyMap<Mode, boolean>;
}

const names: Readonly<Record<string, Mode>> = { "'modem'": 'modem', "'host'": 'host', false: false };

export function readPage(client: string): Page {
  const text = readFileSync(join(root, `docs/clients/${client}.md`), 'utf8');
  const snippets = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, snippet = '']) => snippet);
  const modes = [...text.matchAll(/^\| `([\w']+)` +\| (yes|no) +\|/gm)].map(([, name = '', works]) => {
    const mode = names[name];
    if (mode === undefined) throw new Error(`${client}.md: there is no mode ${name}.`);
    return [mode, works === 'yes'] as const;
  });
  const [snippet] = snippets;
  if (snippet === undefined || snippets.length > 1) throw new Error(`${client}.md: it is to have one snippet.`);
  return { snippet, tested: /^Tested with (.*)\.$/m.exec(text)?.[1] ?? '', modes: new Map(modes) };
}

/** The modes that a page says work. */
export function workingModes({ modes }: Page): Mode[] {
  return [...modes].filter(([, works]) => works).map(([mode]) => mode);
}

/** How specs call a mode. */
export function titleOf(mode: Mode): string {
  return mode === false ? 'plain TCP' : `tls: '${mode}'`;
}

/** Version of what is installed under a name. */
export function installedVersion(name: string): string {
  const path = load.resolve.paths(name)?.map((folder) => join(folder, name, 'package.json')) ?? [];
  for (const candidate of path) {
    try {
      return (JSON.parse(readFileSync(candidate, 'utf8')) as { version: string }).version;
    } catch {
      // In the next folder, then.
    }
  }
  throw new Error(`${name} is not installed.`);
}

let runs = 0;

/** Runs a snippet as it stands, as a module beside the packages of this checkout; what it prints, line by line. */
export async function runSnippet(snippet: string, given: Given): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'modem-tls-client-'));
  const printed: string[] = [];
  const { log } = console;
  const scope = globalThis as unknown as Record<string, unknown>;
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const file = join(folder, `snippet-${++runs}.mjs`);
    writeFileSync(file, snippet);
    Object.assign(scope, given);
    console.log = (...values: unknown[]) => void printed.push(format(...values));
    await import(pathToFileURL(file).href);
    return printed;
  } finally {
    console.log = log;
    for (const name of Object.keys(given)) Reflect.deleteProperty(scope, name);
    rmSync(folder, { recursive: true, force: true });
  }
}
