import { expect } from 'chai';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterwards, cleanUp, commands, virtualModem } from '../support/bring-up.js';
import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { ended, startNode, startNodeWith } from '../support/programs.js';
import { PIN } from '../support/secrets.js';

/** Runs `modem-tls info` on a virtual modem behind a raw serial server. */
async function info(options: VirtualModemOptions, ...given: string[]) {
  return infoWith(process.env, options, ...given);
}

/** The same, in another environment. */
async function infoWith(env: NodeJS.ProcessEnv, options: VirtualModemOptions, ...given: string[]) {
  const virtual = virtualModem(options);
  const { port } = await virtual.listen({ port: 0 });
  const path = `tcp://127.0.0.1:${port}`;
  return { virtual, path, ...(await ended(startNodeWith(env, 'lib/cli/main.ts', 'info', path, ...given))) };
}

describe('modem-tls info', () => {
  afterEach(cleanUp);

  it('prints what is known, a line each, and the way there on standard error', async () => {
    const { virtual, code, stdout, stderr } = await info({
      profile: 'sim7600',
      catr: 1,
      clock: 'host',
      imei: '860000000000001',
    });
    const known = Object.fromEntries(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => /^(\w+) {2,}(.*)$/.exec(line)?.slice(1) ?? [line, '']),
    ) as Record<string, string>;
    expect({ ...known, clock: '' }).to.deep.equal({
      manufacturer: 'SIMCOM INCORPORATED',
      model: 'SIMCOM_SIM7600E-H',
      revision: 'LE20B04SIM7600M22',
      imei: '860000000000001',
      registration: 'registered',
      operator: 'Virtual',
      signal: '24',
      profile: 'sim7600',
      address: '10.71.155.118',
      codes: 'UART',
      clock: '',
    });
    expect(Math.abs(Date.parse(known['clock'] ?? '') - Date.now())).to.be.below(60_000);
    const steps = stderr.trimEnd().split('\n');
    for (const step of steps) expect(step).to.match(/^ +\d+\.\d s {2}(sync|identity|clock|service): ./);
    expect(steps[0]).to.contain('sync: looking for the module: AT');
    expect(code).to.equal(0);
    // It has let go of the module.
    expect(commands(virtual).at(-1)).to.equal('AT+CCHSTOP');
  });

  it('gives the module an access point where it is told', async () => {
    const { virtual, code } = await info({ storedApn: 'old.example', requiredApn: 'internet' }, '--apn', 'internet');
    expect(commands(virtual, 'AT+CGDCONT=')).to.have.length(1);
    expect(code).to.equal(0);
  });

  it('gives the SIM its PIN where it is told, which it never shows', async () => {
    const env = { ...process.env, DEBUG: '*' };
    const { code, stdout, stderr } = await infoWith(env, { pin: PIN }, '--pin', PIN);
    expect(stdout).to.contain('registered');
    expect(stderr).to.contain('> AT+CPIN="***"').and.not.contain(PIN);
    expect(code).to.equal(0);
  });

  if (process.env['MODEM_TLS_NO_PTY'] !== '1') {
    it('uses flow control where it is told', async () => {
      const virtual = virtualModem();
      const { path } = await virtual.openPty();
      const { code } = await ended(startNode('lib/cli/main.ts', 'info', path, '--rtscts'));
      expect(commands(virtual, 'AT+IFC=')).to.deep.equal(['AT+IFC=2,2']);
      expect(code).to.equal(0);
    });
  }

  it('says which port did not answer and what to look at, and fails', async () => {
    const { path, code, stdout, stderr } = await info({ poweredOn: 'booting', bootTime: 600_000 }, '--boot', '1');
    expect(stdout).to.equal('');
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    for (const fact of ['modem-tls: ', '1000 ms', path, '115200 baud', 'power key', 'ModemManager']) {
      expect(last).to.contain(fact);
    }
    expect(code).to.equal(1);
  });

  it('says how far a module came that does not register, and fails', async () => {
    const options = { registrationState: 3, signal: 7, storedApn: 'old.example' } as const;
    const { code, stdout, stderr } = await info(options, '--timeout', '1');
    expect(stdout).to.equal('');
    const lines = stderr.trimEnd().split('\n');
    expect(lines.some((line) => /registration: denied$/.test(line))).to.equal(true);
    for (const fact of ['denied', '7 of 31', 'old.example', 'antenna']) expect(lines.at(-1)).to.contain(fact);
    expect(code).to.equal(1);
  });

  it('says so where nothing listens, and fails', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    afterwards(() => server.close());
    const { code, stderr } = await ended(startNode('lib/cli/main.ts', 'info', `tcp://127.0.0.1:${port}`));
    expect(stderr).to.match(/^modem-tls: tcp:.*could not be opened.*Nothing listens there\.\n$/);
    expect(code).to.equal(1);
  });

  it('says what is missing, and fails', async () => {
    const { code, stderr } = await ended(startNode('lib/cli/main.ts', 'info'));
    expect(stderr).to.match(/^modem-tls: .*path/);
    expect(code).to.equal(1);
  });
});
