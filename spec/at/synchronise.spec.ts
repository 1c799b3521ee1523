import { expect } from 'chai';

import { Stage } from './stage.js';

describe('AtChannel.synchronise', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  function synchronise(
    options: { timeout?: number; signal?: AbortSignal; attempt?: () => void; escape?: boolean } = {},
  ) {
    const result: { state: 'pending' | 'done' | 'failed'; error?: Error & { code?: string } } = { state: 'pending' };
    stage.channel.synchronise({ interval: 500, timeout: 60_000, ...options }).then(
      () => (result.state = 'done'),
      (error: unknown) => Object.assign(result, { state: 'failed', error }),
    );
    return result;
  }

  it('host sends AT, modem answers; host proves it with a barrier', async () => {
    const result = synchronise();
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses();
    expect(result.state).to.equal('done');
    await stage.works();
  });

  it('with echo on', async () => {
    const result = synchronise();
    await stage.hostSends('AT\r');
    await stage.modemAnswers('AT\r\r\nOK\r\n');
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('AT+CCHSET?\r\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    expect(result.state).to.equal('done');
  });

  it('a modem that is silent and then awake: AT at every interval, each attempt told', async () => {
    let attempts = 0;
    const result = synchronise({ attempt: () => attempts++ });
    for (let index = 0; index < 4; index++) {
      await stage.hostSends('AT\r');
      await stage.passes(490);
      await stage.hostIsSilent();
      await stage.passes(11);
    }
    await stage.hostSends('AT\r');
    expect(attempts).to.equal(5);
    await stage.modemAnswers('\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.passes(301);
    expect(result.state).to.equal('done');
    await stage.works();
  });

  it('a modem that answers every AT of its silence at once', async () => {
    const result = synchronise();
    for (let index = 0; index < 3; index++) {
      await stage.hostSends('AT\r');
      await stage.passes(501);
    }
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n\r\nOK\r\n');
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\nOK\r\n\r\nOK\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    await stage.passes(301);
    expect(result.state).to.equal('done');
    await stage.works();
  });

  it('an OK that still comes behind the barrier: it begins again', async () => {
    const result = synchronise();
    await stage.hostSends('AT\r');
    await stage.passes(501);
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.passes(100);
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.passes(201);
    expect(result.state).to.equal('pending');
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses();
    expect(result.state).to.equal('done');
    await stage.works();
  });

  it('a modem in the middle of counted bytes: AT is eaten, until it is not', async () => {
    const result = synchronise();
    await stage.hostSends('AT\r');
    await stage.passes(501);
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n');
    await stage.passes(301);
    expect(result.state).to.equal('done');
    expect(stage.suspicions).to.have.lengthOf(1);
  });

  it('a modem that waits for the counted bytes of a program that was killed: it gets carriage returns', async () => {
    const result = synchronise();
    for (let index = 0; index < 5; index++) {
      await stage.hostSends('AT\r');
      await stage.passes(501);
    }
    await stage.hostSends(`${'\r'.repeat(10_240)}AT\r`);
    await stage.modemAnswers('\r\nOK\r\n\r\nOK\r\n');
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    await stage.passes(301);
    expect(result.state).to.equal('done');
    await stage.works();
  });

  it('carriage returns take half of the line, and are not written for ever', async () => {
    await stage.end();
    stage = new Stage({ baudRate: 115_200 });
    const result = synchronise({ timeout: 6000 });
    await stage.passes(6600);
    expect(result.error).to.have.property('code', 'ERR_MODEM_NO_ANSWER');
    const supplied = [2880, 2880, 2880, 1600].map((count) => '\r'.repeat(count));
    await stage.hostSends([...Array<string>(5).fill(''), ...supplied, '', '', ''].map((cr) => `${cr}AT\r`).join(''));
  });

  it('a modem that answers ERROR to AT, behind noise: it is asked again', async () => {
    const result = synchronise();
    await stage.modemAnswers('\xff\xfe\0');
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nERROR\r\n');
    await stage.passes(501);
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.passes(301);
    expect(result.state).to.equal('done');
  });

  it('commands asked for meanwhile wait', async () => {
    const result = synchronise();
    const works = stage.channel.execute({ text: 'AT+LATER' });
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses();
    expect(result.state).to.equal('done');
    await stage.hostSends('AT+LATER\r');
    await stage.modemAnswers('\r\nOK\r\n');
    expect(await works).to.deep.equal({ lines: [] });
  });

  it('nobody answers: ERR_MODEM_NO_ANSWER when the time is over', async () => {
    const result = synchronise({ timeout: 2000 });
    await stage.passes(1990);
    expect(result.state).to.equal('pending');
    await stage.passes(520);
    expect(result.error).to.have.property('code', 'ERR_MODEM_NO_ANSWER');
    await stage.hostSends('AT\rAT\rAT\rAT\r');
  });

  it('an abort, and a close, end it; no timer is left', async () => {
    const controller = new AbortController();
    const result = synchronise({ signal: controller.signal });
    await stage.hostSends('AT\r');
    controller.abort();
    await stage.passes(501);
    expect(result.error).to.have.property('code', 'ABORT_ERR');
    const second = synchronise();
    await stage.hostSends('AT\r');
    stage.channel.close(new Error('Closed.'));
    await stage.settle();
    expect(second.error).to.have.property('message', 'Closed.');
    expect(stage.clock.countTimers()).to.equal(0);
  });

  it('finds the way back after the channel was given up', async () => {
    stage.channel.verify();
    await stage.hostSends('AT+CCHSET?\r');
    await stage.passes(9001);
    await stage.hostSends('AT+CGMR\r');
    await stage.passes(9001);
    expect(stage.deaths).to.equal(1);
    const result = synchronise();
    await stage.hostSends('AT\r');
    await stage.modemAnswers('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.passes(301);
    expect(result.state).to.equal('done');
    await stage.works();
  });

  describe('a modem that may be in data mode', () => {
    /** Silence, pluses, silence, and the end of what a modem in command mode takes for a line. */
    async function hostEscapes(answer = '', behind = ''): Promise<void> {
      await stage.passes(1049);
      await stage.hostIsSilent();
      await stage.passes(1);
      await stage.hostSends('+++');
      await stage.passes(1000);
      await stage.modemAnswers(answer);
      await stage.hostIsSilent();
      await stage.passes(50);
      await stage.hostSends('\r');
      await stage.modemAnswers(behind);
      await stage.passes(199);
      await stage.hostIsSilent();
      await stage.passes(1);
    }

    it('host escapes before its AT', async () => {
      const result = synchronise({ escape: true });
      await hostEscapes('data\r\nOK\r\n');
      await stage.hostSends('AT\r');
      await stage.modemAnswers('\r\nOK\r\n');
      await stage.barrierPasses();
      expect(result.state).to.equal('done');
      await stage.works();
    });

    it('a modem in command mode answers ERROR to the pluses, and is found', async () => {
      const result = synchronise({ escape: true });
      await hostEscapes('', '+++\r\r\nERROR\r\n');
      await stage.hostSends('AT\r');
      await stage.modemAnswers('AT\r\r\nOK\r\n');
      await stage.barrierPasses('0,0');
      expect(result.state).to.equal('done');
      expect(stage.suspicions).to.have.lengthOf(1);
    });

    it('host escapes again when five ATs were not answered', async () => {
      const result = synchronise({ escape: true });
      await hostEscapes();
      for (let index = 0; index < 5; index++) {
        await stage.hostSends('AT\r');
        await stage.passes(500);
      }
      await hostEscapes('\r\nOK\r\n');
      await stage.hostSends(`${'\r'.repeat(10_240)}AT\r`);
      await stage.modemAnswers('\r\nOK\r\n');
      await stage.barrierPasses();
      await stage.passes(301);
      expect(result.state).to.equal('done');
      await stage.works();
    });

    it('an abort, and a close, end the silence', async () => {
      const controller = new AbortController();
      const aborted = synchronise({ escape: true, signal: controller.signal });
      await stage.passes(500);
      controller.abort();
      await stage.settle();
      expect(aborted.error).to.have.property('code', 'ABORT_ERR');
      const closed = synchronise({ escape: true });
      await stage.passes(1200);
      await stage.hostSends('+++');
      stage.channel.close(new Error('Closed.'));
      await stage.settle();
      expect(closed.error).to.have.property('message', 'Closed.');
      await stage.hostIsSilent();
    });
  });
});
