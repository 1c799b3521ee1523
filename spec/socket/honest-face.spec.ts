import { once } from 'node:events';
import { expect } from 'chai';
import { ModemSocket, type ConnectOptions, type ProfileName } from '../../lib/index.js';
import { createAuthority } from '../support/certificates.js';
import { Rig } from '../support/rig.js';
import { KEY_PASSWORD } from '../support/secrets.js';

/** What a socket says of its TLS. */
function face(socket: ModemSocket): object {
  const { authorized, authorizationError, hostNameChecked, alpnProtocol, servername } = socket;
  return {
    authorized,
    authorizationError,
    hostNameChecked,
    alpnProtocol,
    servername,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher(),
    certificate: socket.getPeerCertificate(),
  };
}

const before = {
  authorized: false,
  authorizationError: null,
  hostNameChecked: false,
  alpnProtocol: false,
  servername: 'server.test',
  protocol: null,
  cipher: {},
  certificate: {},
};

describe('what a socket says of the module’s TLS', () => {
  let rig: Rig;
  let port: number;

  afterEach(() => rig.close());

  async function open(profile: ProfileName): Promise<void> {
    rig = await Rig.open({ virtual: { profile } });
    port = await rig.tls((socket) => void socket.resume());
  }

  async function connected(options: ConnectOptions): Promise<object> {
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...options }) as ModemSocket;
    expect(face(socket)).to.deep.equal(before);
    await once(socket, 'secureConnect');
    const told = face(socket);
    socket.destroy();
    expect(face(socket)).to.deep.equal(before);
    await once(socket, 'close');
    return told;
  }

  const verified = { ...before, authorized: true, protocol: 'TLSv1.2' };
  const old = { name: 'AES128-SHA', standardName: 'TLS_RSA_WITH_AES_128_CBC_SHA', version: 'SSLv3' };

  for (const profile of ['manual', 'sim7600', 'a76xx'] as const) {
    it(`${profile}: the chain, no name, and the version where there is only one`, async () => {
      await open(profile);
      expect(await connected({})).to.deep.equal(verified);
      // The number that allows all of them allows SSL 3.0, too, so that one version is what is left.
      expect(await connected({ minVersion: 'TLSv1' })).to.deep.equal(verified);
      expect(await connected({ rejectUnauthorized: false })).to.deep.equal({
        ...verified,
        authorized: false,
        authorizationError: 'the module was told to verify nothing',
      });
    });
  }

  it('sim767x: the name, too, where it is compared', async () => {
    await open('sim767x');
    const named = { ...verified, hostNameChecked: true, protocol: 'unknown' };
    expect(await connected({})).to.deep.equal(named);
    expect(await connected({ checkHostName: true })).to.deep.equal(named);
    expect(await connected({ checkHostName: false })).to.deep.equal({ ...named, hostNameChecked: false });
    expect(await connected({ minVersion: 'TLSv1.3' })).to.deep.equal({ ...named, protocol: 'TLSv1.3' });
    expect(await connected({ maxVersion: 'TLSv1.2' })).to.deep.equal({ ...named, protocol: 'TLSv1.2' });
    const authority = await createAuthority();
    const { cert, key } = await authority.issue({ names: ['client.test'], client: true });
    // With a certificate of the client's the module compares no name (field note 5.10).
    expect(await connected({ cert, key })).to.deep.equal({ ...named, hostNameChecked: false });
  });

  it('the cipher, where it was allowed just one', async () => {
    const { authority, rsa } = await rsaServer();
    rig = await Rig.open();
    port = await rig.tls((socket) => void socket.resume(), { ...rsa, ciphers: 'AES128-SHA:@SECLEVEL=0' });
    expect(await connected({ ca: authority, ciphers: 'AES128-SHA' })).to.deep.equal({ ...verified, cipher: old });
  });

  it("with tls: 'host', that Node compared the name, where it did", async () => {
    await open('manual');
    const told = async (options: ConnectOptions) => {
      const socket = rig.modem.connect({ host: 'server.test', port, tls: 'host', ca: rig.ca, ...options });
      expect(socket.hostNameChecked).to.equal(false);
      await once(socket, 'secureConnect');
      const { hostNameChecked } = socket;
      socket.destroy();
      return hostNameChecked;
    };
    expect(await told({})).to.equal(true);
    expect(await told({ servername: 'nobody.test', rejectUnauthorized: false })).to.equal(false);
    expect(await told({ checkServerIdentity: () => undefined })).to.equal(false);
  });

  it('nothing of a context that was configured by hand', async () => {
    await open('manual');
    const socket = rig.modem.connect({ host: 'server.test', port, sslContext: 5 });
    await once(socket, 'secureConnect');
    expect(face(socket)).to.deep.equal({
      ...before,
      authorizationError: 'the SSL context was configured by hand',
      protocol: 'unknown',
    });
    socket.destroy();
  });

  describe('when the handshake failed', () => {
    async function failure(options: ConnectOptions): Promise<Error & { code?: string }> {
      const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...options });
      const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
      return error;
    }

    it('explains it: what was tried, the likely causes in order, the way out; without a secret', async () => {
      await open('sim7600');
      const stranger = await createAuthority();
      const error = await failure({ ca: stranger.pem });
      expect(error.code).to.equal('EPROTO');
      expect(error.message).to.match(/^connect EPROTO server\.test:\d+: the module answered 15/);
      for (const fact of [/sim7600/, /SIM7600E-H/, /LE20B04SIM7600M22/, /TLS 1\.2/, /\bca-[0-9a-f]{32}\.pem/]) {
        expect(error.message).to.match(fact);
      }
      const causes = [/dates/i, /authority|chain/i, /version/i, /ECDSA/].map((cause) => error.message.search(cause));
      expect(causes.every((at) => at > 0)).to.equal(true);
      expect(error.message).to.match(/tls: 'host'/);
      expect(error.cause).to.have.property('code', 'ERR_MODEM_RESULT');
    });

    it('names a client certificate and its password as what they are, and shows neither', async () => {
      await open('manual');
      const stranger = await createAuthority();
      const { cert, key } = await stranger.issue({ names: ['client.test'], client: true });
      const { createPrivateKey } = await import('node:crypto');
      const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD } as const;
      const encrypted = createPrivateKey(key).export(cipher).toString();
      const error = await failure({ ca: stranger.pem, cert, key: encrypted, passphrase: KEY_PASSWORD });
      expect(error.code).to.equal('EPROTO');
      expect(error.message)
        .to.match(/crt-[0-9a-f]{32}\.pem/)
        .and.not.to.contain(KEY_PASSWORD);
    });

    it('tells of the module’s clock, when dates are checked', async () => {
      await open('manual');
      await rig.modem.at.command('AT+CCLK="80/01/06,00:00:00+00"', { log: true });
      const error = await failure({});
      expect(error.code).to.equal('EPROTO');
      expect(error.message).to.contain('1980');
    });
  });
});

async function rsaServer() {
  const authority = await createAuthority({ algorithm: 'rsa-2048' });
  return { authority: authority.pem, rsa: await authority.issue({ names: ['server.test'] }) };
}
