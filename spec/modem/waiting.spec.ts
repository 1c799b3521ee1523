import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { Modem, type ModemError } from '../../lib/index.js';
import { VirtualModem } from '../../lib/virtual/index.js';
import { LineFilter } from '../support/line-filter.js';
import { Rig, rejection, request } from '../support/rig.js';
import { turn } from '../support/turn.js';

describe('nobody waits for what will not come', () => {
  describe('opening, while the module does not tell whether its service has started', () => {
    let virtual: VirtualModem;
    let stream: Duplex;
    let opening: Promise<Modem>;
    let controller: AbortController;

    beforeEach(async () => {
      controller = new AbortController();
      let asked = false;
      const started = new Promise<void>((resolve) => {
        virtual = new VirtualModem({
          faults: { loseEvents: (line) => line.startsWith('+CCHSTART') },
          log: ({ text }) => {
            asked ||= text === 'AT+CCHSTART';
            if (asked && text === 'OK') resolve();
          },
        });
      });
      stream = virtual.attach();
      opening = Modem.open({ stream, signal: controller.signal });
      await started;
      await turn();
    });

    afterEach(async () => {
      await virtual.close();
    });

    it('ends when the port is lost', async () => {
      stream.destroy();
      expect((await rejection(opening)).message).to.contain('port');
    });

    it('ends when it is aborted', async () => {
      controller.abort();
      expect(await rejection(opening)).to.include({ code: 'ABORT_ERR', name: 'AbortError' });
    });

    it('begins anew when the module restarts', async () => {
      virtual.faults.loseEvents = undefined;
      virtual.reset();
      const modem = await opening;
      expect(modem.state).to.equal('ready');
      await modem.close();
    });
  });

  it('opening that is aborted before a port is open says so', async () => {
    const error = await rejection(Modem.open({ path: 'tcp://127.0.0.1:1', signal: AbortSignal.abort() }));
    expect(error.code).to.equal('ABORT_ERR');
  });

  it('takes null for an option that was left out', async () => {
    const rig = await Rig.open({ modem: { path: null, apn: null, pin: null, profile: null } as never });
    expect(rig.modem.state).to.equal('ready');
    await rig.close();
  });
});

describe('a connect whose AT+CCHOPEN was not yet written', () => {
  it('waits, and starts over, when the module is found to be gone', async () => {
    let deaf = false;
    const hooks = { toHost: (chunk: Buffer) => (deaf ? Buffer.alloc(0) : chunk), toModem: (chunk: Buffer) => chunk };
    const rig = await Rig.open({ modem: { commandTimeout: 500 }, filter: (port) => new LineFilter(port, hooks) });
    const port = await rig.tcp((peer) => peer.resume());
    deaf = true;
    await rejection(rig.modem.info());
    // The channel looks for the module now; what is asked for meanwhile is queued.
    const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
    const connected = once(socket, 'connect');
    await once(rig.modem, 'reset');
    deaf = false;
    await connected;
    socket.destroy();
    await rig.close();
  });

  it('waits, and is not written behind its back, when the service stops', async () => {
    expect(await opensWhenQueuedAnd('\r\n+CCH: CCH STOP\r\n')).to.equal(1);
  });

  it('does not take the late result of a connection before for its own', async () => {
    expect(await opensWhenQueuedAnd('\r\n+CCHOPEN: 0,10\r\n')).to.equal(1);
  });
});

/** Module says `text` while an open is queued behind a question; the open succeeds all the same. How often it was written. */
async function opensWhenQueuedAnd(text: string): Promise<number> {
  const { rig, hold, say, release } = await holdable();
  const port = await rig.tcp((peer) => peer.resume());
  hold();
  const info = rig.modem.info();
  await rig.until(() => rig.commands('AT+CCLK?') > 1);
  const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
  const connected = once(socket, 'connect');
  await turn();
  say(text);
  release();
  await info;
  await connected;
  const opens = rig.commands('AT+CCHOPEN=');
  socket.destroy();
  await rig.close();
  return opens;
}

