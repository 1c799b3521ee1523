import { expect } from 'chai';
import { commandsOf } from '../../lib/modem/command-line.js';
import { touches, type Touch } from '../../lib/modem/touches.js';
import { PIN_BY_HAND } from '../support/secrets.js';

/** One touch in short: `session 0 open`, `context 3`, `form`. Nothing at all is empty. */
function short(touch: Touch): string {
  switch (touch.type) {
    case 'session':
      return `session ${touch.id ?? '?'} ${touch.how}`;
    case 'context':
      return `context ${touch.index ?? '?'}`;
    case 'nothing':
      return '';
    default:
      return touch.type;
  }
}

const shown = (line: string) =>
  touches(line)
    .map(short)
    .filter((text) => text !== '')
    .join(', ');

/** What each line acts on. */
const table: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...['AT', 'ATE0', 'ATE1', 'ATI', 'ATV1', 'ATQ0', 'ATQ', 'AT&D0', 'AT&D2&C1', 'ATX4', 'ATS0=1', 'AT&W'],
    ...['AT+CSQ', 'AT+CREG?', 'AT+CREG=2', 'AT+CTZU?', 'AT+CTZR=?', 'AT+CCLK="26/11/22,10:00:00+00"', 'AT+CGDCONT?'],
    ...['AT$QCRMCALL?', 'AT^SYSINFO', 'AT*CELL=0', 'AT+CMGS="+49170"'],
    ...['AT+CCHSTART=?', 'AT+CCHOPEN?', 'AT+CCHOPEN=?', 'AT+CCHSEND?', 'AT+CCHRECV?', 'AT+CCHCFG?', 'AT+CCHSSLCFG?'],
    ...['AT+CCHSET?', 'AT+CCHMODE?', 'AT+CCHADDR', 'AT+CSSLCFG=?', 'AT+CSSLCFG?', 'AT+CSSLCFG=3', 'AT+CSSLCFG= 3'],
    ...['AT+CCERTLIST', 'AT+CCERTDOWN=?', 'AT+CFUN?', 'AT+COPS?', 'AT+COPS=?', 'AT+IPR?', 'AT+CMEE=?', 'AT+CPIN?'],
  ],
  'session 0 open': [
    'AT+CCHOPEN=0,"a.test",443',
    'at+cchopen=0,"a;b",443,2',
    'AT +CCHOPEN = 0 ,"a",1',
    'AT+CCHOPEN=00,"a",1',
  ],
  'session 1 open': ['AT+CCHOPEN=1,"a.test",443,1,5000', 'AT+CCHOPEN= 1,"AT+CCHSTOP",443'],
  'session 1 close': ['AT+CCHCLOSE=1', 'at+cchclose=1', 'AT+CCHCLOSE=1;', 'A\u0054+CCHCLOSE=1', 'AT+CCHCLOSE = 1 '],
  'session 7 close': ['AT+CCHCLOSE=7'],
  'session ? close': [
    ...['ATH', 'ATH0', 'ath', 'ATH1', 'ATE0H', 'ATHE0', 'AT H', 'ATHA'],
    ...['AT+CCHCLOSE', 'AT+CCHCLOSE=', 'AT+CCHCLOSE=x', 'AT+CCHCLOSE=+0', 'AT+CCHCLOSE=0x0'],
  ],
  'session ? open': ['AT+CCHOPEN', 'AT+CCHOPEN="a",0,443'],
  'session 0 data': ['AT+CCHSEND=0,5', 'AT+CCHRECV=0', 'AT+CCHRECV=0,1024', 'AT+CCHSEND="0",5'],
  'session 1 settings': [
    'AT+CCHSSLCFG=1,3',
    'AT+CCHCFG="sendtimeout",1,60',
    'AT+CCHCFG=sslctx,1,0',
    'AT+CCHCFG= "sslctx" ,1,0',
  ],
  'session ? settings': ['AT+CCHCFG=1', 'AT+CCHSSLCFG=one,3', 'AT+CCHCFG="sslctx"'],
  'context 3': [
    'AT+CSSLCFG="sslversion",3,4',
    'at+csslcfg=authmode,3,0',
    'AT+CSSLCFG="x",03,1',
    'AT+CSSLCFG="a,b", 3 ,1',
  ],
  'context 10': ['AT+CSSLCFG="sslversion",10,4'],
  'context ?': ['AT+CSSLCFG="authmode",x,0', 'AT+CSSLCFG="authmode",0x1,0'],
  files: ['AT+CCERTDOWN="ca.pem",5', 'AT+CCERTDELE="ca.pem"', 'at+ccertdele="a;b.pem"'],
  service: [
    'AT+CCHSTART',
    'AT+CCHSTART=1',
    'AT+CCHSTOP',
    'at+cchstop',
    'AT+CCHSTOP=1',
    'AT+CCHSET=1,1',
    'AT+CCHMODE=1',
    'AT+ CCHSTOP',
  ],
  module: [
    ...[
      'AT+CFUN=0',
      'AT+CFUN=1,1',
      'AT+CRESET',
      'AT+CPOF',
      'AT+CGATT=0',
      'AT+CGACT=0,1',
      'AT+COPS=2',
      `AT+CPIN="${PIN_BY_HAND}"`,
    ],
    ...['ATD+49170;', 'ATDT 0170 ;', 'atd112;', 'ATE0D112;', 'ATA', 'ATE0A'],
    ...['AT+CNMP=38', 'AT+CSCLK=1', 'AT+CIPMODE=1'],
  ],
  form: [
    ...[
      'ATV0',
      'ATV',
      'ATE0V0',
      'ATQ1',
      'ATZ',
      'ATZ0',
      'AT&F',
      'AT&F0',
      'ATE0&F',
      'ATS3=10',
      'ATS4=0',
      'ATS05=8',
      'AT\\V1',
    ],
    ...['ATO', 'ATO0', 'ATD*99#', 'ATDT*99***1#', 'atd+49170', 'ATE0D*99#', 'AT+CGDATA="PPP",1'],
    ...[
      'AT+IPR=9600',
      'AT+IPREX=9600',
      'AT+ICF=3',
      'AT+IFC=2,2',
      'AT+CMUX=0',
      'AT+CMEE=0',
      'AT+CATR=1',
      'at+ipr = 9600',
    ],
  ],
  'service, session 0 close': [
    'AT+CCHSTOP;+CCHCLOSE=0',
    'ATE0+CCHSTOP;+CSQ;+CCHCLOSE=0',
    'ATS7=30+CCHSTOP;+CCHCLOSE=0',
  ],
  'form, service': ['ATV0;+CCHSTOP', 'ATZ+CCHSTOP', 'ATZ +CCHSTOP', 'AT\\Q3+CCHSTOP'],
  'context 1, service, files': ['AT+CSSLCFG="cacert",1,"a;+CFUN=0.pem";+CCHSTART;+CCERTDELE="a.pem"'],
};

