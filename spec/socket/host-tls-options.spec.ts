import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expect } from 'chai';
import { Agent } from 'undici';
import type { ConnectOptions } from '../../lib/index.js';
import { createAuthority, createSelfSigned, type Authority, type IssuedCertificate } from '../support/certificates.js';
import { Rig, certificates, readAll, rejection } from '../support/rig.js';
import { KEY_PASSWORD, OTHER_KEY_PASSWORD } from '../support/secrets.js';

/** What became of a connection: an error's code, or what both sides know of each other. */
type Outcome = { code: string | undefined } | Record<string, unknown>;

const DAY = 86_400_000;

/** Answers a request with what the server knows of the client, and closes. */
function tell(peer: tls.TLSSocket): void {
  const { servername, alpnProtocol } = peer;
  const { subject } = peer.getPeerCertificate() as { subject?: { CN?: unknown } };
  const body = JSON.stringify({ servername, alpnProtocol, client: subject?.CN ?? null });
  peer.once('data', () => {
    peer.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
}

function seen(socket: tls.TLSSocket): Record<string, unknown> {
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  const { authorized, alpnProtocol } = socket;
  return { authorized, alpnProtocol, server: subject.CN, fingerprint256, protocol: socket.getProtocol() };
}

async function over(socket: tls.TLSSocket): Promise<Outcome> {
  const failed = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
  const done = (async () => {
    await once(socket, 'secureConnect');
    const known = seen(socket);
    socket.write('GET / HTTP/1.1\r\nHost: server.test\r\n\r\n');
    const text = (await readAll(socket)).toString();
    return { ...known, ...(JSON.parse(text.slice(text.indexOf('{'))) as object) };
  })();
  try {
    return await Promise.race([done, failed.then(([error]) => Promise.reject(error))]);
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code };
  } finally {
    socket.on('error', () => undefined).destroy();
    await Promise.allSettled([done, socket.closed || once(socket, 'close')]);
  }
}

function asked(options: https.RequestOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const outgoing = https.get({ path: '/', ...options });
    outgoing.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ code }));
    outgoing.on('response', (incoming) => {
      const known = seen(incoming.socket as tls.TLSSocket);
      void readAll(incoming).then((body) => resolve({ ...known, ...(JSON.parse(body.toString()) as object) }));
    });
  });
}

