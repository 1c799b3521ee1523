import { connected, running } from './before.js';
import { refusals } from './exchange.js';
import { eagerHost, host, modem, serverSends, type Transcript } from './transcript.js';

const reading = (session = 0, length?: number) =>
  ({ command: 'CCHRECV', form: 'write', value: length === undefined ? { session } : { session, length } }) as const;
const cached = (length0: number, length1 = 0) =>
  ({ command: 'CCHRECV', form: 'read', value: {}, answer: { cached: [length0, length1] } }) as const;
const event = { type: 'receive-event', session: 0 } as const;

/** Reads that fail. */
export const failedReads: Transcript[] = [
  {
    name: 'how much is cached, with no session open',
    source: 'F1006 R), field note 5.2',
    cells: ['AT+CCHRECV?'],
    virtual: { before: running },
    steps: [host('AT+CCHRECV?\r'), modem('\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n')],
    driver: { calls: [cached(0)] },
  },
  {
    name: 'read of an empty cache: the result, then ERROR',
    source: 'F1006 W) b, "not allowed when there is no data in the cache"',
    cells: ['F1006 W) b'],
    virtual: { before: connected },
    steps: [host('AT+CCHRECV=0\r'), modem('\r\n+CCHRECV: 0,6\r\n\r\nERROR\r\n')],
    driver: { calls: [{ ...reading(), error: { code: 'ERR_MODEM_COMMAND', final: 'ERROR' } }] },
  },
  {
    name: 'read refused: the result, then ERROR',
    source: 'F1006 W) b',
    cells: ['F1006 W) b'],
    steps: [host('AT+CCHRECV=0\r'), modem('\r\n+CCHRECV: 0,8\r\n\r\nERROR\r\n')],
    driver: { calls: [{ ...reading(), error: { code: 'ERR_MODEM_COMMAND', final: 'ERROR' } }] },
  },
  {
    name: 'read refused: ERROR alone',
    source: 'field note 3.5',
    steps: [host('AT+CCHRECV=0\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...reading(), error: { code: 'ERR_MODEM_COMMAND', final: 'ERROR' } }] },
  },
  {
    name: 'read refused: OK, then an error result; and one after a frame',
    source: 'F1006 W) a, <err>',
    steps: [
      host('AT+CCHRECV=0\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: 0,11\r\n'),
      host('AT+CCHRECV=0\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: DATA,0,3\r\none\r\n\r\n+CCHRECV: 0,4\r\n'),
    ],
    driver: {
      calls: [
        { ...reading(), error: { code: 'ERR_MODEM_COMMAND', final: '+CCHRECV: 0,11' } },
        { ...reading(), data: ['one'], error: { code: 'ERR_MODEM_COMMAND', final: '+CCHRECV: 0,4' } },
      ],
    },
  },
  {
    name: 'read out of range',
    source: 'F1006 W) b, ranges',
    profile: 'a76xx',
    virtual: { before: connected },
    steps: refusals('AT+CCHRECV=', '2', '0,x', '0,2049', '0,-1', '', '0,1,1', '"0"'),
  },
  {
    name: 'one byte lost in a frame',
    source: 'field note 5.9',
    steps: [
      host('AT+CCHRECV=0\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: DATA,0,11\r\nhello orld\r\n\r\n+CCHRECV: 0,0\r\n'),
      eagerHost('AT+CCHSET?\r'),
      modem('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [{ ...reading(), data: [], error: { code: 'ERR_MODEM_LINE' } }, cached(0)],
      unsolicited: [{ type: 'receive-end', session: 0, error: 0 }],
    },
  },
];

/** Reads and sends with other lines in between. */
export const interjected: Transcript[] = [
  {
    name: 'RING between any two lines of a read in two frames, and before its echo',
    source: 'field notes 3.3 and 3.5',
    profile: 'sim7600',
    virtual: {
      interject: 'RING',
      frameSize: 4,
      before: [
        host('AT+CCHSET=0,1\r'),
        modem('\r\nRING\r\nAT+CCHSET=0,1\r\r\nRING\r\n\r\nOK\r\n'),
        host('AT+CCHSTART\r'),
        modem('\r\nRING\r\nAT+CCHSTART\r\r\nRING\r\n\r\nOK\r\n\r\nRING\r\n\r\n+CCHSTART: 0\r\n'),
        host('AT+CCHOPEN=0,"server.example",7,1\r'),
        modem('\r\nRING\r\nAT+CCHOPEN=0,"server.example",7,1\r\r\nRING\r\n\r\nOK\r\n'),
        modem('\r\nRING\r\n\r\n+CCHOPEN: 0,0\r\n'),
      ],
    },
    steps: [
      serverSends('\r\nOK\r\n'),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0\r'),
      modem(
        '\r\nRING\r\nAT+CCHRECV=0\r\r\nRING\r\n\r\nOK\r\n\r\nRING\r\n\r\n+CCHRECV: DATA,0,4\r\n\r\nOK\r\n' +
          '\r\nRING\r\n\r\n+CCHRECV: DATA,0,2\r\n\r\n\r\n\r\nRING\r\n\r\n+CCHRECV: 0,0\r\n',
      ),
    ],
    driver: {
      calls: [{ ...reading(), data: ['\r\nOK', '\r\n'] }],
      unsolicited: [event],
      unknown: ['RING', 'RING', 'RING', 'RING', 'RING'],
    },
  },
  {
    name: 'a send with RING before its echo, its prompt and its OK',
    source: 'field notes 3.3 and 3.9',
    steps: [
      host('AT+CCHSEND=0,2\r'),
      modem('\r\nRING\r\nAT+CCHSEND=0,2\r\r\nRING\r\n\r\n> '),
      host('\r\n'),
      modem('\r\nRING\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [{ command: 'CCHSEND', form: 'write', value: { session: 0, length: 2 }, payload: '\r\n' }],
      unknown: ['RING', 'RING', 'RING'],
    },
  },
];
