import { expect } from 'chai';
import * as sinon from 'sinon';
import { AtChannel } from '../../lib/at/index.js';
import { SslService, profiles, sslCommands, type SslCommands } from '../../lib/cch/index.js';
import type { ModemError } from '../../lib/index.js';
import { ScriptedPeer, host, modem, type Turn } from '../support/scripted-peer.js';

const barriers = [{ text: 'AT+CCHSET?', owns: (line: string) => line.startsWith('+CCHSET:') }];

type Action = (ssl: SslCommands) => Promise<unknown>;
type Outcome = { value: unknown } | { code: string; result: number | undefined };

/** The channel to a peer, and the commands on it; nothing is refused. */
function speak(peer: ScriptedPeer): { channel: AtChannel; ssl: SslCommands } {
  const channel = new AtChannel(peer.port, { baudRate: 115200, commandTimeout: 9000, barriers });
  const service = new SslService(channel, profiles.a76xx, {
    openQuery: true,
    receive: 'manual',
    mode: 'command',
    flowControl: false,
  });
  return { channel, ssl: sslCommands(service.environment, () => () => undefined) };
}

function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  return call.then(
    (value) => ({ value }),
    (error: unknown) => {
      const { code, result } = error as ModemError;
      return { code, result: result?.number };
    },
  );
}

/** What becomes of a call when the module answers so. */
async function play(turns: readonly Turn[], action: Action, seed = 1): Promise<Outcome> {
  const peer = new ScriptedPeer(turns, { seed });
  const { channel, ssl } = speak(peer);
  const outcome = await outcomeOf(action(ssl));
  await peer.finished();
  channel.close(new Error('The dialogue is over.'));
  await peer.settled();
  return outcome;
}

const lines = (...all: string[]) => modem(all.map((line) => `\r\n${line}\r\n`).join(''));
const done: Outcome = { value: undefined };
const refused: Outcome = { code: 'ERR_MODEM_COMMAND', result: undefined };
const ended = (result: number): Outcome => ({ code: 'ERR_MODEM_RESULT', result });
const garbled: Outcome = { code: 'ERR_MODEM_LINE', result: undefined };

const open: Action = (ssl) => ssl.CCHOPEN.write({ session: 0, host: 'h', port: 7 });
const close: Action = (ssl) => ssl.CCHCLOSE.write({ session: 1 });
const start: Action = (ssl) => ssl.CCHSTART.execute();
const stop: Action = (ssl) => ssl.CCHSTOP.execute();
const read: Action = async (ssl) => (await ssl.CCHRECV.write({ session: 1 })).toString('latin1');
const send: Action = (ssl) => ssl.CCHSEND.write({ session: 0 }, 'GET');

/** An unsolicited code of another session or service, which changes nothing. */
const others = ['+CCHOPEN: 1,15', '+CCHCLOSE: 0,11', '+CCHEVENT: 1, RECV EVENT', '+CGEV: ME PDN ACT 1', 'RING'];

