import * as http from 'node:http';
import * as https from 'node:https';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';
import { ways } from './plan.js';
import { tally } from './leftovers.js';

const UPLOADS = 20;
const titles = new Map<unknown, string>([
  ['modem', 'TLS of the module'],
  ['host', 'TLS of the host'],
  [false, 'plain TCP'],
]);

/** A request whose answer comes before its upload has ended; what it tells. */
function upload(options: https.RequestOptions, body: Buffer): Promise<string> {
  const { request } = options.protocol === 'http:' ? http : https;
  return new Promise((resolve) => {
    const told: string[] = [];
    const outgoing = request({ ...options, method: 'POST' }, (incoming) => {
      incoming.resume().on('end', () => told.push(`answer ${incoming.statusCode ?? 0}`));
    });
    outgoing.on('error', ({ code }: { code?: string }) => told.push(`error ${code ?? 'without a code'}`));
    outgoing.on('close', () => resolve(told.join(', ')));
    outgoing.end(body);
  });
}

for (const way of ways) {
  describe(`a server that answers an upload at once, and closes (${titles.get(way) ?? ''})`, () => {
    let rig: Rig;

    beforeEach(async () => {
      rig = await Rig.open();
    });

    afterEach(async () => {
      await rig.close();
    });

    /** What each upload tells, one after the other. */
    async function tellings(connection: 'keep-alive' | 'close', agent?: http.Agent): Promise<string[]> {
      const listener: http.RequestListener = (incoming, outgoing) => {
        incoming.on('error', () => undefined).resume();
        outgoing.writeHead(413, { 'content-length': 9, connection });
        outgoing.end('too large', () => incoming.socket.end());
      };
      const port = way === false ? await rig.http(listener) : await rig.https(listener);
      const createConnection = (options: object) =>
        rig.modem.createConnection({ ...options, tls: way, ca: rig.ca }) as never;
      const options = { host: 'server.test', port, ...(agent ? { agent } : { createConnection }) };
      const protocol = way === false ? 'http:' : 'https:';
      const told: string[] = [];
      for (let index = 0; index < UPLOADS; index++) {
        told.push(await upload({ ...options, protocol }, Buffer.alloc(2000 * (1 + index))));
      }
      return told;
    }

    it('is heard, whatever becomes of the rest of the upload', async () => {
      const told = await tellings('close');
      expect(tally(told.filter((each) => !each.startsWith('answer 413')))).to.deep.equal({});
    });

    it('leaves no error that nobody hears with an agent', async () => {
      const agent = way === false ? rig.modem.httpAgent() : rig.modem.httpsAgent({ ca: rig.ca, tls: way });
      // An error that nobody hears is an uncaught exception, which fails the test.
      const told = await tellings('keep-alive', agent);
      for (const each of told) expect(each).to.match(/^(answer 413)?(, )?(error (EPIPE|ECONNRESET))?$/);
      agent.destroy();
    });
  });
}
