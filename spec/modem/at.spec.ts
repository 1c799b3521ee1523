import { once } from 'node:events';
import { expect } from 'chai';
import { Rig, rejection } from '../support/rig.js';
import { LineFilter } from '../support/line-filter.js';
import { daring, failed, next, received, unwritten } from './ssl/cells.js';
import { PIN_BY_HAND } from '../support/secrets.js';

describe('modem.at.command', () => {
  let rig: Rig;
  const command = (...given: Parameters<Rig['modem']['at']['command']>) => rig.modem.at.command(...given);
  let line: LineFilter;
  const scripted = new Map<string, string>();
  /** In place of the module. */
  const answer = (text: string, bytes: string) => {
    scripted.set(`${text}\r`, bytes);
    return line;
  };
  const toModem = (chunk: Buffer) => {
    const bytes = scripted.get(chunk.toString('latin1'));
    if (bytes === undefined) return chunk;
    setImmediate(() => line.say(bytes));
    return Buffer.alloc(0);
  };
  const refused = (call: () => Promise<unknown>, code?: string) => unwritten(rig, call, code);

  beforeEach(async () => {
    scripted.clear();
    rig = await Rig.open({ ...daring, filter: (port) => (line = new LineFilter(port, { toModem })) });
  });

  afterEach(async () => {
    await rig.close();
  });

  describe('resolves to the lines of the answer', () => {
    it('of one line, of many, and of none', async () => {
      expect(await command('AT+CSQ')).to.deep.equal({ lines: ['+CSQ: 24,99'] });
      expect((await command('AT+CSSLCFG?')).lines).to.have.lengthOf(10);
      expect(await command('AT')).to.deep.equal({ lines: [] });
      expect(await command('at+creg?')).to.deep.equal({ lines: ['+CREG: 0,1'] });
    });

    it('in free text', async () => {
      const { lines } = await command('ATI');
      expect(lines).to.have.lengthOf(5);
      expect(lines[0]).to.equal('Manufacturer: SIMCOM INCORPORATED');
      expect(await command('AT+CGSN')).to.deep.equal({ lines: ['860000000000001'] });
    });

    it('of several commands in one line, in order', async () => {
      const { lines } = await command('ATE0;+CSQ;+CREG?;+CCHMODE?;+CGSN');
      expect(lines).to.deep.equal(['+CSQ: 24,99', '+CREG: 0,1', '+CCHMODE: 0', '860000000000001']);
    });

    it('up to the command that fails', async () => {
      const error = await failed(command('AT+CSQ;+NOSUCH;+CREG?'), 'ERR_MODEM_COMMAND');
      expect(error).to.have.property('final', 'ERROR');
    });

    it('without what others say meanwhile, which becomes an event', async () => {
      rig.virtual.faults.interject = ['+CGEV: ME PDN ACT 1', '+CMTI: "SM",3'];
      const told: string[] = [];
      rig.modem.on('unsolicited', (line) => told.push(line));
      const mail: string[] = [];
      rig.modem.at.on('+CMTI', (line) => mail.push(line));
      expect(await command('AT+CSQ')).to.deep.equal({ lines: ['+CSQ: 24,99'] });
      rig.virtual.faults.interject = undefined;
      expect(told).to.include('+CGEV: ME PDN ACT 1').and.not.include('+CMTI: "SM",3');
      expect(mail).to.include('+CMTI: "SM",3');
    });

    it('also where they begin with another name than the command has', async () => {
      answer('AT+CICCID', '\r\n+ICCID: 898600\r\n\r\nOK\r\n');
      expect(await command('AT+CICCID')).to.deep.equal({ lines: ['+ICCID: 898600'] });
    });

    it('with text of their own behind lines with a name', async () => {
      answer('AT+CMGL="ALL"', '\r\n+CMGL: 1,"REC READ"\r\nHello: you\r\n\r\nOK\r\n');
      expect((await command('AT+CMGL="ALL"')).lines).to.deep.equal(['+CMGL: 1,"REC READ"', 'Hello: you']);
    });

    it('that begin with `prefix`, and no other', async () => {
      const told = once(rig.modem, 'unsolicited');
      answer('AT+X', '\r\nFIRST 1\r\n\r\nLAST\r\n\r\nfirst 2\r\n\r\nOK\r\n');
      expect(await command('AT+X', { prefix: 'First' })).to.deep.equal({ lines: ['FIRST 1', 'first 2'] });
      expect(await told).to.deep.equal(['LAST']);
    });

    it('and ends whatever the prefix is', async () => {
      for (const prefix of ['O', 'OK', '+', '+CSQ: 24,99']) {
        expect((await command('AT+CSQ', { prefix })).lines.length).to.be.at.most(1);
      }
      for (const prefix of ['+CM', 'E', 'ERROR']) await failed(command('AT+NOSUCH', { prefix }), 'ERR_MODEM_COMMAND');
    });
  });

  describe('fails', () => {
    it('with what the module answered', async () => {
      const error = await failed(command(`AT+CPIN="${PIN_BY_HAND}"`), 'ERR_MODEM_COMMAND');
      expect(error.message).to.contain('+CME ERROR: operation not allowed').and.not.contain(PIN_BY_HAND);
    });

    it('after `timeout`, and what comes late is not the answer of the next', async () => {
      const late = answer('AT+SLOW', '');
      await failed(command('AT+SLOW', { timeout: 50 }), 'ERR_MODEM_TIMEOUT');
      const following = command('AT+CSQ');
      late.say('\r\n+SLOW: 1\r\n\r\nOK\r\n');
      expect(await following).to.deep.equal({ lines: ['+CSQ: 24,99'] });
    });

    it('by signal, before and after it was written', async () => {
      await refused(() => command('AT+CSQ', { signal: AbortSignal.abort() }), 'ABORT_ERR');
      const controller = new AbortController();
      const asked = command('ATI', { signal: controller.signal });
      const queued = command('AT+CSQ', { signal: controller.signal });
      await rig.until(() => received(rig).at(-1) === 'ATI');
      controller.abort();
      for (const call of [asked, queued]) expect(await rejection(call)).to.have.property('name', 'AbortError');
      expect((await command('AT+CREG?')).lines).to.deep.equal(['+CREG: 0,1']);
      expect(received(rig).slice(-2)).to.deep.equal(['ATI', 'AT+CREG?']);
    });

    it('with ENODEV when the modem is closed', async () => {
      await rig.modem.close();
      await failed(command('AT'), 'ENODEV');
      await failed(rig.modem.ssl.CCHMODE.read(), 'ENODEV');
    });
  });

  describe('is refused, unwritten', () => {
    it('with what is no command, or more than one line', async () => {
      for (const text of ['', ' AT', 'CSQ', 'A', '+++', 'A/', 5, undefined, null, {}]) {
        await refused(() => command(text as never));
      }
      for (const text of ['AT\r', 'AT+CSQ\rAT+CCHSTOP', 'AT\n', 'AT+X="\u001a"', 'AT\b\b', 'AT\u007f', 'AT+X="open']) {
        await refused(() => command(text));
      }
    });

    it('with options that cannot be', async () => {
      for (const timeout of [0, -1, NaN, Infinity, '9000', 2 ** 31]) {
        await refused(() => command('AT', { timeout } as never));
      }
      for (const prefix of ['', 5, null]) await refused(() => command('AT+CSQ', { prefix } as never));
      for (const payload of [5, null, [], {}]) await refused(() => command('AT+X', { payload } as never));
    });

    it('with another number of bytes than it says', async () => {
      const wrong: readonly [text: string, payload?: string][] = [
        ['AT+CCHSEND=0,5'],
        ['AT+CCHSEND=0,5', 'four'],
        ['AT+CCHSEND=0,0'],
        ['AT+CCHSEND=0', ''],
        ['AT+CCHSEND=0', 'x'],
        ['at+cchsend = 0 , 5', 'sixsix'],
        ['AT+CCHSEND=0,4;+CSQ', 'four'],
        ['AT+CCERTDOWN="a.pem",5', 'é中'.repeat(2)],
        ['AT+CCERTDOWN="a,5;b.pem"', 'fives'],
        ['AT+CSQ;+CCERTDOWN="a.pem",5'],
      ];
      for (const [text, payload] of wrong) await refused(() => command(text, { payload }));
    });

    it('where data would come behind its OK', async () => {
      for (const text of ['AT+CCHRECV=0', 'at+cchrecv = 1,100', 'ATE0;+CCHRECV=0']) {
        expect((await refused(() => command(text), 'ERR_MODEM_UNSUPPORTED')).message).to.contain('ssl.CCHRECV.write');
      }
      expect(await command('AT+CCHRECV?')).to.deep.equal({ lines: ['+CCHRECV: LEN,0,0'] });
    });

    it('where it changes how the module answers', async () => {
      for (const text of ['ATV0', 'ATV', 'ATZ', 'ATE0;&F', 'AT+IPR=9600', 'AT+CMEE=0', 'ATD*99#', 'ATO', 'ATS3=10']) {
        await refused(() => command(text), 'ERR_MODEM_UNSUPPORTED');
      }
      expect(await command('AT+CMEE?')).to.deep.equal({ lines: ['+CMEE: 2'] });
    });
  });

  describe('with a payload', () => {
    it('writes it at the prompt: a file, and data', async () => {
      await command('AT+CCERTDOWN="a.pem",6', { payload: 'é\r\nOK' });
      expect(rig.virtual.files.get('a.pem')?.toString()).to.equal('é\r\nOK');
      let received!: (data: Buffer) => void;
      const data = new Promise<Buffer>((resolve) => (received = resolve));
      const port = await rig.tcp((peer) => peer.once('data', received));
      await rig.modem.ssl.CCHOPEN.write({ session: 0, host: 'a.test', port, clientType: 1 });
      await command('AT+CCHSEND=0,4', { payload: Buffer.of(0, 13, 10, 26) });
      expect(await data).to.deep.equal(Buffer.of(0, 13, 10, 26));
    });

    it('writes none where the module refuses', async () => {
      await failed(command('AT+CCHSEND=1,4', { payload: 'text' }), 'ERR_MODEM_COMMAND');
      await command('AT');
      expect(received(rig).slice(-2)).to.deep.equal(['AT+CCHSEND=1,4', 'AT']);
    });
  });

  describe('and its listeners', () => {
    it('hear each line that begins so, until they are ended, and no answer', async () => {
      const heard: string[] = [];
      const ends = ['+CREG', '+creg', 'RING'].map((prefix, index) =>
        rig.modem.at.on(prefix, (line) => heard.push(`${index} ${line}`)),
      );
      const unexplained: string[] = [];
      rig.modem.on('unsolicited', (line) => unexplained.push(line));
      await command('AT+CREG?');
      for (const line of ['+CREG: 2', 'RING', '+CGREG: 1']) rig.virtual.inject(line);
      await command('AT');
      ends[0]?.();
      rig.virtual.inject('+CREG: 1');
      await command('AT');
      for (const end of ends) end();
      rig.virtual.inject('RING');
      await command('AT');
      expect(heard).to.deep.equal(['0 +CREG: 2', '1 +CREG: 2', '2 RING', '1 +CREG: 1']);
      expect(unexplained).to.deep.equal(['+CGREG: 1', 'RING']);
    });

    it('must be functions, of a prefix', () => {
      for (const prefix of ['', '  ', 5, undefined]) {
        expect(() => rig.modem.at.on(prefix as never, () => undefined)).to.throw('prefix');
      }
      expect(() => rig.modem.at.on('RING', undefined as never)).to.throw('listener');
    });

    it('take nothing away from sockets', async () => {
      const lines: string[] = [];
      for (const prefix of ['+', '+CCH', '+CCHOPEN', 'O', 'E']) rig.modem.at.on(prefix, (line) => lines.push(line));
      const port = await rig.tls((peer) => peer.end('all of it'));
      const socket = rig.modem.connect({ host: 'server.test', port, ca: rig.ca });
      const [data] = (await once(socket, 'data')) as [Buffer];
      expect(data.toString()).to.equal('all of it');
      await once(socket, 'close');
      expect(lines).to.include('+CCHOPEN: 0,0');
    });

    it('take nothing away from the channel: a final result of nobody’s makes it ask', async () => {
      rig.modem.at.on('O', () => undefined);
      rig.virtual.inject('OK');
      await command('AT+CSQ');
      expect(received(rig).slice(-2)).to.deep.equal(['AT+CCHSET?', 'AT+CSQ']);
    });

    it('hear what comes of a command by hand', async () => {
      const result = next(rig, '+CCHOPEN');
      await command('AT+CCHOPEN=0,"nowhere.test",443');
      expect(await result).to.equal('+CCHOPEN: 0,13');
    });

    it('that throw are uncaught exceptions, and everything else goes on', async () => {
      const thrown: unknown[] = [];
      process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
      try {
        const heard: string[] = [];
        const mistake = new Error('a listener of a user');
        rig.modem.at.on('RING', () => {
          throw mistake;
        });
        rig.modem.at.on('RING', (line) => heard.push(line));
        rig.virtual.inject('RING');
        expect(await command('AT+CSQ')).to.deep.equal({ lines: ['+CSQ: 24,99'] });
        rig.virtual.inject('RING');
        expect(await command('AT+CSQ')).to.deep.equal({ lines: ['+CSQ: 24,99'] });
        expect(heard).to.deep.equal(['RING', 'RING']);
        expect(thrown).to.deep.equal([mistake, mistake]);
      } finally {
        process.setUncaughtExceptionCaptureCallback(null);
      }
    });
  });
});
