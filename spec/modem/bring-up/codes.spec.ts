import { expect } from 'chai';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ModemOptions } from '../../../lib/index.js';
import type { VirtualModem, VirtualModemOptions } from '../../../lib/virtual/index.js';
import { cleanUp, commands, fastTime, open, tells, virtualModem, type Opened } from '../../support/bring-up.js';
import type { FastTime } from '../../support/fast-time.js';
import { LineFilter } from '../../support/line-filter.js';
import { tcpServer } from '../../virtual/host.js';

/** A modem that is open, and a server that it can reach. */
interface Scene extends Opened {
  readonly time: FastTime;
  readonly virtual: VirtualModem;
  readonly port: number;
  readonly peer: () => Promise<Socket>;
}

async function scene(virtualOptions: VirtualModemOptions, options: ModemOptions = {}): Promise<Scene> {
  const { port, peer } = await tcpServer();
  const time = fastTime();
  const virtual = virtualModem(virtualOptions);
  return { ...(await time.until(open(virtual, options))), time, virtual, port, peer };
}

/** A connection, and the server's end of it. */
async function connected({ modem, time, port, peer }: Scene) {
  const socket = modem.connect({ host: 'server.test', port, tls: false });
  await time.until(once(socket, 'connect'));
  return { socket, server: await peer() };
}

const RESULT = /^\+CCHOPEN/;
const EVENT = /^\+CCHEVENT/;

