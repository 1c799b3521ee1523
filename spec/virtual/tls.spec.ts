import { expect } from 'chai';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls, { type TlsOptions } from 'node:tls';
import sinon from 'sinon';

import type { VirtualModemOptions } from '../../lib/virtual/index.js';
import { createAuthority, createSelfSigned, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { afterwards, cleanUp, started, tcpServer, type Host } from './host.js';

const DAY = 86_400_000;

describe('virtual modem: sessions over TLS', () => {
  let authority: Authority;
  let other: Authority;
  let identity: IssuedCertificate;

  before(async () => {
    authority = await createAuthority();
    other = await createAuthority();
    identity = await authority.issue({ names: ['example.org'] });
  });
  afterEach(cleanUp);

  /** A TLS server that echoes, and a started modem which knows it as `example.org`. */
  async function serve(options: TlsOptions = {}, modemOptions: VirtualModemOptions = {}) {
    const names: (string | false | null)[] = [];
    const server = tls.createServer({ ...identity, ...options }, (socket) => {
      names.push(socket.servername);
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    afterwards(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const hosts = { 'example.org': `127.0.0.1:${port}` };
    return { ...(await started({ clock: 'host', hosts, ...modemOptions })), names };
  }

  async function upload(host: Host, name: string, content: string | Buffer): Promise<void> {
    await host.asks(`AT+CCERTDOWN="${name}",${Buffer.byteLength(content)}`, '\r\n> ');
    host.sends(content);
    await host.hears('\r\nOK\r\n');
  }

  async function configure(host: Host, settings: Record<string, string | number>, context = 0): Promise<void> {
    for (const [key, value] of Object.entries(settings)) {
      const text = typeof value === 'string' && !value.startsWith('0x') ? `"${value}"` : value;
      await host.asks(`AT+CSSLCFG="${key}",${context},${text}`, '\r\nOK\r\n');
    }
  }

  async function opens(host: Host, result: number): Promise<void> {
    await host.asks('AT+CCHOPEN=0,"example.org",443,2', `\r\nOK\r\n\r\n+CCHOPEN: 0,${result}\r\n`);
  }

  it('verifies the server by its authority, and carries bytes', async () => {
    const { modem, host } = await serve();
    await upload(host, 'ca.pem', authority.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 0 });
    await opens(host, 0);
    await host.asks('AT+CCHSEND=0,5', '\r\n> ');
    host.sends('hello');
    await host.hears('\r\nOK\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n');
    await host.asks('AT+CCHRECV=0', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,5\r\nhello\r\n\r\n+CCHRECV: 0,0\r\n');
    expect(modem.brokenRules).to.be.empty;
  });

  it('verifies nothing by default, also when a CA is set', async () => {
    const { host } = await serve();
    await upload(host, 'ca.pem', other.pem);
    await configure(host, { cacert: 'ca.pem' });
    await opens(host, 0);
  });

  it('refuses a server of another authority', async () => {
    const { host } = await serve();
    await upload(host, 'ca.pem', other.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem' });
    await opens(host, 15);
    await upload(host, 'ca.pem', other.pem + authority.pem);
    await opens(host, 0);
  });

  it('refuses an expired certificate by its own clock, and only where dates matter', async () => {
    const expired = await authority.issue({ names: ['example.org'], notAfter: new Date(Date.now() - DAY / 2) });
    const { modem, host } = await serve(expired);
    await upload(host, 'ca.pem', authority.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 0 });
    await opens(host, 15);
    modem.clock = new Date(Date.now() - 0.75 * DAY);
    await opens(host, 0);
    await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    modem.clock = new Date('1980-01-06');
    await opens(host, 15);
    await configure(host, { ignorelocaltime: 1 });
    await opens(host, 0);
  });

  it('refuses an expired certificate of another authority with dates ignored', async () => {
    const expired = await authority.issue({ names: ['example.org'], notAfter: new Date(Date.now() - DAY / 2) });
    const { host } = await serve(expired);
    await upload(host, 'ca.pem', other.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 1 });
    await opens(host, 15);
  });

  it('checks no host names', async () => {
    const elsewhere = await authority.issue({ names: ['elsewhere.example'] });
    const { host } = await serve(elsewhere);
    await upload(host, 'ca.pem', authority.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem' });
    await opens(host, 0);
  });

  it('follows a chain over an authority in between, of either kind of key', async () => {
    const root = await createAuthority({ algorithm: 'rsa-2048' });
    const middle = await root.issueAuthority({ algorithm: 'ecdsa-p384' });
    const leaf = await middle.issue({ names: ['example.org'], algorithm: 'ecdsa-p256' });
    const { host } = await serve({ key: leaf.key, cert: leaf.cert + middle.cert });
    await upload(host, 'ca.pem', root.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 0 });
    await opens(host, 0);
    await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    await upload(host, 'ca.pem', authority.pem);
    await opens(host, 15);
  });

  it('trusts a self-signed certificate that is its own CA file, and takes DER', async () => {
    const own = await createSelfSigned({ names: ['example.org'] });
    const { host } = await serve(own);
    const der = Buffer.from(own.cert.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    await upload(host, 'ca.der', der);
    await configure(host, { authmode: 1, cacert: 'ca.der', ignorelocaltime: 0 });
    await opens(host, 0);
  });

  it('answers 19 when a file that the mode needs is not set, or was deleted', async () => {
    const { host } = await serve();
    await configure(host, { authmode: 1 });
    await opens(host, 19);
    await upload(host, 'ca.pem', authority.pem);
    await configure(host, { cacert: 'ca.pem' });
    await opens(host, 0);
    await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    await host.asks('AT+CCERTDELE="ca.pem"', '\r\nOK\r\n');
    await opens(host, 19);
  });

  it('sends no SNI unless told, which some servers refuse', async () => {
    const secureContext = tls.createSecureContext(identity);
    const { host, names } = await serve({
      SNICallback: (name, done) => done(name === 'example.org' ? null : new Error('unknown'), secureContext),
    });
    await opens(host, 0);
    await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    await configure(host, { enableSNI: 1 });
    await opens(host, 0);
    expect(names).to.deep.equal([false, 'example.org']);
  });

  it('fails where the server wants SNI and gets none', async () => {
    const { host } = await serve({ cert: undefined, key: undefined });
    await opens(host, 15);
  });

  it('presents a client certificate, its key encrypted', async () => {
    const { cert, key } = await authority.issue({ names: ['device-1'], usage: ['client'] });
    const encrypted = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'hush',
    });
    const { host } = await serve({ requestCert: true, rejectUnauthorized: true, ca: authority.pem });
    await upload(host, 'crt.pem', cert);
    await upload(host, 'key.pem', encrypted);
    await configure(host, { authmode: 3, clientcert: 'crt.pem', clientkey: 'key.pem' });
    await opens(host, 15);
    await configure(host, { keypwd: 'wrong' });
    await opens(host, 15);
    await configure(host, { keypwd: 'hush' });
    await opens(host, 0);
    await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    await configure(host, { authmode: 0 });
    await opens(host, 15);
    await upload(host, 'key.pem', (await authority.issue({ names: ['device-2'] })).key);
    await configure(host, { authmode: 3 });
    await opens(host, 15);
  });

  it('keeps to its versions', async () => {
    const { host } = await serve({ minVersion: 'TLSv1.2' });
    for (const [version, result] of [
      [0, 15],
      [1, 15],
      [2, 15],
      [3, 0],
      [4, 0],
    ] as const) {
      await configure(host, { sslversion: version });
      await opens(host, result);
      if (result === 0) await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    }
    await cleanUp();
    const old = await serve({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await configure(old.host, { sslversion: 3 });
    await opens(old.host, 15);
    await configure(old.host, { sslversion: 1 });
    await opens(old.host, 0);
    await old.host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    await configure(old.host, { sslversion: 2 });
    await opens(old.host, 0);
  });

  it('keeps to its one cipher suite', async () => {
    const rsa = await authority.issue({ names: ['example.org'], algorithm: 'rsa-2048' });
    const { host } = await serve({ ...rsa, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA' });
    await configure(host, { ciphersuites: '0x002F' });
    await opens(host, 0);
    await cleanUp();
    const strict = await serve({ ...rsa, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
    await opens(strict.host, 0);
    await strict.host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    await configure(strict.host, { ciphersuites: '0x002F' });
    await opens(strict.host, 15);
  });

  it('uses the context that was chosen for the session', async () => {
    const { host } = await serve();
    await configure(host, { authmode: 1 }, 5);
    await host.asks('AT+CCHSSLCFG=0,5', '\r\nOK\r\n');
    await opens(host, 19);
    await opens(host, 0);
  });

  it('answers 5 when the handshake takes too long', async () => {
    const { port, peer } = await tcpServer();
    const { host } = await started({ hosts: { 'example.org': `127.0.0.1:${port}` } });
    await configure(host, { negotiatetime: 10 });
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    afterwards(() => clock.restore());
    host.sends('AT+CCHOPEN=0,"example.org",443,2\r');
    await host.hears('\r\nOK\r\n');
    await once(await peer(), 'data');
    clock.tick(9_999);
    await host.hearsNothing();
    clock.tick(1);
    await host.hears('\r\n+CCHOPEN: 0,5\r\n');
  });
});
