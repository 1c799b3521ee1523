import { once } from 'node:events';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';

describe('an SSL context that the user configured', () => {
  it('is not taken for what it was set up for before', async () => {
    const rig = await Rig.open();
    const port = await rig.tls((peer) => peer.resume());
    const open = async (options: object) => {
      const socket = rig.modem.connect({ host: 'server.test', port, ...options });
      await once(socket, 'secureConnect');
      socket.destroy();
      await once(socket, 'close');
    };
    await open({ ca: rig.ca });
    const verifying = /AT\+CSSLCFG="authmode",(\d),1/.exec(rig.virtual.log.map(({ text }) => text).join('\n'))?.[1];
    await open({ sslContext: Number(verifying) });
    await open({ ca: rig.ca });
    expect(rig.commands(`AT+CSSLCFG="authmode",${verifying ?? ''},`)).to.equal(1);
    expect(rig.commands('AT+CSSLCFG="authmode",')).to.equal(2);
    await rig.close();
  });
});
