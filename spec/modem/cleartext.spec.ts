import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { isLoopback } from '../../lib/modem/transport.js';
import { cleanUp, open, virtualModem } from '../support/bring-up.js';
import { turn, until } from '../support/turn.js';

/** An IPv4 address of this machine that is not loopback, if it has one. */
const [own] = Object.values(networkInterfaces())
  .flat()
  .filter((address) => address?.family === 'IPv4' && !address.internal);

describe('a line to the module that crosses a network', () => {
  afterEach(cleanUp);

  for (const address of ['127.0.0.1', '127.255.1.2', '::1', '::ffff:127.0.0.1']) {
    it(`is not one to ${address}`, () => expect(isLoopback(address)).to.equal(true));
  }

  for (const address of [
    '',
    '10.0.0.1',
    '192.0.2.127',
    '1.127.0.0',
    '::',
    '::2',
    'fd00::1',
    '::ffff:10.0.0.1',
    '128.0.0.1',
  ]) {
    it(`is one to '${address}'`, () => expect(isLoopback(address)).to.equal(false));
  }

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`gives no warning with ${host}`, async () => {
      const virtual = virtualModem();
      const { port } = await virtual.listen({ port: 0 });
      const { told } = await open(virtual, { path: `tcp://${host}:${port}` });
      await turn();
      await turn();
      expect(told.warnings).to.deep.equal([]);
    });
  }

  // Without another address nothing but the decision can be tried: above.
  if (own !== undefined) {
    it('gives one warning, also when the module is brought up again', async () => {
      const virtual = virtualModem();
      const { port } = await virtual.listen({ host: own.address, port: 0 });
      const path = `tcp://${own.address}:${port}`;
      const { modem, told } = await open(virtual, { path });
      await until(() => told.warnings.length > 0);
      virtual.reset();
      await until(() => told.states.at(-1) === 'ready');
      await modem.info();
      expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CLEARTEXT']);
      for (const fact of [path, "module's own TLS ends before", "tls: 'host'"]) {
        expect(told.warnings[0]?.message).to.contain(fact);
      }
    });
  }
});
