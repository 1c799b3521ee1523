import { expect } from 'chai';
import { createPrivateKey } from 'node:crypto';

import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { cleanUp, type Host } from './host.js';
import { configure, result, serve, upload } from './tls-host.js';
import { KEY_PASSWORD } from '../support/secrets.js';

/** What a key of the context names: no file, the right one, another one of its kind, or one that was deleted since. */
type File = 'no' | 'right' | 'wrong' | 'deleted';
type Files = [cacert: File, clientcert: File, clientkey: File];

describe('virtual modem: who authenticates whom', () => {
  let authority: Authority;
  let other: Authority;
  let server: IssuedCertificate;
  let device: IssuedCertificate;
  let stranger: IssuedCertificate;

  before(async () => {
    authority = await createAuthority();
    other = await createAuthority();
    server = await authority.issue({ names: ['example.org'] });
    device = await authority.issue({ names: ['device-1'], client: true });
    stranger = await other.issue({ names: ['device-1'], client: true });
  });
  afterEach(cleanUp);

  /** A server that wants a certificate of its clients, or none. */
  const serving = (clients: 'anyone' | 'devices', options: VirtualModemOptions = {}) =>
    serve({ ...server, ...(clients === 'devices' && { requestCert: true, ca: authority.pem }) }, options);

  const contents = {
    cacert: () => ({ right: authority.pem, wrong: other.pem }),
    clientcert: () => ({ right: device.cert, wrong: stranger.cert }),
    clientkey: () => ({ right: device.key, wrong: stranger.key }),
  };

  async function store(host: Host, key: keyof typeof contents, file: File): Promise<void> {
    if (file === 'no') return;
    const name = `${key}.pem`;
    await upload(host, name, contents[key]()[file === 'wrong' ? 'wrong' : 'right']);
    await configure(host, { [key]: name });
    if (file === 'deleted') await host.asks(`AT+CCERTDELE="${name}"`, '\r\nOK\r\n');
  }

  const cases: [authmode: number, clients: 'anyone' | 'devices', Files, expected: number][] = [
    // authmode 0 verifies nothing and shows nothing, also with files set.
    [0, 'anyone', ['no', 'no', 'no'], 0],
    [0, 'anyone', ['wrong', 'no', 'no'], 0],
    [0, 'anyone', ['deleted', 'no', 'no'], 0],
    [0, 'devices', ['no', 'no', 'no'], 15],
    [0, 'devices', ['right', 'right', 'right'], 15],
    // 1 verifies the server.
    [1, 'anyone', ['right', 'no', 'no'], 0],
    [1, 'anyone', ['wrong', 'no', 'no'], 15],
    [1, 'anyone', ['no', 'no', 'no'], 19],
    [1, 'anyone', ['deleted', 'no', 'no'], 19],
    [1, 'devices', ['right', 'right', 'right'], 15],
    // 2 verifies the server and shows a certificate.
    [2, 'devices', ['right', 'right', 'right'], 0],
    [2, 'anyone', ['right', 'right', 'right'], 0],
    [2, 'devices', ['wrong', 'right', 'right'], 15],
    [2, 'devices', ['right', 'wrong', 'wrong'], 15],
    [2, 'devices', ['right', 'right', 'wrong'], 15],
    [2, 'devices', ['no', 'right', 'right'], 19],
    [2, 'devices', ['right', 'no', 'right'], 19],
    [2, 'devices', ['right', 'right', 'no'], 19],
    [2, 'devices', ['deleted', 'right', 'right'], 19],
    [2, 'devices', ['right', 'deleted', 'right'], 19],
    [2, 'devices', ['right', 'right', 'deleted'], 19],
    // 3 shows a certificate and verifies nothing.
    [3, 'devices', ['no', 'right', 'right'], 0],
    [3, 'devices', ['wrong', 'right', 'right'], 0],
    [3, 'devices', ['no', 'wrong', 'wrong'], 15],
    [3, 'devices', ['no', 'wrong', 'right'], 15],
    [3, 'devices', ['no', 'no', 'right'], 19],
    [3, 'devices', ['no', 'right', 'no'], 19],
    [3, 'devices', ['no', 'deleted', 'right'], 19],
    [3, 'devices', ['no', 'right', 'deleted'], 19],
  ];
  for (const [authmode, clients, [ca, cert, key], expected] of cases) {
    it(`authmode ${authmode}, a server for ${clients}; ${ca} CA, ${cert} certificate, ${key} key: ${expected}`, async () => {
      const { host } = await serving(clients);
      await store(host, 'cacert', ca);
      await store(host, 'clientcert', cert);
      await store(host, 'clientkey', key);
      await configure(host, { authmode });
      expect(await result(host)).to.equal(expected);
    });
  }

  it('tells of a refused client only later under TLS 1.3, whose handshake is over by then', async () => {
    const { host } = await serving('devices', { profile: 'sim767x' });
    await host.asks('AT+CCHOPEN=0,"example.org",443,2', '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
    await host.finds(/^\r\n\+CCH_(PEER_CLOSED: 0|RECV_CLOSED: 0,4)\r\n/);
  });

  describe('the password of the key', () => {
    type Encoding = 'pem' | 'der';
    const encrypted = (format: Encoding) =>
      createPrivateKey(device.key).export({
        type: 'pkcs8',
        format,
        cipher: 'aes-256-cbc',
        passphrase: KEY_PASSWORD,
      } as never) as string | Buffer;

    /** A context with the device's certificate and its encrypted key. */
    async function locked(options: VirtualModemOptions = {}, format: Encoding = 'pem') {
      const made = await serving('devices', options);
      await upload(made.host, 'crt.pem', device.cert);
      await upload(made.host, `key.${format}`, encrypted(format));
      await configure(made.host, { authmode: 3, clientcert: 'crt.pem', clientkey: `key.${format}` });
      return made;
    }

    for (const format of ['pem', 'der'] as const) {
      for (const [keypwd, expected] of [
        [undefined, 15],
        ['wrong', 15],
        [KEY_PASSWORD, 0],
      ] as const) {
        it(`${keypwd ?? 'none'}, for a key in ${format.toUpperCase()}: ${expected}`, async () => {
          const { host } = await locked({}, format);
          if (keypwd !== undefined) await configure(host, { keypwd });
          expect(await result(host)).to.equal(expected);
        });
      }
    }

    // On A76 and 767 a file holds it (field note 4); versions as in the manual: see the spec of TLS 1.3 above.
    for (const profile of ['a76xx', 'sim767x'] as const) {
      for (const [content, expected] of [
        [KEY_PASSWORD, 0],
        [`${KEY_PASSWORD}\n`, 0],
        [`${KEY_PASSWORD}\r\n`, 0],
        ['wrong', 15],
        [`${KEY_PASSWORD}\n\n`, 15],
      ] as const) {
        it(`in a file that holds ${JSON.stringify(content)}, ${profile}: ${expected}`, async () => {
          const { host } = await locked({ profile, versions: 'manual' });
          await upload(host, 'word.pem', content);
          await configure(host, { password: 'word.pem' });
          expect(await result(host)).to.equal(expected);
        });
      }

      it(`in a file that is deleted by then, ${profile}: 19`, async () => {
        const { host } = await locked({ profile, versions: 'manual' });
        expect(await result(host)).to.equal(15);
        await upload(host, 'word.pem', KEY_PASSWORD);
        await configure(host, { password: 'word.pem' });
        await host.asks('AT+CCERTDELE="word.pem"', '\r\nOK\r\n');
        expect(await result(host)).to.equal(19);
        await configure(host, { authmode: 0 });
        expect(await result(host)).to.equal(15);
      });
    }
  });
});