/** Command, its answer, and what becomes of the call; the manual's letters where it has one. */
const answers: readonly [what: string, action: Action, command: string, answer: string[], outcome: Outcome][] = [
  ['F1001 a) OK, then the result', start, 'AT+CCHSTART', ['OK', '+CCHSTART: 0'], done],
  ['F1001 b) the result, then OK', start, 'AT+CCHSTART', ['+CCHSTART: 0', 'OK'], done],
  ['F1001 d) OK, then an error', start, 'AT+CCHSTART', ['OK', '+CCHSTART: 9'], ended(9)],
  ['an error, then OK', start, 'AT+CCHSTART', ['+CCHSTART: 9', 'OK'], ended(9)],
  ['ERROR, then an error (field note 4)', start, 'AT+CCHSTART', ['ERROR', '+CCHSTART: 17'], ended(17)],
  ['an error, then ERROR', start, 'AT+CCHSTART', ['+CCHSTART: 17', 'ERROR'], ended(17)],
  ['the result with a context behind it', start, 'AT+CCHSTART', ['OK', '+CCHSTART: 0,1'], done],
  ['F1002 a) the result, then OK', stop, 'AT+CCHSTOP', ['+CCHSTOP: 0', 'OK'], done],
  ['F1002 b) OK, then the result', stop, 'AT+CCHSTOP', ['OK', '+CCHSTOP: 0'], done],
  ['F1002 c) ERROR', stop, 'AT+CCHSTOP', ['ERROR'], refused],
  ['+CME ERROR', stop, 'AT+CCHSTOP', ['+CME ERROR: operation not allowed'], refused],
  ['F1003 a) the result, then OK', open, 'AT+CCHOPEN=0,"h",7', ['+CCHOPEN: 0,0', 'OK'], done],
  ['F1003 b) OK, then the result', open, 'AT+CCHOPEN=0,"h",7', ['OK', '+CCHOPEN: 0,0'], done],
  ['the same, without spaces', open, 'AT+CCHOPEN=0,"h",7', ['OK', '+CCHOPEN:0,0'], done],
  [
    'F1003 d) OK, an error, a close',
    open,
    'AT+CCHOPEN=0,"h",7',
    ['OK', '+CCHOPEN: 0,15', '+CCHCLOSE: 0,15'],
    ended(15),
  ],
  ['an error, a close, then OK', open, 'AT+CCHOPEN=0,"h",7', ['+CCHOPEN: 0,15', '+CCHCLOSE: 0,15', 'OK'], ended(15)],
  ['F1003 e) ERROR', open, 'AT+CCHOPEN=0,"h",7', ['ERROR'], refused],
  ['the result among others', open, 'AT+CCHOPEN=0,"h",7', [...others, 'OK', ...others, '+CCHOPEN: 0,4'], ended(4)],
  ['an unknown number', open, 'AT+CCHOPEN=0,"h",7', ['OK', '+CCHOPEN: 0,42'], ended(42)],
  ['F1004 a) the result, then OK', close, 'AT+CCHCLOSE=1', ['+CCHCLOSE: 1,0', 'OK'], done],
  ['F1004 b) OK, then the result', close, 'AT+CCHCLOSE=1', ['OK', '+CCHCLOSE: 1,0'], done],
  ['F1004 d) ERROR', close, 'AT+CCHCLOSE=1', ['ERROR'], refused],
  [
    'OK, the result of the other, an error',
    close,
    'AT+CCHCLOSE=1',
    ['OK', '+CCHCLOSE: 0,0', '+CCHCLOSE: 1,3'],
    ended(3),
  ],
  ['F1006 b) a result, then ERROR', read, 'AT+CCHRECV=1', ['+CCHRECV: 1,8', 'ERROR'], ended(8)],
  ['a bare ERROR', read, 'AT+CCHRECV=1', ['ERROR'], refused],
];

/** Data, as bytes: lines cannot show what is counted. */
const frames: readonly [what: string, bytes: string, outcome: Outcome][] = [
  ['one frame', '\r\nOK\r\n\r\n+CCHRECV: DATA,1,5\r\na\r\nOK\r\n\r\n+CCHRECV: 1,0\r\n', { value: 'a\r\nOK' }],
  [
    'two frames, an event between them, and CR LF twice behind one (field note 3.4)',
    '\r\nOK\r\n\r\n+CCHRECV: DATA,1,2\r\nab\r\n\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n+CCHRECV:DATA,1,1\r\nc\r\n\r\n+CCHRECV: 1,0\r\n',
    { value: 'abc' },
  ],
  ['no frame at all', '\r\nOK\r\n\r\n+CCHRECV: 1,0\r\n', { value: '' }],
  ['an error behind the data', '\r\nOK\r\n\r\n+CCHRECV: DATA,1,1\r\na\r\n\r\n+CCHRECV: 1,6\r\n', ended(6)],
];