describe('Modem: codes on another port of the module', () => {
  afterEach(cleanUp);

  for (const [catr, name] of [
    [0, 'all ports'],
    [1, 'UART'],
    [3, 'AT port'],
    [9, 'port 9'],
  ] as const) {
    it(`info() tells where AT+CATR=${catr} has them written: ${name}`, async () => {
      const { modem } = await open(virtualModem({ catr, portNumber: catr }));
      expect((await modem.info()).codes).to.equal(name);
    });
  }

  it('three events in a row that only the timer has made up for: one warning that names the cause', async () => {
    const made = await scene({ faults: { loseEvents: (line) => EVENT.test(line) } });
    const { socket, server } = await connected(made);
    const received: string[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk.toString()));
    for (const [round, warnings] of [0, 0, 1, 1, 1].entries()) {
      const arrived = once(socket, 'data');
      server.write(`${round}`);
      await made.time.until(arrived);
      await made.time.passes(100);
      expect(made.told.warnings, `after ${round + 1}`).to.have.length(warnings);
    }
    expect(received.join('')).to.equal('01234');
    expect(made.told.warnings[0]).to.include({ code: 'ERR_MODEM_CODES' });
    for (const warning of made.told.warnings) {
      tells(warning, '3 times in a row', 'AT+CATR', 'routeCodes: true', 'modem.info()');
    }
    socket.destroy();
  });

  it('an event in between: no warning', async () => {
    let lost = true;
    const made = await scene({ faults: { loseEvents: (line) => lost && EVENT.test(line) } });
    const { socket, server } = await connected(made);
    for (let round = 0; round < 6; round++) {
      lost = round % 3 !== 2;
      const arrived = once(socket, 'data');
      server.write('x');
      await made.time.until(arrived);
      await made.time.passes(100);
    }
    expect(made.told.warnings).to.deep.equal([]);
    socket.destroy();
  });

  it('the result of an open is looked for once, after 15 s', async () => {
    const made = await scene({ faults: { loseEvents: (line) => RESULT.test(line) } });
    const before = made.time.elapsed;
    const { socket, server } = await connected(made);
    expect(made.time.elapsed - before).to.be.within(15_000, 16_000);
    expect(commands(made.virtual, 'AT+CCHOPEN?')).to.have.length(1);
    const arrived = once(server, 'data');
    socket.write('hello');
    expect(String(((await made.time.until(arrived)) as [Buffer])[0])).to.equal('hello');
    expect(made.told.warnings).to.deep.equal([]);
    socket.destroy();
  });

  it('a result that came in one piece with the OK is not looked for later', async () => {
    const made = await scene({});
    const socket = made.modem.connect({ host: 'nowhere.test', port: 443, tls: false });
    const [error] = (await made.time.until(once(socket, 'error'))) as [Error & { code?: string }];
    expect(error.code).to.equal('ENOTFOUND');
    const before = made.virtual.log.length;
    await made.time.passes(60_000);
    expect(made.virtual.log.slice(before).map(({ text }) => text)).to.deep.equal([]);
  });

  it('three opens in a row whose results did not come: one warning', async () => {
    const made = await scene({ faults: { loseEvents: (line) => RESULT.test(line) } });
    for (let round = 0; round < 4; round++) {
      const { socket } = await connected(made);
      socket.destroy();
      await made.time.passes(12_000);
    }
    expect(made.told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CODES']);
    for (const warning of made.told.warnings) tells(warning, 'the result of an open', 'routeCodes: true');
  });

  it('an open that takes longer is not taken for open', async () => {
    const made = await scene({ faults: { openDelay: 40_000 } });
    const before = made.time.elapsed;
    const { socket } = await connected(made);
    expect(made.time.elapsed - before).to.be.within(40_000, 41_000);
    expect(commands(made.virtual, 'AT+CCHOPEN?')).to.have.length(1);
    socket.destroy();
  });

  it('firmware that bears no such question is not asked', async () => {
    const firmware = { profile: 'a76xx', model: 'A7670E-FASE', revision: 'A7670E_B02V03' } as const;
    const made = await scene({ ...firmware, faults: { loseEvents: (line) => RESULT.test(line) } });
    const socket = made.modem.connect({ host: 'server.test', port: made.port, tls: false });
    const [error] = (await made.time.until(once(socket, 'error'))) as [Error];
    expect(error).to.include({ code: 'ETIMEDOUT' });
    expect(made.time.elapsed).to.be.within(119_000, 125_000);
    expect(commands(made.virtual, 'AT+CCHOPEN?')).to.deep.equal([]);
  });

  it('a start whose result never comes: the service is looked for after 15 s, and one warning names the cause', async () => {
    const made = await scene({ catr: 2 });
    expect(made.time.elapsed).to.be.within(15_000, 25_000);
    await made.time.passes(100);
    expect(made.told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CODES']);
    for (const warning of made.told.warnings) tells(warning, 'AT+CCHSTART', 'AT+CATR', 'routeCodes: true');
  });

  it('and a start later on, whose result is lost, likewise', async () => {
    let lost = false;
    const made = await scene({ faults: { loseEvents: (line) => lost && line.startsWith('+CCHSTART') } });
    lost = true;
    made.virtual.inject('+CCH: CCH STOP');
    const { socket } = await connected(made);
    expect(made.told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CODES']);
    socket.destroy();
  });

  it('routeCodes: true brings them here, and all is well at once', async () => {
    const made = await scene({ catr: 2 }, { routeCodes: true });
    expect(commands(made.virtual, 'AT+CATR')).to.deep.equal(['AT+CATR?', 'AT+CATR=0']);
    const { socket, server } = await connected(made);
    server.write('hello');
    expect(String(((await made.time.until(once(socket, 'data'))) as [Buffer])[0])).to.equal('hello');
    expect(made.time.elapsed).to.be.below(3000);
    expect((await made.time.until(made.modem.info())).codes).to.equal('all ports');
    expect(made.told.warnings).to.deep.equal([]);
    socket.destroy();
  });

  it('routeCodes: true that the module refuses: one warning, which says so, and what else to do', async () => {
    const virtual = virtualModem({ catr: 2 }, 'refused-parameters');
    const time = fastTime();
    const toModem = (chunk: Buffer) =>
      Buffer.from(chunk.toString('latin1').replace('AT+CATR=0', 'AT+CATR=X'), 'latin1');
    const stream = new LineFilter(virtual.attach(), { toModem });
    const { told } = await time.until(open(virtual, { stream, routeCodes: true }));
    await time.passes(100);
    const [refused, ...others] = told.warnings;
    expect(refused).to.include({ code: 'ERR_MODEM_CODES' });
    tells(refused ?? new Error(), 'refuses', 'AT+CATR=0', 'routeCodes has no effect');
    tells(refused ?? new Error(), 'to one only (modem port)', 'open it instead', 'npx modem-tls ports');
    // The start's own, which was looked for in vain.
    expect(others.map(({ message }) => message.includes('AT+CCHSTART'))).to.deep.equal([true]);
  });

  it('routeCodes: true to a module that knows no AT+CATR: when to leave it out, and what to do else', async () => {
    const virtual = virtualModem({}, 'unknown-command');
    const time = fastTime();
    const toModem = (chunk: Buffer) => Buffer.from(chunk.toString('latin1').replace('AT+CATR', 'AT+CXTR'), 'latin1');
    const stream = new LineFilter(virtual.attach(), { toModem });
    const { told } = await time.until(open(virtual, { stream, routeCodes: true }));
    await time.passes(100);
    expect(told.warnings.map(({ code }) => code)).to.deep.equal(['ERR_MODEM_CODES']);
    for (const warning of told.warnings) tells(warning, 'Nor does it say', 'Leave routeCodes out', 'another port');
  });

  it('routeCodes: true after a reset again, and no write where they come here', async () => {
    const made = await scene({ catr: 2 }, { routeCodes: true });
    // Its banner goes to the other port: the next command finds out.
    made.virtual.reset();
    await made.time.until(made.modem.info().catch(() => undefined));
    while (made.told.states.at(-1) !== 'ready') await made.time.passes(100);
    expect(commands(made.virtual, 'AT+CATR=')).to.have.length(2);
    const other = virtualModem();
    await made.time.until(open(other, { routeCodes: true }));
    expect(commands(other, 'AT+CATR')).to.deep.equal(['AT+CATR?']);
  });
});
