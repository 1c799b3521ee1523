import { expect } from 'chai';
import fc from 'fast-check';
import sinon, { type SinonFakeTimers } from 'sinon';

import { RawTail, type ExpectedWord } from '../../lib/at/raw-tail.js';
import { chunksAt, everySplit } from '../support/chunks.js';

const CLOSED = '\r\nCLOSED\r\n';
const OK = '\r\nOK\r\n';
const closed: ExpectedWord = { word: 'CLOSED' };
const ok: ExpectedWord = { word: 'OK', leads: true };

describe('RawTail', () => {
  let clock: SinonFakeTimers;
  let tail: RawTail;
  let data: string;
  let words: [word: string, behind: string][];

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    begin(closed);
  });

  afterEach(() => {
    expect(clock.countTimers(), 'timers left open').to.equal(0);
    clock.restore();
  });

  function begin(...expected: ExpectedWord[]): void {
    data = '';
    words = [];
    tail = new RawTail(
      (chunk) => (data += chunk.toString('latin1')),
      (word, behind) => words.push([word, behind.toString('latin1')]),
    );
    tail.expect(...expected);
  }

  function comes(text: string | Buffer): void {
    tail.push(Buffer.from(text as string, 'latin1'));
  }

  it('CR LF CLOSED CR LF and 200 ms of silence: the end', () => {
    comes(CLOSED);
    clock.tick(199);
    expect(words).to.deep.equal([]);
    clock.tick(1);
    expect(words).to.deep.equal([['CLOSED', '']]);
    expect(data).to.equal('');
  });

  it('the same behind data, cut in any two', () => {
    for (const [first, second] of everySplit(Buffer.from(`farewell${CLOSED}`))) {
      begin(closed);
      comes(first);
      clock.tick(199);
      comes(second);
      expect(data).to.equal('farewell');
      clock.tick(200);
      expect(words).to.deep.equal([['CLOSED', '']]);
      expect(data).to.equal('farewell');
    }
  });

  it('the same byte by byte', () => {
    for (const byte of `data${CLOSED}`) {
      comes(byte);
      clock.tick(150);
    }
    clock.tick(50);
    expect(words).to.deep.equal([['CLOSED', '']]);
    expect(data).to.equal('data');
  });

  it('the same and a byte within 200 ms: data, at once', () => {
    comes(CLOSED);
    clock.tick(199);
    comes('x');
    expect(data).to.equal(`${CLOSED}x`);
    clock.tick(1000);
    expect(words).to.deep.equal([]);
  });

  for (const text of [
    'CLOSED',
    'CLOSED\r\n',
    '\r\nCLOSED',
    '\nCLOSED\r\n',
    '\r\nclosed\r\n',
    '\r\nCLOSED\r\n\r\n',
    '\r\nCLOSED \r\n',
    '\r\nNO CARRIER\r\n',
    '\r\nERROR\r\n',
    OK,
    '\r\n+CCHCLOSE: 0,0\r\n',
    `${CLOSED}\r\nRING\r\n`,
  ]) {
    it(`${JSON.stringify(text)} is data, however it is cut`, () => {
      for (const [first, second] of everySplit(Buffer.from(text))) {
        begin(closed);
        comes(first);
        comes(second);
        clock.tick(200);
        expect(data).to.equal(text);
        expect(words).to.deep.equal([]);
      }
    });
  }

  it('what could be the beginning waits 200 ms and no longer, and nothing else waits', () => {
    comes('data\r\nCLO');
    expect(data).to.equal('data');
    clock.tick(199);
    expect(data).to.equal('data');
    clock.tick(1);
    expect(data).to.equal('data\r\nCLO');
    comes('SED\r\n');
    expect(data).to.equal('data\r\nCLOSED');
    clock.tick(200);
    expect(data).to.equal('data\r\nCLOSED\r\n');
    expect(words).to.deep.equal([]);
  });

  it('only the last of several is the module’s', () => {
    comes(`${CLOSED}${CLOSED}\r${CLOSED}`);
    expect(data).to.equal(`${CLOSED}${CLOSED}\r`);
    clock.tick(200);
    expect(words).to.deep.equal([['CLOSED', '']]);
  });

  it('flush hands over what waits, drop does not', () => {
    comes('one\r\nCLO');
    tail.flush();
    expect(data).to.equal('one\r\nCLO');
    comes('\r\n');
    tail.drop();
    clock.tick(200);
    expect(data).to.equal('one\r\nCLO');
  });

  describe('with OK expected, too', () => {
    beforeEach(() => begin(closed, ok));

    it('either is taken', () => {
      comes(`data${OK}`);
      clock.tick(200);
      expect(words).to.deep.equal([['OK', '']]);
      comes(CLOSED);
      clock.tick(200);
      expect(words).to.deep.equal([
        ['OK', ''],
        ['CLOSED', ''],
      ]);
      expect(data).to.equal('data');
    });

    it('lines that the module held back follow at once, cut in any two', () => {
      const lines = '\r\nRING\r\n\r\n+CREG: 5\r\n\r\n*ATREADY: 1\r\n';
      for (const [first, second] of everySplit(Buffer.from(`data${OK}${lines}`))) {
        begin(closed, ok);
        comes(first);
        clock.tick(199);
        expect(words).to.deep.equal([]);
        comes(second);
        clock.tick(200);
        expect(words).to.deep.equal([['OK', lines]]);
        expect(data).to.equal('data');
      }
    });

    it('only the last OK is meant, and what is before it data', () => {
      comes(`${OK}${OK}\r\nRING\r\n${OK}`);
      expect(data).to.equal(`${OK}${OK}\r\nRING\r\n`);
      clock.tick(200);
      expect(words).to.deep.equal([['OK', '']]);
    });

    for (const behind of [
      'x',
      '\r\n',
      '\r\nRIN',
      '\r\nlower case\r\n',
      'RING\r\n',
      '\r\nRING\r\n\0',
      `\r\n${'A'.repeat(300)}\r\n`,
    ]) {
      it(`an OK with ${JSON.stringify(behind.slice(0, 20))} behind it is data`, () => {
        comes(`${OK}${behind}`);
        clock.tick(200);
        expect(words).to.deep.equal([]);
        expect(data).to.equal(`${OK}${behind}`);
      });
    }
  });

  it('nothing is lost, doubled or moved, whatever comes when', () => {
    const piece = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      'CLOSED',
      CLOSED,
      OK,
      'OK',
      'x',
      '\r\nCLO',
      '\r\nRING\r\n',
      '\r\r\n',
    );
    const stream = fc.array(fc.tuple(piece, fc.constantFrom(0, 0, 0, 199, 200)), { minLength: 1, maxLength: 20 });
    const cuts = fc.array(fc.nat(20), { maxLength: 3 });
    fc.assert(
      fc.property(stream, cuts, fc.boolean(), (pieces, offsets, both) => {
        const order: string[] = [];
        tail = new RawTail(
          (chunk) => order.push(chunk.toString('latin1')),
          (word, behind) => order.push(`\r\n${word}\r\n${behind.toString('latin1')}`),
        );
        tail.expect(...(both ? [closed, ok] : [closed]));
        for (const [text, pause] of pieces) {
          for (const chunk of chunksAt(Buffer.from(text), offsets)) comes(chunk);
          clock.tick(pause);
        }
        clock.tick(200);
        expect(order.join('')).to.equal(pieces.map(([text]) => text).join(''));
        expect(order).to.not.include('');
      }),
      { numRuns: 5000, interruptAfterTimeLimit: 5000, markInterruptAsFailure: false },
    );
  });
});
