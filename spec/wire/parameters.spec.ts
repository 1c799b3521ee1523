import { expect } from 'chai';
import fc from 'fast-check';

import { checkText, parseInformation, parseInteger, quote, splitParameters } from '../../lib/wire/index.js';
import { quickest } from '../support/quickest.js';

describe('quote', () => {
  it('puts text into quotes', () => {
    expect(quote('api.example.com', 'host')).to.equal('"api.example.com"');
    expect(quote('', 'host')).to.equal('""');
    expect(quote('a, b\\c 中', 'host')).to.equal('"a, b\\c 中"');
  });

  for (const [what, text] of [
    ['a quote', 'a"b'],
    ['CR', 'a\rAT+CRESET'],
    ['LF', 'a\nb'],
    ['CR LF', 'a\r\nAT+CRESET\r'],
    ['NUL', 'a\0'],
    ['Ctrl-Z', '\x1a'],
    ['escape', '\x1b'],
    ['TAB', '\t'],
    ['DEL', '\x7f'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => quote(text, 'host'))
        .to.throw()
        .with.property('code', 'ERR_INVALID_ARG_VALUE');
    });
  }

  it('names the option, and shows the value unless it is a secret', () => {
    expect(() => checkText('hun\nter2', 'host'))
      .to.throw("'host'")
      .with.property('message')
      .that.includes('ter2');
    expect(() => checkText('hun\nter2', 'keypwd', true))
      .to.throw("'keypwd'")
      .with.property('message')
      .that.does.not.include('ter2');
  });

  it('is undone by splitting, whatever stands around it', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/["\u0000-\u001f\u007f]/.test(value));
    const property = fc.property(fc.array(text, { minLength: 1 }), (values) => {
      const joined = values.map((value) => quote(value, 'value')).join(',');
      expect(splitParameters(joined)).to.deep.equal(values.map((value) => ({ text: value, quoted: true })));
    });
    fc.assert(property, { numRuns: 500, interruptAfterTimeLimit: 2000 });
  });

  it('nothing that it lets through adds a parameter or ends a command', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (value) => {
      let quoted: string;
      try {
        quoted = quote(value, 'value');
      } catch {
        return;
      }
      expect(quoted).to.not.match(/[\r\n\0]/);
      expect(splitParameters(`0,${quoted},1`)).to.have.lengthOf(3);
    });
    fc.assert(property, { numRuns: 2000, interruptAfterTimeLimit: 2000 });
  });
});

describe('splitParameters', () => {
  const plain = (...texts: string[]) => texts.map((text) => ({ text, quoted: false }));
  const rows: [text: string, expected: ReturnType<typeof splitParameters>][] = [
    ['', plain('')],
    ['0', plain('0')],
    ['0,148', plain('0', '148')],
    ['0, 148', plain('0', '148')],
    [' 0 ,\t148 ', plain('0', '148')],
    ['0,', plain('0', '')],
    [',,', plain('', '', '')],
    ['0,"",,,', [...plain('0'), { text: '', quoted: true }, ...plain('', '', '')]],
    ['0, "a.example" ,443', [...plain('0'), { text: 'a.example', quoted: true }, ...plain('443')]],
    ['"a,b",1', [{ text: 'a,b', quoted: true }, ...plain('1')]],
    ['" a "', [{ text: ' a ', quoted: true }]],
    ['"client_key.pem""', [{ text: 'client_key.pem', quoted: true }]],
    ['{non-ascii}"2E",5', [{ text: '2E', quoted: true, prefix: '{non-ascii}' }, ...plain('5')]],
    [' {non-ascii} "2E" ', [{ text: '2E', quoted: true, prefix: '{non-ascii}' }]],
    ['{NON-ASCII}""', [{ text: '', quoted: true, prefix: '{NON-ASCII}' }]],
    ['{non-ascii}2E', plain('{non-ascii}2E')],
    ['{non-ascii}', plain('{non-ascii}')],
    ['LEN,0,0', plain('LEN', '0', '0')],
    ['0,RECV EVENT', plain('0', 'RECV EVENT')],
    ['"open', undefined],
    ['0,"open,1', undefined],
    ['a"b"', undefined],
    ['"a"b', undefined],
    ['"a" b,1', undefined],
    ['"a"""', undefined],
    ['{}"a"', undefined],
    ['{a b}"a"', undefined],
    ['{non-ascii"a"', undefined],
    ['non-ascii}"a"', undefined],
    ['{a}{b}"c"', undefined],
    ['{non-ascii}x"a"', undefined],
    ['"a"{non-ascii}', undefined],
    [`{${'a'.repeat(17)}}"a"`, undefined],
  ];
  for (const [text, expected] of rows) {
    it(JSON.stringify(text), () => expect(splitParameters(text)).to.deep.equal(expected));
  }

  it('is not slowed down by noise', () => {
    for (const part of [' ', '"', ',', ' "', ' ,"', '{', '{a', '{a}', '{a} ', ' {a}"']) {
      const noise = part.repeat(4096 / part.length);
      const time = quickest(() => {
        splitParameters(`0,${noise}"a"b`);
        splitParameters(`${noise}x`);
      });
      // Some 20 ms at most; looking back again and again takes minutes.
      expect(time).to.be.below(1000);
    }
  });
});

describe('parseInteger', () => {
  const parse = (text: string, min = 0, max = 19, quoted = false) => parseInteger({ text, quoted }, min, max);

  it('takes decimal numbers of the range, its ends included', () => {
    expect([parse('0'), parse('19'), parse('7'), parse('007')]).to.deep.equal([0, 19, 7, 7]);
    expect(parse('4294967295', 0, 0xffffffff)).to.equal(0xffffffff);
  });

  for (const text of ['', ' ', '20', '-1', '+1', '1.0', '1e1', '0x1', '1 ', 'NaN', 'Infinity', '１', '00000000001']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(parse(text)).to.equal(undefined));
  }

  it('refuses quotes, and nothing at all', () => {
    expect(parse('1', 0, 19, true)).to.equal(undefined);
    expect(parseInteger(undefined, 0, 19)).to.equal(undefined);
  });
});

describe('parseInformation', () => {
  const rows: [line: string, expected: ReturnType<typeof parseInformation>][] = [
    ['+CCHRECV: LEN,0,0', { name: '+CCHRECV', text: 'LEN,0,0' }],
    ['+CCHRECV:DATA,0,5', { name: '+CCHRECV', text: 'DATA,0,5' }],
    ['+cchrecv: 0,0', { name: '+CCHRECV', text: '0,0' }],
    ['+CCH:CCH STOP', { name: '+CCH', text: 'CCH STOP' }],
    ['+CCH_PEER_CLOSED:', { name: '+CCH_PEER_CLOSED', text: '' }],
    ['*ATREADY: 1', { name: '*ATREADY', text: '1' }],
    ['+CCHADDR:   a b  ', { name: '+CCHADDR', text: 'a b' }],
    ['+A: b: c', { name: '+A', text: 'b: c' }],
    ['OK', undefined],
    ['+CCHADDR', undefined],
    [' +CCHADDR: 1', undefined],
    ['CCHADDR: 1', undefined],
    ['AT+CCHRECV: 1', undefined],
    ['+: 1', undefined],
  ];
  for (const [line, expected] of rows) {
    it(JSON.stringify(line), () => expect(parseInformation(line)).to.deep.equal(expected));
  }
});
