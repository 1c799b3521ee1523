import { echoOff, running } from './before.js';
import { exchange, ok, refused, refusals } from './exchange.js';
import { host, modem, type Call, type Transcript } from './transcript.js';

const bit = { min: 0, max: 1 };
const mode = (value: number): Call => ({ command: 'CCHMODE', form: 'write', value: { mode: value } });
const modeIs = (value: number): Call => ({ command: 'CCHMODE', form: 'read', value: {}, answer: { mode: value } });
const set = (value: object): Call => ({ command: 'CCHSET', form: 'write', value });
const setIs = (report: number, receive: number): Call => ({
  command: 'CCHSET',
  form: 'read',
  value: {},
  answer: { report, receive },
});

/** CCHMODE and CCHSET. */
export const modes: Transcript[] = [
  exchange({
    name: 'mode, test form',
    source: 'F1010 T)',
    cells: ['AT+CCHMODE=?'],
    before: echoOff,
    command: 'AT+CCHMODE=?\r',
    answer: '\r\n+CCHMODE: (0-1)\r\n\r\nOK\r\n',
    call: { command: 'CCHMODE', form: 'test', value: {}, answer: { mode: bit } },
  }),
  {
    name: 'mode, the default, both set, and read',
    source: 'F1010 R), W) a',
    cells: ['AT+CCHMODE?', 'AT+CCHMODE=<mode>', 'F1010 W) a'],
    virtual: { before: echoOff },
    steps: [
      host('AT+CCHMODE?\r'),
      modem('\r\n+CCHMODE: 0\r\n\r\nOK\r\n'),
      host('AT+CCHMODE=1\r'),
      ok,
      host('AT+CCHMODE?\r'),
      modem('\r\n+CCHMODE: 1\r\n\r\nOK\r\n'),
      host('AT+CCHMODE=0\r'),
      ok,
      host('AT+CCHMODE?\r'),
      modem('\r\n+CCHMODE: 0\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [modeIs(0), mode(1), modeIs(1), mode(0), modeIs(0)] },
  },
  exchange({
    name: 'mode while the service runs',
    source: 'F1010 W) b, note',
    cells: ['F1010 W) b'],
    before: running,
    command: 'AT+CCHMODE=0\r',
    answer: '\r\nERROR\r\n',
    call: { ...mode(0), error: refused },
  }),
  {
    name: 'mode out of range',
    source: 'F1010 W) b, <mode>',
    virtual: { before: echoOff },
    steps: refusals('AT+CCHMODE=', '2', '', '"1"', '1,1', '-1'),
  },
  exchange({
    name: 'reports, test form',
    source: 'F1011 T)',
    cells: ['AT+CCHSET=?'],
    before: echoOff,
    command: 'AT+CCHSET=?\r',
    answer: '\r\n+CCHSET: (0-1),(0,1)\r\n\r\nOK\r\n',
    call: { command: 'CCHSET', form: 'test', value: {}, answer: { report: bit, receive: { ...bit, values: [0, 1] } } },
  }),
  {
    name: 'reports, the defaults, then both set, then one left out',
    source: 'F1011 R), W) a; field note 3.1',
    cells: ['AT+CCHSET?', 'AT+CCHSET=<report>', 'AT+CCHSET=<report>,<receive>', 'F1011 W) a'],
    virtual: { before: echoOff },
    steps: [
      host('AT+CCHSET?\r'),
      modem('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n'),
      host('AT+CCHSET=1,1\r'),
      ok,
      host('AT+CCHSET?\r'),
      modem('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'),
      host('AT+CCHSET=0\r'),
      ok,
    ],
    driver: {
      calls: [setIs(0, 0), set({ report: 1, receive: 1 }), setIs(1, 1), set({ report: 0 })],
    },
  },
  exchange({
    name: 'reports while the service runs',
    source: 'F1011 W) b, note',
    cells: ['F1011 W) b'],
    before: running,
    command: 'AT+CCHSET=1,1\r',
    answer: '\r\nERROR\r\n',
    call: { ...set({ report: 1, receive: 1 }), error: refused },
  }),
  {
    name: 'reports out of range',
    source: 'F1011 W) b, ranges',
    virtual: { before: echoOff },
    steps: refusals('AT+CCHSET=', '2', '0,2', '', ',1', '1,', '1,1,1', '"1"'),
  },
];
