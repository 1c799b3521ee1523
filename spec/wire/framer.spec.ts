import { expect } from 'chai';
import fc from 'fast-check';

import { Framer, type Frame, type FramerOptions } from '../../lib/wire/index.js';
import { everyLoss, randomChunks, seeded } from '../support/chunks.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

const line = (text: string): Frame => ({ type: 'line', text });
const header = (session: number, length: number): Frame => ({ type: 'header', session, length });
const payload = (session: number, data: string): Frame => ({ type: 'payload', session, data: bytes(data) });
const raw = (data: string): Frame => ({ type: 'raw', data: bytes(data) });
const discarded = (reason: 'noise' | 'overlong', count: number): Frame => ({ type: 'discarded', reason, bytes: count });
const broken = (
  reason: 'length' | 'separator' | 'short',
  session: number,
  length: number,
  received: number,
): Frame => ({
  type: 'broken',
  reason,
  session,
  length,
  received,
});
const prompt: Frame = { type: 'prompt' };

interface Arming extends FramerOptions {
  prompt?: boolean;
  connect?: boolean;
  limit?: number;
}

function framer(arming: Arming = {}): Framer {
  const made = new Framer(arming);
  made.expectPrompt(arming.prompt ?? false);
  made.expectConnect(arming.connect ?? false);
  if (arming.limit !== undefined) made.payloadLimit = arming.limit;
  return made;
}

/** Frames of a text, and the same of its single bytes. */
function frames(text: string, arming: Arming = {}): Frame[] {
  const whole = framer(arming).push(bytes(text));
  const slow = framer(arming);
  const single = randomChunks(bytes(text), seeded(1), 1, 1).flatMap((byte) => slow.push(byte));
  expect(joinRaw(single)).to.deep.equal(joinRaw(whole));
  return whole;
}

/** Raw bytes come in the chunks of the line: here they are one. */
function joinRaw(list: readonly Frame[]): Frame[] {
  const joined: Frame[] = [];
  for (const frame of list) {
    const last = joined.at(-1);
    if (frame.type === 'raw' && last?.type === 'raw') {
      joined[joined.length - 1] = { type: 'raw', data: Buffer.concat([last.data, frame.data]) };
    } else {
      joined.push(frame);
    }
  }
  return joined;
}

type Row = [what: string, text: string, expected: Frame[], arming?: Arming];

function table(rows: readonly Row[]): void {
  for (const [what, text, expected, arming] of rows) {
    it(what, () => expect(frames(text, arming)).to.deep.equal(expected));
  }
}

