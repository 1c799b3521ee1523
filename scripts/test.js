/* eslint no-console: "off" */
// Runs the specs with mocha; further arguments go to mocha. What needs socat or redis-server is left out without it, visibly.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
const env = { ...process.env };
/** Ms after which something that a spec left open is taken to keep the run from ending. */
const LIMIT = 840_000;

/** Programs that parts of the specs need, and the variable by which those are left out. */
const programs = [
  { name: 'socat', version: '-V', part: 'PTY', variable: 'MODEM_TLS_NO_PTY' },
  { name: 'redis-server', version: '--version', part: 'Redis', variable: 'MODEM_TLS_NO_REDIS' },
];

for (const { name, version, part, variable } of programs) {
  if (!spawnSync(name, [version], { stdio: 'ignore' }).error) continue;
  const missing = `${name} is not installed (apt install ${name})`;
  if (process.env.CI === 'true') {
    console.error(`${missing}: with CI=true the ${part} part of the specs must run.`);
    process.exit(1);
  }
  console.log(`NOTE: ${missing}: the ${part} part of the specs is left out.`);
  env[variable] = '1';
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
