import { once } from 'node:events';
import { expect } from 'chai';
import { Agent, Client } from 'undici';
import type { ConnectOptions } from '../../lib/index.js';
import { Rig, randomBytes, readAll, rejection } from '../support/rig.js';
import { turn } from '../support/turn.js';

describe('undici, through modem.connector()', () => {
  let rig: Rig;
  let port: number;

  before(async () => {
    rig = await Rig.open();
    port = await rig.https((incoming, outgoing) => void readAll(incoming).then((body) => outgoing.end(body)));
  });

  after(async () => {
    await rig.close();
  });

  for (const tls of ['modem', 'host'] as const) {
    it(`sends and receives bodies, tls: '${tls}'`, async () => {
      const client = new Client(`https://server.test:${port}`, { connect: rig.modem.connector({ tls, ca: rig.ca }) });
      const sent = randomBytes(20_000);
      for (let count = 0; count < 3; count++) {
        const { body } = await client.request({ path: '/', method: 'POST', body: sent });
        expect(Buffer.from(await body.arrayBuffer()).equals(sent)).to.equal(true);
      }
      await client.close();
    });
  }

  it('serves the global fetch, plain HTTP for an http: origin', async () => {
    const plain = await rig.http((_incoming, outgoing) => outgoing.end('plain'));
    const dispatcher = new Agent({ connect: rig.modem.connector({ ca: rig.ca }) });
    const get = (url: string) => fetch(url, { dispatcher } as unknown as RequestInit);
    expect(await (await get(`http://a.test:${plain}/`)).text()).to.equal('plain');
    await dispatcher.close();
  });

  it('tells undici why a connection failed', async () => {
    const client = new Client('https://nowhere.test', { connect: rig.modem.connector({ ca: rig.ca }) });
    expect((await rejection(client.request({ path: '/', method: 'GET' }))).code).to.equal('ENOTFOUND');
    await client.destroy();
  });

  it('takes no session that is kept for short requests, since undici keeps it, unless told to', async () => {
    const end = rig.modem.reserve();
    const held = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
    await once(held, 'secureConnect');
    const served: string[] = [];
    const ask = async (name: string, short?: boolean) => {
      const client = new Client(`https://server.test:${port}`, { connect: rig.modem.connector({ ca: rig.ca, short }) });
      const { body } = await client.request({ path: '/', method: 'GET' });
      await body.dump();
      await client.close();
      served.push(name);
    };
    const waits = ask('long');
    await ask('short', true);
    expect(served).to.deep.equal(['short']);
    held.destroy();
    await waits;
    end();
  });

  it('tells it once, and not before it has returned, whatever is wrong', async () => {
    const wrong: ConnectOptions[] = [{ tls: 'else' as never }, { tls: 'host', key: 5 as never }, { tls: 'host' }, {}];
    for (const options of wrong) {
      const target = { hostname: 'server.test', protocol: 'https:', port: String(port) };
      const told: unknown[] = [];
      const [socket] = await new Promise<unknown[]>((resolve) => {
        rig.modem.connector(options)(target, (error, connected) => {
          told.push(error);
          resolve([connected]);
        });
        told.push('returned');
      });
      await turn();
      expect(socket).to.equal(null);
      expect(told[0]).to.equal('returned');
      expect(told.slice(1), JSON.stringify(options)).to.have.lengthOf(1);
    }
  });
});

describe('undici, through modem.connector(), when the modem is closed', () => {
  for (const tls of ['modem', 'host'] as const) {
    it(`is told that there will be no connection, tls: '${tls}'`, async () => {
      const rig = await Rig.open();
      const silent = await rig.tcp(() => undefined);
      const outcome = new Promise<unknown[]>((resolve) => {
        const target = { hostname: 'server.test', protocol: 'https:', port: String(silent) };
        rig.modem.connector({ ca: rig.ca, tls })(target, (...told) => resolve(told));
      });
      await rig.until(() => rig.commands('AT+CCHOPEN=') === 1);
      await rig.modem.close();
      const [error, socket] = await outcome;
      expect(error).to.include({ code: 'ECONNRESET', syscall: 'connect' });
      expect(socket).to.equal(null);
      await rig.close();
    });
  }
});
