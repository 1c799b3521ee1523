import { echoOff, started } from './before.js';
import { host, modem, network, type Transcript } from './transcript.js';

const start = { command: 'CCHSTART', form: 'execute', value: {} } as const;
const address = { command: 'CCHADDR', form: 'execute', value: {} } as const;

/** Lines of others among ours, echo, and commands as hosts write them. */
export const noise: Transcript[] = [
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
