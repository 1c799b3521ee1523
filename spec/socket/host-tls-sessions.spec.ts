import { once } from 'node:events';
import * as https from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import tls from 'node:tls';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { Client } from 'undici';
import type { ConnectOptions, ModemAgent } from '../../lib/index.js';
import { connectionOf } from '../../lib/socket/options.js';
import { TlsSessions, sessionKey } from '../../lib/socket/tls-sessions.js';
import { createAuthority } from '../support/certificates.js';
import { Rig, readAll, rejection, request } from '../support/rig.js';

describe('TLS on the host, sessions', () => {
  let rig: Rig;
  let port: number;

  beforeEach(async () => {
    rig = await Rig.open();
    // The answer: whether the server resumed a session.
    port = await rig.https(({ socket }, outgoing) => outgoing.end(String((socket as tls.TLSSocket).isSessionReused())));
  });

  afterEach(async () => {
    await rig.close();
  });

  const target = (options: ConnectOptions = {}) => ({
    host: 'server.test',
    port,
    ca: rig.ca,
    tls: 'host' as const,
    ...options,
  });

  /** One connection and one request over it; whether it resumed, as both sides say. */
  async function over(options: ConnectOptions = {}): Promise<boolean> {
    const socket = rig.modem.connect(target(options)) as tls.TLSSocket;
    await once(socket, 'secureConnect');
    const reused = socket.isSessionReused();
    socket.write('GET / HTTP/1.1\r\nHost: server.test\r\nConnection: close\r\n\r\n');
    const answer = (await readAll(socket)).toString();
    expect(answer.endsWith(`\r\n\r\n${reused}`) || answer.includes(`\r\n${reused}\r\n`), answer).to.equal(true);
    return reused;
  }

  const answered = async (options: https.RequestOptions) =>
    (await request({ host: 'server.test', port, path: '/', ...options })).body.toString() === 'true';

  const ways: Record<string, (options: ConnectOptions) => Promise<boolean>> = {
    'modem.connect': over,
    'modem.createConnection': (options) =>
      answered({ createConnection: rig.modem.createConnection, ...target(options) } as https.RequestOptions),
    'modem.httpsAgent': async (options) => {
      const agent = rig.modem.httpsAgent({ ...target(options), keepAlive: false });
      const reused = await answered({ agent });
      agent.destroy();
      return reused;
    },
    'modem.connector': async (options) => {
      const connect = rig.modem.connector({ tls: 'host', ca: rig.ca, ...options });
      const client = new Client(`https://server.test:${port}`, { connect });
      const { body } = await client.request({ path: '/', method: 'GET' });
      const reused = (await body.text()) === 'true';
      await client.close();
      return reused;
    },
  };

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [name, connect] of Object.entries(ways)) {
      it(`are resumed by ${name} with ${version}, also when the module was reset`, async () => {
        const options = { minVersion: version, maxVersion: version };
        expect(await connect(options)).to.equal(false);
        expect(await connect(options)).to.equal(true);
        rig.virtual.reset();
        while (rig.modem.state !== 'recovering') await once(rig.modem, 'state');
        expect(await connect(options)).to.equal(true);
      });
    }
  }

  it('are resumed by one way of connecting after another', async () => {
    // An agent offers http/1.1 to nobody, and no more does anybody here; the servername is the host's for all.
    const reused: boolean[] = [];
    for (const connect of Object.values(ways)) reused.push(await connect({}));
    expect(reused).to.deep.equal([false, true, true, true]);
  });

  it('are resumed by a second connection of one agent, whose own store stays empty', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca, tls: 'host', keepAlive: false }) as ModemAgent & {
      _sessionCache: { list: unknown[] };
    };
    expect([await answered({ agent }), await answered({ agent })]).to.deep.equal([false, true]);
    expect(agent._sessionCache.list).to.deep.equal([]);
    agent.destroy();
  });

  it('are told to those who listen for them, as with Node', async () => {
    const socket = rig.modem.connect(target()) as tls.TLSSocket;
    const [session] = (await once(socket, 'session')) as [Buffer];
    expect(session).to.be.instanceOf(Buffer);
    socket.destroy();
  });

  describe('never serve who asks for more', () => {
    it('a connection that verifies, after one that did not', async () => {
      for (const [options, code] of [
        [{ servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
        [{ ca: undefined }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ] as const) {
        await over({ ...options, rejectUnauthorized: false });
        expect((await failure({ ...options, rejectUnauthorized: true })).code).to.equal(code);
        expect((await failure(options)).code).to.equal(code);
      }
    });

    it('and whoever looks at `authorized` himself sees what the first did', async () => {
      for (const [options, expected] of [
        [{ servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
        [{ ca: undefined }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ] as const) {
        for (let count = 0; count < 3; count++) {
          const socket = rig.modem.connect(target({ ...options, rejectUnauthorized: false })) as tls.TLSSocket;
          await once(socket, 'secureConnect');
          expect([socket.authorized, socket.authorizationError, socket.isSessionReused()]).to.deep.equal([
            false,
            expected,
            false,
          ]);
          socket.write('GET / HTTP/1.1\r\nHost: server.test\r\nConnection: close\r\n\r\n');
          await readAll(socket);
        }
      }
    });

    it('a connection with other authorities', async () => {
      expect([await over(), await over()]).to.deep.equal([false, true]);
      const other = (await createAuthority()).pem;
      expect((await failure({ ca: other })).code).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      expect((await failure({ ca: undefined })).code).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      expect(await over({ ca: [rig.ca, other] })).to.equal(false);
    });

    it('a connection with another name', async () => {
      expect([await over(), await over()]).to.deep.equal([false, true]);
      expect((await failure({ servername: 'other.test' })).code).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
      expect(await over({ host: 'a.test' })).to.equal(false);
      expect(await over({ servername: 'a.test' })).to.equal(false);
      expect(await over({ servername: '' })).to.equal(false);
    });

    it('a connection that shows another certificate, or none', async () => {
      const authority = await createAuthority();
      const [one, other] = [
        await authority.issue({ names: ['one'], client: true }),
        await authority.issue({ names: ['other'], client: true }),
      ];
      const seen: unknown[] = [];
      const ask = { requestCert: true, rejectUnauthorized: false };
      const asking = await rig.tls((peer) => {
        seen.push((peer.getPeerCertificate().subject as { CN?: string } | undefined)?.CN);
        peer.end('x');
      }, ask);
      const reused: boolean[] = [];
      for (const identity of [one, one, other, {}]) {
        const socket = rig.modem.connect(target({ port: asking, ...identity })) as tls.TLSSocket;
        await once(socket, 'secureConnect');
        reused.push(socket.isSessionReused());
        await readAll(socket);
      }
      expect(reused).to.deep.equal([false, true, false, false]);
      expect(seen.slice(2)).to.deep.equal(['other', undefined]);
    });

    const others: [string, ConnectOptions][] = [
      ['versions', { minVersion: 'TLSv1.3' }],
      ['ciphers', { ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256' }],
      ['protocols', { ALPNProtocols: ['http/1.1'] }],
      ['curves', { ecdhCurve: 'P-256' }],
      ['signatures', { sigalgs: 'ecdsa_secp256r1_sha256' }],
      ['a size of Diffie-Hellman keys', { minDHSize: 4096 }],
      ['secure options', { secureOptions: 4 }],
    ];
    for (const [what, options] of others) {
      it(`a connection with other ${what}`, async () => {
        expect([await over(), await over(), await over(options)]).to.deep.equal([false, true, false]);
        expect(await over(options)).to.equal(true);
      });
    }

    const opaque: [string, () => ConnectOptions][] = [
      ['checkServerIdentity', () => ({ checkServerIdentity: () => undefined })],
      ['secureContext', () => ({ secureContext: tls.createSecureContext({ ca: rig.ca }) })],
      ['pskCallback', () => ({ pskCallback: () => null })],
      ['requestOCSP', () => ({ requestOCSP: true })],
      ['maxCachedSessions: 0', () => ({ maxCachedSessions: 0 })],
    ];
    for (const [name, make] of opaque) {
      it(`a connection with ${name}, whose own is not kept`, async () => {
        const options = make();
        expect([await over(), await over(options), await over(options), await over()]).to.deep.equal([
          false,
          false,
          false,
          true,
        ]);
      });
    }

    it('a connection that comes with a session of its own, which it resumes, and whose next is not kept', async () => {
      const other = await rig.https((_, outgoing) => outgoing.end());
      const sessions: Buffer[] = [];
      for (const from of [port, other]) {
        const socket = rig.modem.connect(target({ port: from, maxCachedSessions: 0 })) as tls.TLSSocket;
        sessions.push(...((await once(socket, 'session')) as [Buffer]));
        socket.destroy();
      }
      const [own, foreign] = sessions;
      expect([await over({ session: own }), await over({ session: foreign })]).to.deep.equal([true, false]);
      expect([await over(), await over({ session: foreign }), await over()]).to.deep.equal([false, false, true]);
    });

    it('a connection after Node’s defaults were changed', async () => {
      expect([await over(), await over()]).to.deep.equal([false, true]);
      const { DEFAULT_MIN_VERSION: version } = tls;
      tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
      try {
        expect(await over()).to.equal(false);
      } finally {
        tls.DEFAULT_MIN_VERSION = version;
      }
    });

    it('a connection after Node’s default authorities were changed', () => {
      const { getCACertificates: before } = tls as { getCACertificates?: unknown };
      const key = (options: ConnectOptions = {}) =>
        sessionKey(connectionOf({ host: 'server.test', port, tls: 'host' }), { host: 'server.test', ...options });
      const keys = [['one'], ['one'], ['one', 'more']].map((authorities) => {
        Object.assign(tls, { getCACertificates: () => authorities });
        return [key(), key({ ca: 'own' })];
      });
      if (before === undefined) Reflect.deleteProperty(tls, 'getCACertificates');
      else Object.assign(tls, { getCACertificates: before });
      const [first, same, changed] = keys;
      expect(same).to.deep.equal(first);
      expect(changed?.[0]).to.not.equal(first?.[0]);
      expect(changed?.[1]).to.equal(first?.[1]);
    });

    it('a connection after the environment has let all pass', async () => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        expect([await over({ ca: undefined }), await over({ ca: undefined })]).to.deep.equal([false, false]);
        // Left out on purpose, as Node reads it: it verifies all the same.
        const { code } = await failure({ ca: undefined, rejectUnauthorized: undefined });
        expect(code).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
        const agent = rig.modem.httpsAgent({ tls: 'host', rejectUnauthorized: undefined });
        expect(await rejection(answered({ agent }))).to.have.property('code', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
        agent.destroy();
      } finally {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      }
      expect((await failure({ ca: undefined })).code).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    });
  });

  async function failure(options: ConnectOptions): Promise<Error & { code?: string }> {
    const socket = rig.modem.connect(target(options));
    const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
    return error;
  }

  describe('go', () => {
    it('when the handshake that was to resume them fails', async () => {
      let spoil = false;
      const through = await relay((socket) => spoil && socket.destroy());
      const options = { port: through };
      expect([await over(options), await over(options)]).to.deep.equal([false, true]);
      spoil = true;
      expect((await failure(options)).code).to.equal('ECONNRESET');
      spoil = false;
      expect([await over(options), await over(options)]).to.deep.equal([false, true]);
    });

    it('when the server refuses them after the client’s side of the handshake is done, or a new one', async () => {
      const fronts: Socket[] = [];
      const through = await relay((socket) => fronts.push(socket));
      for (const resumed of [false, true]) {
        if (resumed) expect(await over({ port: through })).to.equal(false);
        const socket = rig.modem.connect(target({ port: through })) as tls.TLSSocket;
        await once(socket, 'secureConnect');
        expect(socket.isSessionReused()).to.equal(resumed);
        // A server that resumes gives no new session.
        if (!resumed) await once(socket, 'session');
        const failed = once(socket, 'error') as Promise<[Error & { code?: string }]>;
        fronts.at(-1)?.write('this is no TLS at all');
        expect((await failed)[0].code).to.match(/^ERR_SSL_/);
      }
      expect(await over({ port: through })).to.equal(false);
    });

    it('not when there was no handshake', async () => {
      expect(await over()).to.equal(false);
      const controller = new AbortController();
      const aborted = failure({ signal: controller.signal });
      controller.abort();
      expect((await aborted).code).to.equal('ABORT_ERR');
      expect(await over()).to.equal(true);
    });

    it('the least recently used first, when there are more than a hundred', () => {
      const sessions = new TlsSessions();
      for (let index = 0; index < 100; index++) sessions.keep(String(index), Buffer.of(index));
      expect(sessions.find('0')).to.deep.equal(Buffer.of(0));
      sessions.keep('one more', Buffer.of(100));
      expect([sessions.find('0'), sessions.find('1'), sessions.find('2')]).to.deep.equal([
        Buffer.of(0),
        undefined,
        Buffer.of(2),
      ]);
    });

    it('unless another has taken their place', () => {
      const sessions = new TlsSessions();
      const [old, fresh] = [Buffer.of(1), Buffer.of(2)];
      sessions.keep('key', old);
      sessions.keep('key', fresh);
      sessions.forget('key', old);
      expect(sessions.find('key')).to.equal(fresh);
      sessions.forget('key', undefined);
      sessions.forget('key', fresh);
      expect(sessions.find('key')).to.equal(undefined);
    });
  });

  it('show nothing of themselves', () => {
    const sessions = new TlsSessions();
    sessions.keep('key', Buffer.from('a master secret'));
    expect(inspect(sessions, { showHidden: true, depth: 10 })).to.equal('TlsSessions {}');
  });

  /** A TCP server before the HTTPS server; `meddle` gets each connection first. Its port. */
  async function relay(meddle: (socket: Socket) => unknown): Promise<number> {
    return rig.tcp((socket) => {
      meddle(socket);
      if (socket.destroyed) return;
      const behind = connectTcp({ port, host: '127.0.0.1' }).on('error', () => undefined);
      socket.pipe(behind).pipe(socket);
      socket.on('close', () => behind.destroy());
    });
  }
});
