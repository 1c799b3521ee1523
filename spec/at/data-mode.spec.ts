import { expect } from 'chai';

import { CLOSED, CONNECT, DataStage, OK, OPEN } from './data-stage.js';
import { failure, follow, isSettled } from './stage.js';

describe('AtChannel, data mode', () => {
  let stage: DataStage;
  beforeEach(() => (stage = new DataStage()));
  afterEach(() => stage.end());

  describe('entering it', () => {
    for (const [title, answer] of [
      ['with the speed', CONNECT],
      ['without', '\r\nCONNECT\r\n'],
    ] as const) {
      it(`CONNECT ${title}, and data behind it in the same chunks`, async () => {
        await stage.online(`${answer}\nhello${OK}\0`);
        expect(stage.data).to.equal(`\nhello${OK}\0`);
        expect(await stage.send('bytes')).to.equal('sent');
        await stage.hostSends('bytes');
      });
    }

    it('the LF of CONNECT comes in a chunk of its own, with data or before it', async () => {
      for (const rest of [['\n', 'x'], ['\nx']]) {
        const opened = follow(stage.channel.execute({ text: OPEN, connects: true }));
        await stage.hostSends(`${OPEN}\r`);
        await stage.modemAnswers('\r\nCONNECT 115200\r');
        for (const chunk of rest) await stage.modemAnswers(chunk);
        expect(await opened).to.have.property('lines');
        expect(stage.data).to.equal('x');
        await stage.end();
        stage = new DataStage();
      }
    });

    it('CONNECT FAIL, NO CARRIER and ERROR are refusals: no data, and the next command works', async () => {
      for (const answer of ['CONNECT FAIL', 'NO CARRIER', 'ERROR']) {
        const opened = follow(stage.channel.execute({ text: OPEN, connects: true }));
        await stage.hostSends(`${OPEN}\r`);
        await stage.modemAnswers(`\r\n${answer}\r\n`);
        expect(await failure(opened)).to.include({ code: 'ERR_MODEM_COMMAND', final: answer });
        expect(stage.channel.dataState).to.equal('offline');
        await stage.works();
      }
      expect(stage.data).to.equal('');
    });

    it('a bare OK is no data mode', async () => {
      const opened = follow(stage.channel.execute({ text: OPEN, connects: true }));
      await stage.hostSends(`${OPEN}\r`);
      await stage.modemAnswers(OK);
      expect(await opened).to.have.property('lines');
      expect(stage.channel.dataState).to.equal('offline');
      expect(await stage.send('bytes')).to.equal('ERR_MODEM_SESSION');
      await stage.works();
    });

    it('CONNECT that nobody asked for is a line like any other', async () => {
      await stage.modemAnswers(`${CONNECT}\r\nRING\r\n`);
      expect(stage.channel.dataState).to.equal('offline');
      expect(stage.unknown).to.deep.equal(['CONNECT 115200', 'RING']);
      const outcome = stage.ask();
      await stage.barrierPasses();
      await stage.isAsked(outcome);
    });
  });

  describe('the end', () => {
    it('CLOSED, and silence behind it', async () => {
      await stage.online();
      await stage.modemAnswers(`farewell${CLOSED}`);
      await stage.passes(199);
      expect(stage.losses).to.deep.equal([]);
      await stage.passes(1);
      expect(stage.losses).to.deep.equal([undefined]);
      expect(stage.data).to.equal('farewell');
      expect(await stage.send('bytes')).to.equal('ERR_MODEM_SESSION');
      // The server may have said it: nothing is written that would reach it as data.
      const outcome = stage.ask();
      await stage.hostMakesSure();
      await stage.isAsked(outcome);
      await stage.works();
    });

    it('CLOSED of a server: the module is fetched out of data mode, where the session still is', async () => {
      await stage.online();
      await stage.modemAnswers(CLOSED);
      await stage.passes(200);
      expect(stage.losses).to.deep.equal([undefined]);
      const outcome = stage.ask();
      await stage.modemAnswers('MORE');
      await stage.passes(1051);
      await stage.hostSends('+++');
      await stage.passes(1051);
      await stage.modemAnswers(OK);
      await stage.hostSends('\r');
      await stage.passes(200);
      await stage.barrierPasses();
      await stage.isAsked(outcome);
    });

    it('CLOSED that goes on is data, as NO CARRIER and all else is', async () => {
      await stage.online();
      const text = `${CLOSED}\r\nNO CARRIER\r\n${OK}\r\n+CCHRECV: DATA,0,100\r\n> `;
      await stage.modemAnswers(text);
      await stage.passes(1000);
      expect(stage.data).to.equal(text);
      expect(stage.losses).to.deep.equal([]);
      expect(stage.unknown).to.deep.equal([]);
    });

    it('CLOSED with lines behind it is data; an escape tells whether it was', async () => {
      await stage.online();
      const text = `${CLOSED}\r\n+CCH: CCH STOP\r\n`;
      for (const answer of [OK, '']) {
        await stage.modemAnswers(`data${text}`);
        await stage.passes(200);
        expect(stage.data).to.equal(`data${text}`);
        stage.data = '';
        await stage.hostEscapes();
        await stage.modemEscapes(answer);
        if (answer !== '') {
          await stage.barrierPasses();
          await stage.hostGoesOnline();
        }
      }
      await stage.passes(2802);
      expect(stage.losses[0]).to.have.property('code', 'ERR_MODEM_LINE');
      await stage.hostEscapesBlindly();
      await stage.modemAnswers('\r\nERROR\r\n');
      await stage.barrierPasses();
      await stage.works();
    });

    it('is followed by another session', async () => {
      await stage.online();
      await stage.modemAnswers(CLOSED);
      await stage.passes(200);
      const outcome = stage.ask();
      await stage.hostMakesSure();
      await stage.isAsked(outcome);
      await stage.online(`${CONNECT}again`);
      expect(stage.data).to.equal('again');
    });
  });

  describe('the way back', () => {
    async function suspended(): Promise<void> {
      await stage.online();
      const outcome = stage.ask();
      await stage.hostEscapes();
      await stage.modemEscapes();
      await stage.isAsked(outcome);
      await stage.hostSends('ATO\r');
    }

    it('NO CARRIER: the session has ended', async () => {
      await suspended();
      const sent = stage.send('bytes');
      await stage.modemAnswers('\r\nNO CARRIER\r\n');
      expect(stage.losses).to.deep.equal([undefined]);
      expect(await sent).to.equal('ERR_MODEM_SESSION');
      await stage.works();
    });

    it('CLOSED, then NO CARRIER: it has ended once', async () => {
      await suspended();
      await stage.modemAnswers(`${CLOSED}\r\nNO CARRIER\r\n`);
      expect(stage.losses).to.deep.equal([undefined]);
      await stage.works();
    });

    it('a bare OK: nobody knows, the session is lost', async () => {
      await suspended();
      await stage.modemAnswers(OK);
      expect(stage.losses[0]).to.have.property('code', 'ERR_MODEM_LINE');
      await stage.works();
    });

    it('CONNECT, and data that waited, in one', async () => {
      await suspended();
      await stage.modemAnswers(`${CONNECT}waited`);
      expect(stage.data).to.equal('waited');
    });

    it('no answer: the session is lost, and the module is looked for in both modes', async () => {
      await suspended();
      await stage.passes(9001);
      expect(stage.losses.map((error) => error?.message)).to.deep.equal(['The module did not go back to data mode.']);
      const outcome = stage.ask();
      await stage.hostEscapesBlindly(OK);
      await stage.barrierPasses();
      await stage.isAsked(outcome);
    });
  });

  describe('interrupt and close', () => {
    const states: Record<string, () => Promise<void>> = {
      online: async () => {
        await stage.online();
        await stage.modemAnswers('data\r\nCLO');
        void stage.send('+++');
      },
      'escaping, pluses held': async () => {
        await stage.online();
        void stage.send('+++');
        void stage.ask();
        await stage.settle();
      },
      'escaping, silent': async () => {
        await stage.online();
        void stage.ask();
        await stage.passes(500);
      },
      'escaping, behind the pluses': async () => {
        await stage.online();
        void stage.ask();
        await stage.passes(1500);
      },
      'escaping, waiting for OK': async () => {
        await stage.online();
        void stage.ask();
        await stage.passes(2500);
        await stage.modemAnswers('\r\nO');
      },
      suspended: async () => {
        await stage.online();
        const outcome = stage.ask();
        stage.channel.holdCommandMode();
        await stage.hostEscapes();
        await stage.modemEscapes();
        await stage.isAsked(outcome);
      },
      'going back': async () => {
        await stage.online();
        const outcome = stage.ask();
        await stage.hostEscapes();
        await stage.modemEscapes();
        await stage.isAsked(outcome);
        await stage.hostSends('ATO\r');
      },
      'lost, escaping blindly': async () => {
        await stage.online();
        void stage.ask();
        await stage.passes(6500);
      },
    };

    for (const [state, reach] of Object.entries(states)) {
      it(`${state}: everything settles, and the module is found`, async () => {
        await reach();
        // What an online session writes goes out at once, all else waits for it.
        const sent = state === 'online' ? 'sent' : 'ERR_MODEM_SESSION';
        const pending = [stage.ask(), stage.ask()];
        const waiting = state === 'online' ? Promise.resolve('sent') : stage.send('bytes');
        await stage.settle();
        stage.channel.interrupt(new Error('Reset.'));
        for (const outcome of pending) expect(await failure(outcome)).to.have.property('message', 'Reset.');
        expect(await waiting).to.equal(sent);
        expect(await stage.send('bytes')).to.equal('ERR_MODEM_SESSION');
        expect(stage.channel.dataState).to.equal('offline');
        await stage.passes(10_000);
        await stage.hostWrote();
        const found = stage.channel.synchronise({ interval: 500, timeout: 60_000 });
        await stage.hostSends('AT\r');
        await stage.modemAnswers(OK);
        await stage.barrierPasses();
        await stage.passes(301);
        await found;
        await stage.works();
      });

      it(`${state}: a close settles everything, nothing more is written, and no timer is left`, async () => {
        await reach();
        const pending = [stage.ask(), stage.ask()];
        await stage.settle();
        await stage.hostWrote();
        stage.channel.close(new Error('Closed.'));
        for (const outcome of pending) expect(await failure(outcome)).to.have.property('message', 'Closed.');
        expect(await stage.send('bytes')).to.equal('ERR_MODEM_SESSION');
        await stage.settle();
        expect(stage.clock.countTimers()).to.equal(0);
        await stage.channel.idle();
        await stage.hostIsSilent();
      });
    }

    it('a port that takes nothing does not hold an escape for ever', async () => {
      await stage.online();
      stage.blocks();
      const sent = stage.send('bytes');
      const outcome = stage.ask();
      await stage.passes(159_000);
      expect(stage.losses).to.deep.equal([]);
      await stage.passes(2000);
      expect(stage.losses.map((error) => error?.message)).to.deep.equal([
        'The module did not leave data mode: the module takes no bytes.',
      ]);
      expect(await isSettled(sent)).to.equal(false);
      stage.channel.interrupt(new Error('Reset.'));
      await failure(outcome);
    });

    it('a port that takes nothing does not hold an interrupt', async () => {
      await stage.online();
      stage.blocks();
      void stage.send('bytes');
      const outcome = stage.ask();
      await stage.passes(10_000);
      stage.channel.interrupt(new Error('Reset.'));
      await failure(outcome);
      await stage.channel.idle();
    });
  });
});