describe('Framer, lines', () => {
  table([
    ['nothing', '', []],
    ['line ends alone', '\r\n\r\n\n\r\r', []],
    ['a line', '\r\nOK\r\n', [line('OK')]],
    ['a line without its end is none yet', '\r\nOK', []],
    ['an echo, ended by CR CR LF', 'AT\r\r\nOK\r\n', [line('AT'), line('OK')]],
    ['CR alone and LF alone end a line', 'one\rtwo\nthree\r\n', [line('one'), line('two'), line('three')]],
    ['spaces are kept', '\r\n a b \r\n', [line(' a b ')]],
    ['TAB is text', 'a\tb\r\n', [line('a\tb')]],
    ['UTF-8 is text', '\xe4\xb8\xad.pem\r\n', [line('中.pem')]],
    ['half a UTF-8 character is noise', '\xe4\xb8\r\nOK\r\n', [discarded('noise', 2), line('OK')]],
    ['a NUL is noise', '\0\r\nOK\r\n', [discarded('noise', 1), line('OK')]],
    ['a control character within a line makes it noise', 'O\x1bK\r\nOK\r\n', [discarded('noise', 3), line('OK')]],
    ['DEL is noise', '\x7f\r\n', [discarded('noise', 1)]],
    ['bytes at another speed are noise', '\xff\xfe\x80\xf0\n', [discarded('noise', 4)]],
    ['the longest line', '12345678\r\n', [line('12345678')], { maxLine: 8 }],
    ['one byte more is overlong', '123456789\r\nOK\r\n', [discarded('overlong', 9), line('OK')], { maxLine: 8 }],
    [
      'an overlong line is counted to its end',
      `${'x'.repeat(100)}\r\nOK\r\n`,
      [discarded('overlong', 100), line('OK')],
      { maxLine: 8 },
    ],
    [
      'an overlong header is no header',
      '+CCHRECV: DATA,0,5\r\nOK\r\n',
      [discarded('overlong', 18), line('OK')],
      { maxLine: 8 },
    ],
  ]);

  it('never throws, whatever comes, and hands over no more bytes than came', () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
      fc
        .constantFrom('\r\n', '> ', 'OK', '\r\n+CCHRECV: DATA,0,7\r\n', '\r\nCONNECT 115200\r\n', '+CCHRECV:DATA,1,0')
        .map(bytes),
    );
    const property = fc.property(fc.array(some), fc.boolean(), fc.boolean(), (parts, prompts, connects) => {
      const made = framer({ prompt: prompts, connect: connects, maxLine: 32, limit: 50 });
      let size = 0;
      for (const frame of parts.flatMap((part) => made.push(part))) {
        if (frame.type === 'line') size += Buffer.byteLength(frame.text);
        if (frame.type === 'payload' || frame.type === 'raw') size += frame.data.length;
        if (frame.type === 'discarded') size += frame.bytes;
      }
      expect(size).to.be.at.most(parts.reduce((sum, part) => sum + part.length, 0));
    });
    fc.assert(property, { numRuns: 500, interruptAfterTimeLimit: 3000 });
  });

  it('any cuts of any bytes make the same frames', () => {
    const some = fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        '> ',
        '>',
        ' ',
        'OK',
        'x',
        '\0',
        '\xe4',
        '\xb8',
        '+CCHRECV: DATA,0,3',
        '+CCHRECV: 0,0',
      ),
      fc.constantFrom('\r\n+CCHRECV: DATA,1,4\r\n', 'abc\r\n', 'CONNECT 9600', 'CONNECT FAIL'),
    );
    const property = fc.property(
      fc.array(some),
      fc.boolean(),
      fc.boolean(),
      fc.nat(),
      (parts, prompts, connects, seed) => {
        const text = bytes(parts.join(''));
        const arming = { prompt: prompts, connect: connects, maxLine: 24 };
        const cut = framer(arming);
        const pieces = randomChunks(text, seeded(seed), 1, 5).flatMap((chunk) => cut.push(Buffer.from(chunk)));
        expect(joinRaw(pieces)).to.deep.equal(joinRaw(framer(arming).push(text)));
      },
    );
    fc.assert(property, { numRuns: 3000, interruptAfterTimeLimit: 4000 });
  });
});

describe('Framer, prompts', () => {
  const armed = { prompt: true };
  table([
    ['a `>` that is expected', '\r\n>', [prompt], armed],
    ['with a space', '\r\n> ', [prompt], armed],
    ['with a line end', '\r\n>\r\n', [prompt], armed],
    ['with a space and a line end, and a line behind', '\r\n> \r\n\r\nOK\r\n', [prompt, line('OK')], armed],
    ['with a line directly behind', '\r\n> OK\r\n', [prompt, line('OK')], armed],
    ['without a line end before it, first of all', '>', [prompt], armed],
    ['after the echo', 'AT+CCHSEND=0,1\r\r\n> ', [line('AT+CCHSEND=0,1'), prompt], armed],
    ['after an unsolicited line', '\r\nRING\r\n\r\n> ', [line('RING'), prompt], armed],
    ['is expected once', '\r\n>\r\n>\r\n', [prompt, line('>')], armed],
    ['not within a line', 'a> \r\n', [line('a> ')], armed],
    ['not behind a space', ' >\r\n', [line(' >')], armed],
    ['not when none is expected', '\r\n> \r\n', [line('> ')]],
  ]);

  it('is expected no more when told so', () => {
    const made = framer(armed);
    made.expectPrompt(false);
    expect(made.push(bytes('\r\n>\r\n'))).to.deep.equal([line('>')]);
  });

  it('an unsolicited line that begins while one is expected is not mistaken', () => {
    expect(frames('\r\n+CMTI: ">",1\r\n> ', armed)).to.deep.equal([line('+CMTI: ">",1'), prompt]);
  });
});

