import { once } from 'node:events';
import * as tls from 'node:tls';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';

describe('TLS that a client does itself over a socket of the module', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open();
  });

  afterEach(() => rig.close());

  /** As pg and nodemailer do it: `tls.connect` over a socket that stands. */
  async function secure(port: number, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
    const socket = rig.modem.connect({ host: 'server.test', port, tls: false, linger: 100 });
    await once(socket, 'connect');
    const over = tls.connect({ socket, ca: rig.ca, servername: 'server.test', ...options });
    await once(over, 'secureConnect');
    return over;
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`${version}: ends as over Node's own sockets when the server does, and its goodbye is no error`, async () => {
      const port = await rig.tls((peer) => void peer.end('bye'), { minVersion: version, maxVersion: version });
      const over = await secure(port, { minVersion: version, maxVersion: version });
      const events: string[] = [];
      for (const event of ['end', 'error', 'close']) {
        over.on(event, (given?: Error) => events.push(given instanceof Error ? String(given) : event));
      }
      over.resume();
      await once(over, 'close');
      expect(events).to.deep.equal(['end', 'close']);
      expect(rig.modem.statistics.errors).to.deep.equal({});
    });
  }

  it('is told of bytes of its own that come too late', async () => {
    const port = await rig.tcp((peer) => void peer.end('bye'));
    const socket = rig.modem.connect({ host: 'server.test', port, tls: false });
    const failed = once(socket, 'error');
    await once(socket.resume(), 'end');
    // Application data of TLS: longer than an alert.
    socket.write(Buffer.concat([Buffer.of(0x17, 3, 3, 0, 20), Buffer.alloc(20)]));
    expect((await failed)[0]).to.have.property('code', 'EPIPE');
  });
});
