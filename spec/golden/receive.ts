import { connected, running } from './before.js';
import { eagerHost, host, modem, serverSends, type Transcript } from './transcript.js';

const reading = (session = 0, length?: number) =>
  ({ command: 'CCHRECV', form: 'write', value: length === undefined ? { session } : { session, length } }) as const;
const cached = (length0: number, length1 = 0) =>
  ({ command: 'CCHRECV', form: 'read', value: {}, answer: { cached: [length0, length1] } }) as const;
const event = { type: 'receive-event', session: 0 } as const;
const end = '\r\n+CCHRECV: 0,0\r\n';

const bodies: Transcript[] = (
  [
    ['of final results', '\r\nOK\r\n'],
    ['of ERROR', 'ERROR'],
    ['of ERROR in a line', '\r\nERROR\r\n'],
    ['of a prompt', '> '],
    ['of a peer close', '+CCH_PEER_CLOSED: 0'],
    ['of the end of a read', '+CCHRECV: 0,0'],
    ['of the end of a read, as lines', '\r\n+CCHRECV: 0,0\r\n'],
    ['of a data header', '\r\n+CCHRECV: DATA,0,9\r\n'],
    ['that begins with LF', '\nbegins with a line feed'],
    ['that ends in CR', 'ends in a carriage return\r'],
    ['of line ends', '\r\n\r\n\r\n\n\r'],
    ['of NUL and high bytes', '\0\0\xff\xfe\x80\0'],
    ['of a single LF', '\n'],
  ] as const
).map(([what, body]) => ({
  name: `read a body ${what}`,
  source: 'F1006 W) a, field note 3.4',
  virtual: { before: connected },
  steps: [
    serverSends(body),
    modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
    host('AT+CCHRECV?\r'),
    modem(`\r\n+CCHRECV: LEN,${body.length},0\r\n\r\nOK\r\n`),
    host('AT+CCHRECV=0\r'),
    modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,${body.length}\r\n${body}\r\n${end}`),
    host('AT+CCHRECV?\r'),
    modem('\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n'),
  ],
  driver: { calls: [cached(body.length), { ...reading(), data: [body] }, cached(0)], unsolicited: [event] },
}));

const long = '0123456789abcdef'.repeat(160);

const frames: Transcript[] = [
  {
    name: 'read in several frames of 1024 bytes',
    source: 'field note 3.5',
    virtual: { before: connected, profile: 'a76xx' },
    steps: [
      serverSends(long),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0\r'),
      modem(
        `\r\nOK\r\n\r\n+CCHRECV: DATA,0,1024\r\n${long.slice(0, 1024)}\r\n` +
          `\r\n+CCHRECV: DATA,0,1024\r\n${long.slice(1024, 2048)}\r\n` +
          `\r\n+CCHRECV: DATA,0,512\r\n${long.slice(2048)}\r\n${end}`,
      ),
    ],
    driver: {
      calls: [{ ...reading(), data: [long.slice(0, 1024), long.slice(1024, 2048), long.slice(2048)] }],
      unsolicited: [event],
    },
  },
  {
    name: 'read less than is cached',
    source: 'F1006 W) a, <max_recv_len>',
    virtual: { before: connected },
    steps: [
      serverSends('hello world'),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0,5\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,5\r\nhello\r\n${end}`),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: LEN,6,0\r\n\r\nOK\r\n'),
      host('AT+CCHRECV=0,6\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,6\r\n world\r\n${end}`),
    ],
    driver: {
      calls: [{ ...reading(0, 5), data: ['hello'] }, cached(6), { ...reading(0, 6), data: [' world'] }],
      unsolicited: [event],
    },
  },
  {
    name: 'read with length 0',
    source: 'F1006 W) a, 0 means 2048 or all',
    virtual: { before: connected },
    steps: [
      serverSends('hello world'),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0,0\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,11\r\nhello world\r\n${end}`),
    ],
    driver: { calls: [{ ...reading(0, 0), data: ['hello world'] }], unsolicited: [event] },
  },
  {
    name: 'an event again after the cache was drained',
    source: 'field note 5.5',
    virtual: { before: connected },
    steps: [
      serverSends('one'),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,3\r\none\r\n${end}`),
      serverSends('two'),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,3\r\ntwo\r\n${end}`),
    ],
    driver: {
      calls: [
        { ...reading(), data: ['one'] },
        { ...reading(), data: ['two'] },
      ],
      unsolicited: [event, event],
    },
  },
  {
    name: 'line ends doubled behind every frame, with the bytes of one looking like the other',
    source: 'field note 3.4, "perhaps twice"',
    steps: [
      host('AT+CCHRECV=0\r'),
      modem(
        '\r\nOK\r\n\r\n+CCHRECV: DATA,0,4\r\n\r\n\r\n\r\n\r\n\r\n+CCHRECV: DATA,0,2\r\n\r\n\r\n\r\n\r\n+CCHRECV: 0,0\r\n',
      ),
    ],
    driver: { calls: [{ ...reading(), data: ['\r\n\r\n', '\r\n'] }] },
  },
  {
    name: 'one line end between the frames and before the end',
    source: 'field note 3.4',
    steps: [
      host('AT+CCHRECV=0\r'),
      modem('\r\nOK\r\n+CCHRECV: DATA,0,2\r\nab\r\n+CCHRECV: DATA,0,2\r\ncd\r\n+CCHRECV: 0,0\r\n'),
    ],
    driver: { calls: [{ ...reading(), data: ['ab', 'cd'] }] },
  },
  {
    name: 'unsolicited lines between OK and the first frame, between frames, and before the end',
    source: 'field notes 3.3 and 3.4',
    steps: [
      host('AT+CCHRECV=0\r'),
      modem(
        '\r\nOK\r\n\r\n+CCHEVENT: 1,RECV EVENT\r\n\r\n+CCHRECV: DATA,0,3\r\none\r\n\r\n+CGEV: NW DETACH\r\n' +
          '\r\nRING\r\n\r\n+CCHRECV: DATA,0,3\r\ntwo\r\n\r\n+CCH_PEER_CLOSED: 0\r\n\r\n+CCHRECV: 0,0\r\n',
      ),
    ],
    driver: {
      calls: [{ ...reading(), data: ['one', 'two'] }],
      unsolicited: [
        { type: 'receive-event', session: 1 },
        { type: 'peer-closed', session: 0 },
      ],
      unknown: ['+CGEV: NW DETACH', 'RING'],
    },
  },
  {
    name: 'read on one session while the other is read to its end elsewhere',
    source: 'field note 3.4',
    steps: [
      host('AT+CCHRECV=1,3\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: 0,0\r\n\r\n+CCHRECV: DATA,1,3\r\none\r\n\r\n+CCHRECV: 1,0\r\n'),
    ],
    driver: {
      calls: [{ ...reading(1, 3), data: ['one'] }],
      unsolicited: [{ type: 'receive-end', session: 0, error: 0 }],
    },
  },
  {
    name: 'headers and ends in every spacing',
    source: 'field note 2, spacing varies',
    steps: [
      host('AT+CCHRECV=0\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV:DATA,0,3\r\none\r\n\r\n+CCHRECV: DATA, 0, 3\r\ntwo\r\n\r\n+CCHRECV:0, 0\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV:LEN, 0, 148\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [{ ...reading(), data: ['one', 'two'] }, cached(0, 148)] },
  },
  {
    name: 'an event with a space behind the comma',
    source: 'field note 2, +CCHEVENT; F1011',
    steps: [
      modem('\r\n+CCHEVENT: 0, RECV EVENT\r\n\r\n+CCHEVENT:1,RECV EVENT\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: LEN,7,9\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [cached(7, 9)], unsolicited: [event, { type: 'receive-event', session: 1 }] },
  },
  {
    name: 'data pushed by the module, with no OK and no end',
    source: 'field note 3.7',
    steps: [
      modem('\r\n+CCHRECV: DATA,0,5\r\nhello\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: DATA,1,4\r\n\r\nOK\r\n\r\n+CCHRECV: LEN,0,0\r\n\r\n+CCHRECV: DATA,0,1\r\n!\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [cached(0)],
      pushed: [
        [0, 'hello'],
        [1, '\r\nOK'],
        [0, '!'],
      ],
    },
  },
  {
    name: 'receiving failed',
    source: 'field note 2, +CCH_RECV_CLOSED and +CCH_RECV_ERROR',
    steps: [
      modem('\r\n+CCH_RECV_CLOSED: 0,6\r\n\r\n+CCH_RECV_ERROR: 1,9\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [cached(0)],
      unsolicited: [
        { type: 'receive-closed', session: 0, error: 6 },
        { type: 'receive-error', session: 1, error: 9 },
      ],
    },
  },
];

const errors: Transcript[] = [
  {
    name: 'how much is cached, with no session open',
    source: 'F1006 R), field note 5.2',
    virtual: { before: running },
    steps: [host('AT+CCHRECV?\r'), modem('\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n')],
    driver: { calls: [cached(0)] },
  },
  {
    name: 'read refused: the result, then ERROR',
    source: 'F1006 W) b',
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
    virtual: { before: connected, profile: 'a76xx' },
    steps: [host('AT+CCHRECV=2\r'), modem('\r\nERROR\r\n'), host('AT+CCHRECV=0,x\r'), modem('\r\nERROR\r\n')],
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

const interjected: Transcript[] = [
  {
    name: 'RING between any two lines of a read in two frames, and before its echo',
    source: 'field notes 3.3 and 3.5',
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

/** Reading cached bytes, and data that the module pushes. */
export const receive: Transcript[] = [...bodies, ...frames, ...errors, ...interjected];
