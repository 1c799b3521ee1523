import { expect } from 'chai';

import type { KeyAlgorithm, VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority } from '../support/certificates.js';
import { cleanUp } from './host.js';
import { configure, result, serve, upload } from './tls-host.js';

type Support = NonNullable<VirtualModemOptions['ecdsa']>;

/** Keys from the root to the server, and the results of an open by what the module can do. */
const chains: [keys: [root: KeyAlgorithm, between: KeyAlgorithm, server: KeyAlgorithm], Record<Support, number>][] = [
  [['rsa-2048', 'rsa-2048', 'rsa-2048'], { all: 0, p256: 0, none: 0 }],
  [['ecdsa-p256', 'ecdsa-p256', 'ecdsa-p256'], { all: 0, p256: 0, none: 15 }],
  [['rsa-2048', 'rsa-2048', 'ecdsa-p256'], { all: 0, p256: 0, none: 15 }],
  [['rsa-2048', 'ecdsa-p384', 'ecdsa-p256'], { all: 0, p256: 15, none: 15 }],
  [['rsa-2048', 'rsa-2048', 'ecdsa-p384'], { all: 0, p256: 15, none: 15 }],
];

describe('virtual modem: firmware that cannot do every elliptic curve', () => {
  afterEach(cleanUp);

  for (const [keys, expected] of chains) {
    it(`${keys.join(' → ')}, whether or not the chain is verified`, async () => {
      const root = await createAuthority({ algorithm: keys[0] });
      const between = await root.issueAuthority({ algorithm: keys[1] });
      const leaf = await between.issue({ names: ['example.org'], algorithm: keys[2] });
      const identity = { key: leaf.key, cert: leaf.cert + between.pem };
      for (const [ecdsa, number] of Object.entries(expected) as [Support, number][]) {
        const { modem, host } = await serve(identity, { ecdsa });
        expect(await result(host), `${ecdsa}, mode 0`).to.equal(number);
        await upload(host, 'ca.pem', root.pem);
        await configure(host, { authmode: 1, cacert: 'ca.pem' });
        expect(await result(host), `${ecdsa}, mode 1`).to.equal(number);
        expect(modem.brokenRules).to.deep.equal([]);
        await cleanUp();
      }
    });
  }

  it('cannot verify by an authority whose key it cannot do', async () => {
    const root = await createAuthority({ algorithm: 'ecdsa-p384' });
    const identity = await root.issue({ names: ['example.org'], algorithm: 'ecdsa-p256' });
    const { host } = await serve(identity, { ecdsa: 'p256' });
    expect(await result(host)).to.equal(0);
    await upload(host, 'ca.pem', root.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem' });
    expect(await result(host)).to.equal(15);
  });

  it('can do all unless told', async () => {
    const root = await createAuthority({ algorithm: 'ecdsa-p384' });
    const { host } = await serve(await root.issue({ names: ['example.org'] }));
    expect(await result(host)).to.equal(0);
  });
});