describe('TLS on the host, options', () => {
  let rig: Rig;
  let authority: Authority;
  let leaf: IssuedCertificate;
  let client: IssuedCertificate;
  let clients: Authority;

  before(async () => {
    ({ authority, leaf } = await certificates());
    clients = await createAuthority({ name: 'Of clients' });
    client = await clients.issue({ names: ['client one'], client: true });
  });

  beforeEach(async () => {
    rig = await Rig.open();
  });

  afterEach(async () => {
    await rig.close();
  });

  type Target = ConnectOptions & { host: string; port: number };

  const ways: Record<string, (options: Target) => Promise<Outcome>> = {
    connect: (options) => over(rig.modem.connect({ ...options, tls: 'host' })),
    createConnection: (options) =>
      asked({ ...options, createConnection: rig.modem.createConnection, tls: 'host' } as https.RequestOptions),
    httpsAgent: async (options) => {
      const { host, port, ...rest } = options;
      const agent = rig.modem.httpsAgent({ ...rest, tls: 'host' });
      const outcome = await asked({ host, port, agent });
      agent.destroy();
      return outcome;
    },
    connector: async ({ host, port, ...options }) => {
      const connect = rig.modem.connector({ ...options, tls: 'host' });
      const target = { hostname: host, port: String(port), protocol: 'https:' };
      const socket = new Promise<tls.TLSSocket>((resolve, reject) => {
        connect(target, (error, connected) => (error ? reject(error) : resolve(connected as tls.TLSSocket)));
      });
      try {
        const connected = await socket;
        const known = over(connected);
        // It has had its event.
        connected.emit('secureConnect');
        return await known;
      } catch (error) {
        return { code: (error as NodeJS.ErrnoException).code };
      }
    },
  };

  const lookup = (_host: string, _options: unknown, found: (error: null, all: object[]) => void) =>
    found(null, [{ address: '127.0.0.1', family: 4 }]);

  /** The same with Node's own sockets, which reach every name at this machine, and send no name unless told to. */
  const nodes = async ({ host, port, ...options }: Target, overHttp: boolean): Promise<Outcome> => {
    const settings = { servername: host, ...options, host, port, lookup } as tls.ConnectionOptions;
    try {
      if (overHttp) return await asked({ ...settings, agent: false });
      return await over(tls.connect(settings));
    } catch (error) {
      return { code: (error as NodeJS.ErrnoException).code };
    }
  };

  interface Row {
    server?: () => Promise<tls.TlsOptions> | tls.TlsOptions;
    options: () => Promise<ConnectOptions> | ConnectOptions;
    /** What is to be seen of each way: the error's code, or these facts. */
    expected: string | RegExp | (() => Record<string, unknown>);
  }

  function rows(table: Record<string, Row>): void {
    for (const [title, { server, options, expected }] of Object.entries(table)) {
      for (const [name, way] of Object.entries(ways)) {
        it(`${title}, by ${name}`, async () => {
          const port = await rig.tls(tell, await server?.());
          const target = { ca: rig.ca, host: 'server.test', ...(await options()), port } as Target;
          const overHttp = name === 'createConnection' || name === 'httpsAgent';
          const [ours, theirs] = [await way(target), await nodes(target, overHttp)];
          if (typeof expected === 'function') expect(ours).to.include(expected());
          else expect(ours).to.have.property('code').that.matches(new RegExp(expected));
          expect(ours).to.deep.equal(theirs);
        });
      }
    }
  }

  describe('the server', () => {
    const issued = async (options: object = {}) => ({
      ...(await authority.issue({ names: ['server.test'], ...options })),
    });
    rows({
      'is verified, by its chain and its name': {
        options: () => ({}),
        expected: () => ({
          authorized: true,
          server: 'server.test',
          servername: 'server.test',
          protocol: 'TLSv1.3',
          fingerprint256: fingerprint(leaf),
        }),
      },
      'of another name is refused': {
        server: () => issued({ names: ['else.test'] }),
        options: () => ({}),
        expected: 'ERR_TLS_CERT_ALTNAME_INVALID',
      },
      'of another name is let pass with rejectUnauthorized: false': {
        server: () => issued({ names: ['else.test'] }),
        options: () => ({ rejectUnauthorized: false }),
        expected: () => ({ authorized: false, server: 'else.test' }),
      },
      'of another name is refused whatever checkHostName says, which is for the module': {
        server: () => issued({ names: ['else.test'] }),
        options: () => ({ checkHostName: false }),
        expected: 'ERR_TLS_CERT_ALTNAME_INVALID',
      },
      'is verified by the name of `servername`': {
        server: () => issued({ names: ['else.test'] }),
        options: () => ({ servername: 'else.test' }),
        expected: () => ({ authorized: true, servername: 'else.test' }),
      },
      'has its address verified where there is no name': {
        server: () => issued({ names: ['else.test', '127.0.0.1'] }),
        options: () => ({ host: '127.0.0.1', servername: '' }),
        expected: () => ({ authorized: true, servername: false }),
      },
      'of another address is refused': {
        server: () => issued({ names: ['else.test', '127.0.0.2'] }),
        options: () => ({ host: '127.0.0.1', servername: '' }),
        expected: 'ERR_TLS_CERT_ALTNAME_INVALID',
      },
      'of an authority that nobody named is refused': {
        options: () => ({ ca: undefined }),
        expected: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      },
      'of another authority is refused': {
        options: () => ({ ca: clients.pem }),
        expected: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      },
      'of one of several authorities is accepted': {
        options: () => ({ ca: [clients.pem, Buffer.from(rig.ca)] }),
        expected: () => ({ authorized: true }),
      },
      'that signed itself is refused': {
        server: () => createSelfSigned({ names: ['server.test'] }),
        options: () => ({}),
        expected: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      },
      'with an expired certificate is refused, also with checkDates: false, which is for the module': {
        server: () => issued({ notAfter: new Date(Date.now() - DAY) }),
        options: () => ({ checkDates: false }),
        expected: 'CERT_HAS_EXPIRED',
      },
      'with a certificate of tomorrow is refused': {
        server: () => issued({ notBefore: new Date(Date.now() + DAY) }),
        options: () => ({}),
        expected: 'CERT_NOT_YET_VALID',
      },
      'is checked by the caller’s own function too': {
        options: () => ({
          checkServerIdentity: (name: string, { subject }: tls.PeerCertificate) =>
            Object.assign(new Error(), { code: `ERR_${name}_${String(subject.CN)}` }),
        }),
        expected: 'ERR_server.test_server.test',
      },
      'is verified by a secure context of the caller’s': {
        options: () => ({ ca: undefined, secureContext: tls.createSecureContext({ ca: rig.ca }) }),
        expected: () => ({ authorized: true }),
      },
      'with TLS 1.3 alone is spoken to': {
        server: () => ({ minVersion: 'TLSv1.3' }),
        options: () => ({}),
        expected: () => ({ protocol: 'TLSv1.3' }),
      },
      'with TLS 1.2 alone is spoken to': {
        server: () => ({ maxVersion: 'TLSv1.2' }),
        options: () => ({}),
        expected: () => ({ protocol: 'TLSv1.2' }),
      },
      'with TLS 1.2 alone is refused by minVersion': {
        server: () => ({ maxVersion: 'TLSv1.2' }),
        options: () => ({ minVersion: 'TLSv1.3' }),
        // Node's http has a request to write, which fails first.
        expected: /^(ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|EPROTO)$/,
      },
      'agrees on a protocol': {
        server: () => ({ ALPNProtocols: ['http/1.1', 'h2'] }),
        options: () => ({ ALPNProtocols: ['h2'] }),
        expected: () => ({ alpnProtocol: 'h2' }),
      },
      'refuses who offers none of its protocols': {
        server: () => ({ ALPNProtocols: ['http/1.1'] }),
        options: () => ({ ALPNProtocols: ['h2'] }),
        // Node's http has a request to write, which fails first.
        expected: /^(ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL|EPROTO)$/,
      },
    });
  });

  describe('a client certificate', () => {
    const wanted = (version: tls.SecureVersion) => () => ({
      requestCert: true,
      ca: clients.pem,
      minVersion: version,
      maxVersion: version,
    });
    const encrypted = () =>
      createPrivateKey(client.key)
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD })
        .toString();
    const accepted = () => ({ authorized: true, client: 'client one' });
    rows({
      'that is given is accepted, TLS 1.2': {
        server: wanted('TLSv1.2'),
        options: () => ({ ...client }),
        expected: accepted,
      },
      'that is given is accepted, TLS 1.3': {
        server: wanted('TLSv1.3'),
        options: () => ({ cert: Buffer.from(client.cert), key: [Buffer.from(client.key)] }),
        expected: accepted,
      },
      'that is missing is refused by the server, TLS 1.2': {
        server: wanted('TLSv1.2'),
        options: () => ({}),
        // Node's http has a request to write, which fails first.
        expected: /^(ERR_SSL_.*ALERT_HANDSHAKE_FAILURE|EPROTO)$/,
      },
      'that is missing is refused by the server, TLS 1.3': {
        server: wanted('TLSv1.3'),
        options: () => ({}),
        expected: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      },
      'of another authority is refused by the server': {
        server: wanted('TLSv1.2'),
        options: async () => ({ ...(await authority.issue({ names: ['client one'], client: true })) }),
        expected: 'ECONNRESET',
      },
      'is refused with another one’s key': {
        options: () => ({ cert: client.cert, key: leaf.key }),
        expected: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      },
      'has an encrypted key with a passphrase': {
        server: wanted('TLSv1.3'),
        options: () => ({ cert: client.cert, key: encrypted(), passphrase: KEY_PASSWORD }),
        expected: accepted,
      },
      'has an encrypted key with a passphrase beside it': {
        server: wanted('TLSv1.3'),
        options: () => ({ cert: client.cert, key: [{ pem: encrypted(), passphrase: KEY_PASSWORD }] }),
        expected: accepted,
      },
      'is refused with another passphrase': {
        options: () => ({ cert: client.cert, key: encrypted(), passphrase: OTHER_KEY_PASSWORD }),
        expected: /^ERR_OSSL_/,
      },
      'is refused without a passphrase': {
        options: () => ({ cert: client.cert, key: encrypted() }),
        expected: /^ERR_(OSSL_|MISSING_PASSPHRASE$)/,
      },
    });
  });

  it('the names of SNI pick the certificate', async () => {
    const [one, other] = [await authority.issue({ names: ['a.test'] }), await authority.issue({ names: ['b.test'] })];
    const contexts = new Map([one, other].map((issued, index) => [['a.test', 'b.test'][index], issued]));
    const port = await rig.tls(tell, {
      SNICallback: (name, found) => found(null, tls.createSecureContext(contexts.get(name.toLowerCase()) ?? {})),
    });
    for (const host of ['a.test', 'b.test', 'A.TEST', 'b.test.']) {
      const outcome = await ways['connect']?.({ host, port, ca: rig.ca });
      expect(outcome, host).to.include({ authorized: true, server: host.toLowerCase().replace(/\.$/, '') });
    }
  });

  it('HTTP/2 runs over createConnection', async () => {
    const server = http2.createSecureServer({ ...leaf });
    server.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(`${headers[':path'] ?? ''} over HTTP/2`.padEnd(30_000, '.'));
    });
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on('session', (session: http2.ServerHttp2Session) => sessions.add(session));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const options = { host: 'server.test', port, ca: rig.ca, tls: 'host', ALPNProtocols: ['h2'] } as const;
    const session = http2.connect(`https://server.test:${port}`, {
      createConnection: () => rig.modem.createConnection(options),
    });
    const bodies = ['/one', '/two', '/three'].map(async (path) => readAll(session.request({ ':path': path })));
    const texts = (await Promise.all(bodies)).map(String);
    expect(texts.map((text) => text.slice(0, text.indexOf('.')))).to.deep.equal([
      '/one over HTTP/2',
      '/two over HTTP/2',
      '/three over HTTP/2',
    ]);
    expect(texts.map(({ length }) => length)).to.deep.equal([30_000, 30_000, 30_000]);
    expect([session.encrypted, session.alpnProtocol]).to.deep.equal([true, 'h2']);
    session.close();
    await once(session, 'close');
    await rig.until(() => rig.virtual.sessions.every(({ state }) => state === 'idle'));
    for (const left of sessions) left.destroy();
    server.close();
  });

  it('HTTP/2 runs through undici', async () => {
    const server = http2.createSecureServer({ ...leaf }, (_incoming, outgoing) => outgoing.end('over HTTP/2'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const connect = rig.modem.connector({ tls: 'host', ca: rig.ca, ALPNProtocols: ['h2', 'http/1.1'] });
    const dispatcher = new Agent({ connect, allowH2: true });
    const response = await fetch(`https://server.test:${port}/`, { dispatcher } as unknown as RequestInit);
    expect(await response.text()).to.equal('over HTTP/2');
    await dispatcher.destroy();
    server.close();
  });

  it('are never thrown, and no value of a secret is said', async () => {
    const number = 4_815_162_342;
    const wrong: ConnectOptions[] = [
      { passphrase: number as never, cert: client.cert, key: client.key },
      { key: number as never },
      { key: { pem: client.key } as never, cert: 5 as never },
      { key: [{ pem: number }] as never },
      { key: [{ pem: client.key, passphrase: number }] as never },
      { cert: [number] as never },
      { pfx: number },
      { pfx: [{ buf: client.key, passphrase: number }] },
      { session: String(number) },
      { ticketKeys: String(number) },
      { ca: 5 as never },
      { checkServerIdentity: 5 },
      { secureContext: {} },
      { ciphers: 'none' },
      { minDHSize: 'x' },
      { signal: {} as never },
    ];
    for (const options of wrong) {
      for (const [name, way] of Object.entries(ways)) {
        const agentKeepsSignals = 'signal' in options && name !== 'connect' && name !== 'connector';
        if (agentKeepsSignals) continue;
        const codes: Outcome = await way({ ...options, host: 'server.test', port: 1 });
        expect(codes, `${name} ${Object.keys(options).join()}`)
          .to.have.property('code')
          .that.is.a('string');
      }
      const socket = rig.modem.connect({ host: 'server.test', port: 1, tls: 'host', ...options });
      const { message, stack } = await rejection(once(socket, 'secureConnect'));
      expect(`${message}${stack ?? ''}`).to.not.contain(String(number));
    }
    expect(rig.commands('AT+CCHOPEN=')).to.equal(0);
  });
});

function fingerprint({ cert }: IssuedCertificate): string {
  return new X509Certificate(cert).fingerprint256;
}
