import { expect } from 'chai';
import type { SecureVersion } from 'node:tls';

import { VirtualModem, type VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority, type IssuedCertificate } from '../support/certificates.js';
import { cleanUp, started, type Host } from './host.js';
import { configure, result, tlsServer } from './tls-host.js';

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies readonly SecureVersion[];

describe('virtual modem: versions and cipher suites', () => {
  let identity: IssuedCertificate;

  before(async () => {
    const authority = await createAuthority();
    identity = await authority.issue({ names: ['example.org'], algorithm: 'rsa-2048' });
  });
  afterEach(cleanUp);

  /** A modem, and a server for each version, `TLSv1` to `TLSv1.3`, that speaks nothing else. */
  async function servers(options: VirtualModemOptions): Promise<Host> {
    const hosts: Record<string, string> = {};
    for (const version of versions) {
      const { port } = await tlsServer({ ...identity, minVersion: version, maxVersion: version });
      hosts[version] = `127.0.0.1:${port}`;
    }
    return (await started({ ...options, hosts })).host;
  }

  async function results(host: Host): Promise<number[]> {
    const numbers: number[] = [];
    for (const version of versions) numbers.push(await result(host, version));
    return numbers;
  }

  const numberings: [text: string, options: VirtualModemOptions, numbers: Record<number, number[]>, highest: number][] =
    [
      [
        'as in the manual',
        {},
        {
          0: [15, 15, 15, 15], // SSL 3.0, which Node does not have
          1: [0, 15, 15, 15],
          2: [15, 0, 15, 15],
          3: [15, 15, 0, 15],
          4: [0, 0, 0, 15],
        },
        4,
      ],
      [
        'with TLS 1.3 firmware',
        { profile: 'sim767x' },
        { 0: [15, 15, 0, 15], 1: [15, 15, 15, 0], 2: [15, 15, 0, 0] },
        2,
      ],
      ['of a 767 with older firmware', { profile: 'sim767x', versions: 'manual' }, { 3: [15, 15, 0, 15] }, 4],
      ['of TLS 1.3 on any family', { profile: 'a76xx', versions: 'tls13' }, { 1: [15, 15, 15, 0] }, 2],
    ];
  for (const [text, options, numbers, highest] of numberings) {
    describe(`sslversion ${text}`, () => {
      for (const [number, expected] of Object.entries(numbers)) {
        it(`${number}: ${versions.filter((_, index) => expected[index] === 0).join(', ') || 'none'}`, async () => {
          const host = await servers(options);
          await configure(host, { sslversion: Number(number) });
          expect(await results(host)).to.deep.equal(expected);
        });
      }

      it(`is ${highest}, all of them, by default, and no number above`, async () => {
        const { host, modem } = await started(options);
        expect(modem.contexts[7]?.sslversion).to.equal(highest);
        await host.asks(`AT+CSSLCFG="sslversion",0,${highest}`, '\r\nOK\r\n');
        await host.asks(`AT+CSSLCFG="sslversion",0,${highest + 1}`, '\r\nERROR\r\n');
        host.sends('AT+CSSLCFG=?\r');
        await host.finds(new RegExp(`\\+CSSLCFG: "sslversion",\\(0-9\\),\\(0-${highest}\\)\r\n`));
      });
    });
  }

  it('refuses a numbering that there is none of', () => {
    const attempt = () => new VirtualModem({ versions: 'tls14' as never });
    expect(attempt).to.throw("The value of 'versions' is invalid: it must be one of manual, tls13.");
  });

  describe('ciphersuites', () => {
    const strong = { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
    const old = { ciphers: 'AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
    const tls13 = { minVersion: 'TLSv1.3' } as const;
    const both = { ciphers: 'AES128-SHA:@SECLEVEL=0' } as const;

    for (const [suites, text, options, profile, sslversion, expected] of [
      ['0xFFFF', 'a server with another suite', strong, 'manual', 4, 0],
      ['0xFFFF', 'a server with that one', old, 'manual', 4, 0],
      ['0x002F', 'a server with another suite', strong, 'manual', 4, 15],
      ['0x002F', 'a server with that one', old, 'manual', 4, 0],
      ['0x002F', 'a server with that one', old, 'sim767x', 2, 0],
      // Its suites are others: 0x002F leaves TLS 1.2 only.
      ['0x002F', 'a server with that one and TLS 1.3', both, 'sim767x', 2, 0],
      ['0x002F', 'a server of TLS 1.3', tls13, 'sim767x', 2, 15],
      ['0x002F', 'a server of TLS 1.3', tls13, 'sim767x', 1, 15],
      ['0xFFFF', 'a server of TLS 1.3', tls13, 'sim767x', 1, 0],
    ] as const) {
      it(`${suites}, sslversion ${sslversion}, ${text}: ${expected}`, async () => {
        const { port } = await tlsServer({ ...identity, ...options });
        const { host } = await started({ profile, hosts: { 'example.org': `127.0.0.1:${port}` } });
        await configure(host, { sslversion, ciphersuites: suites });
        expect(await result(host)).to.equal(expected);
      });
    }
  });
});
