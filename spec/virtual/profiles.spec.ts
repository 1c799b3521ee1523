import { expect } from 'chai';

import { profiles, type ProfileName } from '../../lib/cch/table/index.js';
import { VirtualModem } from '../../lib/virtual/index.js';
import { Host, afterwards, cleanUp, connected, modemAndHost, started, tcpServer } from './host.js';
import { dialects, line } from './dialects.js';
import { upload } from './tls-host.js';
import { until } from '../support/turn.js';
import { KEY_PASSWORD } from '../support/secrets.js';

const names = Object.keys(profiles) as ProfileName[];
const chinese = '中华.pem';
/** What the example of F1013 makes of it. */
const entities = '262378344532443B262378353334453B2E70656D';
const utf8 = Buffer.from(chinese).toString('hex').toUpperCase();

const lines = (texts: readonly string[]) => `${texts.length === 0 ? '' : `\r\n${texts.join('\r\n')}\r\n`}\r\nOK\r\n`;
const frame = (length: number) => `\r\n+CCHRECV: DATA,0,${length}\r\n${'x'.repeat(length)}\r\n`;

for (const profile of names) {
  const dialect = dialects[profile];

  describe(`virtual modem: dialect of ${profile}`, () => {
    afterEach(cleanUp);

    it('boots with its banner', async () => {
      const modem = new VirtualModem({ profile });
      afterwards(() => modem.close());
      const host = new Host(modem.attach());
      modem.reset();
      await host.hears(dialect.banner.map(line).join(''));
    });

    it('tells its revision', async () => {
      const { host } = modemAndHost({ profile });
      await host.asks('AT+CGMR', lines([dialect.revision]));
    });

    it('prompts, and takes another prompt by option', async () => {
      const { host } = modemAndHost({ profile });
      await host.asks('AT+CCERTDOWN="ca.pem",3', `\r\n${dialect.prompt}`);
      host.sends('abc');
      await host.hears(line('OK'));
      const other = modemAndHost({ profile, prompt: '>\r' });
      await other.host.asks('AT+CCERTDOWN="ca.pem",3', '\r\n>\r');
    });

    /** A start, an open, a close and a stop of which each is answered in one of two orders; which ones it was. */
    async function orders(host: Host, port: number): Promise<string[]> {
      const found: string[] = [];
      for (const [command, result] of [
        ['AT+CCHSTART', '+CCHSTART: 0'],
        [`AT+CCHOPEN=1,"127.0.0.1",${port},1`, '+CCHOPEN: 1,0'],
        ['AT+CCHCLOSE=1', '+CCHCLOSE: 1,0'],
        ['AT+CCHSTOP', '+CCHSTOP: 0'],
      ] as const) {
        const okFirst = line('OK') + line(result);
        host.sends(`${command}\r`);
        const heard = (await host.takes(okFirst.length)).toString();
        expect([okFirst, lines([result])]).to.include(heard);
        found.push(heard === okFirst ? 'ok-first' : 'result-first');
      }
      return found;
    }

    it(`answers OK and the result ${dialect.order}`, async () => {
      const { port } = await tcpServer();
      const { host } = modemAndHost({ profile, replyOrder: undefined });
      const found: string[] = [];
      for (let times = 0; times < 4; times++) found.push(...(await orders(host, port)));
      const expected = dialect.order === 'either' ? ['ok-first', 'result-first'] : ['ok-first'];
      expect([...new Set(found)]).to.have.members(expected);
    });

    for (const replyOrder of ['ok-first', 'result-first'] as const) {
      it(`answers them ${replyOrder} when told`, async () => {
        const { port } = await tcpServer();
        const { host } = modemAndHost({ profile, replyOrder });
        expect(new Set(await orders(host, port))).to.deep.equal(new Set([replyOrder]));
      });

      it(`tells a start and an open that failed behind OK, otherwise ${replyOrder}`, async () => {
        const { host } = modemAndHost({ profile, replyOrder, registrationState: 3 });
        await host.asks('AT+CCHSTART', dialect.failedStart);
        const other = await started({ profile, replyOrder });
        await other.host.asks('AT+CCHOPEN=0,"unknown.example",443', dialect.failedOpen);
      });
    }

    it('starts and stops on a PDP context, where it can', async () => {
      const { host } = modemAndHost({ profile });
      const { startTakesContext: starts, stopTakesContext: stops } = profiles[profile];
      await host.asks('AT+CCHSTART=16', line('ERROR'));
      await host.asks('AT+CCHSTART=2', dialect.startOf);
      await host.asks('AT+CCHADDR', starts ? lines([dialect.address.replace(' 1,', ' 2,')]) : line('ERROR'));
      // Not the one that it was started with.
      await host.asks('AT+CCHSTOP=1', line('ERROR'));
      await host.asks('AT+CCHSTOP=2', dialect.stopOf);
      await host.asks('AT+CCHSTOP', starts && !stops ? line('OK') + line('+CCHSTOP: 0') : line('ERROR'));
    });

    it('tells its address', async () => {
      const { host } = await started({ profile });
      await host.asks('AT+CCHADDR', lines([dialect.address]));
    });

    it('lists its sessions', async () => {
      const { host, port, peer } = await connected({ profile });
      const own = String(peer.remotePort);
      const open = dialect.open.map((text) => text.replace('PORT', String(port)).replace('OWN', own));
      await host.asks('AT+CCHOPEN?', lines(open));
      peer.end();
      await host.hears(line('+CCH_PEER_CLOSED: 0'));
      await host.asks('AT+CCHOPEN?', lines(dialect.none));
    });

    it('shows a local port that was asked for', async () => {
      const { port } = await tcpServer();
      const free = await tcpServer();
      await new Promise((resolve) => free.server.close(resolve));
      const { host } = await started({ profile });
      await host.asks(`AT+CCHOPEN=0,"127.0.0.1",${port},1,${free.port}`, line('OK') + line('+CCHOPEN: 0,0'));
      const [first = ''] = dialect.open;
      const shown = `${first.replace('PORT', String(port)).replace(',OWN', '')},${free.port}`;
      await host.asks('AT+CCHOPEN?', lines([shown, ...dialect.open.slice(1)]));
    });

    it('tells of data, and cuts it into frames', async () => {
      const { modem, host, peer } = await connected({ profile });
      const fill = async () => {
        peer.write('x'.repeat(5000));
        await host.hears(line(dialect.event));
        await until(() => modem.sessions[0]?.cached === 5000);
      };
      const trailer = line('+CCHRECV: 0,0');
      await fill();
      await host.asks('AT+CCHRECV=0', line('OK') + dialect.frames.map(frame).join('') + trailer);
      await fill();
      await host.asks('AT+CCHRECV=0,0', line('OK') + dialect.zero.map(frame).join('') + trailer);
      const rest = 5000 - dialect.zero.reduce((sum, length) => sum + length, 0);
      await host.asks('AT+CCHRECV?', lines([`+CCHRECV: LEN,${rest},0`]));
    });

    it('knows how long an explicit read may be', async () => {
      const { modem, host, peer } = await connected({ profile });
      peer.write('x'.repeat(2049));
      await host.hears(line(dialect.event));
      await until(() => modem.sessions[0]?.cached === 2049);
      host.sends('AT+CCHRECV=0,2049\r');
      expect((await host.finds(/^\r\n(OK|ERROR)\r\n/))[1]).to.equal(dialect.longRead);
    });

    it('stops the service in its own words when the network is lost', async () => {
      const { host } = await started({ profile });
      await host.asks('AT+CFUN=0', line('OK') + line(dialect.stopped));
    });

    it('shows its SSL contexts', async () => {
      const { modem, host } = modemAndHost({ profile });
      const shown = modem.contexts.map((_, index) => `+CSSLCFG: ${index},${dialect.context}`);
      await host.asks('AT+CSSLCFG?', lines(shown));
      await host.asks('AT+CSSLCFG=9', lines(shown.slice(9)));
    });

    it('knows the keys of an SSL context, and no others', async () => {
      const { modem, host } = modemAndHost({ profile });
      await upload(host, 'file.pem', 'content');
      const values: Record<string, string | number> = {
        sslversion: 1,
        authmode: 3,
        ignorelocaltime: 0,
        negotiatetime: 10,
        cacert: 'file.pem',
        clientcert: 'file.pem',
        clientkey: 'file.pem',
        enableSNI: 1,
        keypwd: KEY_PASSWORD,
        ciphersuites: 0x2f,
        password: 'file.pem',
        ignorecertCN: 1,
        use_tickets: 1,
      };
      for (const [key, value] of Object.entries(values)) {
        const text = key === 'ciphersuites' ? '0x002F' : typeof value === 'string' ? `"${value}"` : value;
        const known = dialect.keys.includes(key);
        await host.asks(`AT+CSSLCFG="${key}",4,${text}`, line(known ? 'OK' : 'ERROR'));
        if (known) expect(modem.contexts[4]).to.include({ [key]: value });
      }
      const known = Object.entries(values).filter(([key]) => dialect.keys.includes(key));
      expect(modem.contexts[4]).to.deep.include(Object.fromEntries(known));
    });

    it('lists files, also one whose name is not ASCII, by either way to write it', async () => {
      const { host } = modemAndHost({ profile });
      await upload(host, 'ca.pem', 'a');
      for (const hexadecimal of [utf8, entities]) {
        host.sends(`AT+CCERTDOWN={non-ascii}"${hexadecimal}",1\r`);
        await host.finds(/^\r\n>/);
        host.sends('b');
        await host.finds(/\r\nOK\r\n/);
        await host.asks('AT+CCERTLIST', lines(['+CCERTLIST: "ca.pem"', dialect.certificate]));
        await host.asks(`AT+CSSLCFG="cacert",0,{non-ascii}"${entities}"`, line('OK'));
        await host.asks(`AT+CCERTDELE={non-ascii}"${utf8}"`, line('OK'));
        await host.asks(`AT+CCERTDELE={non-ascii}"${hexadecimal}"`, line('ERROR'));
      }
    });

    it('knows how long a file name may be', async () => {
      const { host } = modemAndHost({ profile });
      await host.asks('AT+CCERTDOWN=?', lines([`+CCERTDOWN: (5-${dialect.fileName}),(1-10240)`]));
      await host.asks(`AT+CCERTDOWN="${'n'.repeat(dialect.fileName - 3)}.pem",5`, line('ERROR'));
      await host.asks(`AT+CCERTDOWN="${'n'.repeat(dialect.fileName - 4)}.pem",5`, `\r\n${dialect.prompt}`);
    });
  });
}

