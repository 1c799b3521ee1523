import { inspect } from 'node:util';
import { expect } from 'chai';

import { commandName } from '../../lib/at/index.js';
import { debugLines, type DebugLines } from '../support/debug-lines.js';
import { CONCEALED, KEY_PASSWORD, OTHER_KEY_PASSWORD } from '../support/secrets.js';
import { Stage, failure, follow } from './stage.js';

const csq = (line: string) => line.startsWith('+CSQ:');

describe('what a channel shows of a dialogue', () => {
  let stage: Stage;
  let shown: DebugLines;

  beforeEach(() => {
    stage = new Stage();
    shown = debugLines();
  });

  afterEach(async () => {
    shown.end();
    await stage.end();
  });

  const conceals = (text: string) => {
    const owns = (line: string) => line.startsWith('+X:');
    return follow(stage.channel.execute({ text, owns, free: true, concealed: true }));
  };
  /** None of it stands in the trace, nor in what events told. */
  const expectNone = () => expect(`${shown.text()}${stage.unknown.join()}`).to.not.match(new RegExp(CONCEALED, 'i'));

  describe('of a concealed command', () => {
    it('is its name, also of its echo and its answer', async () => {
      const outcome = conceals(`AT+X="${CONCEALED}"`);
      await stage.hostSends(`AT+X="${CONCEALED}"\r`);
      await stage.modemAnswers(
        `AT+X="${CONCEALED}"\r\r\n+X: ${CONCEALED}\r\n${CONCEALED}\r\n${CONCEALED} it is\r\n\r\nOK\r\n`,
      );
      expect(await outcome).to.deep.equal({ lines: [`+X: ${CONCEALED}`, CONCEALED, `${CONCEALED} it is`] });
      for (const fact of ['> AT+X=…', '< AT+X=…', '< +X:…', '< …', '< OK']) expect(shown.text()).to.contain(fact);
      expectNone();
    });

    it('is its name in the error of one that was refused', async () => {
      const outcome = conceals(`AT+X="${CONCEALED}"`);
      await stage.hostSends(`AT+X="${CONCEALED}"\r`);
      await stage.modemAnswers(`AT+X="${CONCEALED}"\r\r\n+X: ${CONCEALED}\r\n\r\n+CME ERROR: 3\r\n`);
      const error = await failure(outcome);
      expect(error.message).to.equal('AT+X=… answered +CME ERROR: 3.');
      expect(error).to.include({ command: 'AT+X=…', final: '+CME ERROR: 3' });
      expectNone();
    });

    it('is its name when echo and answer come late, until a barrier is passed', async () => {
      const outcome = conceals(`AT+X="${CONCEALED}"`);
      await stage.hostSends(`AT+X="${CONCEALED}"\r`);
      await stage.passes(9001);
      expect((await failure(outcome)).message).to.equal('AT+X=… was not answered within 9000 ms.');
      await stage.hostSends('AT+CCHSET?\r');
      await stage.modemAnswers(`AT+X="${CONCEALED}"\r\r\n+X: ${CONCEALED}\r\n${CONCEALED} it is\r\n\r\nOK\r\n`);
      await stage.modemAnswers('\r\n+CMTI: "SM",3\r\n');
      expectNone();
      expect(stage.unknown).to.deep.equal(['AT+X=…', '+X:…', '…', '+CMTI: "SM",3']);
      await stage.modemAnswers('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
      await stage.modemAnswers('\r\n+X: public\r\n\r\nsome text\r\n');
      expect(shown.text()).to.contain('< +X: public').and.contain('< some text');
      expect(stage.unknown.slice(4)).to.deep.equal(['+X: public', 'some text']);
    });

    it('is its name when the channel was interrupted before it was answered', async () => {
      const outcome = conceals(`AT+X="${CONCEALED}"`);
      await stage.hostSends(`AT+X="${CONCEALED}"\r`);
      stage.channel.interrupt(new Error('The module was reset.'));
      await failure(outcome);
      await stage.modemAnswers(`\r\n+X: ${CONCEALED}\r\n\r\n${CONCEALED}\r\n\r\nRDY\r\n`);
      expectNone();
      expect(stage.unknown).to.deep.equal(['+X:…', '…', 'RDY']);
    });

    it('is nothing of a code that looks like its answer', async () => {
      const outcome = conceals(`AT+X="${CONCEALED}"`);
      await stage.hostSends(`AT+X="${CONCEALED}"\r`);
      await stage.modemAnswers(`\r\n+X: ${CONCEALED}\r\n\r\n+CMTI: "SM",3\r\n\r\nOK\r\n`);
      await outcome;
      expectNone();
    });
  });

  it('is all of a command that is not concealed, and of its answer', async () => {
    const outcome = follow(stage.channel.execute({ text: 'AT+CSQ', owns: csq }));
    await stage.hostSends('AT+CSQ\r');
    await stage.modemAnswers('AT+CSQ\r\r\n+CSQ: 24,99\r\n\r\nOK\r\n');
    expect(await outcome).to.deep.equal({ lines: ['+CSQ: 24,99'] });
    for (const fact of ['> AT+CSQ', '< AT+CSQ', '< +CSQ: 24,99', '< OK']) expect(shown.text()).to.contain(fact);
  });

  it('is not the password of a key, whoever sets it, in the command, its echo and its error, nor later', async () => {
    const text = `AT+CSSLCFG="keypwd",3,"${KEY_PASSWORD}"`;
    const outcome = follow(stage.channel.execute({ text }));
    await stage.hostSends(`${text}\r`);
    await stage.modemAnswers(`${text}\r\r\nAT+CSSL"keypwd",3,"${KEY_PASSWORD}"\r\n\r\nERROR\r\n`);
    const error = await failure(outcome);
    expect(error.message).to.equal('AT+CSSLCFG="keypwd",3,"***" answered ERROR.');
    expect(shown.text()).to.contain('> AT+CSSLCFG="keypwd",3,"***"').and.not.contain(KEY_PASSWORD);
  });

  it('is not the password of a key that the module prints, also where bytes of the name are lost', async () => {
    const names = [
      '+CSSLCFG: ',
      '+CSSLCFG:',
      '+csslcfg: ',
      '+CSLCFG: ',
      'CSSLCFG: ',
      '+CSSLCF: ',
      '+CSSLCFG ',
      '+CSSLG: ',
    ];
    for (const name of names) {
      await stage.modemAnswers(`\r\n${name}0,4,2,1,300,"ca.pem","","key.pem",1,"${OTHER_KEY_PASSWORD}",0x002F\r\n`);
    }
    expect(stage.unknown).to.have.length(names.length);
    expect(`${shown.text()}${stage.unknown.join()}`).to.not.contain(OTHER_KEY_PASSWORD).and.not.contain('key.pem');
  });

  it('is all of what is set for a session', async () => {
    await stage.modemAnswers('\r\n+CCHSSLCFG: 0,1\r\n\r\n+CCHCFG: 0,60,5\r\n');
    expect(stage.unknown).to.deep.equal(['+CCHSSLCFG: 0,1', '+CCHCFG: 0,60,5']);
    for (const line of stage.unknown) expect(shown.text()).to.contain(`< ${line}`);
  });

  it('is the length of what may be payload, since the header was damaged', async () => {
    const frames: Buffer[] = [];
    const data = { session: 0, limit: 2048, onFrame: (frame: Buffer) => frames.push(frame), end: () => undefined };
    const outcome = follow(stage.channel.execute({ text: 'AT+CCHRECV=0,21', data, answerBytes: 21 }));
    await stage.hostSends('AT+CCHRECV=0,21\r');
    // The whole of the header was lost.
    await stage.modemAnswers('\r\nOK\r\nhello, this is a text\r\n');
    const error = await failure(outcome);
    expect(error).to.have.property('code', 'ERR_MODEM_LINE');
    expect(inspect(error, { depth: 5 })).to.not.contain('hello');
    stage.channel.close(error);
    expect(frames).to.deep.equal([]);
    expect(shown.text()).to.contain('< (21 characters)').and.not.contain('hello');
  });

  describe('of the numbers of a module and its SIM', () => {
    const asked: readonly (readonly [command: string, answer: string, shown: string])[] = [
      ['AT+CGSN', '860000000001234', '< …1234'],
      ['AT+CGSN', '+CGSN: "86000000000123"', '< +CGSN: "…0123"'],
      ['AT+CGSN', '8600000000012345', '< …2345'],
      ['AT+CIMI', '262019876543210', '< …3210'],
      ['AT+CICCID', '+ICCID: 89490200001234567890', '< +ICCID: …7890'],
      ['AT+CCID', '+CCID: "8986031749201Ca23456"', '< +CCID: "…3456"'],
      ['AT+CCID', '8986031749201C023456', '< …3456'],
      ['AT+CCID', '898600F0123456789012', '< …9012'],
      ['AT+ICCID', '+ICCID:898600F01234567890F', '< +ICCID:…890F'],
      ['AT+SIMEI?', '+SIMEI: 860000000001234', '< +SIMEI: …1234'],
      ['ATI', 'IMEI: 860000000001234', '< IMEI: …1234'],
      ['ATI', 'IMEISV:8600000000012345', '< IMEISV:…2345'],
    ];
    for (const [command, answer, expected] of asked) {
      it(`is ${expected.slice(2)} of ${answer}, the answer of ${command}`, async () => {
        const outcome = follow(stage.channel.execute({ text: command, free: true }));
        await stage.hostSends(`${command}\r`);
        await stage.modemAnswers(`\r\n${answer}\r\n\r\nOK\r\n`);
        // Whoever asked gets it whole.
        expect(await outcome).to.deep.equal({ lines: [answer] });
        expect(shown.text()).to.contain(`${expected}\n`).and.not.contain(answer);
      });
    }

    it('is the end of an IMEI that is written, in the command and its error', async () => {
      const outcome = follow(stage.channel.execute({ text: 'AT+SIMEI=860000000001234' }));
      await stage.hostSends('AT+SIMEI=860000000001234\r');
      await stage.modemAnswers('\r\nERROR\r\n');
      expect((await failure(outcome)).message).to.equal('AT+SIMEI=…1234 answered ERROR.');
      expect(shown.text()).to.contain('> AT+SIMEI=…1234').and.not.contain('860000000001234');
    });
  });
});

describe('the name of a command', () => {
  for (const [text, name] of [
    ['AT', 'AT'],
    ['ATI', 'ATI'],
    ['ATE0', 'ATE…'],
    ['AT&F', 'AT&F'],
    ['ATDSECRET;', 'ATD…'],
    ['AT+CSQ', 'AT+CSQ'],
    ['AT+CPIN?', 'AT+CPIN?'],
    ['AT+CPIN=?', 'AT+CPIN=?'],
    ['AT+CPIN="SECRET"', 'AT+CPIN=…'],
    ['AT+CSQ;+CPIN="SECRET"', 'AT+CSQ…'],
    ['AT^SETPORT="SECRET"', 'AT^SETPORT=…'],
    ['at+cpin = "SECRET"', 'at+cpin…'],
  ] as const) {
    it(`of ${text} is ${name}`, () => expect(commandName(text)).to.equal(name));
  }
});
