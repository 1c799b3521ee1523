/* eslint no-console: "off" */
// Runs the specs with mocha; further arguments go to mocha. What needs socat or redis-server is left out without it, visibly.
// The whole suite is run by two processes side by side, since half of its time is spent waiting.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
const env = { ...process.env };
/** Ms after which something that a spec left open is taken to keep the run from ending. */
const LIMIT = 840_000;
/** What the second process runs: about half of the time. */
const beside = ['clients', 'socket', 'yardstick'];

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

/** Resolves to whether the specs passed, and what was printed if that is kept back. */
function run(args, output) {
  const child = spawn(process.execPath, [mocha, ...args], {
    cwd: root,
    env,
    stdio: output === 'shown' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk));
  const timer = setTimeout(() => {
    printed.push(Buffer.from(`The specs did not end within ${LIMIT / 1000} s: one hangs, or left something open.\n`));
    child.kill();
  }, LIMIT);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ passed: status === 0, printed: Buffer.concat(printed).toString() });
    });
  });
}

/** Arguments that leave out the specs of some folders. */
function without(folders) {
  return folders.flatMap((folder) => ['--ignore', `spec/${folder}/**`]);
}

const given = process.argv.slice(2);
const folders = readdirSync(join(root, 'spec'));
const parts =
  given.length > 0
    ? [run(given, 'shown')]
    : [run(without(beside), 'shown'), run(without(folders.filter((name) => !beside.includes(name))), 'kept')];
const outcomes = await Promise.all(parts);
for (const { printed } of outcomes) process.stdout.write(printed);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
