/* eslint no-console: "off" */
// Tries the package as its users get it: from the packed tarball and from a git URL, outside the repository.
// Ends with `N passed, N failed`. Work is done in a temporary folder, which is kept when something fails.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const consumers = join(root, 'spec/package/consumers');
const work = mkdtempSync(join(tmpdir(), 'modem-tls-package-'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const counts = { passed: 0, failed: 0 };

/** Runs a program; throws with its output when it fails. */
function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, {
      cause: error,
    });
  }
}

function check(name, body) {
  try {
    body();
    counts.passed++;
    console.log(`  ✔ ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`  ✖ ${name}\n${error.message.replace(/^/gm, '      ')}`);
  }
}

const npm = (args, cwd) => run('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline'], cwd);
const installed = (name) => join(root, 'node_modules/.bin', name);

/** A project of its own in the temporary folder. */
function project(name, type, dependencies) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type, dependencies }));
  return folder;
}

/** Another project over the same installed packages: Node and TypeScript look for them in the folders above. */
function subproject(parent, name, type, compilerOptions) {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type }));
  const options = { strict: true, skipLibCheck: false, target: 'es2023', types: ['node'], noEmit: true };
  const config = { compilerOptions: { ...options, ...compilerOptions }, files: ['program.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  cpSync(join(consumers, 'program.ts'), join(folder, 'program.ts'));
  return folder;
}

function checkTarball(user) {
  const [packed] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', work], root));
  const { typescript: typescript, '@types/node': types } = manifest.devDependencies;
  writeFileSync(
    join(user, 'package.json'),
    JSON.stringify({ private: true, devDependencies: { typescript, '@types/node': types } }),
  );
  npm(['install', join(work, packed.filename)], user);
  check('the tarball holds what it needs, and no sources or specs', () => {
    const files = packed.files.map(({ path }) => path);
    const needed = [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/virtual/index.js',
      'dist/cli/main.js',
      'README.md',
      'LICENSE',
    ];
    const missing = needed.filter((path) => !files.includes(path));
    const surplus = files.filter(
      (path) => !/^(dist|docs)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path),
    );
    if (missing.length + surplus.length > 0) throw new Error(`missing: ${missing}; surplus: ${surplus}`);
  });
}

function checkRuntime(user) {
  for (const [file, name] of [
    ['run.mjs', 'both entries imported, a connection made'],
    ['run.cjs', 'both entries required'],
  ]) {
    check(name, () => {
      cpSync(join(consumers, file), join(user, file));
      run(process.execPath, [file], user);
    });
  }
  check('the command tells its version', () => {
    const version = run(join(user, 'node_modules/.bin/modem-tls'), ['--version'], user).trim();
    if (version !== manifest.version) throw new Error(`it said ${version}`);
  });
}

/** Where the types that those of a Node need are installed: beside them, or in one place for several. */
function undiciTypes(major) {
  const own = join(root, `node_modules/node-types-${major}/node_modules/undici-types`);
  return existsSync(own) ? own : join(root, 'node_modules/undici-types');
}

function checkTypes(user) {
  const compile = (folder) => run(join(user, 'node_modules/.bin/tsc'), ['-p', '.'], folder);
  for (const [name, type, options] of [
    ['nodenext-esm', 'module', { module: 'nodenext' }],
    ['nodenext-commonjs', 'commonjs', { module: 'nodenext' }],
    ['bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }],
  ]) {
    check(`a program compiles without skipLibCheck: ${name}`, () => compile(subproject(user, name, type, options)));
  }
  // Later types of Node ask for more of a socket.
  for (const major of [22, 24, 26]) {
    check(`a program compiles with the types of Node ${major}`, () => {
      const options = { module: 'nodenext', skipLibCheck: true };
      const folder = subproject(user, `node-${major}`, 'module', options);
      cpSync(join(root, `node_modules/node-types-${major}`), join(folder, 'node_modules/@types/node'), {
        recursive: true,
      });
      cpSync(undiciTypes(major), join(folder, 'node_modules/undici-types'), { recursive: true });
      compile(folder);
    });
  }
}

function checkTools() {
  check('publint', () => run(installed('publint'), ['run', '--strict', '--pack', 'npm', root], root));
  check('attw', () => run(installed('attw'), ['--pack', '.', '--profile', 'esm-only'], root));
}

function checkGit() {
  check('an install from a git URL builds by itself', () => {
    const clone = join(work, 'clone');
    run('git', ['clone', '--quiet', '--no-hardlinks', root, clone], work);
    const user = project('git-user', 'module', {});
    npm(['install', `git+${pathToFileURL(clone).href}`], user);
    const command = join(user, 'node_modules/modem-tls/dist/cli/main.js');
    if ((statSync(command).mode & 0o111) === 0) throw new Error('the command is not executable');
    run(process.execPath, ['-e', "import('modem-tls/virtual').then((m) => new m.VirtualModem().close())"], user);
  });
}

console.log('package');
try {
  const user = project('user', 'commonjs', {});
  checkTarball(user);
  checkRuntime(user);
  checkTypes(user);
} catch (error) {
  counts.failed++;
  console.log(`  ✖ the tarball can be packed and installed\n${error.message}`);
}
checkTools();
checkGit();

if (counts.failed === 0) rmSync(work, { recursive: true, force: true });
else console.log(`  kept for a look: ${work}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
