import { getEventListeners } from 'node:events';

import { expect } from 'chai';

import { Stage, failure, follow, isSettled } from './stage.js';
import { KEY_PASSWORD } from '../support/secrets.js';

const csq = { text: 'AT+CSQ', owns: (line: string) => line.startsWith('+CSQ:') };
const ok = '\r\nOK\r\n';

describe('AtChannel, the queue', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  it('host sends one command at a time, in the order asked for', async () => {
    const outcomes = ['AT+A', 'AT+B', 'AT+C'].map((text) => follow(stage.channel.execute({ text })));
    for (const text of ['AT+A', 'AT+B', 'AT+C']) {
      await stage.hostSends(`${text}\r`);
      await stage.hostIsSilent();
      await stage.modemAnswers(ok);
    }
    expect(await Promise.all(outcomes)).to.deep.equal([{ lines: [] }, { lines: [] }, { lines: [] }]);
    await stage.channel.idle();
  });

  it('control goes before normal, and behind control that was asked for earlier', async () => {
    const execute = (text: string, priority?: 'control') =>
      follow(stage.channel.execute({ text }, priority === undefined ? {} : { priority }));
    void execute('AT+A');
    void execute('AT+B');
    void execute('AT+C', 'control');
    void execute('AT+D', 'control');
    for (const text of ['AT+A', 'AT+C', 'AT+D', 'AT+B']) {
      await stage.hostSends(`${text}\r`);
      await stage.modemAnswers(ok);
    }
  });

  it('an abort while queued: never written, the others go on', async () => {
    const controller = new AbortController();
    const first = follow(stage.channel.execute({ text: 'AT+A' }));
    const second = follow(stage.channel.execute({ text: 'AT+B' }, { signal: controller.signal }));
    const third = follow(stage.channel.execute({ text: 'AT+C' }));
    await stage.hostSends('AT+A\r');
    controller.abort(new Error('why'));
    expect(await failure(second)).to.include({ code: 'ABORT_ERR' });
    await stage.modemAnswers(ok);
    await stage.hostSends('AT+C\r');
    await stage.modemAnswers(ok);
    expect(await Promise.all([first, third])).to.deep.equal([{ lines: [] }, { lines: [] }]);
  });

  it('an abort in flight: the caller is let go at once, the exchange goes on to its end', async () => {
    const controller = new AbortController();
    const payload = [Buffer.from('hello')];
    const aborted = follow(stage.channel.execute({ text: 'AT+CCHSEND=0,5', payload }, { signal: controller.signal }));
    const next = follow(stage.channel.execute(csq));
    await stage.hostSends('AT+CCHSEND=0,5\r');
    controller.abort();
    expect(await failure(aborted)).to.include({ code: 'ABORT_ERR' });
    await stage.hostIsSilent();
    await stage.modemAnswers('\r\n> ');
    await stage.hostSends('hello');
    await stage.modemAnswers(ok);
    await stage.hostSends('AT+CSQ\r');
    await stage.modemAnswers(`\r\n+CSQ: 1,99\r\n${ok}`);
    expect(await next).to.deep.equal({ lines: ['+CSQ: 1,99'] });
  });

  it('an abort beforehand: nothing is written', async () => {
    const outcome = follow(stage.channel.execute({ text: 'AT' }, { signal: AbortSignal.abort() }));
    expect(await failure(outcome)).to.include({ code: 'ABORT_ERR' });
    await stage.hostIsSilent();
  });

  it('an abort after the end changes nothing, and no listener is left on the signal', async () => {
    const controller = new AbortController();
    const outcome = follow(stage.channel.execute({ text: 'AT' }, { signal: controller.signal }));
    await stage.hostSends('AT\r');
    await stage.modemAnswers(ok);
    expect(await outcome).to.deep.equal({ lines: [] });
    expect(getEventListeners(controller.signal, 'abort')).to.deep.equal([]);
    controller.abort();
    await stage.works();
  });

  it('beforeWrite is called when the turn has come; one that throws keeps the command from being written', async () => {
    const calls: string[] = [];
    void follow(stage.channel.execute({ text: 'AT+A' }, { beforeWrite: () => calls.push('A') }));
    const refused = follow(
      stage.channel.execute(
        { text: 'AT+B' },
        {
          beforeWrite: () => {
            calls.push('B');
            throw new Error('Not any more.');
          },
        },
      ),
    );
    await stage.hostSends('AT+A\r');
    expect(calls).to.deep.equal(['A']);
    await stage.modemAnswers(ok);
    expect(await failure(refused)).to.have.property('message', 'Not any more.');
    await stage.works();
  });
});