describe('what the module may answer to modem.ssl', () => {
  for (const [what, action, command, answer, outcome] of answers) {
    it(`${command}: ${what}`, async () => {
      for (const seed of [1, 2, 3]) {
        expect(await play([host(`${command}\r`), lines(...answer)], action, seed)).to.deep.equal(outcome);
      }
    });
  }

  for (let number = 1; number <= 20; number++) {
    it(`result ${number} is a typed error of every command that has one`, async () => {
      for (const [action, command, result] of [
        [start, 'AT+CCHSTART', `+CCHSTART: ${number}`],
        [stop, 'AT+CCHSTOP', `+CCHSTOP: ${number}`],
        [open, 'AT+CCHOPEN=0,"h",7', `+CCHOPEN: 0,${number}`],
        [close, 'AT+CCHCLOSE=1', `+CCHCLOSE: 1,${number}`],
      ] as const) {
        expect(await play([host(`${command}\r`), lines('OK', result)], action)).to.deep.equal(ended(number));
      }
    });
  }

  for (const [what, bytes, outcome] of frames) {
    it(`AT+CCHRECV=1: ${what}`, async () => {
      for (const seed of [1, 2, 3]) {
        expect(await play([host('AT+CCHRECV=1\r'), modem(bytes)], read, seed)).to.deep.equal(outcome);
      }
    });
  }

  for (const prompt of ['\r\n>', '\r\n> ', '\r\n>\r\n', '\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n> ']) {
    it(`AT+CCHSEND: the prompt ${JSON.stringify(prompt)}`, async () => {
      const turns = [host('AT+CCHSEND=0,3\r'), modem(prompt), host('GET'), lines('+CCH_PEER_CLOSED: 1', 'OK')];
      expect(await play(turns, send)).to.deep.equal(done);
    });
  }

  it('AT+CCHSEND: ERROR in place of the prompt, and nothing is written then', async () => {
    expect(await play([host('AT+CCHSEND=0,3\r'), lines('ERROR')], send)).to.deep.equal(refused);
  });

  it('AT+CCHSEND: ERROR behind the bytes, and the channel finds its way', async () => {
    const barrier = [host('AT+CCHSET?\r'), lines('+CCHSET: 1,1', 'OK')];
    const turns = [host('AT+CCHSEND=0,3\r'), modem('\r\n>'), host('GET'), lines('ERROR'), ...barrier];
    expect(await play(turns, send)).to.deep.equal(refused);
  });

  it('an answer that is not what the manual says is a damaged line', async () => {
    const barrier = [host('AT+CCHSET?\r'), lines('+CCHSET: 1,1', 'OK')];
    const turns = [host('AT+CCHMODE?\r'), lines('OK'), ...barrier];
    expect(await play(turns, (ssl) => ssl.CCHMODE.read())).to.deep.equal(garbled);
  });

  it('a result from before the command was written is not its own', async () => {
    const turns = [
      host('AT+CCHMODE?\r'),
      lines('+CCHOPEN: 0,14', '+CCHMODE: 0', 'OK'),
      host('AT+CCHOPEN=0,"h",7\r'),
      lines('OK', '+CCHOPEN: 0,0'),
    ];
    const both = (ssl: SslCommands) => Promise.all([ssl.CCHMODE.read(), open(ssl)]);
    expect(await play(turns, both)).to.deep.equal({ value: [{ mode: 0 }, undefined] });
  });

  it('two calls at once are two commands, each with its own answer', async () => {
    const turns = [
      host('AT+CCHOPEN=0,"h",7\r'),
      lines('OK'),
      host('AT+CCHCLOSE=1\r'),
      lines('+CCHCLOSE: 1,0', 'OK', '+CCHOPEN: 0,0'),
    ];
    const both = (ssl: SslCommands) => Promise.all([open(ssl), close(ssl)]);
    expect(await play(turns, both)).to.deep.equal({ value: [undefined, undefined] });
  });
});

describe('how long modem.ssl waits', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(() => {
    clock.restore();
  });

  /** Plays a dialogue in which nothing follows; what the call has come to after so many ms. */
  async function after(turns: readonly Turn[], action: Action, time: number): Promise<Outcome | 'waits'> {
    const peer = new ScriptedPeer(turns);
    const { channel, ssl } = speak(peer);
    let outcome: Outcome | 'waits' = 'waits';
    void outcomeOf(action(ssl)).then((end) => (outcome = end));
    await peer.finished();
    await clock.tickAsync(time);
    channel.close(new Error('The dialogue is over.'));
    return outcome;
  }

  for (const [action, command] of [
    [start, 'AT+CCHSTART'],
    [stop, 'AT+CCHSTOP'],
    [open, 'AT+CCHOPEN=0,"h",7'],
    [close, 'AT+CCHCLOSE=1'],
  ] as const) {
    it(`${command}: 120 s for its result`, async () => {
      const turns = [host(`${command}\r`), lines('OK')];
      expect(await after(turns, action, 119_000)).to.equal('waits');
      expect(await after(turns, action, 121_000)).to.deep.equal({ code: 'ERR_MODEM_TIMEOUT', result: undefined });
    });
  }

  it('AT+CCHSTART: 2 s behind ERROR for the number, then it is refused', async () => {
    const turns = [host('AT+CCHSTART\r'), lines('ERROR')];
    expect(await after(turns, start, 1900)).to.equal('waits');
    expect(await after(turns, start, 2100)).to.deep.equal(refused);
  });

  it('other commands: no time at all behind ERROR', async () => {
    expect(await after([host('AT+CCHSTOP\r'), lines('ERROR')], stop, 0)).to.deep.equal(refused);
    expect(await after([host('AT+CCHCLOSE=1\r'), lines('ERROR')], close, 0)).to.deep.equal(refused);
  });
});
