import { expect } from 'chai';

import { cleanUp, connected, modemAndHost, started, tcpServer, type Host } from './host.js';

/** How far service and session 0 are; `ended`: the peer closed, and what it sent is cached. */
type State = 'stopped' | 'running' | 'opening' | 'open' | 'ended';

const states: Record<State, () => Promise<Host>> = {
  stopped: () => Promise.resolve(modemAndHost().host),
  running: async () => (await started()).host,
  opening: async () => {
    const { port } = await tcpServer();
    const { host } = await started({ faults: { openDelay: 60_000 } });
    await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n');
    return host;
  },
  open: async () => {
    const { host, peer } = await connected();
    peer.write('cached');
    await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
    return host;
  },
  ended: async () => {
    const { host, peer } = await connected();
    peer.end('cached');
    await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n');
    return host;
  },
};
const all = Object.keys(states) as State[];
const whileItRuns: State[] = ['running', 'opening', 'open', 'ended'];

/** Where each command is answered `OK`, or the prompt; anywhere else it is `ERROR`. */
const commands: [command: string, where: State[]][] = [
  ['AT+CCHSTART', ['stopped']],
  ['AT+CCHSTOP', whileItRuns],
  ['AT+CCHADDR', whileItRuns],
  ['AT+CCHSET=1,1', ['stopped']],
  ['AT+CCHMODE=0', ['stopped']],
  ['AT+CCHCFG="sendtimeout",0,60', ['running']],
  ['AT+CCHCFG="sslctx",0,3', ['running']],
  ['AT+CCHSSLCFG=0,3', ['running']],
  // A session whose peer closed may be opened anew without AT+CCHCLOSE.
  ['AT+CCHOPEN=0,"127.0.0.1",9,1', ['running', 'ended']],
  ['AT+CCHCLOSE=0', ['opening', 'open', 'ended']],
  ['AT+CCHSEND=0,5', ['open']],
  ['AT+CCHRECV=0', ['open', 'ended']],
  // What is about the other session minds this one's state in nothing.
  ['AT+CCHSSLCFG=1,3', whileItRuns],
  ['AT+CCHSEND=1,5', []],
  ['AT+CCHCLOSE=1', []],
  // What needs no service.
  ['AT+CSSLCFG="authmode",0,1', all],
  ['AT+CSSLCFG="cacert",0,"nowhere.pem"', []],
  ['AT+CSSLCFG=0', all],
  ['AT+CCERTDOWN="ca.pem",5', all],
  ['AT+CCERTLIST', all],
  ['AT+CCERTDELE="nowhere.pem"', []],
  // Every read form, and every test form.
  ...['CCHOPEN', 'CCHSEND', 'CCHRECV', 'CCHCFG', 'CCHSSLCFG', 'CCHMODE', 'CCHSET', 'CSSLCFG'].map(
    (name): [string, State[]] => [`AT+${name}?`, all],
  ),
  ...['CCHOPEN', 'CCHSEND', 'CCHCFG', 'CCHSSLCFG', 'CCHMODE', 'CCHSET', 'CSSLCFG', 'CCERTDOWN'].map(
    (name): [string, State[]] => [`AT+${name}=?`, all],
  ),
];

describe('virtual modem: what is allowed when', () => {
  afterEach(cleanUp);

  for (const [command, where] of commands) {
    it(`${command}: ${where === all ? 'always' : where.join(', ') || 'never'}`, async () => {
      for (const state of all) {
        const host = await states[state]();
        host.sends(`${command}\r`);
        const [, answer] = await host.finds(/\r\n(OK|ERROR|> )/);
        expect(answer !== 'ERROR', state).to.equal(where.includes(state));
        await cleanUp();
      }
    });
  }

  describe('results of an open', () => {
    for (const [text, host, expected] of [
      ['a name that nobody knows', 'unknown.example', 13],
      ['a port where nobody listens', 'dead.example', 14],
      ['an address that is out of reach', '192.0.2.1', 14],
    ] as const) {
      it(`${expected} for ${text}`, async () => {
        const { port, server } = await tcpServer();
        await new Promise((resolve) => server.close(resolve));
        const modem = await started({ hosts: { 'dead.example': `127.0.0.1:${port}` } });
        await modem.host.asks(`AT+CCHOPEN=0,"${host}",443,1`, `\r\nOK\r\n\r\n+CCHOPEN: 0,${expected}\r\n`);
        await modem.host.asks(`AT+CCHOPEN=1,"${host}",443,2`, `\r\nOK\r\n\r\n+CCHOPEN: 1,${expected}\r\n`);
      });
    }

    it('12 for a local port that is taken', async () => {
      const { port } = await tcpServer();
      const { host } = await started();
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1,${port}`, '\r\nOK\r\n\r\n+CCHOPEN: 0,12\r\n');
    });

    it('a start without the network is 17', async () => {
      const { host } = modemAndHost({ registrationState: 0 });
      await host.asks('AT+CCHSTART', '\r\nOK\r\n\r\n+CCHSTART: 17\r\n');
      await host.asks('AT+CCHADDR', '\r\nERROR\r\n');
    });
  });
});
