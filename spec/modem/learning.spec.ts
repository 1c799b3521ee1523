import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { expect } from 'chai';
import type { ConnectOptions, Learned, ModemSocket } from '../../lib/index.js';
import { createAuthority, type Authority } from '../support/certificates.js';
import { ended, startNodeWith } from '../support/programs.js';
import { Rig, rejection, type RigOptions } from '../support/rig.js';

const LEARNED = { host: 'server.test', ca: 'learn', checkHostName: false } as const;

describe('a root that is learned of a server', () => {
  let rig: Rig;
  let folder: string;
  let root: Authority;
  let intermediate: Authority;

  before(async () => {
    root = await createAuthority({ name: 'Root' });
    intermediate = await root.issueAuthority({ name: 'Intermediate' });
    folder = await mkdtemp(join(tmpdir(), 'modem-tls-'));
  });

  after(() => rm(folder, { recursive: true }));

  afterEach(async () => {
    await rig.close();
  });

  async function open(options: RigOptions['modem'] = {}): Promise<Learned[]> {
    rig = await Rig.open({ modem: options });
    const events: Learned[] = [];
    rig.modem.on('learned', (event) => events.push(event));
    return events;
  }

  /** A server whose chain ends in `authority`, through an intermediate if there is one. */
  async function serve(authority: Authority, options: { names?: string[]; below?: Authority } = {}): Promise<number> {
    const { below, names = ['server.test'] } = options;
    const { cert, key } = await (below ?? authority).issue({ names });
    return rig.tls((socket) => void socket.resume(), { cert: cert + (below?.pem ?? ''), key });
  }

  async function connect(options: ConnectOptions): Promise<ModemSocket> {
    const socket = rig.modem.connect(options) as ModemSocket;
    await once(socket, 'secureConnect');
    socket.destroy();
    await once(socket, 'close');
    return socket;
  }

  async function fail(options: ConnectOptions): Promise<Error & { code?: string }> {
    const [error] = (await once(rig.modem.connect(options), 'error')) as [Error & { code?: string }];
    return error;
  }

  const opens = () =>
    rig.virtual.log.filter(({ text }) => text.startsWith('AT+CCHOPEN=')).map(({ text }) => text.slice(-1));

  it('is that of the verified chain, stored on the module, told by an event and by the answer', async () => {
    const events = await open();
    const port = await serve(root, { below: intermediate });
    const learned = await rig.modem.certificates.learn('server.test', port, { ca: root.pem });
    expect(learned.certificate.toString()).to.equal(root.pem);
    expect(rig.virtual.files.get(learned.name)?.toString()).to.equal(root.pem);
    expect(events.map(({ host, old }) => ({ host, old }))).to.deep.equal([{ host: 'server.test', old: undefined }]);
    expect(events[0]?.new.fingerprint256).to.equal(new X509Certificate(root.pem).fingerprint256);
    // One TCP session for the handshake, then the module's own TLS.
    await connect({ ...LEARNED, port });
    await connect({ ...LEARNED, port });
    expect(opens()).to.deep.equal(['1', '2', '2']);
  });

  it('is learned in a handshake of its own, where others resume: a resumed one shows no chain', async () => {
    await open();
    const port = await serve(root, { below: intermediate });
    const options = { host: 'server.test', port, tls: 'host', ca: root.pem } as const;
    const first = rig.modem.connect(options);
    await once(first, 'session');
    first.destroy();
    const second = rig.modem.connect(options);
    await once(second, 'secureConnect');
    expect((second as tls.TLSSocket).isSessionReused()).to.equal(true);
    second.destroy();
    const learned = await rig.modem.certificates.learn('server.test', port, { ca: root.pem });
    expect(learned.certificate.toString()).to.equal(root.pem);
  });

  it('is refused where Node refuses the chain, or the name', async () => {
    const events = await open();
    const stranger = await createAuthority({ name: 'Stranger' });
    const { certificates } = rig.modem;
    const unknown = await serve(stranger);
    expect(await rejection(certificates.learn('server.test', unknown, { ca: root.pem }))).to.have.property(
      'code',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
    const misnamed = await serve(root, { names: ['other.test'] });
    expect(await rejection(certificates.learn('server.test', misnamed, { ca: root.pem }))).to.have.property(
      'code',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    // Without `ca` Node's own roots count, and none of these is among them.
    const port = await serve(root);
    const error = await fail({ ...LEARNED, port });
    expect(error).to.have.property('code', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(error.message).to.contain('while the root of').and.to.contain('{ ca }');
    expect(events).to.deep.equal([]);
    expect(rig.virtual.files.size).to.equal(0);
  });

  it('serves one host and port only', async () => {
    await open();
    const [one, other] = [await serve(root), await serve(root)];
    await rig.modem.certificates.learn('server.test', one, { ca: root.pem });
    await connect({ ...LEARNED, host: 'SERVER.test.', port: one });
    expect(await fail({ ...LEARNED, port: other })).to.have.property('code', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('needs checkHostName: false, since nobody checks the name later on', async () => {
    await open();
    const before = rig.virtual.log.length;
    const error = await fail({ host: 'server.test', port: 1, ca: 'learn' });
    expect(error).to.have.property('code', 'ERR_MODEM_HOSTNAME_UNCHECKED');
    expect(error.message).to.contain("tls: 'host'").and.to.contain('checkHostName: false');
    expect(rig.virtual.log.length).to.equal(before);
  });

  it('is at the top of the authorities that were given, also where one below it was given', async () => {
    await open();
    const port = await serve(root, { below: intermediate });
    const learned = await rig.modem.certificates.learn('server.test', port, { ca: [intermediate.pem, root.pem] });
    expect(learned.certificate.toString()).to.equal(root.pem);
    await connect({ ...LEARNED, port });
  });

  it('is verified whatever the environment says', async () => {
    const events = await open();
    const misnamed = await serve(root, { names: ['other.test'] });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const learning = rig.modem.certificates.learn('server.test', misnamed, { ca: root.pem });
      expect(await rejection(learning)).to.have.property('code', 'ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(events).to.deep.equal([]);
  });

  it('of one server is used while another’s is waited for', async () => {
    await open();
    const silent = await rig.tcp(() => undefined);
    const port = await serve(root);
    await rig.modem.certificates.learn('server.test', port, { ca: root.pem });
    const abort = new AbortController();
    const waiting = rejection(rig.modem.certificates.learn('server.test', silent, { signal: abort.signal }));
    await rig.until(() => rig.virtual.sessions.some((session) => session.state === 'open'));
    await connect({ ...LEARNED, port });
    abort.abort();
    expect(await waiting).to.have.property('code', 'ABORT_ERR');
  });

  it('that does not come in time is what the error is about', async () => {
    await open();
    const silent = await rig.tcp(() => undefined);
    const error = await fail({ ...LEARNED, port: silent, connectTimeout: 200 });
    expect(error).to.have.property('code', 'ETIMEDOUT');
    expect(error.message).to.contain('the root of the server was not learned').and.not.to.contain('came free');
  });

  it('that has expired is not asked of the user as his ca', async () => {
    const path = join(folder, 'expired.json');
    const expired = await createAuthority({ name: 'Expired', notAfter: new Date(Date.now() - 86_400_000) });
    await open({ learnedRoots: path });
    const port = await serve(root);
    const known = (verifiedBy: string) => ({
      roots: { [`server.test:${port}`]: { certificate: expired.pem, verifiedBy, learned: '2020-01-01T00:00:00Z' } },
    });
    await writeFile(path, JSON.stringify(known('given')));
    const error = await fail({ ...LEARNED, port });
    expect(error).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
    expect(error.message).to.contain('The root that was learned').and.to.contain('modem.certificates.learn');
    await rig.close();
    // One that Node had verified is learned anew by itself; here Node knows no root of that server.
    await open({ learnedRoots: path });
    await writeFile(path, JSON.stringify(known('node')).replace(/:\d+"/, `:${await serve(root)}"`));
    const again = Number(/:(\d+)"/.exec(await readFile(path, 'utf8'))?.[1]);
    expect(await fail({ ...LEARNED, port: again })).to.have.property('code', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is written beside what other programs have learned meanwhile, for nobody else to read or write', async () => {
    const path = join(folder, 'shared.json');
    await open({ learnedRoots: path });
    const [one, two] = [await serve(root), await serve(root)];
    await rig.modem.certificates.learn('server.test', one, { ca: root.pem });
    const theirs = JSON.parse(await readFile(path, 'utf8')) as { roots: Record<string, unknown> };
    theirs.roots['elsewhere.test:443'] = theirs.roots[`server.test:${one}`];
    await writeFile(path, JSON.stringify(theirs));
    await rig.modem.certificates.learn('server.test', two, { ca: root.pem });
    const { roots } = JSON.parse(await readFile(path, 'utf8')) as typeof theirs;
    expect(Object.keys(roots)).to.have.members([`server.test:${one}`, 'elsewhere.test:443', `server.test:${two}`]);
    expect((await stat(path)).mode & 0o077).to.equal(0);
  });

  it('does not go with a context that the user has set up', async () => {
    await open();
    const error = await fail({ ...LEARNED, checkHostName: undefined, port: 1, sslContext: 5 });
    expect(error).to.have.property('code', 'ERR_MODEM_UNSUPPORTED');
    expect(error.message).to.contain("'ca'");
  });

  it('is kept in a file, which another program reads', async () => {
    const path = join(folder, 'roots.json');
    await open({ learnedRoots: path });
    const port = await serve(root);
    await rig.modem.certificates.learn('server.test', port, { ca: root.pem });
    await rig.modem.close();
    const { Modem } = await import('../../lib/index.js');
    const modem = await Modem.open({ stream: rig.virtual.attach(), learnedRoots: path });
    const from = rig.virtual.log.length;
    await once(modem.connect({ ...LEARNED, port }), 'secureConnect');
    const said = rig.virtual.log.slice(from).map(({ text }) => text);
    expect(said.filter((text) => text.startsWith('AT+CCHOPEN='))).to.have.length(1);
    expect(JSON.parse(await readFile(path, 'utf8'))).to.have.nested.property(
      `roots.server\\.test:${port}.verifiedBy`,
      'given',
    );
    await modem.close();
  });

  it('is not taken from a file that holds something else', async () => {
    const path = join(folder, 'damaged.json');
    await open({ learnedRoots: path });
    for (const content of ['{"roots":{"server.test:1":{"certificate":"-----BEGIN', '{}', '']) {
      await writeFile(path, content);
      const error = await fail({ ...LEARNED, port: 1 });
      expect(error, content).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
      expect(error.message).to.contain(path);
    }
    expect(opens()).to.deep.equal([]);
  });

  it('is not learned, with no handshake, where it could not be kept', async () => {
    await open({ learnedRoots: join(folder, 'nowhere', 'roots.json') });
    const port = await serve(root);
    const error = await rejection(rig.modem.certificates.learn('server.test', port, { ca: root.pem }));
    expect(error).to.have.property('code', 'ERR_MODEM_CERTIFICATE');
    expect(error.message).to.contain('nowhere').and.to.contain('cannot be written');
    expect(opens()).to.deep.equal([]);
    const misspelt = rig.modem.certificates.learn('server.test', port, { cas: root.pem } as never);
    expect((await rejection(misspelt)).message).to.contain("Did you mean 'ca'?");
  });

  it('that was verified against given authorities is never learned anew against Node’s', async () => {
    const events = await open();
    const successor = await createAuthority({ name: 'Successor' });
    const [before, after] = await Promise.all(
      [root, successor].map((authority) => authority.issue({ names: ['server.test'] })),
    );
    const server = tls.createServer({ ...before }, (socket) => void socket.on('error', () => undefined).resume());
    const port = await rig.listen(server);
    await rig.modem.certificates.learn('server.test', port, { ca: root.pem });
    await connect({ ...LEARNED, port });
    server.setSecureContext({ ...after });
    const error = await fail({ ...LEARNED, port });
    expect(error).to.have.property('code', 'EPROTO');
    expect(error.message).to.match(/\(1\) Learned root: .*modem\.certificates\.learn\(\)/);
    expect(opens(), 'no TCP session behind the failure').to.deep.equal(['1', '2', '2']);
    expect(events).to.have.length(1);
  });

  it('is learned anew once when it gives 15 later on, and the event tells old and new', async () => {
    await open();
    // What Node trusts is fixed when a process starts.
    const path = join(folder, 'extra.pem');
    const successor = await createAuthority({ name: 'Successor' });
    await writeFile(path, root.pem + successor.pem);
    const leaves = await Promise.all(
      [root, successor, root].map((authority) => authority.issue({ names: ['server.test'] })),
    );
    await writeFile(join(folder, 'leaves.json'), JSON.stringify(leaves));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: path };
    const child = await ended(startNodeWith(env, 'spec/support/learning-program.ts', join(folder, 'leaves.json')));
    expect(child.code, child.stderr).to.equal(0);
    const lines = child.stdout.trim().split('\n');
    expect(lines).to.deep.equal([
      'learned: nothing → Root',
      'leaf 0: connected',
      'learned: Root → Successor',
      'leaf 1: connected',
      'leaf 2: EPROTO',
      'opens: 1 2 2 1 2 2',
    ]);
  });

  it('that a server has moved from is learned anew by the first connect of a program that has just started', async () => {
    await open();
    const path = join(folder, 'extra.pem');
    const roots = join(folder, 'moved.json');
    const successor = await createAuthority({ name: 'Successor' });
    await writeFile(path, root.pem + successor.pem);
    const leaves = join(folder, 'moved-leaves.json');
    await writeFile(leaves, JSON.stringify([await successor.issue({ names: ['server.test'] })]));
    const known = { certificate: root.pem, verifiedBy: 'node', learned: '2026-01-01T00:00:00Z' };
    await writeFile(roots, JSON.stringify({ roots: { 'server.test:PORT': known } }));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: path };
    const program = startNodeWith(env, 'spec/support/learning-program.ts', leaves, roots, root.pem);
    const child = await ended(program);
    expect(child.code, child.stderr).to.equal(0);
    // The file is written anew first, since it might have been damaged.
    expect(child.stdout.trim().split('\n')).to.deep.equal([
      'learned: Root → Successor',
      'leaf 0: connected',
      'opens: 2 2 1 2',
    ]);
  });
});
