import { connected, echoOff, opened, openedResultFirst, running, startedResultFirst, unreported } from './before.js';
import { refused, refusals } from './exchange.js';
import { host, modem, serverEnds, type Transcript } from './transcript.js';

const tcp = {
  command: 'CCHOPEN',
  form: 'write',
  value: { session: 0, host: 'server.example', port: 7, clientType: 1 },
} as const;
const close = { command: 'CCHCLOSE', form: 'write', value: { session: 0 } } as const;

/** Closing sessions. */
export const closes: Transcript[] = [
  {
    name: 'close, OK before the result',
    source: 'F1004 W) b',
    cells: ['AT+CCHCLOSE=<session>', 'F1004 W) b'],
    virtual: { before: connected },
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n')],
    driver: { calls: [close], unsolicited: [{ type: 'close-result', session: 0, error: 0 }] },
  },
  {
    name: 'close, the result before OK',
    source: 'F1004 W) a',
    cells: ['F1004 W) a'],
    virtual: {
      before: [...echoOff, ...unreported, ...startedResultFirst, ...openedResultFirst],
      replyOrder: 'result-first',
    },
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\n+CCHCLOSE: 0,0\r\n\r\nOK\r\n')],
    driver: { calls: [close], unsolicited: [{ type: 'close-result', session: 0, error: 0 }] },
  },
  {
    name: 'close of a session that is not open',
    source: 'F1004 W) d, field note 5.2',
    cells: ['F1004 W) d'],
    virtual: { before: running },
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...close, error: refused }] },
  },
  {
    name: 'close after the server closed: OK and result',
    source: 'field note 5.7',
    virtual: { before: connected },
    steps: [
      serverEnds,
      modem('\r\n+CCH_PEER_CLOSED: 0\r\n'),
      host('AT+CCHCLOSE=0\r'),
      modem('\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n'),
    ],
    driver: {
      calls: [close],
      unsolicited: [
        { type: 'peer-closed', session: 0 },
        { type: 'close-result', session: 0, error: 0 },
      ],
    },
  },
  {
    name: 'close after the server closed: ERROR',
    source: 'field note 5.7',
    virtual: { before: connected, closeAfterPeer: 'error' },
    steps: [
      serverEnds,
      modem('\r\n+CCH_PEER_CLOSED: 0\r\n'),
      host('AT+CCHCLOSE=0\r'),
      modem('\r\nERROR\r\n'),
      ...opened,
    ],
    driver: {
      calls: [{ ...close, error: refused }, tcp],
      unsolicited: [
        { type: 'peer-closed', session: 0 },
        { type: 'open-result', session: 0, error: 0 },
      ],
    },
  },
  {
    name: 'the server closes, and no session is named',
    source: 'field note 2, +CCH_PEER_CLOSED',
    steps: [modem('\r\n+CCH_PEER_CLOSED:\r\n'), host('AT+CCHCLOSE=1\r'), modem('\r\nOK\r\n\r\n+CCHCLOSE: 1,0\r\n')],
    driver: {
      calls: [{ command: 'CCHCLOSE', form: 'write', value: { session: 1 } }],
      unsolicited: [
        { type: 'peer-closed', session: undefined },
        { type: 'close-result', session: 1, error: 0 },
      ],
    },
  },
  {
    name: 'close in transparent mode',
    source: 'F1004 W) c, field note 3.12',
    cells: ['F1004 W) c'],
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\nOK\r\n\r\nCLOSED\r\n')],
    driver: { calls: [close], unsolicited: ['CLOSED'] },
  },
  {
    name: 'close of one session while the other receives',
    source: 'F1004 W) b, field note 3.3',
    steps: [
      host('AT+CCHCLOSE=0\r'),
      modem('\r\n+CCHEVENT: 1,RECV EVENT\r\n\r\nOK\r\n\r\n+CCH_RECV_CLOSED: 1,4\r\n\r\n+CCHCLOSE: 0,0\r\n'),
    ],
    driver: {
      calls: [close],
      unsolicited: [
        { type: 'receive-event', session: 1 },
        { type: 'receive-closed', session: 1, error: 4 },
        { type: 'close-result', session: 0, error: 0 },
      ],
    },
  },
  {
    name: 'close of no session, of a third, of two',
    source: 'F1004 W) d, <session_id>',
    virtual: { before: connected },
    steps: refusals('AT+CCHCLOSE=', '', '2', '0,1', '"0"'),
  },
];
