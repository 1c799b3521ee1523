import { expect } from 'chai';

import { VirtualModem } from '../../lib/virtual/index.js';
import { ended, startNode } from '../support/programs.js';
import { cleanUp, modemAndHost } from './host.js';

/** What a virtual modem with such options fails with. */
function refusal(options: object): { code: string; message: string } {
  try {
    new VirtualModem(options);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('It was expected to be refused');
}

describe('virtual modem: unknown options', () => {
  afterEach(cleanUp);

  for (const [options, message] of [
    [{ profil: 'a76xx' }, "Unknown option 'profil'. Did you mean 'profile'?"],
    [{ baudrate: 9600 }, "Unknown option 'baudrate'. Did you mean 'baudRate'?"],
    [{ boottime: undefined }, "Unknown option 'boottime'. Did you mean 'bootTime'?"],
    [{ uplink: 4000 }, "Unknown option 'uplink'."],
    [{ constructor: 1 }, "Unknown option 'constructor'."],
    [{ faults: { uplnk: 4000 } }, "Unknown fault 'uplnk'. Did you mean 'uplink'?"],
    [{ faults: { looseEvents: true } }, "Unknown fault 'looseEvents'. Did you mean 'loseEvents'?"],
    [{ faults: { latency: 10 } }, "Unknown fault 'latency'."],
  ] as const) {
    it(`${JSON.stringify(Object.keys('faults' in options ? options.faults : options))}: ${message}`, () => {
      expect(refusal(options)).to.include({ code: 'ERR_INVALID_ARG_VALUE', message });
    });
  }

  it('are refused of a fault that is set later, too; one that there is may be set, and taken back', () => {
    const { modem } = modemAndHost();
    const set = () => Object.assign(modem.faults, { openDlay: 5 });
    expect(set).to.throw("Unknown fault 'openDlay'. Did you mean 'openDelay'?");
    Object.assign(modem.faults, { openDelay: 5 });
    expect(modem.faults).to.deep.equal({ openDelay: 5 });
    modem.faults.openDelay = undefined;
    expect(modem.faults.openDelay).to.equal(undefined);
  });

  it('leave the options of a caller alone', () => {
    const faults = { uploadRefused: 1 };
    const { modem } = modemAndHost({ faults });
    modem.faults.uploadRefused = 5;
    expect(faults).to.deep.equal({ uploadRefused: 1 });
  });

  it('are refused of what cannot be one of its values', () => {
    expect(refusal({ ecdsa: 'p384' })).to.include({ code: 'ERR_INVALID_ARG_VALUE' });
    expect(refusal({ ecdsa: 'p384' }).message).to.include('all, p256, none');
  });

  it('are refused by the command, which ends', async () => {
    const command = startNode('lib/cli/main.ts', 'virtual', '--listen', '127.0.0.1:0', '--bauds', '9600');
    const { code, stdout, stderr } = await ended(command);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/unknown option '--bauds'\s+\(Did you mean --baud\?\)/);
  });
});
