import { connected } from './before.js';
import { host, modem, serverSends, type Transcript } from './transcript.js';

const reading = (session = 0, length?: number) =>
  ({ command: 'CCHRECV', form: 'write', value: length === undefined ? { session } : { session, length } }) as const;
const cached = (length0: number, length1 = 0) =>
  ({ command: 'CCHRECV', form: 'read', value: {}, answer: { cached: [length0, length1] } }) as const;
const event = { type: 'receive-event', session: 0 } as const;
const end = '\r\n+CCHRECV: 0,0\r\n';

const long = '0123456789abcdef'.repeat(160);

/** Reading cached bytes, and data that the module pushes. */
export const receive: Transcript[] = [
  {
    name: 'read in several frames of 1024 bytes',
    source: 'field note 3.5',
    cells: ['AT+CCHRECV=<session>', 'F1006 W) a'],
    profile: 'a76xx',
    virtual: { before: connected },
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
    cells: ['AT+CCHRECV=<session>,<length>', 'AT+CCHRECV?'],
    profile: 'sim7600',
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
    cells: ['read of length 0', 'receiveEvent: RECV EVENT'],
    profile: 'sim7600',
    virtual: { before: connected },
    steps: [
      serverSends('hello world'),
      modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
      host('AT+CCHRECV=0,0\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,11\r\nhello world\r\n${end}`),
    ],
    driver: { calls: [{ ...reading(0, 0), data: ['hello world'] }], unsolicited: [event] },
  },
  ...(['manual', 'a76xx'] as const).map((profile): Transcript => {
    const space = profile === 'manual' ? ' ' : '';
    const frame = (bytes: string) => `\r\n+CCHRECV: DATA,0,${bytes.length}\r\n${bytes}\r\n`;
    const all =
      profile === 'manual' ? [long.slice(0, 2048)] : [long.slice(0, 1024), long.slice(1024, 2048), long.slice(2048)];
    return {
      name: `read with length 0 of more than 2048 cached bytes, in ${profile}`,
      source: 'F1006 W) a, field note 4, AT+CCHRECV=<id>,<max>',
      cells: [
        `zeroRead: ${profile === 'manual' ? 2048 : Infinity}`,
        'read of length 0',
        `receiveEvent: ${space}RECV EVENT`,
      ],
      profile,
      virtual: { before: connected },
      steps: [
        serverSends(long),
        modem(`\r\n+CCHEVENT: 0,${space}RECV EVENT\r\n`),
        host('AT+CCHRECV=0,0\r'),
        modem(`\r\nOK\r\n${all.map(frame).join('')}${end}`),
        host('AT+CCHRECV?\r'),
        modem(`\r\n+CCHRECV: LEN,${long.length - all.join('').length},0\r\n\r\nOK\r\n`),
      ],
      driver: {
        calls: [{ ...reading(0, 0), data: all }, cached(long.length - all.join('').length)],
        unsolicited: [event],
      },
    };
  }),
  {
    name: 'an event again after the cache was drained',
    source: 'field note 5.5',
    profile: 'sim7600',
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
