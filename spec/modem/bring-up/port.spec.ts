import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
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

  it('ERR_MODEM_SERIALPORT: serialport is not installed', async () => {
    const program = fileURLToPath(new URL('../../support/without-serialport.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program]);
    const error = JSON.parse(stdout) as { code: string; message: string; cause: string };
    expect(error.code).to.equal('ERR_MODEM_SERIALPORT');
    expect(error.message).to.contain('npm install serialport');
    expect(error.cause).to.contain("Cannot find package 'serialport'");
  });
});
