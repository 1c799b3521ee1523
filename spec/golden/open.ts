import { echoOff, running, started, startedResultFirst, unreported } from './before.js';
import { bindPort, host, longHost, modem, serverSends, type Call, type Transcript } from './transcript.js';

const target = { session: 0, host: 'server.example', port: 7, clientType: 1 };
const open = (value: object): Call => ({ command: 'CCHOPEN', form: 'write', value });
const tcp = open(target);
const read = { command: 'CCHOPEN', form: 'read', value: {} } as const;
const result = (error: number, session = 0) => ({ type: 'open-result', session, error }) as const;
const transparent = [...echoOff, host('AT+CCHMODE=1\r'), modem('\r\nOK\r\n'), ...started];

/** Opening sessions that succeed. */
export const opens: Transcript[] = [
  {
    name: 'open, OK before the result',
    source: 'F1003 W) b',
    cells: ['AT+CCHOPEN=<session>,<host>,<port>,<clientType>', 'F1003 W) b', 'plain TCP'],
    virtual: { before: running },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n')],
    driver: { calls: [tcp], unsolicited: [{ type: 'open-result', session: 0, error: 0 }] },
  },
  {
    name: 'open, the result before OK',
    source: 'F1003 W) a',
    cells: ['F1003 W) a'],
    virtual: { before: [...echoOff, ...unreported, ...startedResultFirst], replyOrder: 'result-first' },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\n+CCHOPEN: 0,0\r\n\r\nOK\r\n')],
    driver: { calls: [tcp], unsolicited: [{ type: 'open-result', session: 0, error: 0 }] },
  },
  {
    name: 'open with TLS, since the client type is left out',
    source: 'F1003 W) b, default of <client_type>',
    cells: ['AT+CCHOPEN=<session>,<host>,<port>'],
    virtual: { before: running, server: 'tls' },
    steps: [host('AT+CCHOPEN=1,"server.example",443\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n')],
    driver: {
      calls: [{ command: 'CCHOPEN', form: 'write', value: { session: 1, host: 'server.example', port: 443 } }],
      unsolicited: [{ type: 'open-result', session: 1, error: 0 }],
    },
  },
  {
    name: 'open with TLS and a local port',
    source: 'F1003 W) b, R), <bind_port>',
    cells: ['AT+CCHOPEN=<session>,<host>,<port>,<clientType>,<bindPort>', 'AT+CCHOPEN?', 'TLS'],
    virtual: { before: running, server: 'tls' },
    steps: [
      host(`AT+CCHOPEN=1,"server.example",443,2,${bindPort}\r`),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n'),
      host('AT+CCHOPEN?\r'),
      modem(`\r\n+CCHOPEN: 1,"server.example",443,2,${bindPort}\r\n\r\nOK\r\n`),
    ],
    driver: {
      calls: [
        open({ session: 1, host: 'server.example', port: 443, clientType: 2, bindPort }),
        { ...read, answer: [{ session: 1, host: 'server.example', port: 443, clientType: 2, bindPort }] },
      ],
      unsolicited: [result(0, 1)],
    },
  },
  ...(
    [
      ['of 1 byte', 'a'],
      ['of 256 bytes', longHost],
    ] as const
  ).map(([what, name]): Transcript => ({
    name: `open of a host ${what}`,
    source: 'F1003 W), <host>',
    cells: [`host ${what}`],
    virtual: { before: running },
    steps: [host(`AT+CCHOPEN=0,"${name}",7,1\r`), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n')],
    driver: { calls: [open({ ...target, host: name })], unsolicited: [result(0)] },
  })),
  {
    name: 'open with the spaces that the manual prints',
    source: 'F1003 W)',
    virtual: { before: running },
    steps: [host('AT+CCHOPEN=0, "server.example", 7 ,1\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n')],
  },
  {
    name: 'open in transparent mode: raw bytes from there on',
    source: 'F1003 W) c, F1010',
    cells: ['F1003 W) c'],
    virtual: { before: transparent },
    steps: [
      host('AT+CCHOPEN=0,"server.example",7,1\r'),
      modem('\r\nCONNECT 115200\r\n'),
      serverSends('\r\nOK\r\n+CCHRECV: DATA,0,5\r\n'),
      modem('\r\nOK\r\n+CCHRECV: DATA,0,5\r\n'),
    ],
    driver: { calls: [{ ...tcp, connects: true }], raw: '\r\nOK\r\n+CCHRECV: DATA,0,5\r\n' },
  },
];
