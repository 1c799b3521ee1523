import { connected, echoOff, running } from './before.js';
import { exchange } from './exchange.js';
import { bindPort, host, modem, type Call, type Transcript } from './transcript.js';

const target = { session: 0, host: 'server.example', port: 7, clientType: 1 };
const open = (value: object): Call => ({ command: 'CCHOPEN', form: 'write', value });
const read = { command: 'CCHOPEN', form: 'read', value: {} } as const;
const result = (error: number, session = 0) => ({ type: 'open-result', session, error }) as const;
const range = { session: { min: 0, max: 1 }, port: { min: 1, max: 65535 } };

/** The read form. */
export const openReads: Transcript[] = [
  exchange({
    name: 'open, test form',
    source: 'F1003 T)',
    cells: ['AT+CCHOPEN=?'],
    before: echoOff,
    command: 'AT+CCHOPEN=?\r',
    answer: '\r\n+CCHOPEN: (0-1),"ADDRESS",(1-65535)[,(1-2)[,(1-65535)]]\r\n\r\nOK\r\n',
    call: {
      command: 'CCHOPEN',
      form: 'test',
      value: {},
      answer: { ...range, host: 'ADDRESS', clientType: { min: 1, max: 2 }, bindPort: range.port },
    },
  }),
  {
    name: 'open, read form with no session',
    source: 'F1003 R), field note 4',
    virtual: { before: running },
    steps: [host('AT+CCHOPEN?\r'), modem('\r\nOK\r\n')],
    driver: { calls: [{ ...read, answer: [] }] },
  },
  {
    name: 'open, read form with one session',
    source: 'F1003 R)',
    cells: ['AT+CCHOPEN?', 'openRead: open-only'],
    virtual: { before: connected },
    steps: [host('AT+CCHOPEN?\r'), modem('\r\n+CCHOPEN: 0,"server.example",7,1\r\n\r\nOK\r\n')],
    driver: {
      calls: [{ ...read, answer: [{ session: 0, host: 'server.example', port: 7, clientType: 1 }] }],
    },
  },
  {
    name: 'open, read form that lists closed sessions, and a local port',
    source: 'field note 4, AT+CCHOPEN?',
    cells: ['AT+CCHOPEN?', 'openRead: both', 'AT+CCHOPEN=<session>,<host>,<port>,<clientType>,<bindPort>', 'plain TCP'],
    profile: 'a76xx',
    virtual: { before: running },
    steps: [
      host(`AT+CCHOPEN=1,"server.example",7,1,${bindPort}\r`),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n'),
      host('AT+CCHOPEN?\r'),
      modem(`\r\n+CCHOPEN: 0,"",,,\r\n+CCHOPEN: 1,"server.example",7,1,${bindPort}\r\n\r\nOK\r\n`),
    ],
    driver: {
      calls: [
        open({ ...target, session: 1, bindPort }),
        {
          ...read,
          answer: [
            { session: 0, host: '' },
            { session: 1, host: 'server.example', port: 7, clientType: 1, bindPort },
          ],
        },
      ],
      unsolicited: [result(0, 1)],
    },
  },
  exchange({
    name: 'open, read form with a third session that cannot be opened',
    source: 'field note 4, AT+CCHOPEN?',
    cells: ['AT+CCHOPEN?', 'openRead: three'],
    profile: 'sim767x',
    before: running,
    command: 'AT+CCHOPEN?\r',
    answer: '\r\n+CCHOPEN: 0,"",,,\r\n+CCHOPEN: 1,"",,,\r\n+CCHOPEN: 2,"",,,\r\n\r\nOK\r\n',
    call: {
      ...read,
      answer: [
        { session: 0, host: '' },
        { session: 1, host: '' },
        { session: 2, host: '' },
      ],
    },
  }),
  {
    name: 'open, read form with a third session and a local port',
    source: 'field note 4, AT+CCHOPEN?',
    cells: ['AT+CCHOPEN?'],
    steps: [
      host('AT+CCHOPEN?\r'),
      modem('\r\n+CCHOPEN: 0,"",,,\r\n+CCHOPEN: 1,"a.example",443,2,50124\r\n+CCHOPEN: 2,"",,,\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        {
          ...read,
          answer: [
            { session: 0, host: '' },
            { session: 1, host: 'a.example', port: 443, clientType: 2, bindPort: 50124 },
            { session: 2, host: '' },
          ],
        },
      ],
    },
  },
  {
    name: 'open, read form while a result of the other session comes in',
    source: 'F1003 R), field note 3.3',
    steps: [
      host('AT+CCHOPEN?\r'),
      modem('\r\n+CCHOPEN: 1,0\r\n\r\n+CCHOPEN: 0,"a.example",443,2\r\n\r\n+CCHOPEN: 1,15\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [{ ...read, answer: [{ session: 0, host: 'a.example', port: 443, clientType: 2 }] }],
      unsolicited: [
        { type: 'open-result', session: 1, error: 0 },
        { type: 'open-result', session: 1, error: 15 },
      ],
    },
  },
];
