import { connected, echoOff, running, startedResultFirst } from './before.js';
import { exchange, refused, refusals } from './exchange.js';
import { host, modem, network, type Transcript } from './transcript.js';

const start = { command: 'CCHSTART', form: 'execute', value: {} } as const;
const stop = { command: 'CCHSTOP', form: 'execute', value: {} } as const;
const address = { command: 'CCHADDR', form: 'execute', value: {} } as const;

/** Starting and stopping the service, and its address. */
export const service: Transcript[] = [
  {
    name: 'start, OK before the result',
    source: 'F1001 E) a',
    cells: ['AT+CCHSTART', 'F1001 E) a'],
    virtual: { before: echoOff },
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 0 }] },
  },
  {
    name: 'start, the result before OK',
    source: 'F1001 E) b',
    cells: ['F1001 E) b'],
    virtual: { before: echoOff, replyOrder: 'result-first' },
    steps: [host('AT+CCHSTART\r'), modem('\r\n+CCHSTART: 0\r\n\r\nOK\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 0 }] },
  },
  {
    name: 'start while the service runs',
    source: 'F1001 E) c, field note 5.1',
    cells: ['F1001 E) c'],
    virtual: { before: running },
    steps: [host('AT+CCHSTART\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...start, error: refused }] },
  },
  {
    name: 'start refused with a CME error',
    source: 'field note 5.1',
    steps: [host('AT+CCHSTART\r'), modem('\r\n+CME ERROR: 3\r\n')],
    driver: { calls: [{ ...start, error: { code: 'ERR_MODEM_COMMAND', final: '+CME ERROR: 3' } }] },
  },
  {
    name: 'start failed: OK, then an error result',
    source: 'F1001 E) d',
    cells: ['F1001 E) d'],
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 9\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 9 }] },
  },
  {
    name: 'start failed: no network',
    source: 'F1001 E) d, field note 1',
    cells: ['F1001 E) d', 'startFailure: OK'],
    virtual: { registration: 2, before: echoOff },
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 17\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 17 }] },
  },
  {
    name: 'start failed: ERROR, and an error result behind it',
    source: 'field note 4, CCHSTART failed',
    cells: ['startFailure: ERROR'],
    profile: 'a76xx',
    virtual: { registration: 2, before: echoOff },
    steps: [host('AT+CCHSTART\r'), modem('\r\nERROR\r\n\r\n+CCHSTART: 17\r\n')],
    driver: { calls: [{ ...start, error: refused }], unsolicited: [{ type: 'start-result', error: 17 }] },
  },
  {
    name: 'start on a PDP context: the result names it',
    source: 'field note 4, CCHSTART =<cid>',
    cells: ['AT+CCHSTART=<context>'],
    profile: 'a76xx',
    virtual: { before: echoOff },
    steps: [host('AT+CCHSTART=1\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0,1\r\n')],
    driver: {
      calls: [{ command: 'CCHSTART', form: 'write', value: { context: 1 } }],
      unsolicited: [{ type: 'start-result', error: 0 }],
    },
  },
  ...(['manual', 'sim7600'] as const).map((profile): Transcript => ({
    name: `start on a PDP context, and stop of one, in ${profile}, which has neither`,
    source: 'F1001, F1002, field note 4',
    cells: ['AT+CCHSTART=<context> refused', 'AT+CCHSTOP=<context> refused'],
    profile,
    virtual: { before: echoOff },
    steps: refusals('AT+', 'CCHSTART=1', 'CCHSTOP=1'),
  })),
  {
    name: 'stop of a PDP context in a76xx, which has only the start of one',
    source: 'field note 4, CCHSTART =<cid>',
    cells: ['AT+CCHSTOP=<context> refused'],
    profile: 'a76xx',
    virtual: { before: [...echoOff, host('AT+CCHSTART=1\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0,1\r\n')] },
    steps: refusals('AT+', 'CCHSTOP=1', 'CCHSTART=0', 'CCHSTART=16', 'CCHSTART=1,1', 'CCHSTART="1"', 'CCHSTART='),
  },
  {
    name: 'start whose result has a number that no manual knows',
    source: 'field note 1',
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 42\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 42 }] },
  },
  {
    name: 'stop, OK before the result',
    source: 'F1002 E) b',
    cells: ['AT+CCHSTOP', 'F1002 E) b'],
    virtual: { before: running },
    steps: [host('AT+CCHSTOP\r'), modem('\r\nOK\r\n\r\n+CCHSTOP: 0\r\n')],
    driver: { calls: [stop], unsolicited: [{ type: 'stop-result', error: 0 }] },
  },
  {
    name: 'stop, the result before OK',
    source: 'F1002 E) a',
    cells: ['F1002 E) a'],
    virtual: { before: [...echoOff, ...startedResultFirst], replyOrder: 'result-first' },
    steps: [host('AT+CCHSTOP\r'), modem('\r\n+CCHSTOP: 0\r\n\r\nOK\r\n')],
    driver: { calls: [stop], unsolicited: [{ type: 'stop-result', error: 0 }] },
  },
  {
    name: 'stop with nothing running',
    source: 'F1002 E) c, field note 5.1',
    cells: ['F1002 E) c'],
    virtual: { before: echoOff },
    steps: [host('AT+CCHSTOP\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...stop, error: refused }] },
  },
  {
    name: 'stop of a PDP context: the result names it',
    source: 'field note 4, CCHSTOP on 767',
    cells: ['AT+CCHSTOP=<context>', 'AT+CCHSTART=<context>'],
    profile: 'sim767x',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCHSTART=15\r'),
      modem('\r\nOK\r\n\r\n+CCHSTART: 0,15\r\n'),
      host('AT+CCHSTOP=15\r'),
      modem('\r\nOK\r\n\r\n+CCHSTOP: 0,15\r\n'),
    ],
    driver: {
      calls: [
        { command: 'CCHSTART', form: 'write', value: { context: 15 } },
        { command: 'CCHSTOP', form: 'write', value: { context: 15 } },
      ],
      unsolicited: [
        { type: 'start-result', error: 0 },
        { type: 'stop-result', error: 0 },
      ],
    },
  },
  {
    name: 'stop ends an open session; the next start begins anew',
    source: 'F1001 E) a, F1002 E) b, field note 6',
    virtual: { before: connected },
    steps: [
      host('AT+CCHSTOP\r'),
      modem('\r\nOK\r\n\r\n+CCHSTOP: 0\r\n'),
      host('AT+CCHCLOSE=0\r'),
      modem('\r\nERROR\r\n'),
      host('AT+CCHSTART\r'),
      modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n'),
    ],
    driver: {
      calls: [stop, { command: 'CCHCLOSE', form: 'write', value: { session: 0 }, error: refused }, start],
      unsolicited: [
        { type: 'stop-result', error: 0 },
        { type: 'start-result', error: 0 },
      ],
    },
  },
  {
    name: 'the module stops the service of its own accord',
    source: 'field note 2, +CCH: CCH STOP',
    cells: ['serviceStopped: +CCH: CCH STOP'],
    virtual: { before: running },
    steps: [
      host('AT+CCHADDR\r'),
      modem('\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n'),
      network('+CCH: CCH STOP'),
      modem('\r\n+CCH: CCH STOP\r\n'),
    ],
    driver: {
      calls: [{ ...address, answer: { address: '10.71.155.118' } }],
      unsolicited: [{ type: 'service-stopped' }],
    },
  },
  {
    name: 'the module stops the service of its own accord, without the space',
    source: 'field note 2, +CCH:CCH STOP',
    cells: ['serviceStopped: +CCH:CCH STOP'],
    profile: 'a76xx',
    virtual: { before: running },
    steps: [
      host('AT+CCHADDR\r'),
      modem('\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n'),
      network('+CCH:CCH STOP'),
      modem('\r\n+CCH:CCH STOP\r\n'),
    ],
    driver: {
      calls: [{ ...address, answer: { address: '10.71.155.118' } }],
      unsolicited: [{ type: 'service-stopped' }],
    },
  },
  {
    name: 'the same without the space, in the middle of an answer',
    source: 'field note 2, +CCH:CCH STOP',
    steps: [
      host('AT+CCHADDR\r'),
      modem('\r\n+CCH:CCH STOP\r\n\r\n+CCHADDR: 10.71.155.118\r\n\r\n+CCH:CCH STOP\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [{ ...address, answer: { address: '10.71.155.118' } }],
      unsolicited: [{ type: 'service-stopped' }, { type: 'service-stopped' }],
    },
  },
  exchange({
    name: 'address',
    source: 'F1007 E)',
    cells: ['AT+CCHADDR', 'addressNamesContext: false'],
    before: running,
    command: 'AT+CCHADDR\r',
    answer: '\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n',
    call: { ...address, answer: { address: '10.71.155.118' } },
  }),
  exchange({
    name: 'address without the service',
    source: 'field note 5.1',
    before: echoOff,
    command: 'AT+CCHADDR\r',
    answer: '\r\nERROR\r\n',
    call: { ...address, error: refused },
  }),
  exchange({
    name: 'address behind the number of its PDP context',
    source: 'field note 4, CCHADDR',
    cells: ['AT+CCHADDR', 'addressNamesContext: true'],
    profile: 'sim767x',
    before: [...echoOff, host('AT+CCHSTART=3\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0,3\r\n')],
    command: 'AT+CCHADDR\r',
    answer: '\r\n+CCHADDR: 3,10.71.155.118\r\n\r\nOK\r\n',
    call: { ...address, answer: { address: '10.71.155.118', context: 3 } },
  }),
];
