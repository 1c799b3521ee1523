import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { conformance } from './suite.js';

/** Everything in pieces of 1 to 8 bytes, so that no spec depends on how bytes are cut. */
const pieces: VirtualModemOptions = { faults: { rechunk: [1, 8] } };

describe('conformance', function () {
  this.timeout(60_000);

  for (const profile of ['manual', 'sim7600', 'a76xx', 'sim767x'] as const) {
    for (const receive of ['manual', 'auto'] as const) {
      const how = receive === 'auto' ? 'pushed' : 'pulled';
      conformance(`in memory, profile ${profile}, data ${how}`, () => ({
        virtual: { ...pieces, profile },
        modem: { receive },
      }));
    }
  }
  conformance('in memory, transparent mode', () => ({ virtual: pieces, modem: { mode: 'transparent' } }));
  for (const prompt of ['>', '> ', '>\r\n']) {
    conformance(`in memory, results first, prompt ${JSON.stringify(prompt)}`, () => ({
      virtual: { ...pieces, prompt, replyOrder: 'result-first' },
    }));
  }
  conformance('in memory, in pieces of 1 to 3 bytes, echo that stays on', () => ({
    virtual: { echoLocked: true, faults: { rechunk: [1, 3] } },
  }));
  conformance('in memory, other codes between any two lines and before every echo', () => ({
    virtual: { echoLocked: true, faults: { rechunk: [1, 8], interject: ['RING', '+CGEV: ME PDN ACT 1'] } },
  }));
  conformance('in memory, several data frames a read', () => ({ virtual: { ...pieces, frameSize: 100 } }));
  conformance('over TCP', () => ({ transport: 'tcp' }));

  // The same against a module on the desk: docs/testing.md.
  const {
    MODEM_TLS_PORT: path,
    MODEM_TLS_HOST: host = 'localhost',
    MODEM_TLS_FIRST_PORT: first = '9000',
  } = process.env;
  if (path !== undefined) conformance(`on ${path}`, () => ({ real: { path, host, firstPort: Number(first) } }));

  const noPty = process.env['MODEM_TLS_NO_PTY'] === '1';
  if (!noPty) conformance('over a PTY, through serialport', () => ({ transport: 'pty' }));
});