describe('AtChannel, deadlines', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  it('a command without a time of its own has commandTimeout', async () => {
    const outcome = follow(stage.channel.execute({ text: 'AT' }));
    await stage.hostSends('AT\r');
    await stage.passes(8990);
    expect(await isSettled(outcome)).to.equal(false);
    await stage.passes(11);
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT', transient: true });
    await stage.barrierPasses();
  });

  it('a command with a time of its own has that', async () => {
    const outcome = follow(stage.channel.execute({ text: 'AT+CCHSTART', timeout: 120_000 }));
    await stage.hostSends('AT+CCHSTART\r');
    await stage.passes(119_990);
    expect(await isSettled(outcome)).to.equal(false);
    await stage.passes(11);
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT' });
    await stage.barrierPasses();
  });

  it('lines of the own answer push it on, others do not', async () => {
    const outcome = follow(stage.channel.execute(csq));
    await stage.hostSends('AT+CSQ\r');
    for (let index = 0; index < 5; index++) {
      await stage.passes(8000);
      await stage.modemAnswers('\r\n+CSQ: 1,99\r\n');
    }
    await stage.passes(8000);
    await stage.modemAnswers('\r\nRING\r\n');
    expect(await isSettled(outcome)).to.equal(false);
    await stage.passes(1001);
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT' });
    await stage.barrierPasses();
  });

  it('counted bytes of a frame push it on', async () => {
    let frames = 0;
    const data = {
      session: 0,
      limit: 100,
      onFrame: () => frames++,
      end: (line: string) => (line === '+CCHRECV: 0,0' ? 0 : undefined),
    };
    const outcome = follow(stage.channel.execute({ text: 'AT+CCHRECV=0', data }));
    await stage.hostSends('AT+CCHRECV=0\r');
    await stage.modemAnswers('\r\nOK\r\n\r\n+CCHRECV: DATA,0,20\r\n');
    for (let index = 0; index < 20; index++) {
      await stage.passes(900);
      await stage.modemAnswers('x');
    }
    await stage.modemAnswers('\r\n\r\n+CCHRECV: 0,0\r\n');
    expect(await outcome).to.deep.equal({ lines: [] });
    expect(frames).to.equal(1);
  });

  it('a line that hastens brings it forward to commandTimeout', async () => {
    const hastenedBy = (line: string) => line.startsWith('+CCHOPEN: 0,');
    const outcome = follow(stage.channel.execute({ text: 'AT+CCHOPEN=0', timeout: 120_000, hastenedBy }));
    await stage.hostSends('AT+CCHOPEN=0\r');
    await stage.passes(50_000);
    await stage.modemAnswers('\r\n+CCHOPEN: 0,0\r\n');
    await stage.passes(8990);
    expect(await isSettled(outcome)).to.equal(false);
    await stage.passes(11);
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT' });
    await stage.barrierPasses();
  });

  it('grows by 10 bits for each byte of command, payload and answer', async () => {
    await stage.end();
    stage = new Stage({ baudRate: 1000 });
    const payload = [Buffer.alloc(80)];
    const outcome = follow(stage.channel.execute({ text: 'AT+CCHSEND', payload, answerBytes: 9 }));
    await stage.hostSends('AT+CCHSEND\r');
    await stage.passes(9000 + 10 * (11 + 80 + 9) - 10);
    expect(await isSettled(outcome)).to.equal(false);
    await stage.passes(11);
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT', supplied: 80 });
    await stage.hostSends(`${'\r'.repeat(80)}AT+CCHSET?\r`);
  });
});

