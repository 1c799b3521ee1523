import { connected, echoOff, opened, openedResultFirst, running, startedResultFirst, unreported } from './before.js';
import { host, modem, serverEnds, type Transcript } from './transcript.js';

const refused = { code: 'ERR_MODEM_COMMAND', final: 'ERROR', phase: 'command' } as const;
const tcp = {
  command: 'CCHOPEN',
  form: 'write',
  value: { session: 0, host: 'server.example', port: 7, clientType: 1 },
} as const;
const close = { command: 'CCHCLOSE', form: 'write', value: { session: 0 } } as const;
const read = { command: 'CCHOPEN', form: 'read', value: {} } as const;

const opens: Transcript[] = [
  {
    name: 'open, test form',
    source: 'F1003 T)',
    virtual: { before: echoOff },
    steps: [host('AT+CCHOPEN=?\r'), modem('\r\n+CCHOPEN: (0-1),"ADDRESS",(1-65535)[,(1-2)[,(1-65535)]]\r\n\r\nOK\r\n')],
    driver: {
      calls: [
        {
          command: 'CCHOPEN',
          form: 'test',
          value: {},
          answer: ['+CCHOPEN: (0-1),"ADDRESS",(1-65535)[,(1-2)[,(1-65535)]]'],
        },
      ],
    },
  },
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
    virtual: { before: connected },
    steps: [host('AT+CCHOPEN?\r'), modem('\r\n+CCHOPEN: 0,"server.example",7,1\r\n\r\nOK\r\n')],
    driver: {
      calls: [{ ...read, answer: [{ session: 0, host: 'server.example', port: 7, clientType: 1 }] }],
    },
  },
  {
    name: 'open, read form that lists closed sessions',
    source: 'field note 4, AT+CCHOPEN?',
    virtual: { before: connected, profile: 'a76xx' },
    steps: [host('AT+CCHOPEN?\r'), modem('\r\n+CCHOPEN: 0,"server.example",7,1\r\n+CCHOPEN: 1,"",,,\r\n\r\nOK\r\n')],
    driver: {
      calls: [
        {
          ...read,
          answer: [
            { session: 0, host: 'server.example', port: 7, clientType: 1 },
            { session: 1, host: '' },
          ],
        },
      ],
    },
  },
  {
    name: 'open, read form with a third session and a local port',
    source: 'field note 4, AT+CCHOPEN?',
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
  {
    name: 'open, OK before the result',
    source: 'F1003 W) b',
    virtual: { before: running },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n')],
    driver: { calls: [tcp], unsolicited: [{ type: 'open-result', session: 0, error: 0 }] },
  },
  {
    name: 'open, the result before OK',
    source: 'F1003 W) a',
    virtual: { before: [...echoOff, ...unreported, ...startedResultFirst], replyOrder: 'result-first' },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\n+CCHOPEN: 0,0\r\n\r\nOK\r\n')],
    driver: { calls: [tcp], unsolicited: [{ type: 'open-result', session: 0, error: 0 }] },
  },
  {
    name: 'open with TLS, since the client type is left out',
    source: 'F1003 W) b, default of <client_type>',
    virtual: { before: running, server: 'tls' },
    steps: [host('AT+CCHOPEN=1,"server.example",443\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n')],
    driver: {
      calls: [{ command: 'CCHOPEN', form: 'write', value: { session: 1, host: 'server.example', port: 443 } }],
      unsolicited: [{ type: 'open-result', session: 1, error: 0 }],
    },
  },
  {
    name: 'open with TLS and a local port',
    source: 'F1003 W) b, <bind_port>',
    steps: [host('AT+CCHOPEN=1,"server.example",443,2,50124\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n')],
    driver: {
      calls: [
        {
          command: 'CCHOPEN',
          form: 'write',
          value: { session: 1, host: 'server.example', port: 443, clientType: 2, bindPort: 50124 },
        },
      ],
      unsolicited: [{ type: 'open-result', session: 1, error: 0 }],
    },
  },
  {
    name: 'open with the spaces that the manual prints',
    source: 'F1003 W)',
    virtual: { before: running },
    steps: [host('AT+CCHOPEN=0, "server.example", 7 ,1\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n')],
  },
  {
    name: 'open failed: no such name',
    source: 'F1003 W) d, field note 1',
    virtual: { before: running },
    steps: [host('AT+CCHOPEN=0,"nowhere.example",443,2\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,13\r\n')],
    driver: {
      calls: [
        {
          command: 'CCHOPEN',
          form: 'write',
          value: { session: 0, host: 'nowhere.example', port: 443, clientType: 2 },
        },
      ],
      unsolicited: [{ type: 'open-result', session: 0, error: 13 }],
    },
  },
  {
    name: 'open failed: nobody listens',
    source: 'F1003 W) d, field note 1',
    virtual: { before: running, server: 'none' },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,14\r\n')],
    driver: { calls: [tcp], unsolicited: [{ type: 'open-result', session: 0, error: 14 }] },
  },
  {
    name: 'open failed: a second line closes the session',
    source: 'F1003 W) d with +CCHCLOSE, field note 4',
    virtual: { before: running, profile: 'sim7600', server: 'none' },
    steps: [
      host('AT+CCHOPEN=0,"server.example",7,1\r'),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 0,14\r\n\r\n+CCHCLOSE: 0,14\r\n'),
    ],
    driver: {
      calls: [tcp],
      unsolicited: [
        { type: 'open-result', session: 0, error: 14 },
        { type: 'close-result', session: 0, error: 14 },
      ],
    },
  },
  {
    name: 'open failed: handshake',
    source: 'F1003 W) d, field note 1',
    virtual: { before: running, server: 'tls' },
    steps: [
      host('AT+CSSLCFG="sslversion",0,0\r'),
      modem('\r\nOK\r\n'),
      host('AT+CCHOPEN=0,"server.example",443,2\r'),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 0,15\r\n'),
    ],
    driver: {
      calls: [
        { command: 'CSSLCFG', form: 'write', value: { key: 'sslversion', context: 0, value: 0 } },
        {
          command: 'CCHOPEN',
          form: 'write',
          value: { session: 0, host: 'server.example', port: 443, clientType: 2 },
        },
      ],
      unsolicited: [{ type: 'open-result', session: 0, error: 15 }],
    },
  },
  {
    name: 'open without the service',
    source: 'F1003 W) e',
    virtual: { before: echoOff },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...tcp, error: refused }] },
  },
  {
    name: 'open of a session that is open',
    source: 'F1003 W) e',
    virtual: { before: connected },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...tcp, error: refused }] },
  },
  {
    name: 'open with a port out of range',
    source: 'F1003 W) e, <port>',
    virtual: { before: running },
    steps: [
      host('AT+CCHOPEN=0,"server.example",65536,1\r'),
      modem('\r\nERROR\r\n'),
      host('AT+CCHOPEN=2,"server.example",7,1\r'),
      modem('\r\nERROR\r\n'),
      host('AT+CCHOPEN=0,server.example,7,1\r'),
      modem('\r\nERROR\r\n'),
    ],
  },
  {
    name: 'open in transparent mode: refused',
    source: 'F1003 W) f',
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nCONNECT FAIL\r\n')],
    driver: { calls: [{ ...tcp, error: { code: 'ERR_MODEM_COMMAND', final: 'CONNECT FAIL' } }] },
  },
];

const closes: Transcript[] = [
  {
    name: 'close, OK before the result',
    source: 'F1004 W) b',
    virtual: { before: connected },
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n')],
    driver: { calls: [close], unsolicited: [{ type: 'close-result', session: 0, error: 0 }] },
  },
  {
    name: 'close, the result before OK',
    source: 'F1004 W) a',
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
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\nOK\r\n\r\nCLOSED\r\n')],
    driver: { calls: [close], unknown: ['CLOSED'] },
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
];

/** Opening and closing sessions. */
export const openClose: Transcript[] = [...opens, ...closes];
