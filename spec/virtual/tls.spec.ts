import { expect } from 'chai';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import sinon from 'sinon';

import { createAuthority, createSelfSigned, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { afterwards, cleanUp, started, tcpServer } from './host.js';
import { configure, result, serve, tlsServer, upload } from './tls-host.js';

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

  it('verifies the server by its authority, and carries bytes', async () => {
    const { modem, host } = await serve(identity);
    await upload(host, 'ca.pem', authority.pem);
    await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 0 });
    await host.asks('AT+CCHOPEN=0,"example.org",443,2', '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
    await host.asks('AT+CCHSEND=0,5', '\r\n> ');
    host.sends('hello');
    await host.hears('\r\nOK\r\n\r\n+CCHEVENT: 0, RECV EVENT\r\n');
    await host.asks('AT+CCHRECV=0', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,5\r\nhello\r\n\r\n+CCHRECV: 0,0\r\n');
    expect(modem.brokenRules).to.be.empty;
  });

  it('tells of a server that ends with the last word of the handshake', async () => {
    const server = tls.createServer({ ...identity }, (socket) => void socket.on('error', () => undefined).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterwards(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const { host } = await started({ clock: 'host', hosts: { 'example.org': `127.0.0.1:${port}` } });
    await host.asks('AT+CCHOPEN=0,"example.org",443,2', '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
    await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
  });

  it('connects in plain TCP where the client type says so, whatever the context', async () => {
    const { port, peer } = await tcpServer();
    const { host } = await started();
    await configure(host, { authmode: 1 });
    // Without a client type it is TLS (F1003).
    await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port}`, '\r\nOK\r\n\r\n+CCHOPEN: 0,19\r\n');
    await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
    (await peer()).write('plain');
    await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
  });

  describe('the chain', () => {
    it('follows it over an authority in between, of either kind of key', async () => {
      const root = await createAuthority({ algorithm: 'rsa-2048' });
      const middle = await root.issueAuthority({ algorithm: 'ecdsa-p384' });
      const leaf = await middle.issue({ names: ['example.org'], algorithm: 'ecdsa-p256' });
      const { host } = await serve({ key: leaf.key, cert: leaf.cert + middle.pem });
      await upload(host, 'ca.pem', root.pem);
      await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 0 });
      expect(await result(host)).to.equal(0);
      await upload(host, 'ca.pem', authority.pem);
      expect(await result(host)).to.equal(15);
    });

    it('trusts a self-signed certificate that is its own CA file, and takes DER', async () => {
      const own = await createSelfSigned({ names: ['example.org'] });
      const { host } = await serve(own);
      await upload(host, 'ca.der', Buffer.from(own.cert.replace(/-----[^-]+-----|\s/g, ''), 'base64'));
      await configure(host, { authmode: 1, cacert: 'ca.der', ignorelocaltime: 0 });
      expect(await result(host)).to.equal(0);
    });

    it('is content with one of several authorities', async () => {
      const { host } = await serve(identity);
      await upload(host, 'ca.pem', other.pem + authority.pem);
      await configure(host, { authmode: 1, cacert: 'ca.pem' });
      expect(await result(host)).to.equal(0);
    });

    it('refuses a CA file that is none', async () => {
      const { host } = await serve(identity);
      await upload(host, 'ca.pem', 'no certificate');
      await configure(host, { authmode: 1, cacert: 'ca.pem' });
      expect(await result(host)).to.equal(15);
    });
  });

  describe('dates, by the clock of the module', () => {
    let dated: IssuedCertificate;
    let root: Authority;
    before(async () => {
      root = await createAuthority({ notBefore: new Date('2020-01-01'), notAfter: new Date('2040-01-01') });
      const [notBefore, notAfter] = [new Date('2026-01-01'), new Date('2027-01-01')];
      dated = await root.issue({ names: ['example.org'], notBefore, notAfter });
    });

    for (const [when, clock, ignored, expected] of [
      ['while it is valid', '26/06/01,00:00:00+00', 0, 0],
      ['in the last hour, by the zone of the clock', '27/01/01,01:30:00+08', 0, 0],
      ['after it', '27/01/01,01:30:00+00', 0, 15],
      ['before it', '25/12/31,23:00:00+00', 0, 15],
      ['after it, dates ignored', '27/01/01,01:30:00+00', 1, 0],
      ['before it, dates ignored', '25/12/31,23:00:00+00', 1, 0],
    ] as const) {
      it(`answers ${expected} ${when}`, async () => {
        const { host } = await serve(dated);
        await upload(host, 'ca.pem', root.pem);
        await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: ignored });
        await host.asks(`AT+CCLK="${clock}"`, '\r\nOK\r\n');
        expect(await result(host)).to.equal(expected);
      });
    }

    it('refuses every date until somebody has set the clock', async () => {
      const { host } = await serve(dated, { clock: 'unset' });
      await upload(host, 'ca.pem', root.pem);
      await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 0 });
      expect(await result(host)).to.equal(15);
    });

    it('refuses an expired certificate of another authority with dates ignored', async () => {
      const expired = await authority.issue({ names: ['example.org'], notAfter: new Date(Date.now() - DAY / 2) });
      const { host } = await serve(expired);
      await upload(host, 'ca.pem', other.pem);
      await configure(host, { authmode: 1, cacert: 'ca.pem', ignorelocaltime: 1 });
      expect(await result(host)).to.equal(15);
    });
  });

  describe('the name of the server', () => {
    const names: [
      text: string,
      names: string[],
      profile: 'manual' | 'a76xx' | 'sim767x',
      ignored: 0 | 1,
      number: 0 | 15,
    ][] = [
      ['is checked by no 7600', ['elsewhere.example'], 'manual', 0, 0],
      ['is checked by no A76', ['elsewhere.example'], 'a76xx', 0, 0],
      ['is that of the certificate', ['example.org'], 'sim767x', 0, 0],
      ['is one of those of the certificate', ['elsewhere.example', 'EXAMPLE.org'], 'sim767x', 0, 0],
      ['is not that of the certificate', ['elsewhere.example'], 'sim767x', 0, 15],
      ['is not looked at where ignorecertCN is 1', ['elsewhere.example'], 'sim767x', 1, 0],
    ];
    for (const [text, of, profile, ignored, expected] of names) {
      it(`${text}: ${expected}`, async () => {
        const { host } = await serve(await authority.issue({ names: of }), { profile });
        await upload(host, 'ca.pem', authority.pem);
        await configure(host, { authmode: 1, cacert: 'ca.pem', ...(ignored === 1 ? { ignorecertCN: 1 } : {}) });
        expect(await result(host)).to.equal(expected);
        await configure(host, { authmode: 0 });
        expect(await result(host)).to.equal(0);
      });
    }

    it('may be an address', async () => {
      const { host, port } = await serve(await authority.issue({ names: ['127.0.0.1'] }), { profile: 'sim767x' });
      await upload(host, 'ca.pem', authority.pem);
      await configure(host, { authmode: 1, cacert: 'ca.pem' });
      expect(await result(host, '127.0.0.1', { port })).to.equal(0);
      expect(await result(host)).to.equal(15);
    });

    it('may end in a dot', async () => {
      const { host } = await serve(identity, { profile: 'sim767x' });
      await upload(host, 'ca.pem', authority.pem);
      await configure(host, { authmode: 1, cacert: 'ca.pem' });
      expect(await result(host, 'example.org.')).to.equal(0);
    });
  });

  describe('SNI', () => {
    it('is off by default, and is never an address', async () => {
      const { host, names, port } = await serve(identity);
      expect(await result(host)).to.equal(0);
      await configure(host, { enableSNI: 1 });
      expect(await result(host)).to.equal(0);
      expect(await result(host, 'Example.org.')).to.equal(0);
      expect(await result(host, '127.0.0.1', { port })).to.equal(0);
      expect(names).to.deep.equal([false, 'example.org', 'Example.org', false]);
    });

    it('fails at a server that wants a name that it knows', async () => {
      const secureContext = tls.createSecureContext(identity);
      const { host, port } = await serve({
        SNICallback: (name, done) => done(name === 'example.org' ? null : new Error('unknown'), secureContext),
      });
      expect(await result(host)).to.equal(15);
      await configure(host, { enableSNI: 1 });
      expect(await result(host)).to.equal(0);
      expect(await result(host, '127.0.0.1', { port })).to.equal(15);
    });

    it('is refused where the server does not know it', async () => {
      const { host } = await serve({ ...identity, SNICallback: (_, done) => done(new Error('unknown')) });
      expect(await result(host)).to.equal(0);
      await configure(host, { enableSNI: 1 });
      expect(await result(host)).to.equal(15);
    });
  });

  it('answers 5 when the handshake takes longer than negotiatetime', async () => {
    const { port, peer } = await tcpServer();
    const { host } = await started({ hosts: { 'example.org': `127.0.0.1:${port}` } });
    await configure(host, { negotiatetime: 10 });
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    afterwards(() => clock.restore());
    for (const seconds of [10, 300]) {
      if (seconds === 300) await configure(host, { negotiatetime: 300 });
      host.sends('AT+CCHOPEN=0,"example.org",443,2\r');
      await host.hears('\r\nOK\r\n');
      await once(await peer(), 'data');
      clock.tick(seconds * 1000 - 1);
      await host.hearsNothing();
      clock.tick(1);
      await host.hears('\r\n+CCHOPEN: 0,5\r\n');
    }
  });

  describe('which context', () => {
    /** Context 1 and 5 need a CA that is not there: 19 tells them from context 0. */
    async function twoContexts() {
      const { port } = await tlsServer(identity);
      const { host } = await started({ hosts: { 'example.org': `127.0.0.1:${port}` } });
      for (const context of [1, 5]) await configure(host, { authmode: 1 }, context);
      return host;
    }

    it('is that of the session’s own number by default', async () => {
      const host = await twoContexts();
      expect(await result(host, 'example.org', { session: 0 })).to.equal(0);
      expect(await result(host, 'example.org', { session: 1 })).to.equal(19);
    });

    for (const command of ['AT+CCHSSLCFG=0,5', 'AT+CCHCFG="sslctx",0,5']) {
      it(`is the one that ${command} chose, until the next end`, async () => {
        const host = await twoContexts();
        await host.asks(command, '\r\nOK\r\n');
        expect(await result(host)).to.equal(19);
        expect(await result(host)).to.equal(0);
        await configure(host, { authmode: 0 }, 5);
        await configure(host, { authmode: 1 }, 0);
        await host.asks(command, '\r\nOK\r\n');
        expect(await result(host)).to.equal(0);
        expect(await result(host)).to.equal(19);
      });
    }
  });
});
