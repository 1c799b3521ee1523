import { expect } from 'chai';
import { once } from 'node:events';
import sinon from 'sinon';

import { afterwards, cleanUp, connected, everything, started, tcpServer } from './host.js';
import { FastTime } from '../support/fast-time.js';
import { until } from '../support/turn.js';

describe('virtual modem: sessions over TCP', () => {
  afterEach(cleanUp);

  describe('the service', () => {
    it('ends every session with the service', async () => {
      const { host, peer } = await connected();
      peer.resume();
      await host.asks('AT+CCHSTOP', '\r\nOK\r\n\r\n+CCHSTOP: 0\r\n');
      await once(peer, 'end');
      await host.asks('AT+CCHCLOSE=0', '\r\nERROR\r\n');
    });
  });

  describe('opening', () => {
    it('finds no name that it was not told, and nobody where nobody listens', async () => {
      const { port, server } = await tcpServer();
      const { host } = await started({ hosts: { 'Known.example': `127.0.0.1:${port}`, 'far.example': '127.0.0.1' } });
      await host.asks('AT+CCHOPEN=0,"known.EXAMPLE",443,1', '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
      await host.asks('AT+CCHOPEN=0,"unknown.example",443,1', '\r\nOK\r\n\r\n+CCHOPEN: 0,13\r\n');
      await host.asks(`AT+CCHOPEN=0,"far.example",${port},1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
      await host.asks('AT+CCHOPEN=0,"192.0.2.1",443,1', '\r\nOK\r\n\r\n+CCHOPEN: 0,14\r\n');
      server.close();
      await host.asks(`AT+CCHOPEN=0,"known.example",443,1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,14\r\n');
    });

    it('gives up an open that is closed before its result', async () => {
      const { port } = await tcpServer();
      const { modem, host } = await started({ faults: { openDelay: 60_000 } });
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n');
      await host.asks('AT+CCHOPEN=0,"127.0.0.1",9,1', '\r\nERROR\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
      await host.hearsNothing();
      modem.faults.openDelay = 20;
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
    });
  });

  describe('sending', () => {
    it('takes exactly the counted bytes, whatever they are, and reports them', async () => {
      const { host, peer } = await connected({}, '1,1');
      const body = '\nAT+CCHCLOSE=0\r\n> \0OK\r\n';
      await host.asks(`AT+CCHSEND=0,${body.length}`, '\r\n> ');
      host.sends(body);
      await host.hears('\r\nOK\r\n\r\n+CCHSEND: 0,0\r\n');
      const [chunk] = (await once(peer, 'data')) as [Buffer];
      expect(chunk.toString()).to.equal(body);
      await host.asks('AT+CCHSEND?', '\r\n+CCHSEND: 0,0,1,0\r\n\r\nOK\r\n');
      await host.asks('AT+CCHSEND=0,2049', '\r\nERROR\r\n');
    });

    it('refuses what its buffer has no room for, before the prompt', async () => {
      const { modem, host, peer } = await connected({ sendBuffer: 3000, faults: { uplink: 0 } });
      const received = everything(peer);
      await host.asks('AT+CCHSEND=0,2048', '\r\n> ');
      host.sends(Buffer.alloc(2048, 'a'));
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CCHSEND=0,2048', '\r\nERROR\r\n');
      await host.asks('AT+CCHSEND?', '\r\n+CCHSEND: 0,2048,1,0\r\n\r\nOK\r\n');
      modem.faults.uplink = 20_000;
      await until(() => modem.sessions[0]?.unsent === 0);
      await host.asks('AT+CCHSEND=0,2048', '\r\n> ');
      host.sends(Buffer.alloc(2048, 'b'));
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
      expect((await received).equals(Buffer.concat([Buffer.alloc(2048, 'a'), Buffer.alloc(2048, 'b')]))).to.equal(true);
    });

    it('or prompts late', async () => {
      const options = { sendBuffer: 2048, fullBuffer: 'wait', faults: { uplink: 20_000 } } as const;
      const { host, peer } = await connected(options);
      const received = everything(peer);
      for (const letter of ['a', 'b', 'c']) {
        await host.asks('AT+CCHSEND=0,2048', '\r\n> ');
        host.sends(Buffer.alloc(2048, letter));
        await host.hears('\r\nOK\r\n');
      }
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
      expect(await received).to.have.length(3 * 2048);
    });

    it('sends at the rate of a slow uplink, and throws the rest away at a close where told to', async () => {
      const { modem, host, peer } = await connected({ faults: { uplink: 10_000, dropUnsentAtClose: true } }, '1,1');
      const received = everything(peer);
      const time = new FastTime();
      afterwards(() => time.restore());
      await host.asks('AT+CCHSEND=0,2000', '\r\n> ');
      host.sends(Buffer.alloc(2000, 'a'));
      await host.hears('\r\nOK\r\n');
      await time.until(host.hears('\r\n+CCHSEND: 0,0\r\n'));
      // 200 ms, and what the system takes for its part.
      expect(time.elapsed).to.be.within(190, 500);
      modem.faults.uplink = 0;
      await host.asks('AT+CCHSEND=0,2000', '\r\n> ');
      host.sends(Buffer.alloc(2000, 'b'));
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
      expect(await received).to.have.length(2000);
    });

    it('gives a send up that makes no progress for the time set', async () => {
      const { port } = await tcpServer();
      const { modem, host } = await started({ faults: { uplink: 0 } });
      await host.asks('AT+CCHCFG="sendtimeout",0,60', '\r\nOK\r\n');
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      afterwards(() => clock.restore());
      await host.asks('AT+CCHSEND=0,5', '\r\n> ');
      host.sends('hello');
      await host.hears('\r\nOK\r\n');
      await host.asks('AT+CCHSEND?', '\r\n+CCHSEND: 0,5,1,0\r\n\r\nOK\r\n');
      clock.tick(59_999);
      await host.hearsNothing();
      clock.tick(1);
      await host.hears('\r\n+CCHSEND: 0,18\r\n');
      expect(modem.sessions[0]).to.include({ state: 'ended', unsent: 0 });
    });

    it('sends what was taken although the peer has closed its side, unless told to drop it', async () => {
      const { host, peer } = await connected({ faults: { uplink: 20_000 } });
      const received = everything(peer);
      await host.asks('AT+CCHSEND=0,2000', '\r\n> ');
      host.sends(Buffer.alloc(2000, 'a'));
      await host.hears('\r\nOK\r\n');
      peer.end();
      await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
      expect(await received).to.have.length(2000);
    });

    it('asks for all counted bytes although the session has ended, and then refuses them', async () => {
      const { host, peer } = await connected();
      await host.asks('AT+CCHSEND=0,4', '\r\n> ');
      peer.end();
      await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
      host.sends('abcd');
      await host.hears('\r\nERROR\r\n');
      await host.asks('AT+CCHSEND=0,4', '\r\nERROR\r\n');
    });
  });

  describe('receiving', () => {
    it('tells of data once, and again after all was read', async () => {
      const { host, peer } = await connected();
      peer.write('hello');
      await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
      peer.write(' world');
      await host.hearsNothing();
      await host.asks('AT+CCHRECV=0,4', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,4\r\nhell\r\n\r\n+CCHRECV: 0,0\r\n');
      await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,7,0\r\n\r\nOK\r\n');
      await host.asks('AT+CCHRECV=0', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,7\r\no world\r\n\r\n+CCHRECV: 0,0\r\n');
      peer.write('again');
      await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
    });

    it('cuts a read into the frames of the family', async () => {
      const { host, peer } = await connected({ profile: 'a76xx' });
      peer.write(Buffer.alloc(1500, '\n'));
      await host.hears('\r\n+CCHEVENT: 0,RECV EVENT\r\n');
      host.sends('AT+CCHRECV=0,0\r');
      const frame = (length: number) => `\r\n+CCHRECV: DATA,0,${length}\r\n${'\n'.repeat(length)}\r\n`;
      await host.hears(`\r\nOK\r\n${frame(1024)}${frame(476)}\r\n+CCHRECV: 0,0\r\n`);
    });

    it('caches no more than it has room for, and holds the server back', async () => {
      const { modem, host, peer } = await connected({ receiveCache: 4096 });
      const all = Buffer.alloc(16 * 1024 * 1024, 'x');
      peer.write(all);
      await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
      for (let reads = 0; reads < 5; reads++) {
        await until(() => modem.sessions[0]?.cached === 4096);
        await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,4096,0\r\n\r\nOK\r\n');
        host.sends('AT+CCHRECV=0,4095\r');
        await host.finds(/x\r\n\r\n\+CCHRECV: 0,0\r\n/);
      }
      expect(modem.sessions[0]?.cached).to.be.at.most(4096);
      expect(peer.writableLength).to.be.greaterThan(0);
    });

    it('keeps what is cached when the peer closes', async () => {
      const { host, peer } = await connected();
      peer.end('farewell');
      await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n');
      await host.asks('AT+CCHOPEN?', '\r\nOK\r\n');
      await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,8,0\r\n\r\nOK\r\n');
      await host.asks('AT+CCHRECV=0', '\r\nOK\r\n\r\n+CCHRECV: DATA,0,8\r\nfarewell\r\n\r\n+CCHRECV: 0,0\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    });

    it('brings all of 30,000 bytes that the peer sent before it closed', async () => {
      const { modem, host, peer } = await connected({ frameSize: 1024 });
      peer.end(Buffer.alloc(30_000, 'y'));
      await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n');
      let read = 0;
      while (read < 30_000) {
        host.sends('AT+CCHRECV?\r');
        const cached = Number((await host.finds(/LEN,(\d+),0\r\n\r\nOK\r\n/))[1]);
        if (cached === 0) continue;
        host.sends(`AT+CCHRECV=0,${cached}\r`);
        await host.finds(/y\r\n\r\n\+CCHRECV: 0,0\r\n/);
        read += cached;
      }
      expect(read).to.equal(30_000);
      expect(modem.log.map(({ text }) => text)).to.include('+CCH_PEER_CLOSED: 0');
      expect(modem.brokenRules).to.be.empty;
    });

    it('refuses a close after the peer where told to, and opens anew without one', async () => {
      const { host, peer, port } = await connected({ closeAfterPeer: 'error' });
      peer.end('lost');
      await host.hears('\r\n+CCHEVENT: 0, RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n');
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1`, '\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n');
      await host.asks('AT+CCHRECV?', '\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n');
      await host.asks('AT+CCHCLOSE=0', '\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n');
    });

    it('tells a connection that was reset', async () => {
      const { modem, host, peer } = await connected();
      peer.resetAndDestroy();
      await host.hears('\r\n+CCH_RECV_CLOSED: 0,4\r\n');
      expect(modem.sessions[0]?.state).to.equal('ended');
    });

    it('closes as if the server had', async () => {
      const { modem, host, peer } = await connected();
      peer.resume();
      modem.closePeer(0);
      await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
      await once(peer, 'end');
    });

    it('pushes data in push mode, and tells the end behind it', async () => {
      const { host, peer } = await connected({}, '0,0');
      peer.write('hello');
      await host.hears('\r\n+CCHRECV: DATA,0,5\r\nhello\r\n');
      await host.asks('AT+CCHRECV=0', '\r\n+CCHRECV: 0,6\r\n\r\nERROR\r\n');
      peer.end(Buffer.alloc(100_000, 'z'));
      let pushed = 0;
      while (pushed < 100_000) {
        const length = Number((await host.finds(/^\r\n\+CCHRECV: DATA,0,(\d+)\r\n/))[1]);
        pushed += length;
        expect((await host.takes(length + 2)).toString()).to.equal(`${'z'.repeat(length)}\r\n`);
      }
      await host.hears('\r\n+CCH_PEER_CLOSED: 0\r\n');
    });
  });
});
