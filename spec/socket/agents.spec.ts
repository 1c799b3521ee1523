import { expect } from 'chai';
import { Rig, readAll, rejection, request } from '../support/rig.js';
import type { IncomingMessage, ServerResponse } from 'node:http';

describe('agents', () => {
  let rig: Rig;
  let port: number;
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    void readAll(incoming).then(() => outgoing.end(`${incoming.headers.host ?? ''}${incoming.url ?? ''}`));
  };

  beforeEach(async () => {
    rig = await Rig.open();
    port = await rig.https(answer);
  });

  afterEach(async () => {
    await rig.close();
  });

  it('finish nine requests to three origins at once', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    const hosts = ['a.test', 'b.test', 'c.test', 'a.test', 'b.test', 'c.test', 'a.test', 'b.test', 'c.test'];
    const bodies = await Promise.all(
      hosts.map(async (host, index) => (await request({ host, port, path: `/${index}`, agent })).body.toString()),
    );
    expect(bodies).to.deep.equal(hosts.map((host, index) => `${host}:${port}/${index}`));
    agent.destroy();
  });

  it('let three origins have two sessions one after another, the third without waiting', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    for (const host of ['a.test', 'b.test']) await request({ host, port, path: '/', agent });
    const started = performance.now();
    await request({ host: 'c.test', port, path: '/', agent });
    // The others are idle for 60 s.
    expect(performance.now() - started).to.be.below(10_000);
    expect(rig.commands('AT+CCHOPEN=')).to.equal(3);
    agent.destroy();
  });

  it('close an idle socket of one agent for a request of another, and for a bare connect', async () => {
    const first = rig.modem.httpsAgent({ ca: rig.ca });
    const second = rig.modem.httpsAgent({ ca: rig.ca });
    await request({ host: 'a.test', port, path: '/', agent: first });
    await request({ host: 'b.test', port, path: '/', agent: first });
    await request({ host: 'c.test', port, path: '/', agent: second });
    const socket = rig.modem.connect({ host: 'a.test', port, ca: rig.ca, connectTimeout: 10_000 });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.destroy();
    first.destroy();
    second.destroy();
  });

  it('let a request have the second session while another of its origin is busy', async () => {
    // Neither is answered before both have come.
    const busy: ServerResponse[] = [];
    const slow = await rig.https((_, outgoing) => {
      if (busy.push(outgoing) === 2) for (const each of busy) each.end('slow');
    });
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    await request({ host: 'b.test', port, path: '/', agent });
    const long = request({ host: 'a.test', port: slow, path: '/long', agent });
    const other = request({ host: 'a.test', port: slow, path: '/other', agent });
    const bodies = (await Promise.all([long, other])).map(({ body }) => body.toString());
    expect(bodies).to.deep.equal(['slow', 'slow']);
    agent.destroy();
  });

  it('let a request to a third origin have the session of the first that is done', async () => {
    // Not answered before the third is.
    let release = (): void => undefined;
    const slow = await rig.https((_, outgoing) => void (release = () => outgoing.end('slow')));
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    const done: string[] = [];
    const note = (name: string) => () => void done.push(name);
    await Promise.all([
      request({ host: 'a.test', port: slow, path: '/1', agent }).then(note('long')),
      request({ host: 'b.test', port, path: '/', agent }).then(note('b')),
      request({ host: 'c.test', port, path: '/', agent })
        .then(note('c'))
        .then(() => release()),
    ]);
    expect(done).to.deep.equal(['b', 'c', 'long']);
    agent.destroy();
  });

  it('close one idle socket, not both, for one that waits', async () => {
    const first = rig.modem.httpsAgent({ ca: rig.ca });
    const second = rig.modem.httpsAgent({ ca: rig.ca });
    await request({ host: 'a.test', port, path: '/', agent: first });
    await request({ host: 'b.test', port, path: '/', agent: first });
    const kept = first.freeSockets[Object.keys(first.freeSockets).find((name) => name.startsWith('b.test')) ?? '']?.[0];
    await request({ host: 'c.test', port, path: '/', agent: second });
    expect(kept?.destroyed).to.equal(false);
    await request({ host: 'b.test', port, path: '/', agent: first });
    expect(rig.commands('AT+CCHOPEN=')).to.equal(3);
    first.destroy();
    second.destroy();
  });

  it('take options that are undefined for left out', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca, keepAlive: undefined, maxTotalSockets: undefined });
    for (const path of ['/1', '/2']) await request({ host: 'a.test', port, path, agent });
    expect(rig.commands('AT+CCHOPEN=')).to.equal(1);
    expect(agent.maxTotalSockets).to.equal(2);
    agent.destroy();
  });

  it('keep a socket that is idle for idleTimeout, then close it', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca, idleTimeout: 50 });
    const closed = new Promise<void>((resolve) => {
      agent.on('free', (socket: NodeJS.EventEmitter) => socket.once('close', resolve));
    });
    await request({ host: 'a.test', port, path: '/', agent });
    await closed;
    agent.destroy();
  });

  it('tell a request that waits behind maxTotalSockets what is wrong with its options', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca, maxTotalSockets: 1 });
    const first = request({ host: 'a.test', port, path: '/', agent });
    const queued = [
      rejection(request({ host: 'nowhere.test', port, path: '/', agent })),
      rejection(request({ host: 'bad"host', port, path: '/', agent })),
    ];
    await first;
    expect((await Promise.all(queued)).map(({ code }) => code)).to.deep.equal(['ENOTFOUND', 'ERR_INVALID_ARG_VALUE']);
    expect((await request({ host: 'b.test', port, path: '/next', agent })).body.toString()).to.contain('/next');
    agent.destroy();
  });

  it('obey maxSockets and a request that is aborted while it waits', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca, maxSockets: 1 });
    const controller = new AbortController();
    const aborted = rejection(request({ host: 'a.test', port, path: '/', agent, signal: controller.signal }));
    const other = request({ host: 'a.test', port, path: '/other', agent });
    controller.abort();
    expect((await aborted).name).to.equal('AbortError');
    expect((await other).body.toString()).to.contain('/other');
    agent.destroy();
  });

  it('forget a socket that the server closes while it is idle', async () => {
    const closing = await rig.https(({ socket }, outgoing) => {
      outgoing.end('bye');
      setTimeout(() => socket.end(), 20);
    });
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    const kept = new Promise<void>((resolve) => {
      agent.on('free', (socket: NodeJS.EventEmitter) => socket.once('close', resolve));
    });
    await request({ host: 'a.test', port: closing, path: '/', agent });
    await kept;
    expect(Object.keys(agent.freeSockets)).to.deep.equal([]);
    expect((await request({ host: 'a.test', port: closing, path: '/', agent })).body.toString()).to.equal('bye');
    agent.destroy();
  });

  it('share sessions in host TLS as in the module’s', async () => {
    const agent = rig.modem.httpsAgent({ ca: rig.ca, tls: 'host' });
    const other = rig.modem.httpsAgent({ ca: rig.ca });
    for (const host of ['a.test', 'b.test', 'c.test']) await request({ host, port, path: '/', agent });
    for (const host of ['a.test', 'b.test', 'c.test']) await request({ host, port, path: '/', agent: other });
    expect(rig.commands('AT+CCHOPEN=')).to.equal(6);
    agent.destroy();
    other.destroy();
  });

  it('pass the errors of host TLS on, and the next request works', async () => {
    const agent = rig.modem.httpsAgent({ tls: 'host' });
    expect((await rejection(request({ host: 'a.test', port, path: '/', agent }))).code).to.match(/^(UNABLE|SELF)_/);
    expect((await rejection(request({ host: 'nowhere.test', port, path: '/', agent }))).code).to.equal('ENOTFOUND');
    expect((await rejection(request({ host: 'a.test', port: 1, path: '/', agent }))).code).to.equal('ECONNREFUSED');
    expect((await request({ host: 'a.test', port, path: '/x', agent, ca: rig.ca })).body.toString()).to.contain('/x');
    agent.destroy();
  });
});
