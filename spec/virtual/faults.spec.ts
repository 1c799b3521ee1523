import { expect } from 'chai';

import { cleanUp, connected, modemAndHost, started, tcpServer } from './host.js';
import { until } from '../support/turn.js';

describe('virtual modem: faults', () => {
  afterEach(cleanUp);

  it('interjects lines before the echo and between any two lines', async () => {
    const { port, peer } = await tcpServer();
    const { modem, host } = await started({ frameSize: 2 });
    modem.faults.interject = 'RING';
    const ring = '\r\nRING\r\n';
    await host.asks('AT', `${ring}\r\nOK\r\n`);
    await host.asks('ATE1', `${ring}\r\nOK\r\n`);
    await host.asks('AT+CCHRECV?', `${ring}AT+CCHRECV?\r${ring}\r\n+CCHRECV: LEN,0,0\r\n${ring}\r\nOK\r\n`);
    await host.asks('ATE0', `${ring}ATE0\r${ring}\r\nOK\r\n`);
    const opened = `${ring}\r\nOK\r\n${ring}\r\n+CCHOPEN: 0,0\r\n`;
    await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, opened);
    await host.asks('AT+CCHSEND=0,3', `${ring}\r\n> `);
    host.sends('abc');
    await host.hears(`${ring}\r\nOK\r\n`);
    modem.faults.interject = ['RING', '+CGEV: ME PDN ACT 1'];
    const both = `${ring}\r\n+CGEV: ME PDN ACT 1\r\n`;
    (await peer()).write('xyz');
    await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
    const frames = `${both}\r\n+CCHRECV: DATA,0,2\r\nxy\r\n${both}\r\n+CCHRECV: DATA,0,1\r\nz\r\n`;
    await host.asks('AT+CCHRECV=0', `${both}\r\nOK\r\n${frames}${both}\r\n+CCHRECV: 0,0\r\n`);
  });

  it('loses events, and no results', async () => {
    const { host, peer } = await connected({ faults: { loseEvents: true } });
    peer.end('data');
    await host.hearsNothing();
    await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,4,0\r\n\r\nOK\r\n');
  });

  it('loses what a predicate says', async () => {
    const { modem, host } = modemAndHost({ faults: { loseEvents: (line) => line.startsWith('+CCHSTART') } });
    await host.asks('AT+CCHSTART', '\r\nOK\r\n');
    modem.inject('RING');
    await host.hears('\r\nRING\r\n');
  });

  it('cuts its output into chunks, the same ones each time', async () => {
    const runs: string[][] = [];
    for (let run = 0; run < 2; run++) {
      const { host } = modemAndHost({ faults: { rechunk: [1, 4] }, seed: 7 });
      const chunks: string[] = [];
      host.stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
      await host.asks('AT+CGMI', '\r\nSIMCOM INCORPORATED\r\n\r\nOK\r\n');
      runs.push(chunks);
    }
    expect(runs[0]).to.deep.equal(runs[1]);
    expect(Math.max(...(runs[0] ?? []).map(({ length }) => length))).to.equal(4);
    expect(runs[0]?.length).to.be.above(6);
  });

  it('never puts an unsolicited line inside counted bytes', async () => {
    const { modem, host, peer } = await connected({ faults: { rechunk: [1, 9] }, baudRate: 460_800 });
    peer.write(Buffer.alloc(6000, 'x'));
    await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
    await until(() => modem.sessions[0]?.cached === 6000);
    host.sends('AT+CCHRECV=0\r');
    await host.hears('\r\nOK\r\n\r\n+CCHRECV: DATA,0,2048\r\nxxx');
    modem.inject('RING');
    await host.finds(/^x{2045}\r\n\r\n\+CCHRECV: DATA,0,2048\r\nx{2048}\r\n\r\n\+CCHRECV: DATA,0,1904\r\nx{1904}\r\n/);
    await host.hears('\r\n+CCHRECV: 0,0\r\n\r\nRING\r\n');
  });
});
