import { expect } from 'chai';
import { mkdtemp, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterwards, cleanUp, fastTime, open, openFails, tells, virtualModem } from '../../support/bring-up.js';
import { programOnPort } from '../../support/programs.js';
import { onPort, watchedBinding } from '../../support/serial.js';

/** A name for a port as `/dev/serial/by-path` has it, in a folder of its own. */
async function stableName(path: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'modem-tls-'));
  afterwards(() => rm(folder, { recursive: true }));
  const name = join(folder, 'serial', 'by-path', 'platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.2-port0');
  await mkdir(join(name, '..'), { recursive: true });
  await symlink(path, name);
  return name;
}

describe('Modem.open: who holds the port', () => {
  afterEach(cleanUp);

  it('EBUSY for a port that another Modem has open, which is not disturbed', async () => {
    const time = fastTime();
    const virtual = virtualModem();
    const port = watchedBinding(virtual);
    const { modem } = await time.until(open(virtual, onPort(port)));
    const { error } = await time.until(openFails(virtual, onPort(port)));
    expect(error).to.include({ code: 'EBUSY', transient: true });
    tells(error, 'virtual', 'Another program holds it', 'ModemManager', 'another instance');
    expect(modem.state).to.equal('ready');
    expect((await time.until(modem.info())).operator).to.equal('Virtual');
    await time.until(modem.close());
    const again = await time.until(open(virtual, onPort(port)));
    expect(again.modem.state).to.equal('ready');
  });

  it('ENOENT names the port and asks whether the module is there', async () => {
    const { error } = await openFails(virtualModem(), { path: '/dev/serial/by-path/no-such-port' });
    expect(error.code).to.equal('ENOENT');
    tells(error, '/dev/serial/by-path/no-such-port', 'powered and plugged in');
  });

  it("so does Windows' word for it", async () => {
    const virtual = virtualModem();
    const { binding } = onPort(watchedBinding(virtual)).serial;
    const missing = {
      list: () => binding.list(),
      open: () => Promise.reject(new Error('Opening COM9: File not found')),
    };
    const { error } = await openFails(virtual, { path: 'COM9', serial: { binding: missing } });
    expect(error.code).to.equal('ENOENT');
    tells(error, 'COM9', 'powered and plugged in');
  });

  it('speed and flow control in serial are refused, and where they belong is told', async () => {
    for (const [key, value] of [
      ['rtscts', true],
      ['baudRate', 9600],
    ] as const) {
      const { error } = await openFails(virtualModem(), { path: 'virtual', serial: { [key]: value } });
      expect(error.code).to.equal('ERR_INVALID_ARG_VALUE');
      tells(error, "'serial'", `'${key}' is an option of Modem.open itself`);
    }
  });

  it('ECONNREFUSED names the serial server', async () => {
    const { error } = await openFails(virtualModem(), { path: 'tcp://127.0.0.1:1' });
    expect(error.code).to.equal('ECONNREFUSED');
    tells(error, 'tcp://127.0.0.1:1', 'Nothing listens there');
  });

  if (process.env['MODEM_TLS_NO_PTY'] === '1') return;

  it('EBUSY for a port that another program holds: the path, its process and its name', async () => {
    const virtual = virtualModem();
    const pty = await virtual.openPty();
    const program = await programOnPort(pty.path, 'a-program-of-another-kind');
    for (const path of [pty.path, await stableName(pty.path)]) {
      const { error } = await openFails(virtual, { path });
      expect(error.code).to.equal('EBUSY');
      tells(error, path, `a-program-of-another-kind (process ${program.pid})`);
    }
    await program.kill();
    const { modem } = await open(virtual, { path: pty.path });
    expect(modem.state).to.equal('ready');
  });

  it('path may be a link to a port, as /dev/serial/by-path gives', async () => {
    const virtual = virtualModem({ imei: '860000000000001' });
    const pty = await virtual.openPty();
    const path = await stableName(pty.path);
    expect(await readlink(path)).to.equal(pty.path);
    const { modem } = await open(virtual, { path });
    expect((await modem.info()).imei).to.equal('860000000000001');
    const { error } = await openFails(virtual, { path: pty.path });
    expect(error.code).to.equal('EBUSY');
    if (process.platform === 'linux')
      tells(error, pty.path, `in this program (process ${process.pid})`, 'close that Modem');
  });
});