describe('Framer, counted bytes', () => {
  table([
    ['a frame', '\r\n+CCHRECV: DATA,0,5\r\nhello\r\n', [header(0, 5), payload(0, 'hello')]],
    ['without the space', '\r\n+CCHRECV:DATA,1,2\r\nhi\r\n', [header(1, 2), payload(1, 'hi')]],
    ['with spaces', '\r\n+CCHRECV: DATA, 1, 2 \r\nhi\r\n', [header(1, 2), payload(1, 'hi')]],
    ['in small letters', '\r\n+cchrecv: data,1,2\r\nhi\r\n', [header(1, 2), payload(1, 'hi')]],
    ['a header ended by CR alone', '+CCHRECV: DATA,0,2\rhi\r\n', [header(0, 2), payload(0, 'hi')]],
    ['a header ended by LF alone', '+CCHRECV: DATA,0,2\nhi\r\n', [header(0, 2), payload(0, 'hi')]],
    ['no byte is not yet a frame', '\r\n+CCHRECV: DATA,0,2\r\n', [header(0, 2)]],
    ['all bytes without the line end are not yet a frame', '\r\n+CCHRECV: DATA,0,2\r\nhi', [header(0, 2)]],
    ['all bytes and CR are not yet a frame', '\r\n+CCHRECV: DATA,0,2\r\nhi\r', [header(0, 2)]],
    [
      'of length 0: no module sends that',
      '\r\n+CCHRECV: DATA,0,0\r\n\r\nOK\r\n',
      [broken('length', 0, 0, 0), line('OK')],
    ],
    ['beginning with LF', '\r\n+CCHRECV: DATA,0,3\r\n\nab\r\n', [header(0, 3), payload(0, '\nab')]],
    ['of line ends', '\r\n+CCHRECV: DATA,0,4\r\n\r\n\r\n\r\n', [header(0, 4), payload(0, '\r\n\r\n')]],
    ['that look like lines', '\r\n+CCHRECV: DATA,0,6\r\n\r\nOK\r\n\r\n', [header(0, 6), payload(0, '\r\nOK\r\n')]],
    [
      'that look like a prompt',
      '\r\n+CCHRECV: DATA,0,1\r\n>\r\n> ',
      [header(0, 1), payload(0, '>'), prompt],
      { prompt: true },
    ],
    [
      'with the line end doubled, and a trailer',
      '\r\n+CCHRECV: DATA,0,1\r\na\r\n\r\n+CCHRECV: 0,0\r\n',
      [header(0, 1), payload(0, 'a'), line('+CCHRECV: 0,0')],
    ],
    [
      'one after the other',
      '\r\n+CCHRECV: DATA,0,1\r\na\r\n+CCHRECV: DATA,1,1\r\nb\r\n',
      [header(0, 1), payload(0, 'a'), header(1, 1), payload(1, 'b')],
    ],
    ['a header with something behind it is a line', '+CCHRECV: DATA,0,5,1\r\n', [line('+CCHRECV: DATA,0,5,1')]],
    ['a header with a sign is a line', '+CCHRECV: DATA,0,-5\r\n', [line('+CCHRECV: DATA,0,-5')]],
    ['a length of ten digits is a line', '+CCHRECV: DATA,0,1000000000\r\n', [line('+CCHRECV: DATA,0,1000000000')]],
    ['the largest length believed', '+CCHRECV: DATA,0,3\r\nabc\r\n', [header(0, 3), payload(0, 'abc')], { limit: 3 }],
    [
      'one byte more is broken at the header',
      '+CCHRECV: DATA,0,4\r\nabcd\r\n',
      [broken('length', 0, 4, 0), line('abcd')],
      { limit: 3 },
    ],
    [
      'maxPayload is the limit from the start',
      '+CCHRECV: DATA,0,4\r\n',
      [broken('length', 0, 4, 0)],
      { maxPayload: 3 },
    ],
    [
      'a wrong byte in place of CR',
      '+CCHRECV: DATA,0,2\r\nabc\r\n',
      [header(0, 2), broken('separator', 0, 2, 2), line('c')],
    ],
    [
      'a wrong byte in place of LF',
      '+CCHRECV: DATA,0,2\r\nab\rc\r\n',
      [header(0, 2), broken('separator', 0, 2, 2), line('c')],
    ],
    [
      'after a broken frame the next is whole',
      '+CCHRECV: DATA,0,2\r\na\r\n+CCHRECV: DATA,0,2\r\nab\r\n',
      [header(0, 2), broken('separator', 0, 2, 2), header(0, 2), payload(0, 'ab')],
    ],
  ]);

  it('are a view of the chunk when they came in one, and a copy when not', () => {
    const chunk = bytes('\r\n+CCHRECV: DATA,0,5\r\nhello\r\n');
    const [, view] = framer().push(chunk);
    expect(view?.type === 'payload' && view.data.buffer === chunk.buffer).to.equal(true);
    const made = framer();
    const pieces = randomChunks(chunk, seeded(3), 1, 3).flatMap((piece) => {
      const copy = Buffer.from(piece);
      const out = made.push(copy);
      copy.fill(0);
      return out;
    });
    expect(pieces.at(-1)).to.deep.equal(payload(0, 'hello'));
  });

  it('that are under way are told, with how many came', () => {
    const made = framer();
    expect(made.pending).to.equal(undefined);
    made.push(bytes('\r\n+CCHRECV: DATA,1,5\r'));
    expect(made.pending).to.deep.equal({ session: 1, length: 5, received: 0 });
    made.push(bytes('\nhe'));
    expect(made.pending).to.deep.equal({ session: 1, length: 5, received: 2 });
    made.push(bytes('llo\r'));
    expect(made.pending).to.deep.equal({ session: 1, length: 5, received: 5 });
    made.push(bytes('\n'));
    expect(made.pending).to.equal(undefined);
  });

  it('are released without their line end when all are there, and only then', () => {
    const made = framer();
    made.push(bytes('\r\n+CCHRECV: DATA,0,2\r\na'));
    expect(made.release()).to.deep.equal([]);
    made.push(bytes('b'));
    expect(made.release()).to.deep.equal([payload(0, 'ab')]);
    expect(made.release()).to.deep.equal([]);
    expect(made.push(bytes('\r\n\r\nOK\r\n'))).to.deep.equal([line('OK')]);
  });

  it('are released between CR and LF too', () => {
    const made = framer();
    made.push(bytes('\r\n+CCHRECV: DATA,0,2\r\nab\r'));
    expect(made.release()).to.deep.equal([payload(0, 'ab')]);
    expect(made.push(bytes('\nOK\r\n'))).to.deep.equal([line('OK')]);
  });

  it('are given up in every state of theirs, and lines come again', () => {
    for (const [text, received] of [
      ['\r\n+CCHRECV: DATA,0,3\r', 0],
      ['\r\n+CCHRECV: DATA,0,3\r\n', 0],
      ['\r\n+CCHRECV: DATA,0,3\r\nab', 2],
      ['\r\n+CCHRECV: DATA,0,3\r\nabc', 3],
      ['\r\n+CCHRECV: DATA,0,3\r\nabc\r', 3],
    ] as const) {
      const made = framer();
      made.push(bytes(text));
      expect(made.abandon()).to.deep.equal([broken('short', 0, 3, received)]);
      expect(made.abandon()).to.deep.equal([]);
      expect(made.push(bytes('\r\nOK\r\n+CCHRECV: DATA,0,1\r\nx\r\n'))).to.deep.equal([
        line('OK'),
        header(0, 1),
        payload(0, 'x'),
      ]);
    }
  });

  it('nothing is given up or released where lines are expected', () => {
    const made = framer();
    made.push(bytes('\r\nO'));
    expect([...made.abandon(), ...made.release()]).to.deep.equal([]);
    expect(made.push(bytes('K\r\n'))).to.deep.equal([line('OK')]);
  });
});

