import { connected, echoOff, running, started, startedResultFirst } from './before.js';
import { host, modem, network, type Transcript } from './transcript.js';

const start = { command: 'CCHSTART', form: 'execute', value: {} } as const;
const stop = { command: 'CCHSTOP', form: 'execute', value: {} } as const;
const address = { command: 'CCHADDR', form: 'execute', value: {} } as const;
const refused = { code: 'ERR_MODEM_COMMAND', final: 'ERROR', phase: 'command' } as const;

/** Starting and stopping the service, and its address. */
export const service: Transcript[] = [
  {
    name: 'start, OK before the result',
    source: 'F1001 E) a',
    virtual: { before: echoOff },
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 0 }] },
  },
  {
    name: 'start, the result before OK',
    source: 'F1001 E) b',
    virtual: { before: echoOff, replyOrder: 'result-first' },
    steps: [host('AT+CCHSTART\r'), modem('\r\n+CCHSTART: 0\r\n\r\nOK\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 0 }] },
  },
  {
    name: 'start while the service runs',
    source: 'F1001 E) c, field note 5.1',
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
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 9\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 9 }] },
  },
  {
    name: 'start failed: ERROR, and an error result behind it',
    source: 'field note 4, CCHSTART failed',
    steps: [host('AT+CCHSTART\r'), modem('\r\nERROR\r\n\r\n+CCHSTART: 17\r\n')],
    driver: { calls: [{ ...start, error: refused }], unsolicited: [{ type: 'start-result', error: 17 }] },
  },
  {
    name: 'start whose result names the PDP context',
    source: 'field note 4, CCHSTART =<cid>',
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0,1\r\n')],
    driver: { calls: [start], unsolicited: [{ type: 'start-result', error: 0 }] },
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
    virtual: { before: running },
    steps: [host('AT+CCHSTOP\r'), modem('\r\nOK\r\n\r\n+CCHSTOP: 0\r\n')],
    driver: { calls: [stop], unsolicited: [{ type: 'stop-result', error: 0 }] },
  },
  {
    name: 'stop, the result before OK',
    source: 'F1002 E) a',
    virtual: { before: [...echoOff, ...startedResultFirst], replyOrder: 'result-first' },
    steps: [host('AT+CCHSTOP\r'), modem('\r\n+CCHSTOP: 0\r\n\r\nOK\r\n')],
    driver: { calls: [stop], unsolicited: [{ type: 'stop-result', error: 0 }] },
  },
  {
    name: 'stop with nothing running',
    source: 'F1002 E) c, field note 5.1',
    virtual: { before: echoOff },
    steps: [host('AT+CCHSTOP\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...stop, error: refused }] },
  },
  {
    name: 'stop whose result names the PDP context',
    source: 'field note 4, CCHSTOP on 767',
    steps: [host('AT+CCHSTOP\r'), modem('\r\nOK\r\n\r\n+CCHSTOP: 0,1\r\n')],
    driver: { calls: [stop], unsolicited: [{ type: 'stop-result', error: 0 }] },
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
  {
    name: 'address',
    source: 'F1007 E)',
    virtual: { before: running },
    steps: [host('AT+CCHADDR\r'), modem('\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n')],
    driver: { calls: [{ ...address, answer: { address: '10.71.155.118' } }] },
  },
  {
    name: 'address without the service',
    source: 'field note 5.1',
    virtual: { before: echoOff },
    steps: [host('AT+CCHADDR\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...address, error: refused }] },
  },
  {
    name: 'address behind a context number',
    source: 'field note 4, CCHADDR',
    steps: [host('AT+CCHADDR\r'), modem('\r\n+CCHADDR: 1,10.71.155.118\r\n\r\nOK\r\n')],
    driver: { calls: [{ ...address, answer: { address: '10.71.155.118' } }] },
  },
  {
    name: 'commands in small letters and with CR LF at their end',
    source: 'field notes 2 and 3.2',
    virtual: { before: echoOff },
    steps: [
      host('at+cchstart\r\n'),
      modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n'),
      host('at+cchaddr\r\n'),
      modem('\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n'),
      host('At+CchStop\r\n'),
      modem('\r\nOK\r\n\r\n+CCHSTOP: 0\r\n'),
    ],
  },
  {
    name: 'echo on',
    source: 'field note 3.1',
    virtual: {},
    steps: [
      host('AT+CCHSTART\r'),
      modem('AT+CCHSTART\r\r\nOK\r\n\r\n+CCHSTART: 0\r\n'),
      host('AT+CCHADDR\r'),
      modem('AT+CCHADDR\r\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [start, { ...address, answer: { address: '10.71.155.118' } }],
      unsolicited: [{ type: 'start-result', error: 0 }],
    },
  },
  {
    name: 'unsolicited lines before the echo, behind it, and before the final result',
    source: 'field note 3.3',
    virtual: {
      before: started.map((step) => (step.from === 'host' ? step : modem(`AT+CCHSTART\r${step.bytes.toString()}`))),
    },
    steps: [
      network('+CGEV: ME PDN ACT 1'),
      modem('\r\n+CGEV: ME PDN ACT 1\r\n'),
      host('AT+CCHADDR\r'),
      modem('AT+CCHADDR\r\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n'),
      network('RING'),
      modem('\r\nRING\r\n'),
    ],
    driver: {
      calls: [{ ...address, answer: { address: '10.71.155.118' } }],
      unknown: ['+CGEV: ME PDN ACT 1', 'RING'],
    },
  },
  {
    name: 'RING between any two lines, also before the echo',
    source: 'field note 3.3',
    virtual: {
      interject: 'RING',
      before: [
        host('AT+CCHSTART\r'),
        modem('\r\nRING\r\nAT+CCHSTART\r\r\nRING\r\n\r\nOK\r\n\r\nRING\r\n\r\n+CCHSTART: 0\r\n'),
      ],
    },
    steps: [
      host('AT+CCHADDR\r'),
      modem('\r\nRING\r\nAT+CCHADDR\r\r\nRING\r\n\r\n+CCHADDR: 10.71.155.118\r\n\r\nRING\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [{ ...address, answer: { address: '10.71.155.118' } }],
      unknown: ['RING', 'RING', 'RING'],
    },
  },
  {
    name: 'a missed call in the middle of an answer',
    source: 'field note 2, RING',
    steps: [host('AT+CCHADDR\r'), modem('\r\nRING\r\n\r\nNO CARRIER\r\n\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n')],
    driver: {
      calls: [{ ...address, answer: { address: '10.71.155.118' } }],
      unknown: ['RING', 'NO CARRIER'],
    },
  },
];