describe('what a line of commands touches', () => {
  for (const [expected, lines] of Object.entries(table)) {
    for (const line of lines) {
      it(`${line} → ${expected === '' ? 'nothing' : expected}`, () => {
        expect(shown(line)).to.equal(expected);
      });
    }
  }

  it('is the same for one command and for the same in a line of several', () => {
    for (const [expected, lines] of Object.entries(table)) {
      for (const line of lines.filter(
        (text) => !/D|"[^"]*$/i.test(text.split('+')[0] ?? '') && !/"[^"]*$|""/.test(text),
      )) {
        const others = [`ATE0;${line.slice(2)};+CSQ`, `AT+CSQ;${line.slice(2)}`];
        for (const several of others) expect(shown(several), several).to.equal(expected);
      }
    }
  });
});

describe('the commands of a line', () => {
  for (const [line, commands] of [
    ['AT', []],
    ['AT+CSQ', ['AT+CSQ']],
    ['ate0;+creg?;+csq', ['ATe0', 'AT+creg?', 'AT+csq']],
    ['ATE0V1+CSQ', ['ATE0V1', 'AT+CSQ']],
    ['AT&D0+CSQ', ['AT&D0', 'AT+CSQ']],
    ['AT +CSQ ; ;+CREG ?', ['AT+CSQ', 'AT+CREG?']],
    ['AT+X="a ;b";+Y', ['AT+X="a ;b"', 'AT+Y']],
    ['ATD+49 170;', ['ATD+49170']],
  ] as const) {
    it(line, () => {
      expect(commandsOf(line)).to.deep.equal(commands);
    });
  }
});
