import { connected, echoOff, running, started } from './before.js';
import { refused, refusals } from './exchange.js';
import { host, longHost, modem, type Call, type Transcript } from './transcript.js';

const target = { session: 0, host: 'server.example', port: 7, clientType: 1 };
const open = (value: object): Call => ({ command: 'CCHOPEN', form: 'write', value });
const tcp = open(target);
const transparent = [...echoOff, host('AT+CCHMODE=1\r'), modem('\r\nOK\r\n'), ...started];

/** Opening sessions that fails. */
export const failedOpens: Transcript[] = [
  {
    name: 'open failed: no such name',
    source: 'F1003 W) d, field note 1',
    cells: ['F1003 W) d'],
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
    cells: ['F1003 W) d', 'closeAfterFailedOpen: false'],
    virtual: { before: running, server: 'none' },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,14\r\n')],
    driver: { calls: [tcp], unsolicited: [{ type: 'open-result', session: 0, error: 14 }] },
  },
  {
    name: 'open failed: a second line closes the session',
    source: 'F1003 W) d with +CCHCLOSE, field note 4',
    cells: ['closeAfterFailedOpen: true'],
    profile: 'sim7600',
    virtual: { before: running, server: 'none' },
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
    cells: ['F1003 W) e'],
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
    name: 'open with values out of range, and without quotes',
    source: 'F1003 W) e, <port>',
    virtual: { before: running },
    steps: refusals(
      'AT+CCHOPEN=',
      '0,"server.example",65536,1',
      '0,"server.example",0,1',
      '2,"server.example",7,1',
      '0,server.example,7,1',
      '0,"server.example",7,3',
      '0,"server.example",7,1,0',
      '0,"server.example"',
      '0,"",7,1',
      `0,"${longHost}h",7,1`,
    ),
  },
  {
    name: 'open in transparent mode: refused',
    source: 'F1003 W) f',
    cells: ['F1003 W) f'],
    virtual: { before: transparent, server: 'none' },
    steps: [host('AT+CCHOPEN=0,"server.example",7,1\r'), modem('\r\nCONNECT FAIL\r\n')],
    driver: { calls: [{ ...tcp, connects: true, error: { code: 'ERR_MODEM_COMMAND', final: 'CONNECT FAIL' } }] },
  },
];
