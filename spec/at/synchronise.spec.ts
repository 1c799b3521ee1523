import { expect } from 'chai';

import { ladder, type Rung, type SynchroniseOptions } from '../../lib/at/index.js';
import { Stage } from './stage.js';

/** `data`: the module may be in data mode · `others`: speeds to try. */
type SynchroniseTest = Partial<SynchroniseOptions> & { data?: boolean; others?: readonly number[] };

describe('AtChannel.synchronise', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  function synchronise({ data, others, ...options }: SynchroniseTest = {}) {
    const rungs = () => ladder({ baudRate: 115_200, ...(data && { data }), ...(others && { others }) });
    const result: { state: 'pending' | 'done' | 'failed'; rung?: string; error?: Error & { code?: string } } = {
      state: 'pending',
    };
    stage.channel.synchronise({ interval: 500, timeout: 60_000, rungs, ...options }).then(
      ({ name }) => Object.assign(result, { state: 'done', rung: name }),
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
    const result = synchronise({ attempt: () => (attempts += 1) });
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

  /** Six `AT`s that nobody answers. */
  async function patience(): Promise<void> {
    for (let index = 0; index < 6; index++) {
      await stage.hostSends('AT\r');
      await stage.passes(501);
    }
  }

  it('a modem that waits for the bytes of a send whose program was killed: 2048 carriage returns', async () => {
    const result = synchronise();
    await patience();
    await stage.hostSends(`${'\r'.repeat(2048)}AT\r`);
    await stage.modemAnswers('\r\nOK\r\n\r\nOK\r\n');
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    await stage.passes(301);
    expect(result).to.include({ state: 'done', rung: '2048 carriage returns' });
    await stage.works();
  });

  it('a modem that waits for the bytes of a file: 8192 more', async () => {
    const result = synchronise();
    await patience();
    await stage.hostSends(`${'\r'.repeat(2048)}AT\r`);
    await stage.passes(501);
    await stage.hostSends('AT\r');
    await stage.passes(501);
    await stage.hostSends(`${'\r'.repeat(8192)}AT\r`);
    await stage.modemAnswers('\r\nOK\r\n\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.passes(301);
    expect(result).to.include({ state: 'done', rung: '8192 carriage returns' });
  });

  it('the time of carriage returns on the line is added to that of the AT behind them', async () => {
    await stage.end();
    stage = new Stage({ baudRate: 115_200 });
    synchronise();
    await patience();
    await stage.hostSends(`${'\r'.repeat(2048)}AT\r`);
    await stage.passes(660);
    await stage.hostIsSilent();
    await stage.passes(20);
    await stage.hostSends('AT\r');
  });

  it('then an escape, then other speeds, then all over again', async () => {
    const speeds: number[] = [];
    const names = new Set<string>();
    const setBaudRate = (baudRate: number) => {
      speeds.push(baudRate);
      return Promise.resolve(true);
    };
    const attempt = ({ name }: Rung) => names.add(name);
    const result = synchronise({ timeout: 13_500, others: [9600, 57_600], setBaudRate, attempt });
    await stage.passes(14_000);
    expect(result.error).to.have.property('code', 'ERR_MODEM_NO_ANSWER');
    expect(speeds).to.deep.equal([9600, 57_600, 115_200]);
    expect([...names]).to.deep.equal([
      'AT',
      '2048 carriage returns',
      '8192 carriage returns',
      'escape from data mode',
      '9600 baud',
      '57600 baud',
      '115200 baud again',
    ]);
  });

  it('a speed that the port does not take is left out', async () => {
    const names = new Set<string>();
    const setBaudRate = (baudRate: number) => Promise.resolve(baudRate !== 9600);
    const attempt = ({ name }: Rung) => names.add(name);
    synchronise({ timeout: 13_500, others: [9600, 57_600], setBaudRate, attempt });
    await stage.passes(14_000);
    expect([...names].slice(-3)).to.deep.equal(['escape from data mode', '57600 baud', '115200 baud again']);
  });

  it('carriage returns that do not fit into the time that is left are left out', async () => {
    await stage.end();
    stage = new Stage({ baudRate: 1200 });
    const result = synchronise({ timeout: 5000 });
    await stage.passes(5500);
    expect(result.error).to.have.property('code', 'ERR_MODEM_NO_ANSWER');
    expect(await stage.hostWrote()).to.not.match(/\r\r/);
  });

  it('an abort ends the wait for carriage returns', async () => {
    await stage.end();
    stage = new Stage({ baudRate: 1200 });
    const controller = new AbortController();
    const result = synchronise({ signal: controller.signal });
    await stage.passes(6000);
    expect(await stage.hostWrote()).to.equal(`${'AT\r'.repeat(6)}${'\r'.repeat(2048)}AT\r`);
    controller.abort();
    // As Modem.open does.
    stage.channel.interrupt(new Error('Aborted.'));
    await stage.settle();
    expect(result.error).to.have.property('code', 'ABORT_ERR');
  });

  it('a module that restarts meanwhile: from the first rung', async () => {
    const names: string[] = [];
    const result = synchronise({ attempt: ({ name }) => names.push(name) });
    await patience();
    await stage.hostSends(`${'\r'.repeat(2048)}AT\r`);
    stage.channel.interrupt(new Error('It said RDY.'));
    await stage.passes(501);
    await stage.hostSends('AT\r');
    expect(names.slice(-2)).to.deep.equal(['2048 carriage returns', 'AT']);
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses('0,0');
    await stage.passes(301);
    expect(result.state).to.equal('done');
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
      const result = synchronise({ data: true });
      await hostEscapes('data\r\nOK\r\n');
      await stage.hostSends('AT\r');
      await stage.modemAnswers('\r\nOK\r\n');
      await stage.barrierPasses();
      expect(result.state).to.equal('done');
      await stage.works();
    });

    it('a modem in command mode answers ERROR to the pluses, and is found', async () => {
      const result = synchronise({ data: true });
      await hostEscapes('', '+++\r\r\nERROR\r\n');
      await stage.hostSends('AT\r');
      await stage.modemAnswers('AT\r\r\nOK\r\n');
      await stage.barrierPasses('0,0');
      expect(result.state).to.equal('done');
      expect(stage.suspicions).to.have.lengthOf(1);
    });

    it('host escapes again when nothing else has helped', async () => {
      const result = synchronise({ data: true });
      await hostEscapes();
      // Twelve ATs of 500 ms, and the silence before the pluses.
      await stage.passes(7100);
      const written = await stage.hostWrote();
      expect(written.replaceAll(/\r{2,}/g, '<returns>')).to.equal(
        `${'AT\r'.repeat(7)}AT<returns>AT\rAT<returns>AT\rAT\r+++`,
      );
      await stage.passes(990);
      await stage.modemAnswers('\r\nOK\r\n');
      await stage.passes(300);
      await stage.hostSends('\rAT\r');
      await stage.modemAnswers('\r\nOK\r\n');
      await stage.barrierPasses();
      await stage.passes(301);
      expect(result).to.include({ state: 'done', rung: 'escape from data mode' });
      await stage.works();
    });

    it('an abort, and a close, end the silence', async () => {
      const controller = new AbortController();
      const aborted = synchronise({ data: true, signal: controller.signal });
      await stage.passes(500);
      controller.abort();
      await stage.settle();
      expect(aborted.error).to.have.property('code', 'ABORT_ERR');
      const closed = synchronise({ data: true });
      await stage.passes(1200);
      await stage.hostSends('+++');
      stage.channel.close(new Error('Closed.'));
      await stage.settle();
      expect(closed.error).to.have.property('message', 'Closed.');
      await stage.hostIsSilent();
    });
  });
});
