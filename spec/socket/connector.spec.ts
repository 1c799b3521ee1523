import { expect } from 'chai';
import { Agent, Client } from 'undici';
import { Rig, randomBytes, readAll, rejection } from '../support/rig.js';

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
});
