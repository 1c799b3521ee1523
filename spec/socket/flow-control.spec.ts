import { once } from 'node:events';
import { expect } from 'chai';
import { Modem } from '../../lib/index.js';
import { VirtualModem } from '../../lib/virtual/index.js';
import { until } from '../support/turn.js';
import { Rig, certificates, randomBytes, sha256 } from '../support/rig.js';

describe('a transparent session with RTS/CTS', () => {
  it('holds a server back while nobody reads, and then brings everything', async () => {
    const rig = await Rig.open();
    const { authority } = await certificates();
    const virtual = new VirtualModem({ hosts: { 'server.test': '127.0.0.1' } });
    const modem = await Modem.open({
      path: 'virtual',
      serial: { binding: virtual.binding() },
      rtscts: true,
      mode: 'transparent',
    });
    try {
      const sent = randomBytes(1024 * 1024);
      const port = await rig.tls((socket) => socket.end(sent));
      const socket = modem.connect({ host: 'server.test', port, ca: authority.pem });
      await once(socket, 'readable');
      // Until the module's own cache is full the line brought what the buffers between take; then nothing moves.
      await until(() => virtual.sessions[0]?.cached === 16 * 1024 && socket.readableLength > 0);
      expect(virtual.statistics.bytesOut).to.be.below(sent.length / 2);
      const chunks: Buffer[] = [];
      for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
      expect(sha256(Buffer.concat(chunks))).to.equal(sha256(sent));
    } finally {
      await modem.close();
      await virtual.close();
      await rig.close();
    }
  });
});
