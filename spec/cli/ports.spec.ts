import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describePorts } from '../../lib/cli/ports.js';
import { listPorts, type PortListing } from '../../lib/index.js';
import { afterwards, cleanUp, leftWith, fastTime, open, virtualModem } from '../support/bring-up.js';
import { ended, startNode, startNodeWith } from '../support/programs.js';
import { onPort } from '../support/serial.js';
import { severalPorts, type Port } from '../support/several-ports.js';

const simcom = { vendorId: '1e0e', productId: '9001', manufacturer: 'SimTech, Incorporated' };
/** What a port is shown as whose paths change with each machine. */
const listed = ({ path, modem, answer }: PortListing) => ({ path, modem, answer });

/** The four ports of a module and two of other devices: only the third is an AT port, and the fourth may not be opened. */
function machine(): Port[] {
  const module = virtualModem();
  const deaf = () => virtualModem({ poweredOn: 'booting', bootTime: 600_000 });
  return [
    { path: '/dev/ttyUSB0', ...simcom, modem: deaf() },
    { path: '/dev/ttyUSB1', ...simcom, modem: deaf() },
    { path: '/dev/ttyUSB2', ...simcom, vendorId: '1E0E', modem: module },
    { path: '/dev/ttyUSB3', ...simcom, vendorId: '05c6' },
    { path: '/dev/ttyUSB4', vendorId: '0403', productId: '6001', manufacturer: 'FTDI', modem: virtualModem() },
    { path: '/dev/ttyS0' },
  ];
}

describe('listPorts', () => {
  afterEach(cleanUp);

  it('lists the ports with the USB ids of modules, and what each says to AT', async () => {
    const time = fastTime();
    const all = machine();
    const binding = severalPorts(all);
    const ports = await time.until(listPorts({ binding }));
    expect(ports.map(listed)).to.deep.equal([
      { path: '/dev/ttyUSB0', modem: true, answer: 'silent' },
      { path: '/dev/ttyUSB1', modem: true, answer: 'silent' },
      { path: '/dev/ttyUSB2', modem: true, answer: 'answers' },
      {
        path: '/dev/ttyUSB3',
        modem: true,
        answer: { error: 'EACCES', message: (ports[3]?.answer as { message: string }).message },
      },
    ]);
    expect((ports[3]?.answer as { message: string }).message).to.contain('dialout');
    expect(ports[2]).to.include({ ...simcom, stablePath: undefined });
    expect(binding.opened).to.deep.equal(['/dev/ttyUSB0', '/dev/ttyUSB1', '/dev/ttyUSB2', '/dev/ttyUSB3']);
    // A silent one is asked three times.
    expect(all[0]?.modem?.statistics.bytesIn).to.equal('AT\r'.repeat(3).length);
    expect(time.elapsed).to.be.at.least(3000);
  });

  it('all: the others, too, and asks them', async () => {
    const time = fastTime();
    const binding = severalPorts(machine());
    const ports = await time.until(listPorts({ binding, all: true }));
    expect(ports.slice(4).map(({ path, modem, answer }) => [path, modem, typeof answer])).to.deep.equal([
      ['/dev/ttyUSB4', false, 'string'],
      ['/dev/ttyS0', false, 'object'],
    ]);
    expect(ports[4]?.answer).to.equal('answers');
  });

  it('probe: false opens nothing', async () => {
    const binding = severalPorts(machine());
    const ports = await listPorts({ binding, probe: false });
    expect(ports.map(({ answer }) => answer)).to.deep.equal([undefined, undefined, undefined, undefined]);
    expect(binding.opened).to.deep.equal([]);
  });

  it('asks at the speed that it is told', async () => {
    const time = fastTime();
    const modem = virtualModem();
    await leftWith(modem, 'AT+IPR=9600');
    const binding = severalPorts([{ path: '/dev/ttyUSB2', ...simcom, modem }]);
    const answers = async (baudRate?: number) =>
      (await time.until(listPorts({ binding, baudRate }))).map(({ answer }) => answer);
    expect(await answers()).to.deep.equal(['silent']);
    expect(await answers(9600)).to.deep.equal(['answers']);
  });

  it('a port that is in use is told as EBUSY, and left alone; one that was asked is given back', async () => {
    const time = fastTime();
    const modem = virtualModem();
    const binding = severalPorts([{ path: '/dev/ttyUSB2', ...simcom, modem }]);
    expect((await time.until(listPorts({ binding })))[0]?.answer).to.equal('answers');
    const held = await time.until(open(modem, onPort(binding, '/dev/ttyUSB2')));
    expect((await time.until(listPorts({ binding })))[0]?.answer).to.include({ error: 'EBUSY' });
    expect((await time.until(held.modem.info())).model).to.equal('SIMCOM_VIRTUAL');
  });
});

