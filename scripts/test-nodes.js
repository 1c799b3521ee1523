/* eslint no-console: "off" */
// Runs the specs on other versions of Node, taken from the npm packages that carry its binaries. Arguments go to mocha.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAJORS = [22, 24];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const system = process.platform === 'win32' ? 'win' : process.platform;
const carrier = `node-${system}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), 'modem-tls-nodes-'));
let failed = 0;

try {
  for (const major of MAJORS) {
    const prefix = join(folder, String(major));
    const install = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', prefix];
    const installed = spawnSync('npm', [...install, `${carrier}@${major}`], {
      stdio: 'inherit',
      shell: system === 'win',
    });
    const bin = join(prefix, 'node_modules', carrier, 'bin');
    const node = join(bin, system === 'win' ? 'node.exe' : 'node');
    if (installed.status !== 0 || !existsSync(node)) {
      console.error(`There is no ${carrier}@${major} to be had from npm.`);
      failed++;
      continue;
    }
    console.log(`── Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
    // Children of the specs find this one first, too.
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const { status } = spawnSync(node, [join(root, 'scripts/test.js'), ...process.argv.slice(2)], {
      cwd: root,
      stdio: 'inherit',
      env,
    });
    if (status !== 0) failed++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
