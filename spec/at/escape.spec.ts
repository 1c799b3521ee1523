import { expect } from 'chai';

import { CLOSED, DataStage, OK, csq } from './data-stage.js';
import { failure, follow, isSettled, type Outcome } from './stage.js';

describe('AtChannel, leaving data mode', () => {
  let stage: DataStage;
  beforeEach(() => (stage = new DataStage()));
  afterEach(() => stage.end());

  describe('a command in between', () => {
    beforeEach(() => stage.online());

    it('host keeps silent, escapes, asks, and goes back', async () => {
      const outcome = stage.ask();
      await stage.hostEscapes();
      await stage.passes(1000);
      await stage.hostIsSilent();
      await stage.modemAnswers(OK);
      await stage.passes(199);
      await stage.hostIsSilent();
      await stage.passes(1);
      await stage.isAsked(outcome);
      await stage.hostGoesOnline();
      await stage.modemAnswers('data');
      expect(stage.data).to.equal('data');
      expect(await stage.send('bytes')).to.equal('sent');
      await stage.hostSends('bytes');
    });

    it('silence is counted from when the last byte has left', async () => {
      await stage.end();
      stage = new DataStage({ baudRate: 1000 });
      await stage.online();
      void stage.send('x'.repeat(100));
      await stage.hostSends('x'.repeat(100));
      const outcome = stage.ask();
      await stage.passes(1000);
      await stage.hostEscapes();
      await stage.modemEscapes();
      await stage.isAsked(outcome);
    });

    it('pluses that are held back go first, and the silence is counted from them', async () => {
      void stage.send('+++');
      const outcome = stage.ask();
      await stage.hostSends('+');
      await stage.passes(999);
      await stage.hostIsSilent();
      await stage.passes(2);
      await stage.hostSends('++');
      await stage.hostEscapes();
      await stage.modemEscapes();
      await stage.isAsked(outcome);
      await stage.hostGoesOnline();
    });

    it('several use one escape', async () => {
      const outcomes = [stage.ask(), stage.ask(), stage.ask()];
      await stage.hostEscapes();
      await stage.modemEscapes();
      for (const outcome of outcomes) await stage.isAsked(outcome);
      await stage.hostGoesOnline();
    });

    it('several, each asked when the one before was answered, use one escape', async () => {
      const outcome = (async () => {
        for (let count = 0; count < 3; count++) {
          await stage.channel.execute(csq);
          // A caller behind many promises.
          for (let hop = 0; hop < 50; hop++) await Promise.resolve();
        }
      })();
      await stage.hostEscapes();
      await stage.modemEscapes();
      for (let count = 0; count < 3; count++) {
        await stage.hostSends('AT+CSQ\r');
        await stage.modemAnswers(`\r\n+CSQ: 24,99\r\n${OK}`);
      }
      await outcome;
      await stage.hostGoesOnline();
    });

    it('writes meanwhile wait, and go out behind CONNECT, in order', async () => {
      const outcome = stage.ask();
      const sent = [stage.send('one ')];
      await stage.hostEscapes();
      sent.push(stage.send('two '));
      await stage.modemEscapes();
      sent.push(stage.send('three '));
      await stage.isAsked(outcome);
      sent.push(stage.send('four'));
      await stage.hostGoesOnline();
      await stage.hostSends('one two three four');
      expect(await Promise.all(sent)).to.deep.equal(['sent', 'sent', 'sent', 'sent']);
    });

    it('an OK of the server right behind the pluses is data', async () => {
      const outcome = stage.ask();
      await stage.hostEscapes();
      await stage.modemAnswers(OK);
      await stage.passes(700);
      expect(stage.data).to.equal(OK);
      await stage.passes(300);
      await stage.modemAnswers(OK);
      await stage.passes(200);
      expect(stage.data).to.equal(OK);
      await stage.isAsked(outcome);
      await stage.hostGoesOnline();
    });

    it('data that flows until the OK, and ends with one, is delivered', async () => {
      const outcome = stage.ask();
      await stage.hostEscapes();
      for (let index = 0; index < 20; index++) {
        await stage.modemAnswers(`line ${index}${OK}`);
        await stage.passes(100);
      }
      await stage.modemAnswers(OK);
      await stage.passes(200);
      await stage.isAsked(outcome);
      expect(stage.data).to.equal(Array.from({ length: 20 }, (_, index) => `line ${index}${OK}`).join(''));
    });

    it('a slow line may bring data long before the OK', async () => {
      await stage.end();
      stage = new DataStage({ baudRate: 9600 });
      await stage.online();
      const outcome = stage.ask();
      await stage.hostEscapes();
      for (let index = 0; index < 100; index++) {
        await stage.modemAnswers('data');
        await stage.passes(100);
      }
      await stage.modemAnswers(OK);
      await stage.passes(200);
      await stage.isAsked(outcome);
      expect(stage.data).to.equal('data'.repeat(100));
    });

    it('what the module held back comes behind the OK, and reaches those who listen', async () => {
      const heard: string[] = [];
      stage.channel.listen('+CREG', (line) => heard.push(line));
      const outcome = stage.ask();
      await stage.hostEscapes();
      await stage.modemEscapes(`data${OK}\r\nRING\r\n\r\n+CREG: 5\r\n`);
      expect(stage.data).to.equal('data');
      expect(heard).to.deep.equal(['+CREG: 5']);
      expect(stage.unknown).to.deep.equal(['RING']);
      await stage.isAsked(outcome);
      await stage.hostGoesOnline();
    });

    it('CLOSED in the middle of the escape: the session is over, the command is asked', async () => {
      for (const [before, after] of [
        [1049, ''],
        [1050, '+++'],
        [2100, '+++'],
      ] as const) {
        const outcome = stage.ask();
        const sent = stage.send('bytes');
        await stage.passes(before);
        await stage.hostSends(after);
        await stage.modemAnswers(`data${CLOSED}`);
        await stage.passes(199);
        // The silence before the pluses is over meanwhile.
        await stage.hostSends(before === 1049 ? '+++' : '');
        await stage.passes(1);
        expect(stage.losses.splice(0)).to.deep.equal([undefined]);
        expect(await sent).to.equal('ERR_MODEM_SESSION');
        // Its pluses may have crossed the word, and the server may have said it.
        await stage.hostMakesSure();
        await stage.isAsked(outcome);
        await stage.online();
      }
    });

    it('CLOSED behind the OK: the session is over, and nobody goes back', async () => {
      const outcome = stage.ask();
      await stage.hostEscapes();
      await stage.modemEscapes(`${OK}${CLOSED}\r\n+CCH: CCH STOP\r\n`);
      expect(stage.losses).to.deep.equal([undefined]);
      await stage.isAsked(outcome);
      await stage.hostIsSilent();
    });

    it('a command that is aborted while the host escapes: the session goes on', async () => {
      const controller = new AbortController();
      const outcome = follow(stage.channel.execute(csq, { signal: controller.signal }));
      await stage.hostEscapes();
      controller.abort();
      expect(await failure(outcome)).to.include({ code: 'ABORT_ERR' });
      await stage.modemEscapes();
      await stage.hostGoesOnline();
    });

    it('a command that is not to be written after all: the session goes on', async () => {
      const beforeWrite = () => {
        throw new Error('Not any more.');
      };
      const outcome = follow(stage.channel.execute(csq, { beforeWrite }));
      await stage.hostEscapes();
      await stage.modemEscapes();
      expect(await failure(outcome)).to.have.property('message', 'Not any more.');
      await stage.hostGoesOnline();
    });

    it('the last of several is aborted: the session goes on behind those before it', async () => {
      const controller = new AbortController();
      const outcome = stage.ask();
      const aborted = follow(stage.channel.execute(csq, { signal: controller.signal }));
      await stage.hostEscapes();
      await stage.modemEscapes();
      controller.abort();
      await failure(aborted);
      await stage.isAsked(outcome);
      await stage.hostGoesOnline();
    });

    it('verify asks behind an escape, and the session goes on', async () => {
      stage.channel.verify();
      await stage.hostEscapes();
      await stage.modemEscapes();
      await stage.barrierPasses();
      await stage.hostGoesOnline();
    });

    it('command mode is held until all have let go', async () => {
      const release = [stage.channel.holdCommandMode(), stage.channel.holdCommandMode()];
      let outcome = stage.ask();
      await stage.hostEscapes();
      await stage.modemEscapes();
      await stage.isAsked(outcome);
      await stage.passes(10_000);
      await stage.hostIsSilent();
      release[0]?.();
      release[0]?.();
      await stage.hostIsSilent();
      outcome = stage.ask();
      await stage.isAsked(outcome);
      release[1]?.();
      await stage.settle();
      await stage.hostGoesOnline();
    });
  });

  describe('an escape that fails', () => {
    beforeEach(() => stage.online());

    async function failedEscape(): Promise<{ outcome: Promise<Outcome>; sent: Promise<string> }> {
      const outcome = stage.ask();
      const sent = stage.send('bytes');
      await stage.hostEscapes();
      await stage.passes(3990);
      expect(stage.losses).to.deep.equal([]);
      await stage.passes(12);
      expect(stage.losses.map((error) => error?.message)).to.deep.equal([
        'The module did not leave data mode: no OK followed the escape.',
      ]);
      expect(await sent).to.equal('ERR_MODEM_SESSION');
      expect(await isSettled(outcome)).to.equal(false);
      return { outcome, sent };
    }

    it('the session is lost; another escape finds a module that heard no silence', async () => {
      const { outcome } = await failedEscape();
      await stage.hostEscapesBlindly(OK);
      await stage.barrierPasses();
      await stage.isAsked(outcome);
      await stage.hostIsSilent();
    });

    it('a module that was in command mode answers ERROR to it, and is found', async () => {
      const { outcome } = await failedEscape();
      await stage.hostEscapesBlindly();
      await stage.modemAnswers('\r\nERROR\r\n');
      await stage.barrierPasses('0,0');
      expect(stage.suspicions).to.have.lengthOf(1);
      await stage.isAsked(outcome);
    });

    it('a module that stays silent is dead, and everything fails', async () => {
      const { outcome } = await failedEscape();
      await stage.hostEscapesBlindly();
      await stage.hostSends('AT+CCHSET?\r');
      await stage.passes(9001);
      await stage.hostSends('AT+CGMR\r');
      await stage.passes(9001);
      expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_NO_ANSWER' });
      expect(stage.deaths).to.equal(1);
    });

    it('an OK that goes on is data, and none', async () => {
      const outcome = stage.ask();
      await stage.hostEscapes();
      await stage.passes(1000);
      await stage.modemAnswers(`${OK}and more`);
      await stage.passes(3001);
      expect(stage.data).to.equal(`${OK}and more`);
      expect(stage.losses[0]).to.have.property('code', 'ERR_MODEM_LINE');
      await stage.hostEscapesBlindly(OK);
      await stage.barrierPasses();
      await stage.isAsked(outcome);
    });
  });
});
