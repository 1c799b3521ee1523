import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { cases, measureVolume } from '../../bench/data-volume.js';
import { VirtualModem } from '../../lib/virtual/index.js';
import { FastTime } from '../support/fast-time.js';
import { certificates } from '../support/rig.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/production.md');

/** The one block that is a whole program, which its first line names. */
const [, source = '', name = ''] = /^```js\n(\/\/ (\w+\.js): [\s\S]*?)^```$/m.exec(page) ?? [];

/** What stands for systemd's: it writes down what it is told. */
const NOTIFY = '#!/bin/sh\nfor state in "$@"; do echo "$state" >> "$0.log"; done\n';

const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number);
/** Bytes of the key shares of X25519MLKEM768 (1184 and 1088), which OpenSSL offers from version 3.5 on. */
const HYBRID_SHARES = major > 3 || (major === 3 && minor >= 5) ? 1184 + 1088 : 0;

describe('the program in docs/production.md', () => {
  let folder: string;
  let virtual: VirtualModem;
  let server: https.Server;
  let url: string;
  let program: ChildProcess | undefined;
  const said: string[] = [];
  let more: () => void = () => undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'modem-tls-production-'));
    const write = (path: string, content: string): void => writeFileSync(join(folder, path), content);
    mkdirSync(join(folder, 'node_modules/modem-tls'), { recursive: true });
    write(
      'node_modules/modem-tls/package.json',
      JSON.stringify({ name: 'modem-tls', type: 'module', exports: './index.js' }),
    );
    write(
      'node_modules/modem-tls/index.js',
      `export * from ${JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href)};\n`,
    );
    write('package.json', JSON.stringify({ private: true, type: 'module' }));
    write(name, source);
    write('systemd-notify', NOTIFY);
    chmodSync(join(folder, 'systemd-notify'), 0o755);
    const { authority, leaf } = await certificates();
    write('ca.pem', authority.pem);
    server = https.createServer({ ...leaf }, (_, response) => response.end('noted'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://server.test:${(server.address() as AddressInfo).port}/`;
    virtual = new VirtualModem({ hosts: { 'server.test': '127.0.0.1' } });
  });

  after(async () => {
    program?.kill('SIGKILL');
    await virtual.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts it as its user, or systemd, does. */
  function start(path: string): ChildProcess {
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const env = {
      ...process.env,
      PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
      NOTIFY_SOCKET: '/run/systemd/notify',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    };
    const child = spawn(process.execPath, ['--import', loader, name, path, url], { cwd: folder, env });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        more();
      });
    }
    return child;
  }

  /** Waits until it has said so many lines that match. */
  async function hears(pattern: RegExp, times = 1): Promise<void> {
    while (said.filter((line) => pattern.test(line)).length < times) {
      await new Promise<void>((resolve) => (more = resolve));
    }
  }

  it('keeps a modem open that goes away and comes back, tells systemd, and ends cleanly', async function () {
    this.timeout(40_000);
    let listener = await virtual.listen({ port: 0 });
    const path = `tcp://127.0.0.1:${listener.port}`;
    program = start(path);
    const ended = once(program, 'exit');
    await hears(/: 200$/);
    await listener.close();
    await hears(/^tcp:.*: closed$/);
    await hears(/ECONNREFUSED/);
    listener = await virtual.listen({ port: listener.port });
    await hears(/: 200$/, 2);
    program.kill('SIGTERM');
    expect(await ended, said.join('\n')).to.deep.equal([0, null]);
    expect(said.at(-1)).to.equal(`${path}: closed`);
    const told = readFileSync(join(folder, 'systemd-notify.log'), 'utf8').trim().split('\n');
    const states = ['READY=1', 'STATUS=ready', 'WATCHDOG=1', 'STATUS=ECONNREFUSED', 'STOPPING=1'];
    expect(told).to.include.members(states);
    expect(told.filter((state) => state === 'WATCHDOG=1')).to.have.length(2);
    expect(virtual.brokenRules).to.deep.equal([]);
  });
});

describe('docs/production.md', () => {
  it('has every namespace of debug, and no other', () => {
    const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const used = sources.flatMap((path) => [...read(join('lib', path)).matchAll(/\bdebug\('([\w:-]+)'\)/g)]);
    const shown = [...page.matchAll(/^\| `(modem-tls:\w+)` /gm)].map(([, namespace]) => namespace);
    expect(shown).to.have.members([...new Set(used.map(([, namespace]) => namespace))]);
  });

  it('names every option of a pool', () => {
    const [, body = ''] = /interface ModemPoolOptions \{([\s\S]*?)\n\}/.exec(read('lib/modem/pool.ts')) ?? [];
    const options = [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, option]) => option);
    expect(options).to.have.length(3);
    for (const option of options) expect(page).to.include(`\`${option ?? ''}\``);
  });

  describe('has the data volume that is measured, within a tenth:', () => {
    let time: FastTime;

    beforeEach(() => {
      time = new FastTime();
    });

    afterEach(() => {
      time.restore();
    });

    for (const each of cases) {
      it(each.name, async () => {
        const row = page.split('\n').find((line) => line.startsWith(`| ${each.name} `)) ?? '';
        const [line = 0, daily = 0, network = 0, dailyNetwork = 0] = row.split('|').slice(2).map(parseFloat);
        const measured = await measureVolume(each, time);
        const more = each.name.startsWith("`tls: 'host'`, a new") ? HYBRID_SHARES : 0;
        expect(line).to.be.closeTo(measured.line - more, line / 10);
        expect(network).to.be.closeTo(measured.network - more, network / 10);
        expect(daily).to.be.closeTo((line * 1440) / 1e6, 0.06);
        expect(dailyNetwork).to.be.closeTo((network * 1440) / 1e6, 0.06);
      });
    }
  });
});
