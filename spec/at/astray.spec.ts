import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import debug from 'debug';
import { expect } from 'chai';
import { Modem } from '../../lib/index.js';
import { VirtualModem } from '../../lib/virtual/index.js';
import { secrets } from '../support/secrets.js';

describe('counted bytes that a module takes for commands', () => {
  it('are shown by nobody when it echoes them: a reset in the middle of a key', async () => {
    const key = secrets.addKey(
      'key that is cut',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    );
    const lines = key.split('\n').filter((line) => line.length > 40);
    const shown: string[] = [];
    const { log } = debug;
    const before = debug.disable();
    debug.enable('modem-tls:*');
    debug.log = (...given: unknown[]) => void shown.push(given.map(String).join(' '));
    const virtual = new VirtualModem({ bootTime: 0, faults: { uploadCut: [1, 700] } });
    try {
      const modem = await Modem.open({ stream: virtual.attach() });
      modem.on('unsolicited', (line) => shown.push(line));
      const failed = modem.certificates.put(key).catch((error: unknown) => shown.push(String(error)));
      await once(modem, 'reset');
      await failed;
      await modem.close();
    } finally {
      debug.log = log;
      debug.enable(before);
      await virtual.close();
    }
    expect(shown.length).to.be.above(50);
    for (const line of lines) expect(shown.filter((text) => text.includes(line))).to.deep.equal([]);
    // It was echoed, so that there was something to hide.
    expect(shown.some((text) => /\(\d+ characters\)/.test(text))).to.equal(true);
  });
});
