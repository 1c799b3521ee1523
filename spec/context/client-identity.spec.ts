import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import type { ConnectOptions, ModemSocket, ProfileName } from '../../lib/index.js';
import { createAuthority, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { Rig } from '../support/rig.js';
import { KEY_PASSWORD, OTHER_KEY_PASSWORD, secrets } from '../support/secrets.js';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const encrypted = { ...pem, cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD } as const;

describe('a client certificate with the module’s TLS', () => {
  let rig: Rig;
  let port: number;
  let authority: Authority;
  let client: IssuedCertificate;
  let locked: string;

  before(async () => {
    authority = await createAuthority({ name: 'Clients' });
    client = await authority.issue({ names: ['client.test'], client: true });
    secrets.addKey('key of a client', client.key);
    locked = createPrivateKey(client.key).export(encrypted).toString();
    secrets.addKey('encrypted key of a client', locked, KEY_PASSWORD);
  });

  afterEach(() => rig.close());

  /** A server that wants to see a certificate of the clients' authority, and says whose it saw. */
  async function open(profile: ProfileName = 'sim7600'): Promise<void> {
    rig = await Rig.open({ virtual: { profile } });
    const listener = (socket: import('node:tls').TLSSocket) =>
      socket.end(String(socket.getPeerCertificate().subject.CN));
    port = await rig.tls(listener, { requestCert: true, rejectUnauthorized: true, ca: authority.pem });
  }

  /** Whom the server saw. */
  async function seen(options: ConnectOptions): Promise<string> {
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...options }) as ModemSocket;
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  }

  async function refusal(options: ConnectOptions): Promise<Error & { code?: string }> {
    const before = rig.virtual.log.length;
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...options });
    const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
    expect(rig.virtual.log.slice(before), 'nothing is written').to.deep.equal([]);
    return error;
  }

  const named = (role: string, content: string) =>
    `${role}-${createHash('sha256').update(content).digest('hex').slice(0, 32)}.pem`;
  const context = () => rig.virtual.contexts[0];

  it('goes up beside the authority, and mode 2 shows it', async () => {
    await open();
    expect(await seen({ cert: client.cert, key: client.key })).to.equal('client.test');
    expect(context()).to.include({
      authmode: 2,
      cacert: named('ca', rig.ca),
      clientcert: named('crt', client.cert),
      clientkey: named('key', client.key),
      keypwd: '',
    });
    expect(rig.virtual.files.get(named('key', client.key))?.toString()).to.equal(client.key);
  });

  it('mode 3 shows it to a server that is not verified', async () => {
    await open();
    expect(await seen({ cert: client.cert, key: client.key, rejectUnauthorized: false, ca: undefined })).to.equal(
      'client.test',
    );
    expect(context()).to.include({ authmode: 3 });
  });

  it('is refused by the server when it is missing: the connection dies', async () => {
    await open();
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
    const ended = await new Promise((resolve) => {
      socket.on('error', resolve).on('end', () => resolve('nobody'));
      socket.resume();
    });
    expect(ended).not.to.equal(undefined);
    expect(rig.virtual.statistics.certificatesStored).to.equal(1);
  });

  for (const profile of ['manual', 'sim7600'] as const) {
    it(`${profile}: an encrypted key goes up as it is, and keypwd opens it`, async () => {
      await open(profile);
      const options = { cert: client.cert, key: locked, passphrase: KEY_PASSWORD };
      expect(await seen(options)).to.equal('client.test');
      expect(context()).to.include({ keypwd: KEY_PASSWORD, clientkey: named('key', locked) });
      // One without a password, in the same context or another, has none.
      expect(await seen({ cert: client.cert, key: client.key })).to.equal('client.test');
    });
  }

  for (const profile of ['a76xx', 'sim767x'] as const) {
    it(`${profile}: an encrypted key is opened here, and goes up in the clear`, async () => {
      await open(profile);
      const options = { cert: client.cert, key: locked, passphrase: KEY_PASSWORD, checkHostName: false };
      expect(await seen(options)).to.equal('client.test');
      const [name = ''] = [...rig.virtual.files.keys()].filter((file) => file.startsWith('key-'));
      expect(createPrivateKey(rig.virtual.files.get(name) ?? '').equals(createPrivateKey(client.key))).to.equal(true);
    });
  }

  for (const profile of ['sim7600', 'a76xx'] as const) {
    it(`${profile}: an encrypted key that was put with its passphrase is the one that a connection looks for`, async () => {
      await open(profile);
      const name = await rig.modem.certificates.put(locked, { passphrase: KEY_PASSWORD });
      const stored = rig.virtual.statistics.certificatesStored;
      expect(await seen({ cert: client.cert, key: locked, passphrase: KEY_PASSWORD })).to.equal('client.test');
      expect(context()).to.include({ clientkey: name });
      // Its authority and its certificate.
      expect(rig.virtual.statistics.certificatesStored).to.equal(stored + 2);
    });
  }

  it('a passphrase that fits into no command opens the key here, on every family', async () => {
    await open();
    const passphrase = secrets.add('passphrase with a quote', 'quoth the raven: "nevermore"');
    const key = createPrivateKey(client.key)
      .export({ ...encrypted, passphrase })
      .toString();
    expect(await seen({ cert: client.cert, key, passphrase })).to.equal('client.test');
    expect(context()).to.include({ keypwd: '' });
  });

  it('is taken in every form that tls.connect takes', async () => {
    await open();
    const key = createPrivateKey(client.key);
    const forms: ConnectOptions[] = [
      { cert: Buffer.from(client.cert), key: Buffer.from(client.key) },
      { cert: [client.cert], key: [client.key] },
      { cert: client.cert + authority.pem, key: client.key },
      { cert: client.cert, key: [{ pem: locked, passphrase: KEY_PASSWORD }] },
      { cert: client.cert, key: client.cert + client.key },
      { cert: new X509Certificate(client.cert).raw, key: key.export({ type: 'pkcs8', format: 'der' }) },
      { cert: client.cert, key: key.export({ type: 'sec1', format: 'der' }) },
      { cert: client.cert, key: key.export({ type: 'sec1', format: 'pem' }) },
      { cert: client.cert, key: key.export({ ...encrypted, format: 'der' }), passphrase: KEY_PASSWORD },
      // Without an encrypted key nobody asks for it.
      { cert: client.cert, key: client.key, passphrase: OTHER_KEY_PASSWORD },
    ];
    for (const [index, form] of forms.entries()) expect(await seen(form), String(index)).to.equal('client.test');
  });

  it('is refused here, before anything is written, when it cannot work; no message shows key or passphrase', async () => {
    await open();
    const other = await authority.issue({ names: ['other.test'], client: true });
    secrets.addKey('key of another client', other.key);
    const expired = await authority.issue({ names: ['old.test'], notAfter: new Date(Date.now() - 86_400_000) });
    secrets.addKey('key of an expired certificate', expired.key);
    const { cert, key } = client;
    const wrong: [ConnectOptions, string, RegExp][] = [
      [{ cert }, 'ERR_MODEM_CERTIFICATE', /'cert' was given without 'key'/],
      [{ key }, 'ERR_MODEM_CERTIFICATE', /'key' was given without 'cert'/],
      [{ cert, key: other.key }, 'ERR_MODEM_CERTIFICATE', /'key' is not the key of 'cert'/],
      [{ cert: authority.pem + cert, key }, 'ERR_MODEM_CERTIFICATE', /must begin with the client's own/],
      [{ cert, key: locked }, 'ERR_MODEM_CERTIFICATE', /encrypted, and there is no 'passphrase'/],
      [{ cert, key: locked, passphrase: OTHER_KEY_PASSWORD }, 'ERR_MODEM_CERTIFICATE', /does not open 'key'/],
      [{ cert, key: locked, passphrase: 5 as never }, 'ERR_INVALID_ARG_VALUE', /must be a string/],
      [{ cert, key: [key, other.key] }, 'ERR_MODEM_UNSUPPORTED', /'key'.* 2 keys/],
      [{ cert, key: 'client-key.pem' }, 'ERR_MODEM_CERTIFICATE', /readFileSync/],
      [{ cert: 'client.pem', key }, 'ERR_MODEM_CERTIFICATE', /readFileSync/],
      [{ cert, key: Buffer.alloc(11_000) }, 'ERR_MODEM_CERTIFICATE', /no private key/],
      [{ cert: Array.from({ length: 20 }, () => cert), key }, 'ERR_MODEM_CERTIFICATE', /takes 10240/],
      [{ ...expired }, 'ERR_MODEM_CERTIFICATE', /'cert' has expired on .* \(this host's clock says 20/],
    ];
    for (const [options, code, text] of wrong) {
      const error = await refusal(options);
      expect(error, String(text)).to.have.property('code', code);
      expect(error.message).to.match(text);
    }
  });

  it('with checkDates: false an expired one is shown, and the server decides', async () => {
    await open();
    const expired = await authority.issue({
      names: ['old.test'],
      client: true,
      notAfter: new Date(Date.now() - 86_400_000),
    });
    secrets.addKey('key of an expired certificate', expired.key);
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, ...expired, checkDates: false });
    await new Promise<void>((resolve) =>
      socket
        .on('error', () => resolve())
        .on('end', () => resolve())
        .resume(),
    );
    expect(context()).to.include({ authmode: 2, clientcert: named('crt', expired.cert) });
  });
});
