import { once } from 'node:events';
import { rootCertificates } from 'node:tls';
import { expect } from 'chai';
import type { ConnectOptions, ModemError } from '../../lib/index.js';
import { createAuthority } from '../support/certificates.js';
import { Rig, rejection, request } from '../support/rig.js';

describe('errors of connections', () => {
  let rig: Rig;
  let port: number;

  before(async () => {
    rig = await Rig.open();
    port = await rig.https((incoming, outgoing) => {
      incoming.resume();
      outgoing.end('fine');
    });
  });

  after(async () => {
    await rig.close();
  });

  afterEach('the next request works', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    expect((await request({ host: 'server.test', port, path: '/', agent })).body.toString()).to.equal('fine');
    agent.destroy();
  });

  async function failure(options: ConnectOptions): Promise<ModemError> {
    const socket = rig.modem.connect(options);
    const [error] = (await once(socket, 'error')) as [ModemError];
    if (!socket.closed) await once(socket, 'close');
    return error;
  }

  it('ENOTFOUND for a name that does not exist, in the shape of Node’s', async () => {
    const error = await failure({ host: 'nowhere.test', port, ca: rig.ca });
    expect(error).to.include({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'nowhere.test' });
    expect(error.cause).to.include({ code: 'ERR_MODEM_RESULT' });
  });

  it('ECONNREFUSED where nobody listens, in the shape of Node’s', async () => {
    const error = await failure({ host: 'server.test', port: 1, ca: rig.ca });
    expect(error).to.include({ code: 'ECONNREFUSED', syscall: 'connect', address: 'server.test', port: 1 });
  });

  it('EPROTO for a server under another authority', async () => {
    const other = await createAuthority();
    const error = await failure({ host: 'server.test', port, ca: other.pem });
    expect(error.code).to.equal('EPROTO');
    expect(error.message).to.contain("tls: 'host'");
  });

  it('EPROTO for an expired certificate of another authority although dates are ignored', async () => {
    const other = await createAuthority();
    const old = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
    const expired = await other.issue({ names: ['server.test'], ...old });
    const expiredPort = await rig.tls((socket) => socket.end('never'), expired);
    const host = { host: 'server.test', port: expiredPort };
    expect((await failure({ ...host, ca: rig.ca, checkDates: false })).code).to.equal('EPROTO');
    expect((await failure({ ...host, ca: other.pem })).code).to.equal('EPROTO');
    const accepted = rig.modem.connect({ ...host, ca: other.pem, checkDates: false });
    const [data] = (await once(accepted, 'data')) as [Buffer];
    expect(data.toString()).to.equal('never');
    expect(accepted.authorized).to.equal(true);
  });

  it('ERR_MODEM_CA_REQUIRED without ca, with what to paste', async () => {
    const error = await failure({ host: 'server.test', port });
    expect(error.code).to.equal('ERR_MODEM_CA_REQUIRED');
    for (const option of ["tls: 'host'", 'ca:', 'rejectUnauthorized: false']) expect(error.message).to.contain(option);
  });

  it('ERR_MODEM_HOSTNAME_UNCHECKED for a public root, unless checkHostName is false', async () => {
    const ca = rootCertificates[0] ?? '';
    const error = await failure({ host: 'server.test', port, ca });
    expect(error.code).to.equal('ERR_MODEM_HOSTNAME_UNCHECKED');
    expect(error.message).to.contain('checkHostName: false');
    expect((await failure({ host: 'server.test', port, ca: [rig.ca, ca] })).code).to.equal(
      'ERR_MODEM_HOSTNAME_UNCHECKED',
    );
    expect((await failure({ host: 'server.test', port, ca, checkHostName: false })).code).to.equal('EPROTO');
  });

  it('opens an unverified connection only when told to, and says so', async () => {
    const socket = rig.modem.connect({ host: 'server.test', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    expect(socket.authorized).to.equal(false);
    expect(socket.authorizationError).to.be.a('string');
    socket.destroy();
  });

  it('ERR_INVALID_ARG_VALUE for a host with a quote or a line end; nothing is written', async () => {
    const before = rig.modem.statistics.commands;
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    const quoted = await rejection(request({ host: 'a"b', port, path: '/', agent }));
    expect(quoted.code).to.equal('ERR_INVALID_ARG_VALUE');
    for (const host of ['a\r\nAT+CRESET', 'a\rb', 'a\nb', 'a\0b', '', 'x'.repeat(257)]) {
      expect((await failure({ host, port, ca: rig.ca })).code, JSON.stringify(host)).to.equal('ERR_INVALID_ARG_VALUE');
    }
    expect(rig.modem.statistics.commands).to.equal(before);
    agent.destroy();
  });

  it('never throws on option values: the socket emits what is wrong', async () => {
    const wrong: [ConnectOptions, string][] = [
      [{ host: '::1', port: 443 }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test' }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'https://server.test', port }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, signal: 'x' as never }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, ca: 5 as never }, 'ERR_MODEM_CERTIFICATE'],
      [{ host: 'server.test', port, ca: rig.ca, checkHostName: true }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port: 0 }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port: 65536 }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, tls: 'yes' as never }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, ca: 'nonsense' }, 'ERR_MODEM_CERTIFICATE'],
      [{ host: 'server.test', port, ca: rig.ca, servername: 'other.test' }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, minVersion: 'TLSv1.3' }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, ciphers: 'AES256-SHA' }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, cert: 'x', key: 'y' }, 'ERR_MODEM_CERTIFICATE'],
      [{ host: 'server.test', port, ca: rig.ca, checkServerIdentity: () => undefined }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, ALPNProtocols: ['h2'] }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, socketPath: '/tmp/x' }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, connectTimeout: -1 }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port: 80, ca: rig.ca, protocol: 'http:' }, 'ERR_MODEM_UNSUPPORTED'],
      [{ host: 'server.test', port, ca: rig.ca, highWaterMark: -1 }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, ca: rig.ca, linger: 'long' as never }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, ca: rig.ca, servername: 5 as never }, 'ERR_INVALID_ARG_VALUE'],
      [{ host: 'server.test', port, tls: 'host', minVersion: 'nonsense' as never }, 'ERR_TLS_INVALID_PROTOCOL_VERSION'],
    ];
    for (const [options, code] of wrong) {
      expect((await failure(options)).code, JSON.stringify(options)).to.equal(code);
    }
    expect(() => rig.modem.connect(undefined as never))
      .to.throw()
      .with.property('code', 'ERR_INVALID_ARG_VALUE');
  });

  it('takes a path given as ca for what it probably is', async () => {
    expect((await failure({ host: 'server.test', port, ca: 'certs/ca.pem' })).message).to.contain('readFileSync');
  });

  it('takes https.request without an agent and a port to mean port 443, with either TLS', async () => {
    for (const tls of ['modem', 'host'] as const) {
      const createConnection = (options: object) => rig.modem.connect({ ...options, tls });
      const error = await rejection(request({ host: 'server.test', path: '/', ca: rig.ca, createConnection }));
      expect(error).to.include({ code: 'ECONNREFUSED', port: 443 });
    }
  });

  it('takes undefined and null for options that were left out', async () => {
    const socket = rig.modem.connect({
      host: 'server.test',
      port,
      ca: rig.ca,
      tls: undefined,
      cert: null,
      sslContext: null as never,
      highWaterMark: null as never,
      socketPath: null,
      ALPNProtocols: null,
      servername: 'SERVER.test.',
      connectTimeout: undefined,
    });
    await once(socket, 'secureConnect');
    socket.destroy();
  });

  it('takes a servername of null for left out', async () => {
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, servername: null as never });
    await once(socket, 'secureConnect');
    socket.destroy();
  });

  it('aborts by signal while it connects', async () => {
    const controller = new AbortController();
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, signal: controller.signal });
    controller.abort();
    const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
    expect(error.code).to.equal('ABORT_ERR');
  });
});
