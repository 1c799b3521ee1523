import { once } from 'node:events';
import { expect } from 'chai';
import type { ConnectOptions, ModemSocket } from '../../lib/index.js';
import { createAuthority } from '../support/certificates.js';
import { Rig } from '../support/rig.js';

describe('a reset while connections are prepared', () => {
  let rig: Rig;

  afterEach(() => rig.close());

  async function outcome(options: ConnectOptions): Promise<string> {
    const socket = rig.modem.connect({ host: 'server.test', ...options }) as ModemSocket;
    try {
      await once(socket, 'secureConnect');
      return `authorized: ${String(socket.authorized)}`;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      socket.destroy();
    }
  }

  const said = (from: number) => rig.virtual.log.slice(from).filter(({ direction }) => direction === 'host');

  it('and another while the module is brought up: nothing is opened on contexts that were forgotten', async () => {
    const registration = [
      [0, 2],
      [1500, 1],
    ] as const;
    rig = await Rig.open({ mayBreakRules: true, virtual: { profile: 'sim7600', registration, latency: 5 } });
    const strangers = await Promise.all(['One', 'Two'].map((name) => createAuthority({ name })));
    const port = await rig.tls((socket) => void socket.resume());
    for (const { pem } of strangers) await rig.modem.certificates.put(pem);
    let from = rig.virtual.log.length;
    const both = strangers.map(({ pem }) => outcome({ port, ca: pem }));
    await rig.until(() => said(from).some(({ text }) => text.startsWith('AT+CSSLCFG')));
    rig.virtual.reset();
    from = rig.virtual.log.length;
    // In the middle of bring-up, whatever is asked there.
    await rig.until(() => said(from).some(({ text }) => /^AT\+C[EG]REG/.test(text)));
    expect(said(from).filter(({ text }) => text.startsWith('AT+CSSLCFG'))).to.deep.equal([]);
    rig.virtual.reset();
    expect(await Promise.all(both)).to.deep.equal(['EPROTO', 'EPROTO']);
  });

  it('has a connect that waits in vain for the module say so, and not that the module did not connect', async () => {
    const registration = [
      [0, 2],
      [1500, 1],
    ] as const;
    rig = await Rig.open({ mayBreakRules: true, virtual: { registration, latency: 5 } });
    const port = await rig.tls((socket) => void socket.resume());
    const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca, connectTimeout: 1000 });
    await rig.until(() => said(0).some(({ text }) => text.startsWith('AT+CCERTDOWN')));
    rig.virtual.reset();
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error).to.have.property('code', 'ETIMEDOUT');
    expect(error.message).to.contain('no session of the module came free within 1000 ms');
    expect((error.cause as Error).message).to.match(/^The sessions are in use: session 0 /);
  });

  it('a context that the user has set up is not used before he has set it up again', async () => {
    rig = await Rig.open();
    const port = await rig.tls((socket) => void socket.resume());
    const stranger = await createAuthority({ name: 'Stranger' });
    const cacert = await rig.modem.certificates.put(stranger.pem);
    const configure = async () => {
      const { CSSLCFG } = rig.modem.ssl;
      await CSSLCFG.write({ key: 'sslversion', context: 5, value: 3 });
      await CSSLCFG.write({ key: 'authmode', context: 5, value: 1 });
      await CSSLCFG.write({ key: 'cacert', context: 5, value: cacert });
    };
    await configure();
    expect(await outcome({ port, sslContext: 5 })).to.equal('EPROTO');
    const ready = new Promise<void>((resolve) => rig.modem.on('state', (state) => state === 'ready' && resolve()));
    rig.virtual.reset();
    await ready;
    // Its defaults verify nothing.
    expect(await outcome({ port, sslContext: 5 })).to.equal('ERR_MODEM_RESET');
    await configure();
    expect(await outcome({ port, sslContext: 5 })).to.equal('EPROTO');
  });
});