describe('Framer, a byte lost on the line', () => {
  const first = 'The quick brown fox';
  const second = '\nand \0 the lazy dogs';
  const answer =
    `\r\nOK\r\n\r\n+CCHRECV: DATA,0,${first.length}\r\n${first}\r\n` +
    `\r\n+CCHRECV: DATA,0,${second.length}\r\n${second}\r\n\r\n+CCHRECV: 0,0\r\n`;

  /** The frames of damaged bytes, and of the silence behind them. */
  function after(damaged: Buffer): Frame[] {
    const made = framer({ limit: 2048 });
    return [...made.push(damaged), ...made.abandon()];
  }

  it('anywhere: every payload that comes out is one that was sent', () => {
    for (const [at, damaged] of everyLoss(bytes(answer))) {
      const payloads = after(damaged).flatMap((frame) =>
        frame.type === 'payload' ? [frame.data.toString('latin1')] : [],
      );
      expect([first, second], `byte ${at} lost`).to.include.members(payloads);
    }
  });

  it('within a payload, or the line end behind it: broken, and the next frame is whole', () => {
    const start = answer.indexOf(first);
    for (const [at, damaged] of everyLoss(bytes(answer))) {
      if (at < start || at >= start + first.length + 2) continue;
      const out = after(damaged);
      expect(out[2], `byte ${at} lost`).to.deep.equal(broken('separator', 0, first.length, first.length));
      expect(out.slice(3).filter(({ type }) => type === 'payload')).to.deep.equal([payload(0, second)]);
    }
  });

  it('two at once, in a module that begins the lines behind its data with CR LF: broken, too', () => {
    const made = framer();
    expect(made.push(bytes(answer)).filter(({ type }) => type === 'payload')).to.have.lengthOf(2);
    const short = made.push(bytes('\r\n+CCHRECV: DATA,0,7\r\nabcde\r\n\r\n+CCHRECV: 0,0\r\n'));
    expect(short).to.deep.equal([header(0, 7), broken('separator', 0, 7, 7), line('+CCHRECV: 0,0')]);
    const whole = made.push(bytes('\r\n+CCHRECV: DATA,0,7\r\nabcde\r\n\r\n\r\n+CCHRECV: 0,0\r\n'));
    expect(whole).to.deep.equal([header(0, 7), payload(0, 'abcde\r\n'), line('+CCHRECV: 0,0')]);
  });

  it('none, in a module that does not: a payload may end with CR LF', () => {
    const made = framer();
    for (const text of ['abcde', 'abc\r\n', '\r\n\r\n\r', '\r\n']) {
      const out = made.push(bytes(`\r\n+CCHRECV: DATA,0,${text.length}\r\n${text}\r\n+CCHRECV: 0,0\r\n`));
      expect(out).to.deep.equal([header(0, text.length), payload(0, text), line('+CCHRECV: 0,0')]);
    }
  });

  it('none, in a module that begins them so only now and then', () => {
    const made = framer();
    for (const lead of ['\r\n', '', '\r\n', '\r\n', '\r\n']) {
      made.push(bytes(`\r\n+CCHRECV: DATA,0,2\r\nab\r\n${lead}+CCHRECV: 0,0\r\n`));
    }
    const out = made.push(bytes('\r\n+CCHRECV: DATA,0,2\r\n\r\n\r\n+CCHRECV: 0,0\r\n'));
    expect(out).to.deep.equal([header(0, 2), payload(0, '\r\n'), line('+CCHRECV: 0,0')]);
  });

  it('an unsolicited line behind a payload tells nothing of that', () => {
    const made = framer();
    made.push(bytes('\r\n+CCHRECV: DATA,0,2\r\nab\r\n\r\nRING\r\n+CCHRECV: 0,0\r\n'));
    const out = made.push(bytes('\r\n+CCHRECV: DATA,0,2\r\n\r\n\r\n+CCHRECV: 0,0\r\n'));
    expect(out).to.deep.equal([header(0, 2), payload(0, '\r\n'), line('+CCHRECV: 0,0')]);
  });

  it('in a header: no payload of that header comes out', () => {
    const start = answer.indexOf('+CCHRECV');
    for (const [at, damaged] of everyLoss(bytes(answer))) {
      // A header whose space or line end is lost is still a header.
      const lost = answer[at] ?? '';
      if (at < start || at >= answer.indexOf(first) || /\s/.test(lost)) continue;
      const whole = after(damaged).filter((frame) => frame.type === 'payload' && frame.data.length === first.length);
      expect(whole, `${lost} at ${at} lost`).to.deep.equal([]);
    }
  });

  it('in a body of any bytes: never a payload of the announced length that is not the one sent', () => {
    const body = fc.array(fc.constantFrom('\r', '\n', 'O', 'K', '\0', '+CCHRECV: 0,0', '\xff'), {
      minLength: 1,
      maxLength: 30,
    });
    const property = fc.property(body, fc.nat(), (parts, position) => {
      const text = bytes(parts.join(''));
      const start = bytes(`\r\n+CCHRECV: DATA,0,${text.length}\r\n`);
      const lost = position % text.length;
      const damaged = Buffer.concat([
        start,
        text.subarray(0, lost),
        text.subarray(lost + 1),
        bytes('\r\n\r\n+CCHRECV: 0,0\r\n'),
      ]);
      expect(after(damaged).filter(({ type }) => type === 'payload')).to.deep.equal([]);
    });
    fc.assert(property, { numRuns: 2000, interruptAfterTimeLimit: 3000 });
  });
});