/** A rig whose module can be kept from being heard: what it says while `hold` is on comes with `release`. */
async function holdable() {
  let held: Buffer[] | undefined;
  const toHost = (chunk: Buffer) => {
    if (!held) return chunk;
    held.push(chunk);
    return Buffer.alloc(0);
  };
  let line: LineFilter | undefined;
  const rig = await Rig.open({ filter: (port) => (line = new LineFilter(port, { toHost })) });
  const hold = () => (held = []);
  const say = (text: string) => line?.say(text);
  const release = () => {
    const late = Buffer.concat(held ?? []);
    held = undefined;
    line?.say(late);
  };
  return { rig, hold, say, release };
}

describe('an open that nobody waits for any more', () => {
  it('keeps its id when its close ends with an error, until its own result comes', async () => {
    const toHost = (chunk: Buffer) =>
      Buffer.from(chunk.toString('latin1').replace('+CCHCLOSE: 0,0', '+CCHCLOSE: 0,11'), 'latin1');
    const rig = await Rig.open({
      virtual: { faults: { openDelay: 500 } },
      filter: (port) => new LineFilter(port, { toHost }),
    });
    const port = await rig.tcp((peer) => peer.resume());
    const given = rig.modem.connect({ host: 'a.test', port, tls: false });
    await rig.until(() => rig.commands('AT+CCHOPEN=') > 0);
    given.destroy();
    await rig.until(() => rig.commands('AT+CCHCLOSE=') > 0);
    const sockets = ['b.test', 'c.test'].map((host) => rig.modem.connect({ host, port, tls: false }));
    await once(sockets[0] as Duplex, 'connect');
    expect(rig.commands('AT+CCHOPEN=0,')).to.equal(1);
    for (const socket of sockets) socket.destroy();
    await rig.close();
  });
});

describe('a close that was damaged on its way', () => {
  it('leaves a connection on the module, which the next open of that id ends', async () => {
    let damaged = false;
    const toModem = (chunk: Buffer) => {
      if (damaged || !chunk.toString('latin1').startsWith('AT+CCHCLOSE=0')) return chunk;
      damaged = true;
      return chunk.subarray(1);
    };
    const rig = await Rig.open({ filter: (line) => new LineFilter(line, { toModem }), mayBreakRules: true });
    const port = await rig.tcp((peer) => peer.resume());
    const open = async () => {
      const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
      await once(socket, 'connect');
      return socket;
    };
    (await open()).destroy();
    await rig.modem.info();
    expect(rig.virtual.sessions[0]?.state).to.equal('open');
    const sockets = [await open(), await open()];
    expect(rig.commands('AT+CCHOPEN=0,')).to.equal(3);
    for (const socket of sockets) socket.destroy();
    await rig.close();
  });
});

describe('while the modem closes', () => {
  it('a connect fails at once with ENODEV, and nothing is opened', async () => {
    const rig = await Rig.open();
    const port = await rig.tls((peer) => peer.resume());
    const ending = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, linger: 500 });
    await once(ending, 'secureConnect');
    ending.end('the last word');
    const closing = rig.modem.close();
    const late = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
    expect(((await once(late, 'error')) as [ModemError])[0].code).to.equal('ENODEV');
    await closing;
    expect(rig.commands('AT+CCHOPEN=')).to.equal(1);
    await rig.close();
  });

  it('the requests that an agent has queued fail, and none is begun', async () => {
    const rig = await Rig.open();
    const port = await rig.https(() => undefined);
    const agent = rig.modem.httpsAgent({ ca: rig.ca });
    const hosts = ['a.test', 'b.test', 'c.test', 'a.test', 'c.test'];
    const failures = hosts.map((host) => rejection(request({ host, port, path: '/', agent })));
    // Both have sent their request.
    await rig.until(() => rig.commands('AT+CCHSEND=') > 1);
    await rig.modem.close();
    for (const { code } of await Promise.all(failures)) expect(code).to.be.oneOf(['ECONNRESET', 'ENODEV']);
    expect(rig.commands('AT+CCHOPEN=')).to.equal(2);
    await rig.close();
  });
});
