import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import * as https from 'node:https';
import tls from 'node:tls';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { ConnectOptions, ModemAgent } from '../../lib/index.js';
import { createAuthority, type IssuedCertificate } from '../support/certificates.js';
import { Rig, readAll, rejection, request } from '../support/rig.js';
import { KEY_PASSWORD, OTHER_KEY_PASSWORD, secrets } from '../support/secrets.js';
import { until } from '../support/turn.js';

/** Everything that `inspect` can be made to show. */
const ALL = { depth: 10, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null } as const;

describe('TLS on the host, secrets', () => {
  let rig: Rig;
  let port: number;
  let identity: IssuedCertificate;
  let key: string;

  before(async () => {
    const authority = await createAuthority();
    identity = await authority.issue({ names: ['client'], client: true });
    key = createPrivateKey(identity.key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD })
      .toString();
    secrets.addKey('encrypted key of a client', key, KEY_PASSWORD);
  });

  beforeEach(async () => {
    rig = await Rig.open();
    port = await rig.https((_, outgoing) => outgoing.end('x'));
  });

  afterEach(async () => {
    await rig.close();
  });

  const options = (more: ConnectOptions = {}): ConnectOptions => ({
    ca: rig.ca,
    tls: 'host',
    cert: identity.cert,
    key,
    passphrase: KEY_PASSWORD,
    ...more,
  });

  /** That nothing secret can be read from what is inspected; returns what is shown of it. */
  function shown(value: unknown, how: object = ALL): string {
    const text = inspect(value, how);
    expect(secrets.find(text), text.slice(0, 2000)).to.equal(undefined);
    return text;
  }

  it('the search finds them in options', () => {
    for (const secret of ['key', 'passphrase'] as const) {
      expect(secrets.find(inspect({ [secret]: options()[secret] }, ALL))).to.be.a('string');
    }
  });

  it('are in no socket, whatever its state, nor in its parts', async () => {
    for (const more of [{}, { key: [{ pem: key, passphrase: KEY_PASSWORD }], passphrase: undefined }]) {
      const socket = rig.modem.connect({ host: 'server.test', port, ...options(more) }) as tls.TLSSocket;
      expect(shown(socket)).to.equal(
        `TLSSocket { connecting server.test:${port}, tls: 'host', authorized: false, destroyed: false }`,
      );
      await once(socket, 'connect');
      expect(shown(socket)).to.contain('{ handshake server.test');
      await once(socket, 'secureConnect');
      expect(shown({ socket })).to.contain('{ open server.test').and.contain('authorized: true');
      // Also where its own way of showing itself is passed over.
      shown(socket, { ...ALL, customInspect: false, depth: 6 });
      const parts = Reflect.ownKeys(socket).map((name) => (socket as unknown as Record<PropertyKey, unknown>)[name]);
      for (const part of parts) if (part !== socket) shown(part, { ...ALL, depth: 6 });
      socket.destroy();
      await once(socket, 'close');
      expect(shown(socket)).to.contain('{ closed server.test').and.contain('destroyed: true');
    }
  });

  it('are in no agent, its sockets and its requests, whether they are sent, wait or are over', async () => {
    const agent = rig.modem.httpsAgent({ ...options(), maxTotalSockets: 1 });
    const requests = ['a.test', 'b.test'].map((host) => https.get({ host, port, path: '/', agent }));
    const responses = requests.map(async (outgoing) => {
      const [incoming] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
      await readAll(incoming);
    });
    expect(inspect(agent)).to.equal('ModemAgent { https: sockets: 1, idle: 0, waiting requests: 1 }');
    const views = () => [agent, agent.options, agent.sockets, agent.freeSockets, agent.requests, requests, { agent }];
    for (const view of views()) shown(view);
    await Promise.all(responses);
    await until(() => Object.keys(agent.freeSockets).length === 1);
    for (const view of views()) shown(view);
    expect(inspect(agent)).to.equal('ModemAgent { https: sockets: 1, idle: 1, waiting requests: 0 }');
    expect(inspect(agent.options)).to.contain("key: '<not shown>'").and.contain("tls: 'host'");
    agent.destroy();
  });

  it('are in no request with options of its own', async () => {
    const agent = rig.modem.httpsAgent({ maxTotalSockets: 1 });
    const target = { host: 'a.test', port, path: '/', agent, ...(options() as object) };
    const [first, second] = [request(target), https.get({ ...target, host: 'b.test' })];
    shown([agent, agent.sockets, agent.requests, second]);
    await first;
    const [incoming] = (await once(second, 'response')) as [AsyncIterable<Buffer>];
    shown([agent, agent.sockets, agent.requests, second]);
    await readAll(incoming);
    agent.destroy();
  });

  it('are in no connector', () => {
    shown(rig.modem.connector(options()));
  });

  it('are in no error, thrown or emitted', async () => {
    const silent = await rig.tcp((peer) => void peer.once('data', () => peer.end()));
    const trouble: [ConnectOptions, RegExp][] = [
      [{ passphrase: OTHER_KEY_PASSWORD }, /^ERR_OSSL/],
      [{ passphrase: undefined }, /^ERR_(OSSL|MISSING)/],
      [{ cert: rig.ca }, /^ERR_OSSL_X509_KEY_VALUES_MISMATCH$/],
      [{ key: { pem: key, passphrase: KEY_PASSWORD } as never, passphrase: [KEY_PASSWORD] as never }, /^ERR_INVALID/],
      [{ key: [[key]] as never }, /^ERR_INVALID_ARG_VALUE$/],
      [{ servername: 'other.test' }, /^ERR_TLS_CERT_ALTNAME_INVALID$/],
      [{ ca: undefined }, /^UNABLE_TO_VERIFY/],
      [{ host: 'nowhere.test' }, /^ENOTFOUND$/],
      [{ port: silent }, /^ECONNRESET$/],
      [{ port: 1 }, /^ECONNREFUSED$/],
    ];
    for (const [more, code] of trouble) {
      const socket = rig.modem.connect({ host: 'server.test', port, ...options(more) });
      const error = await rejection(once(socket, 'secureConnect'));
      expect(error.code).to.match(code);
      shown(error);
      shown(socket);
      const agent = rig.modem.httpsAgent(options(more));
      shown(await rejection(request({ host: 'server.test', port, path: '/', ...target(more), agent })));
      agent.destroy();
    }
  });

  describe('the name that an agent gives to sockets', () => {
    const base = { host: 'a.test', port: 443 };
    let agent: ModemAgent;

    beforeEach(() => {
      agent = rig.modem.httpsAgent({ tls: 'host' });
    });

    const name = (more: object = {}) => agent.getName({ ...base, ...more });

    it('begins with host and port, and shows nothing that is given as an option', () => {
      expect(name()).to.match(/^a\.test:443::[0-9a-f]{64}$/);
      const text = name({
        ...options(),
        pfx: Buffer.from('a container of keys'),
        session: Buffer.from('a master secret'),
      });
      expect(text).to.match(/^a\.test:443::[0-9a-f]{64}$/);
      expect(agent.getName()).to.match(/^localhost:::[0-9a-f]{64}$/);
    });

    it('is another one for each option that bears on trust', () => {
      const [one, other] = [() => undefined, () => undefined];
      const different: object[] = [
        {},
        ...[rig.ca, [rig.ca], [rig.ca, identity.cert], [rig.ca + identity.cert]].map((ca) => ({ ca })),
        { cert: identity.cert },
        ...[
          identity.key,
          key,
          [key],
          [{ pem: key }],
          [{ pem: key, passphrase: 'one' }],
          [{ pem: key, passphrase: 'other' }],
        ].map((given) => ({ key: given })),
        ...['one', 'other'].map((passphrase) => ({ key, passphrase })),
        ...[Buffer.of(1), Buffer.of(2), Buffer.of(1, 2)].map((pfx) => ({ pfx })),
        ...[['h2'], ['http/1.1'], ['h2', 'http/1.1'], ['h2http/1.1']].map((ALPNProtocols) => ({ ALPNProtocols })),
        ...[true, false].map((rejectUnauthorized) => ({ rejectUnauthorized })),
        ...[true, false].map((checkDates) => ({ checkDates })),
        ...[true, false].map((checkHostName) => ({ checkHostName })),
        ...['modem', 'host', false].map((way) => ({ tls: way })),
        ...[0, 1].map((sslContext) => ({ sslContext })),
        ...['AES128-SHA', 'AES256-SHA'].map((ciphers) => ({ ciphers })),
        ...['TLSv1.2', 'TLSv1.3'].flatMap((version) => [{ minVersion: version }, { maxVersion: version }]),
        ...['', 'b.test'].map((servername) => ({ servername })),
        ...[one, other].map((checkServerIdentity) => ({ checkServerIdentity })),
        ...[one, other].map((pskCallback) => ({ pskCallback })),
        ...[1, 2].map(() => ({ secureContext: tls.createSecureContext() })),
        ...['crl', 'dhparam', 'ecdhCurve', 'sigalgs', 'secureProtocol', 'sessionIdContext'].map((option) => ({
          [option]: 'x',
        })),
        ...['clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier'].map((option) => ({ [option]: 'x' })),
        ...['secureOptions', 'minDHSize', 'sessionTimeout'].map((option) => ({ [option]: 2048 })),
        ...['honorCipherOrder', 'requestOCSP', 'allowPartialTrustChain'].map((option) => ({ [option]: true })),
        { ticketKeys: Buffer.alloc(48) },
      ];
      const names = different.map((more) => name(more));
      expect(new Set(names).size).to.equal(different.length);
      // And the same one each time.
      expect(different.map((more) => name(more))).to.deep.equal(names);
    });

    it('is the same for what makes no difference', () => {
      const same: [object, object][] = [
        [{}, { ca: undefined, key: null, servername: undefined }],
        [{}, { servername: 'a.test' }],
        [{}, { path: '/', method: 'PUT', headers: { a: 'b' }, timeout: 5, agent, connectTimeout: 5 }],
        [{ key: [{ pem: key, passphrase: 'x' }] }, { key: [{ passphrase: 'x', pem: key }] }],
        [{ ca: rig.ca }, { ca: Buffer.from(rig.ca) }],
        [{ host: '127.0.0.1' }, { host: '127.0.0.1', servername: '' }],
      ];
      for (const [one, other] of same) expect(name(one)).to.equal(name(other));
    });

    it('never throws, since an agent asks for it where nobody can catch', () => {
      const endless: unknown[] = [];
      endless.push(endless);
      const bare = Object.create(null) as object;
      const strange: unknown[] = [endless, bare, { a: bare, b: bare }, Symbol('x'), 5n, new Map(), new Date(NaN)];
      for (const value of strange) expect(name({ ca: value, key: [value], servername: value })).to.be.a('string');
    });
  });

  function target({ host, port: other }: ConnectOptions): { host?: string; port?: number } {
    return { ...(host ? { host } : {}), ...(typeof other === 'number' ? { port: other } : {}) };
  }
});