describe('Framer, raw data', () => {
  const armed = { connect: true };
  table([
    ['from CONNECT on', '\r\nCONNECT 115200\r\nraw\r\nOK\r\n', [line('CONNECT 115200'), raw('raw\r\nOK\r\n')], armed],
    ['that begins with a line end', '\r\nCONNECT\r\n\r\n', [line('CONNECT'), raw('\r\n')], armed],
    ['after LF alone', '\r\nCONNECT\nraw', [line('CONNECT'), raw('raw')], armed],
    ['not after CONNECT FAIL', '\r\nCONNECT FAIL\r\nOK\r\n', [line('CONNECT FAIL'), line('OK')], armed],
    ['not when none is expected', '\r\nCONNECT 115200\r\nOK\r\n', [line('CONNECT 115200'), line('OK')]],
    [
      'with a data header in it',
      '\r\nCONNECT\r\n+CCHRECV: DATA,0,1\r\n',
      [line('CONNECT'), raw('+CCHRECV: DATA,0,1\r\n')],
      armed,
    ],
  ]);

  it('is no counted bytes: nothing is pending, released or given up at CONNECT', () => {
    const made = framer(armed);
    made.push(bytes('\r\nCONNECT\r'));
    expect(made.pending).to.equal(undefined);
    expect([...made.release(), ...made.abandon()]).to.deep.equal([]);
    expect(made.push(bytes('\nraw'))).to.deep.equal([raw('raw')]);
    expect(made.raw).to.equal(true);
  });

  it('begins and ends when told', () => {
    const made = framer();
    made.push(bytes('\r\nhalf a li'));
    made.setRaw(true);
    expect(made.push(bytes('\r\n+CCHRECV'))).to.deep.equal([raw('\r\n+CCHRECV')]);
    made.setRaw(false);
    expect(made.push(bytes('\r\nOK\r\n'))).to.deep.equal([line('OK')]);
  });

  it('begins once for each time that CONNECT was expected', () => {
    const made = framer(armed);
    made.push(bytes('\r\nCONNECT\r\nraw'));
    made.setRaw(false);
    expect(made.push(bytes('\r\nCONNECT\r\n\r\nOK\r\n'))).to.deep.equal([line('CONNECT'), line('OK')]);
  });
});
