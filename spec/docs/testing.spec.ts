import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');
/** Ms after which something that the file left open is taken to keep it from ending. */
const LIMIT = 50_000;

/** The one block that is a whole file, which its first line names. */
const [, source = '', name = ''] = /^```js\n(\/\/ ([\w.]+\.test\.js)\n[\s\S]*?)^```$/m.exec(page) ?? [];

/** A project of a user's: the file, what it imports from npm, and this package, which is the sources of this checkout. */
function createProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'modem-tls-testing-'));
  const write = (path: string, content: string): void => writeFileSync(join(folder, path), content);
  const entry = (path: string): string => `export * from ${JSON.stringify(new URL(path, import.meta.url).href)};\n`;
  mkdirSync(join(folder, 'node_modules/modem-tls'), { recursive: true });
  for (const dependency of ['mqtt', 'aedes']) {
    symlinkSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency), 'junction');
  }
  const exports = { '.': './index.js', './virtual': './virtual.js' };
  write('node_modules/modem-tls/package.json', JSON.stringify({ name: 'modem-tls', type: 'module', exports }));
  write('node_modules/modem-tls/index.js', entry('../../lib/index.ts'));
  write('node_modules/modem-tls/virtual.js', entry('../../lib/virtual/index.ts'));
  write('package.json', JSON.stringify({ private: true, type: 'module' }));
  write(name, source);
  return folder;
}

/** Runs a project's tests as its user does; `output` is TAP. */
function runTests(cwd: string): Promise<{ code: unknown; output: string }> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const args = ['--import', loader, '--test', '--test-reporter=tap'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: LIMIT }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
  });
}

describe('docs/testing.md', () => {
  let folder: string | undefined;

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('has a test file that runs as it stands, passes, and ends by itself', async function () {
    this.timeout(LIMIT + 10_000);
    folder = createProject();
    const { code, output } = await runTests(folder);
    const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1]);
    const tests = source.match(/^test\(/gm)?.length;
    expect(tests).to.equal(7);
    expect(code, output).to.equal(0);
    expect({ pass: count('pass'), fail: count('fail') }, output).to.deep.equal({ pass: tests, fail: 0 });
  });

  it('shows every fault that a virtual modem can be given, and no other', () => {
    const options = readFileSync(join(root, 'lib/virtual/options.ts'), 'utf8');
    const [, body = ''] = /interface Faults \{([\s\S]*?)\n\}/.exec(options) ?? [];
    const declared = [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, fault]) => fault);
    const shown = [...page.matchAll(/^\| `faults\.(\w+) = /gm)].map(([, fault]) => fault);
    expect(declared).to.have.length.above(0);
    expect(shown).to.have.members(declared);
  });

  it('describes every public member of a virtual modem', () => {
    const text = readFileSync(join(root, 'lib/virtual/virtual-modem.ts'), 'utf8');
    const [, body = ''] = /export class VirtualModem \{([\s\S]*?)\n\}/.exec(text) ?? [];
    const members = [...body.matchAll(/^ {2}(?:readonly |async |get )*(\w+)(?:\(.*\{|:.*;)$/gm)].map(
      ([, member]) => member,
    );
    expect(members).to.include.members(['faults', 'attach', 'listen', 'clock', 'brokenRules', 'close']);
    const missing = members.filter((member) => member !== 'constructor' && !page.includes(`virtual.${member ?? ''}`));
    expect(missing).to.deep.equal([]);
  });
});
