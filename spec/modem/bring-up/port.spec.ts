import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import sinon from 'sinon';
import { Modem } from '../../../lib/index.js';
import { tells } from '../../support/bring-up.js';
import { rejection } from '../../support/rig.js';

/** A binding of serialport whose ports do not open, with the words of its own on Linux. */
const refusing = (said: string) => ({
  list: () => Promise.resolve([]),
  open: () => Promise.reject(new Error(said)),
});

describe('Modem.open: a port that does not open', () => {
  for (const [code, said, ...facts] of [
    ['EACCES', 'Error: Permission denied, cannot open /dev/ttyUSB2', '/dev/ttyUSB2', 'dialout', 'log in again'],
    ['ENOENT', 'Error: No such file or directory, cannot open /dev/ttyUSB2', '/dev/ttyUSB2', 'powered', 'plugged in'],
    ['EBUSY', 'Error Resource temporarily unavailable Cannot lock port', '/dev/ttyUSB2', 'ModemManager', 'getty'],
    ['ERR_MODEM_PORT', 'Error: Input/output error, cannot open /dev/ttyUSB2', '/dev/ttyUSB2', 'Input/output error'],
  ] as const) {
    it(`${code}: ${said}`, async () => {
      const opening = Modem.open({ path: '/dev/ttyUSB2', serial: { binding: refusing(said) } });
      const error = await rejection(opening);
      expect(error.code).to.equal(code);
      tells(error, ...facts);
    });
  }

  afterEach(() => sinon.restore());

  it('ERR_MODEM_PORT: it did not open in time', async () => {
    const late = Object.assign(new Error('The operation was aborted'), { name: 'AbortError' });
    const binding = { list: () => Promise.resolve([]), open: () => Promise.reject(late) };
    const error = await rejection(Modem.open({ path: '/dev/ttyUSB2', serial: { binding } }));
    expect(error.code).to.equal('ERR_MODEM_PORT');
    tells(error, '/dev/ttyUSB2', 'did not open in time', 'ModemManager', 'plug it in again');
  });

  it('ERR_MODEM_PORT: a serial server that did not answer in time', async () => {
    sinon.stub(AbortSignal, 'timeout').returns(AbortSignal.abort());
    const error = await rejection(Modem.open({ path: 'tcp://127.0.0.1:1' }));
    expect(error.code).to.equal('ERR_MODEM_PORT');
    tells(error, 'tcp://127.0.0.1:1', 'did not open in time', '10000 ms', 'address', 'firewall');
  });

  it('ERR_INVALID_ARG_VALUE: a serial server without its port, and how it is written', async () => {
    for (const path of ['tcp://', 'tcp://192.0.2.1']) {
      const error = await rejection(Modem.open({ path }));
      expect(error.code).to.equal('ERR_INVALID_ARG_VALUE');
      tells(error, "'path'", 'tcp://host:port', path);
    }
  });

  it('EBUSY: a stream that another Modem is open on', async () => {
    const [stream, controller] = [new PassThrough(), new AbortController()];
    const first = rejection(Modem.open({ stream, signal: controller.signal }));
    const error = await rejection(Modem.open({ stream }));
    expect(error.code).to.equal('EBUSY');
    tells(error, 'Another Modem is open on this stream');
    expect(stream.destroyed).to.equal(false);
    controller.abort();
    expect((await first).code).to.equal('ABORT_ERR');
  });

  it('ERR_MODEM_SERIALPORT: serialport is not installed', async () => {
    const program = fileURLToPath(new URL('../../support/without-serialport.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program]);
    const error = JSON.parse(stdout) as { code: string; message: string; cause: string };
    expect(error.code).to.equal('ERR_MODEM_SERIALPORT');
    expect(error.message).to.contain('npm install serialport');
    expect(error.cause).to.contain("Cannot find package 'serialport'");
  });
});
