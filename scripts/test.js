/* eslint no-console: "off" */
// Runs the specs with mocha; further arguments go to mocha. Without socat the PTY part is left out, visibly.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
const env = { ...process.env };
/** Ms after which something that a spec left open is taken to keep the run from ending. */
const LIMIT = 840_000;

if (spawnSync('socat', ['-V'], { stdio: 'ignore' }).error) {
  const missing = 'socat is not installed (apt install socat)';
  if (process.env.CI === 'true') {
    console.error(`${missing}: with CI=true the PTY part of the specs must run.`);
    process.exit(1);
  }
  console.log(`NOTE: ${missing}: the PTY part of the specs is left out.`);
  env.MODEM_TLS_NO_PTY = '1';
}

const { status, error } = spawnSync(process.execPath, [mocha, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env,
  timeout: LIMIT,
});
if (error?.code === 'ETIMEDOUT') {
  console.error(`The specs did not end within ${LIMIT / 1000} s: one hangs, or left something open.`);
  process.exit(1);
}
if (error) throw error;
process.exit(status ?? 1);