describe('modem-tls ports', () => {
  const port: PortListing = { path: '/dev/ttyUSB2', stablePath: undefined, ...simcom, modem: true, answer: 'answers' };

  it('prints a line a port: path, answer, USB ids, maker, the path that stays; and why it could not be asked', () => {
    const lines = describePorts([
      { ...port, path: '/dev/ttyUSB10', answer: 'silent' },
      { ...port, stablePath: '/dev/serial/by-path/pci-0000:01:00.0-usb-0:1.3:1.2-port0' },
      { ...port, answer: { error: 'EBUSY', message: 'Another program holds it.' } },
      {
        ...port,
        path: '/dev/ttyS0',
        vendorId: undefined,
        productId: undefined,
        manufacturer: undefined,
        answer: undefined,
      },
    ]);
    expect(lines.map((line) => line.replaceAll(/ {2,}/g, '  '))).to.deep.equal([
      '/dev/ttyUSB10  silent  1e0e:9001 SimTech, Incorporated',
      '/dev/ttyUSB2  answers AT  1e0e:9001 SimTech, Incorporated /dev/serial/by-path/pci-0000:01:00.0-usb-0:1.3:1.2-port0',
      '/dev/ttyUSB2  EBUSY  1e0e:9001 SimTech, Incorporated',
      '  Another program holds it.',
      '/dev/ttyS0  not asked',
    ]);
    expect(new Set(lines.slice(0, 3).map((line) => line.indexOf('1e0e')))).to.have.property('size', 1);
  });

  it('says what to do where there is none', () => {
    const [line = '', ...others] = describePorts([]);
    expect(others).to.deep.equal([]);
    for (const fact of ['no port', 'powered and plugged in', '--all']) expect(line).to.contain(fact);
    expect(describePorts([], true)).to.deep.equal(['there is no serial port: is the module powered and plugged in?']);
  });

  if (process.platform === 'linux') {
    /** A folder of programs with nothing in it but, where it is given, an udevadm that prints this. */
    async function programs(udev?: string): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'modem-tls-'));
      afterwards(() => rm(folder, { recursive: true }));
      if (udev !== undefined) {
        await writeFile(join(folder, 'udevadm'), `#!/bin/sh\necho '${udev}'\n`, { mode: 0o755 });
      }
      return folder;
    }

    it('lists those that udev knows', async () => {
      const device = (name: string, vendor: string) =>
        `P: /devices/${name}\nN: ${name}\nE: DEVNAME=/dev/${name}\nE: ID_VENDOR_ID=${vendor}\nE: ID_MODEL_ID=9001\n`;
      const folder = await programs([device('ttyUSB2', '1e0e'), device('ttyUSB7', '0403'), ''].join('\n'));
      const { code, stdout } = await ended(
        startNodeWith({ ...process.env, PATH: folder }, 'lib/cli/main.ts', 'ports', '--no-probe'),
      );
      expect(stdout).to.match(/^\/dev\/ttyUSB2  not asked +1e0e:9001\n$/);
      expect(code).to.equal(0);
    });

    it('says what to do where there is no udev, and fails', async () => {
      const env = { ...process.env, PATH: await programs() };
      const { code, stdout, stderr } = await ended(startNodeWith(env, 'lib/cli/main.ts', 'ports'));
      expect(stdout).to.equal('');
      for (const fact of ['modem-tls: ', 'udevadm', 'not installed', '/dev/ttyUSB*']) expect(stderr).to.contain(fact);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(code).to.equal(1);
    });
  }

  it('refuses a speed that is none', async () => {
    const { code, stderr } = await ended(startNode('lib/cli/main.ts', 'ports', '--baud', 'fast'));
    expect(stderr).to.match(/^modem-tls: .*--baud.*whole number/);
    expect(code).to.equal(1);
  });
});