describe('virtual modem: an SSL context with values', () => {
  afterEach(cleanUp);

  const settings = ['"authmode",3,2', '"enableSNI",3,1', '"cacert",3,"ca.pem"', '"clientkey",3,"key.pem"'];
  for (const [profile, more, shown] of [
    [
      'sim7600',
      [`"keypwd",3,"${KEY_PASSWORD}"`, '"ciphersuites",3,0x002F'],
      `4,2,1,300,"ca.pem","","key.pem",1,"${KEY_PASSWORD}",0x002F`,
    ],
    ['a76xx', ['"password",3,"word.pem"'], '4,2,1,300,"ca.pem","","key.pem",1'],
    [
      'sim767x',
      ['"password",3,"word.pem"', '"ignorecertCN",3,1', '"use_tickets",3,1', '"sslversion",3,1'],
      '1,2,1,300,"ca.pem","","key.pem","word.pem",1,1,1,0xFFFF',
    ],
  ] as const) {
    it(`is shown in the columns of ${profile}, and its password is in no log`, async () => {
      const { modem, host } = modemAndHost({ profile });
      for (const name of ['ca.pem', 'key.pem', 'word.pem']) await upload(host, name, 'content');
      for (const setting of [...settings, ...more]) await host.asks(`AT+CSSLCFG=${setting}`, line('OK'));
      await host.asks('AT+CSSLCFG=3', lines([`+CSSLCFG: 3,${shown}`]));
      const log = modem.log.map(({ text }) => text);
      expect(log).to.include(`+CSSLCFG: 3,${shown.replace(KEY_PASSWORD, '***')}`);
      expect(log.join()).to.not.include(KEY_PASSWORD);
    });
  }
});
