import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rootCertificates } from 'node:tls';
import { expect } from 'chai';
import type { ConnectOptions, ModemSocket, ProfileName } from '../../lib/index.js';
import { findRootless, isPublicRoot } from '../../lib/context/certificates.js';
import { createAuthority, type Authority } from '../support/certificates.js';
import { Rig } from '../support/rig.js';

describe('authorities for the module’s TLS', () => {
  let rig: Rig;
  let root: Authority;
  let between: Authority;
  let port: number;

  before(async () => {
    root = await createAuthority({ name: 'Root' });
    between = await root.issueAuthority({ name: 'Between' });
  });

  afterEach(() => rig.close());

  async function open(profile: ProfileName = 'manual'): Promise<void> {
    rig = await Rig.open({ virtual: { profile } });
    const { cert, key } = await between.issue({ names: ['server.test'] });
    port = await rig.tls((socket) => void socket.resume(), { cert: cert + between.pem, key });
  }

  async function outcome(options: ConnectOptions): Promise<string> {
    const before = rig.virtual.log.length;
    const socket = rig.modem.connect({ host: 'server.test', port, ...options }) as ModemSocket;
    try {
      await once(socket, 'secureConnect');
      socket.destroy();
      return 'connected';
    } catch (error) {
      const { code, message } = error as Error & { code: string };
      if (code.startsWith('ERR_MODEM')) expect(rig.virtual.log.length, 'nothing is written').to.equal(before);
      return `${code} ${message}`;
    }
  }

  it('must lead to a root, as with Node, unless allowPartialTrustChain is true', async () => {
    await open();
    expect(await outcome({ ca: [between.pem, root.pem] })).to.equal('connected');
    expect(await outcome({ ca: between.pem })).to.match(/^ERR_MODEM_CERTIFICATE .*CN=Between.*allowPartialTrustChain/);
    const trusting = { ca: between.pem, allowPartialTrustChain: true };
    expect(await outcome(trusting)).to.match(/^ERR_MODEM_HOSTNAME_UNCHECKED .*whether the root above 'ca' is public/);
    expect(await outcome({ ...trusting, checkHostName: false })).to.equal('connected');
  });

  it('that lead to a root by others of them are found to', () => {
    const [one, other] = [root, between].map(({ pem }) => new X509Certificate(pem));
    if (!one || !other) throw new Error('no certificates');
    expect(findRootless([other, one])).to.equal(undefined);
    expect(findRootless([one])).to.equal(undefined);
    expect(findRootless([other])).to.equal(other);
    return open();
  });

  it('are public by name and key, also in another certificate', async () => {
    const [pem = ''] = rootCertificates;
    const known = new X509Certificate(pem);
    expect(isPublicRoot(known)).to.equal(true);
    expect(isPublicRoot(new X509Certificate(root.pem))).to.equal(false);
    // The same subject with a key of somebody else's is another authority.
    const impostor = Object.create(known, {
      subject: { value: known.subject },
      publicKey: { value: createPublicKey(createPrivateKey((await root.issue({ names: ['x.test'] })).key)) },
    }) as X509Certificate;
    expect(isPublicRoot(impostor)).to.equal(false);
    await open();
  });

  for (const [profile, offers] of [
    ['manual', false],
    ['sim767x', true],
  ] as const) {
    it(`${profile}: a public one needs a word about names${offers ? ', which may be checkHostName: true' : ''}`, async () => {
      await open(profile);
      const [ca = ''] = rootCertificates;
      const refusal = await outcome({ ca });
      expect(refusal).to.match(/^ERR_MODEM_HOSTNAME_UNCHECKED .*tls: 'host'.*checkHostName: false/);
      expect(refusal.includes('checkHostName: true')).to.equal(offers);
      expect(await outcome({ ca, checkHostName: false })).to.match(/^EPROTO/);
      expect(await outcome({ ca, checkHostName: true })).to.match(
        offers ? /^EPROTO/ : /^ERR_MODEM_UNSUPPORTED .*'manual'/,
      );
    });
  }
});