describe('AtChannel, the barrier', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  async function timesOut(text = 'AT+X', owns?: (line: string) => boolean): Promise<void> {
    const outcome = follow(stage.channel.execute({ text, owns }));
    await stage.hostSends(`${text}\r`);
    await stage.passes(9001);
    expect(await failure(outcome)).to.include({ code: 'ERR_MODEM_TIMEOUT' });
  }

  it('is written at once after a deadline, and before the next command', async () => {
    const late = follow(stage.channel.execute({ text: 'AT+X' }));
    const next = follow(stage.channel.execute(csq));
    await stage.hostSends('AT+X\r');
    await stage.passes(9001);
    await failure(late);
    await stage.barrierPasses();
    await stage.hostSends('AT+CSQ\r');
    await stage.modemAnswers('\r\n+CSQ: 1,99\r\n\r\nOK\r\n');
    expect(await next).to.deep.equal({ lines: ['+CSQ: 1,99'] });
  });

  for (const [when, answer] of [
    ['before its echo', '\r\nOK\r\nAT+CCHSET?\r\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'],
    ['between echo and information line', 'AT+CCHSET?\r\r\nOK\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'],
    ['with lines of its own', '\r\n+X: 1\r\n\r\nOK\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'],
    ['as ERROR', '\r\nERROR\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'],
    ['as a prompt that is refused', '\r\n> \r\n\r\nERROR\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'],
    [
      'with unsolicited lines everywhere',
      '\r\nRING\r\n\r\nOK\r\n\r\nRING\r\n\r\n+CCHSET: 1,1\r\n\r\nRING\r\n\r\nOK\r\n',
    ],
  ] as const) {
    it(`the late answer comes ${when}`, async () => {
      await timesOut();
      await stage.hostSends('AT+CCHSET?\r');
      await stage.modemAnswers(answer);
      await stage.works();
      expect(stage.deaths).to.equal(0);
    });
  }

  it('unsolicited lines reach their listeners meanwhile', async () => {
    const heard: string[] = [];
    stage.channel.listen('+CCH', (line) => heard.push(line));
    await timesOut();
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\n+CCH_PEER_CLOSED: 1\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    expect(heard).to.deep.equal(['+CCH_PEER_CLOSED: 1']);
  });

  it('another one is taken when the first was not answered; late answers to both are stale', async () => {
    await timesOut();
    await stage.hostSends('AT+CCHSET?\r');
    await stage.passes(9001);
    await stage.hostSends('AT+CGMR\r');
    await stage.modemAnswers('\r\nOK\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n\r\nLE20B04\r\n\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.works();
  });

  it('another one is taken when it was the command itself that was not answered, however it was written', async () => {
    for (const text of ['AT+CCHSET?', 'at+cchset?']) {
      await timesOut(text, (line) => line.startsWith('+CCHSET:'));
      await stage.hostSends('AT+CGMR\r');
      await stage.modemAnswers('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n\r\nLE20B04\r\n\r\nOK\r\n');
      await stage.barrierPasses();
      await stage.works();
    }
  });

  it('an answer that is not what was set: the module was reset', async () => {
    await timesOut();
    await stage.barrierPasses('0,0');
    expect(stage.suspicions).to.deep.equal(['AT+CCHSET? answered +CCHSET: 0,0']);
  });

  it('a modem that was silent, then answers another one: asked again for what was set, it shows its reset', async () => {
    await timesOut();
    const queued = follow(stage.channel.execute(csq));
    await stage.hostSends('AT+CCHSET?\r');
    await stage.passes(9001);
    await stage.hostSends('AT+CGMR\r');
    await stage.modemAnswers('AT+CGMR\r\r\nLE20B04\r\n\r\nOK\r\n');
    expect(stage.suspicions).to.deep.equal([]);
    await stage.barrierPasses('0,0');
    expect(stage.suspicions).to.deep.equal(['AT+CCHSET? answered +CCHSET: 0,0']);
    await stage.hostSends('AT+CSQ\r');
    await stage.modemAnswers('\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
    expect(await queued).to.have.property('lines');
  });

  it('none is answered: dead, and everything queued fails with ERR_MODEM_NO_ANSWER', async () => {
    const late = follow(stage.channel.execute({ text: 'AT+X' }));
    const queued = follow(stage.channel.execute(csq));
    await stage.hostSends('AT+X\r');
    await stage.passes(9001);
    await failure(late);
    await stage.hostSends('AT+CCHSET?\r');
    await stage.passes(9001);
    await stage.hostSends('AT+CGMR\r');
    expect(await isSettled(queued)).to.equal(false);
    await stage.passes(9001);
    expect(await failure(queued)).to.include({ code: 'ERR_MODEM_NO_ANSWER' });
    expect(stage.deaths).to.equal(1);
    await stage.hostIsSilent();
  });

  it('verify asks before any other command, control ones included', async () => {
    void follow(stage.channel.execute({ text: 'AT' }));
    void follow(stage.channel.execute({ text: 'AT+C' }, { priority: 'control' }));
    stage.channel.verify();
    await stage.hostSends('AT\r');
    await stage.modemAnswers(ok);
    await stage.barrierPasses('0,1');
    expect(stage.suspicions).to.have.lengthOf(1);
    await stage.hostSends('AT+C\r');
    await stage.modemAnswers(ok);
  });

  it('counted bytes announced by a damaged line do not swallow it for ever', async () => {
    await timesOut();
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\n+CCHRECV: DATA,0,999999\r\n\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
    await stage.passes(9002);
    await stage.hostSends('AT+CGMR\r');
    await stage.modemAnswers('\r\nLE20B04\r\n\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.works();
  });
});

describe('AtChannel, interrupt and close', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.end());

  /** Host looks for the module; modem answers; the channel is as new. */
  async function found(owed = ''): Promise<void> {
    const done = stage.channel.synchronise({ interval: 500, timeout: 60_000 });
    await stage.hostSends(`${owed}AT\r`);
    await stage.modemAnswers('\r\nOK\r\n');
    await stage.barrierPasses();
    await stage.passes(301);
    await done;
    await stage.works();
  }

  it('interrupt settles what is pending, queued and to come; nothing is written until the module is found', async () => {
    const outcomes = ['AT+A', 'AT+B', 'AT+C'].map((text) => follow(stage.channel.execute({ text })));
    await stage.hostSends('AT+A\r');
    stage.channel.interrupt(new Error('Reset.'));
    outcomes.push(follow(stage.channel.execute({ text: 'AT+D' })));
    for (const outcome of outcomes) expect(await failure(outcome)).to.have.property('message', 'Reset.');
    await stage.passes(60_000);
    await stage.hostIsSilent();
    await found();
  });

  it('interrupt during a barrier settles what waits for it; the module is looked for before anything else', async () => {
    const late = follow(stage.channel.execute({ text: 'AT+X' }));
    const queued = follow(stage.channel.execute(csq));
    await stage.hostSends('AT+X\r');
    await stage.passes(9001);
    await failure(late);
    await stage.hostSends('AT+CCHSET?\r');
    stage.channel.interrupt(new Error('Reset.'));
    expect(await failure(queued)).to.have.property('message', 'Reset.');
    await stage.hostIsSilent();
    await found();
  });

  it('interrupt while the module may wait for counted bytes: they are supplied before it is looked for', async () => {
    for (const prompt of ['', '\r\n> ']) {
      const outcome = follow(stage.channel.execute({ text: 'AT+CCHSEND=0,5', payload: [Buffer.from('hello')] }));
      await stage.hostSends('AT+CCHSEND=0,5\r');
      await stage.modemAnswers(prompt);
      if (prompt !== '') await stage.hostSends('hello');
      stage.channel.interrupt(new Error('Enough.'));
      expect(await failure(outcome)).to.have.property('message', 'Enough.');
      await found('\r\r\r\r\r');
    }
  });

  it('close settles everything with its error, also what is asked for afterwards; nothing more is written or read', async () => {
    const heard: string[] = [];
    stage.channel.listen('RING', (line) => heard.push(line));
    const outcomes = ['AT+A', 'AT+B'].map((text) => follow(stage.channel.execute({ text })));
    await stage.hostSends('AT+A\r');
    stage.channel.close(new Error('Closed.'));
    stage.channel.close(new Error('Closed twice.'));
    outcomes.push(follow(stage.channel.execute({ text: 'AT+C' })));
    for (const outcome of outcomes) expect(await failure(outcome)).to.have.property('message', 'Closed.');
    await stage.modemAnswers('\r\nOK\r\n\r\nRING\r\n');
    await stage.hostIsSilent();
    expect(heard).to.deep.equal([]);
    expect(stage.deaths).to.equal(0);
    await stage.channel.idle();
  });

  it('close during a barrier, and within counted bytes, leaves no timer', async () => {
    const late = follow(stage.channel.execute({ text: 'AT+X' }));
    await stage.hostSends('AT+X\r');
    await stage.passes(9001);
    await failure(late);
    await stage.hostSends('AT+CCHSET?\r');
    await stage.modemAnswers('\r\n+CCHRECV: DATA,0,100\r\nabc');
    stage.channel.close(new Error('Closed.'));
    await stage.settle();
    expect(stage.clock.countTimers()).to.equal(0);
  });
});

describe('AtChannel, secrets and statistics', () => {
  it('a secret is in no message, and bytes are counted', async () => {
    const stage = new Stage();
    stage.channel.conceal(KEY_PASSWORD);
    const outcome = follow(stage.channel.execute({ text: `AT+CSSLCFG="keypwd",0,"${KEY_PASSWORD}"` }));
    await stage.hostSends(`AT+CSSLCFG="keypwd",0,"${KEY_PASSWORD}"\r`);
    await stage.modemAnswers('\r\nERROR\r\n');
    const error = await failure(outcome);
    expect(error.message).to.include('***').and.not.include(KEY_PASSWORD);
    expect(error).to.have.property('command', 'AT+CSSLCFG="keypwd",0,"***"');
    expect(stage.channel.statistics).to.include({ commands: 1, bytesSent: 25 + KEY_PASSWORD.length, bytesReceived: 9 });
    await stage.end();
  });
});
