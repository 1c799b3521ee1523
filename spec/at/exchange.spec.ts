import { expect } from 'chai';

import { Stage, failure, follow, isSettled } from './stage.js';

const csq = { text: 'AT+CSQ', owns: (line: string) => line.startsWith('+CSQ:') };
const send = (text: string) => ({
  text: `AT+CCHSEND=0,${text.length}`,
  payload: [Buffer.from(text, 'latin1')],
});

describe('AtChannel, an exchange', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  describe('lines', () => {
    it('host sends a command, modem answers OK', async () => {
      const outcome = follow(stage.channel.execute({ text: 'AT' }));
      await stage.hostSends('AT\r');
      await stage.modemAnswers('\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: [] });
    });

    it('modem answers information lines of its own, in order', async () => {
      const outcome = follow(stage.channel.execute({ text: 'AT+X?', owns: (line) => line.startsWith('+X:') }));
      await stage.hostSends('AT+X?\r');
      await stage.modemAnswers('\r\n+X: 1\r\n+X: 2\r\n\r\n+X: 1\r\n\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: ['+X: 1', '+X: 2', '+X: 1'] });
    });

    it('modem echoes the command; the echo is told and taken once', async () => {
      let echoes = 0;
      stage.channel.on('echo', () => echoes++);
      const outcome = follow(stage.channel.execute({ text: 'at+cgmr', free: true }));
      await stage.hostSends('at+cgmr\r');
      await stage.modemAnswers('at+cgmr\r\r\nAT+CGMR\r\n\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: ['AT+CGMR'] });
      expect(echoes).to.equal(1);
    });

    it('modem answers free text', async () => {
      const outcome = follow(stage.channel.execute({ text: 'ATI', free: true }));
      await stage.hostSends('ATI\r');
      await stage.modemAnswers('\r\nManufacturer: X\r\nModel: Y\r\n\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: ['Manufacturer: X', 'Model: Y'] });
    });

    it('a line of free text that somebody listens for is not part of the answer', async () => {
      const heard: string[] = [];
      stage.channel.listen('+CCHEVENT', (line) => heard.push(line));
      const outcome = follow(stage.channel.execute({ text: 'ATI', free: true }));
      await stage.hostSends('ATI\r');
      await stage.modemAnswers('\r\nModel: Y\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: ['Model: Y'] });
      expect(heard).to.deep.equal(['+CCHEVENT: 0,RECV EVENT']);
    });

    for (const final of ['ERROR', '+CME ERROR: 3', '+CME ERROR: SIM busy', '+CMS ERROR: 500', 'COMMAND NOT SUPPORT']) {
      it(`modem answers ${final}: it fails, and the next command needs no barrier`, async () => {
        const outcome = follow(stage.channel.execute(csq));
        await stage.hostSends('AT+CSQ\r');
        await stage.modemAnswers(`\r\n${final}\r\n`);
        const error = await failure(outcome);
        expect(error).to.include({
          code: 'ERR_MODEM_COMMAND',
          phase: 'command',
          final,
          supplied: 0,
          command: 'AT+CSQ',
        });
        await stage.works();
      });
    }

    for (const line of ['NO CARRIER', 'BUSY', 'NO ANSWER', 'NO DIALTONE']) {
      it(`${line}, of a call that somebody else made, ends no other command`, async () => {
        const outcome = follow(stage.channel.execute(csq));
        await stage.hostSends('AT+CSQ\r');
        await stage.modemAnswers(`\r\nRING\r\n\r\n${line}\r\n\r\n+CSQ: 1,99\r\n\r\nOK\r\n`);
        expect(await outcome).to.deep.equal({ lines: ['+CSQ: 1,99'] });
        expect(stage.unknown).to.deep.equal(['RING', line]);
      });
    }

    it('NO CARRIER ends a command that goes online', async () => {
      const outcome = follow(stage.channel.execute({ text: 'ATO' }));
      await stage.hostSends('ATO\r');
      await stage.modemAnswers('\r\nNO CARRIER\r\n');
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_COMMAND', final: 'NO CARRIER' });
    });
  });

  describe('unsolicited lines', () => {
    const ring = '\r\nRING\r\n';
    const event = '\r\n+CCHEVENT: 0,RECV EVENT\r\n';

    it('come before the echo, behind it, between lines, before and behind OK', async () => {
      const heard: string[] = [];
      stage.channel.listen('+cchevent', (line) => heard.push(line));
      const outcome = follow(stage.channel.execute(csq));
      await stage.hostSends('AT+CSQ\r');
      await stage.modemAnswers(`${ring}${event}AT+CSQ\r${ring}\r\n+CSQ: 24,99\r\n${event}${ring}\r\nOK\r\n${event}`);
      expect(await outcome).to.deep.equal({ lines: ['+CSQ: 24,99'] });
      expect(heard).to.have.lengthOf(3);
      expect(stage.unknown).to.deep.equal(['RING', 'RING', 'RING']);
    });

    it('that look like an answer, with nothing asked, are told to listeners or as unknown', async () => {
      const heard: string[] = [];
      const stop = stage.channel.listen('+CSQ', (line) => heard.push(line));
      await stage.modemAnswers('\r\n+CSQ: 1,99\r\n\r\nOK\r\n\r\nERROR\r\n');
      stop();
      await stage.modemAnswers('\r\n+CSQ: 2,99\r\n');
      expect(heard).to.deep.equal(['+CSQ: 1,99']);
      expect(stage.unknown).to.deep.equal(['OK', 'ERROR', '+CSQ: 2,99']);
    });

    it('a listener that ends itself, and one that runs a command, disturb nothing', async () => {
      const heard: string[] = [];
      let inner: Promise<unknown> | undefined;
      const stop = stage.channel.listen('RING', () => {
        heard.push('first');
        stop();
        inner = follow(stage.channel.execute(csq));
      });
      stage.channel.listen('RING', () => heard.push('second'));
      const outcome = follow(stage.channel.execute({ text: 'AT' }));
      await stage.hostSends('AT\r');
      await stage.modemAnswers(ring);
      await stage.hostIsSilent();
      await stage.modemAnswers(`${ring}\r\nOK\r\n`);
      expect(await outcome).to.deep.equal({ lines: [] });
      await stage.hostSends('AT+CSQ\r');
      await stage.modemAnswers('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
      expect(await inner).to.deep.equal({ lines: ['+CSQ: 24,99'] });
      expect(heard).to.deep.equal(['first', 'second', 'second']);
    });
  });

  describe('counted bytes', () => {
    it('host waits for the prompt, writes exactly its bytes, modem answers OK', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\n> ');
      await stage.hostSends('hello');
      expect(await isSettled(outcome)).to.equal(false);
      await stage.modemAnswers('\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: [] });
    });

    it('several buffers are written one after the other, with nothing behind', async () => {
      const payload = ['he', '', 'llo\x1a'].map((part) => Buffer.from(part));
      const outcome = follow(stage.channel.execute({ text: 'AT+CCHSEND=0,6', payload }));
      await stage.hostSends('AT+CCHSEND=0,6\r');
      await stage.modemAnswers('AT+CCHSEND=0,6\r\r\n>\r\n');
      await stage.hostSends('hello\x1a');
      await stage.modemAnswers('\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: [] });
    });

    it('a second prompt writes nothing', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\n> ');
      await stage.hostSends('hello');
      await stage.modemAnswers('\r\n> \r\n');
      await stage.hostIsSilent();
      await stage.modemAnswers('\r\nOK\r\n');
      expect(await outcome).to.deep.equal({ lines: [] });
    });

    it('modem answers ERROR before the prompt: nothing was written, nothing is owed', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\nERROR\r\n');
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_COMMAND', phase: 'command', supplied: 0 });
      await stage.works();
    });

    it('modem answers ERROR after the bytes: the phase says so, and a barrier follows', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\n> ');
      await stage.hostSends('hello');
      await stage.modemAnswers('\r\nERROR\r\n');
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_COMMAND', phase: 'payload', supplied: 0 });
      await stage.barrierPasses();
      await stage.works();
    });

    it('modem answers OK without a prompt: carriage returns, barrier, next command', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\nOK\r\n');
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_LINE', phase: 'command', supplied: 5 });
      await stage.hostSends('\r\r\r\r\rAT+CCHSET?\r');
      await stage.modemAnswers('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
      await stage.works();
    });

    it('the prompt is lost: after the deadline as many carriage returns, then barrier, then the next command', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      const next = follow(stage.channel.execute(csq));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\n');
      await stage.passes(9001);
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT', phase: 'command', supplied: 5 });
      await stage.hostSends('\r\r\r\r\rAT+CCHSET?\r');
      await stage.modemAnswers('\r\nOK\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
      await stage.hostSends('AT+CSQ\r');
      await stage.modemAnswers('\r\n+CSQ: 3,99\r\n\r\nOK\r\n');
      expect(await next).to.deep.equal({ lines: ['+CSQ: 3,99'] });
    });

    it('one counted byte is lost: the carriage returns end the wait', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers('\r\n> ');
      await stage.hostSends('hello');
      await stage.passes(9001);
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT', phase: 'payload', supplied: 5 });
      await stage.hostSends('\r\r\r\r\rAT+CCHSET?\r');
      await stage.modemAnswers('\r\nOK\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
      await stage.works();
    });

    it('a prompt that comes after its deadline writes nothing', async () => {
      const outcome = follow(stage.channel.execute(send('hello')));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.passes(9001);
      await failure(outcome);
      await stage.hostSends('\r\r\r\r\rAT+CCHSET?\r');
      await stage.modemAnswers('\r\n> \r\nOK\r\n');
      await stage.hostIsSilent();
      await stage.modemAnswers('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
      await stage.works();
    });
  });
});
