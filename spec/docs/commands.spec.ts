import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { commandsPage } from '../../scripts/commands/page.js';
import { cells } from '../modem/ssl/cells.js';

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');

/** Runs a whole program, with this checkout in place of the package; what it prints. */
async function outputOf(program: string): Promise<string> {
  const entry = (path: string) => `'${new URL(path, import.meta.url).href}'`;
  const source = program
    .replaceAll("'modem-tls'", entry('../../lib/index.ts'))
    .replaceAll("'modem-tls/virtual'", entry('../../lib/virtual/index.ts'));
  const folder = mkdtempSync(join(tmpdir(), 'modem-tls-commands-'));
  const path = join(folder, 'example.mjs');
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  try {
    writeFileSync(path, source);
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', loader, path], { timeout: 15_000 });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('docs/commands.md', () => {
  it('is what `npm run docs:commands` makes of the command table', async () => {
    expect(page === (await commandsPage()), 'it was changed by hand, or the table was').to.equal(true);
  });

  it('has every form of every command, in the order of the manual', () => {
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).to.deep.equal(cells);
    const sections = [...page.matchAll(/^## .*\((F10\d\d)\)$/gm)].map(([, section]) => section);
    expect(sections).to.deep.equal(
      Array.from({ length: 15 }, (_, index) => `F10${String(index + 1).padStart(2, '0')}`),
    );
  });

  it('says what every call looks like, and what is answered', () => {
    for (const part of page.split(/^### /m).slice(1)) {
      const [cell = ''] = part.split('\n', 1);
      expect(part, cell)
        .to.contain(`modem.ssl.${cell}(`)
        .and.contain('Answer: ')
        .and.contain('Maximum response time: ');
      expect(part, cell).to.match(/`AT\+[A-Z]+/);
    }
  });

  it('begins with a program that prints what it says', async () => {
    const [, program = ''] = /^```js\n(\/\/ [\w-]+\.mjs\n[\s\S]*?)^```$/m.exec(page) ?? [];
    const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(promised).to.have.lengthOf(4);
    expect((await outputOf(program)).trim().split('\n')).to.deep.equal(promised);
  }).timeout(20_000);
});
