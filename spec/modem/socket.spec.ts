import { once } from 'node:events';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';

describe('modem.socket()', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open();
  });

  afterEach(() => rig.close());

  it('makes a socket that connects when its connect(port, host) is called, with its options as defaults', async () => {
    const port = await rig.tcp((socket) => socket.end('hello'));
    const socket = rig.modem.socket({ tls: false });
    expect(socket).to.include({ connecting: false, pending: true, encrypted: false });
    expect(socket.connect(port, 'server.test')).to.equal(socket);
    await once(socket, 'connect');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(String(chunk)).to.equal('hello');
    await once(socket, 'close');
  });

  it('does the module’s TLS unless told otherwise', async () => {
    const port = await rig.tls((socket) => socket.end('hello'));
    const socket = rig.modem.socket({ ca: rig.ca });
    await once(socket.connect(port, 'server.test'), 'secureConnect');
    expect(socket.authorized).to.equal(true);
    await once(socket.resume(), 'close');
  });

  it('never connects in plain where TLS of Node’s was asked for', async () => {
    const before = rig.virtual.log.length;
    for (const connect of [
      () => rig.modem.socket({ tls: 'host' }).connect(443, 'server.test'),
      () => rig.modem.socket().connect({ tls: 'host', host: 'server.test', port: 443 }),
    ]) {
      const [error] = (await once(connect(), 'error')) as [Error];
      expect(error).to.have.property('code', 'ERR_MODEM_UNSUPPORTED');
    }
    expect(rig.virtual.log.length).to.equal(before);
  });

  it('is destroyed with the modem, connected or not', async () => {
    const idle = rig.modem.socket({ tls: false });
    const closed = once(idle, 'close');
    await rig.modem.close();
    await closed;
    expect(idle.destroyed).to.equal(true);
  });
});
