import { connected, echoOff, running } from './before.js';
import { exchange, ok, refused, refusals } from './exchange.js';
import { host, modem, type Call, type Transcript } from './transcript.js';

const session = { min: 0, max: 1 };
const context = { min: 0, max: 9 };
const sendtimeout = { key: 'sendtimeout', session: 0, value: 60 } as const;
const configure = (value: object): Call => ({ command: 'CCHCFG', form: 'write', value });
const choose = (number: number, chosen: number): Call => ({
  command: 'CCHSSLCFG',
  form: 'write',
  value: { session: number, context: chosen },
});
const settings = (...answer: object[]): Call => ({ command: 'CCHCFG', form: 'read', value: {}, answer });
const chosen = (...answer: object[]): Call => ({ command: 'CCHSSLCFG', form: 'read', value: {}, answer });

/** CCHCFG. */
export const sessionSettings: Transcript[] = [
  exchange({
    name: 'session settings, test form',
    source: 'F1008 T)',
    cells: ['AT+CCHCFG=?'],
    before: echoOff,
    command: 'AT+CCHCFG=?\r',
    answer: '\r\n+CCHCFG: "sendtimeout",(0-1),(60-150)\r\n+CCHCFG: "sslctx",(0-1),(0-9)\r\n\r\nOK\r\n',
    call: {
      command: 'CCHCFG',
      form: 'test',
      value: {},
      answer: { sendtimeout: { session, value: { min: 60, max: 150 } }, sslctx: { session, value: context } },
    },
  }),
  exchange({
    name: 'session settings, read form',
    source: 'F1008 R), defaults',
    cells: ['AT+CCHCFG?'],
    before: running,
    command: 'AT+CCHCFG?\r',
    answer: '\r\n+CCHCFG: 0,150,0\r\n+CCHCFG: 1,150,1\r\n\r\nOK\r\n',
    call: settings({ session: 0, sendtimeout: 150, sslctx: 0 }, { session: 1, sendtimeout: 150, sslctx: 1 }),
  }),
  {
    name: 'session settings, both of them, read back',
    source: 'F1008 W)',
    cells: [
      'AT+CCHCFG="sendtimeout",<session>,<value>',
      'AT+CCHCFG="sslctx",<session>,<value>',
      'F1008 W) "sendtimeout" a',
      'F1008 W) "sslctx" a',
    ],
    virtual: { before: running },
    steps: [
      host('AT+CCHCFG="sendtimeout",0,60\r'),
      ok,
      host('AT+CCHCFG="sslctx",1,7\r'),
      ok,
      host('AT+CCHCFG?\r'),
      modem('\r\n+CCHCFG: 0,60,0\r\n+CCHCFG: 1,150,7\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        configure(sendtimeout),
        configure({ key: 'sslctx', session: 1, value: 7 }),
        settings({ session: 0, sendtimeout: 60, sslctx: 0 }, { session: 1, sendtimeout: 150, sslctx: 7 }),
      ],
    },
  },
  {
    name: 'session settings out of range',
    source: 'F1008 W) failed',
    cells: ['F1008 W) "sendtimeout" b', 'F1008 W) "sslctx" b'],
    virtual: { before: running },
    steps: refusals(
      'AT+CCHCFG=',
      ...['"sendtimeout",0,59', '"sendtimeout",0,151', '"sslctx",0,10', '"sslctx",2,1', '"other",0,1', '"sslctx",0'],
      ...['sslctx,0,1', '"sslctx",0,1,1', '"sslversion",0,1'],
    ),
  },
  {
    name: 'session settings without the service',
    source: 'F1008 note',
    cells: ['F1008 W) "sendtimeout" b', 'F1008 W) "sslctx" b'],
    virtual: { before: echoOff },
    steps: refusals('AT+CCHCFG=', '"sendtimeout",0,60', '"sslctx",0,1'),
    driver: {
      calls: [
        { ...configure(sendtimeout), error: refused },
        { ...configure({ key: 'sslctx', session: 0, value: 1 }), error: refused },
      ],
    },
  },
];

/** CCHSSLCFG. */
export const contextChoices: Transcript[] = [
  exchange({
    name: 'SSL context of a session, test form',
    source: 'F1009 T)',
    cells: ['AT+CCHSSLCFG=?'],
    before: echoOff,
    command: 'AT+CCHSSLCFG=?\r',
    answer: '\r\n+CCHSSLCFG: (0-1),(0-9)\r\n\r\nOK\r\n',
    call: { command: 'CCHSSLCFG', form: 'test', value: {}, answer: { session, context } },
  }),
  {
    name: 'SSL context of a session, set, read, and forgotten after a close',
    source: 'F1009 W) a, R), note; field note 5.4',
    cells: ['AT+CCHSSLCFG=<session>,<context>', 'AT+CCHSSLCFG?', 'F1009 W) a'],
    virtual: { before: running },
    steps: [
      host('AT+CCHSSLCFG=1,4\r'),
      ok,
      host('AT+CCHCFG?\r'),
      modem('\r\n+CCHCFG: 0,150,0\r\n+CCHCFG: 1,150,4\r\n\r\nOK\r\n'),
      host('AT+CCHOPEN=1,"server.example",7,1\r'),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n'),
      host('AT+CCHCLOSE=1\r'),
      modem('\r\nOK\r\n\r\n+CCHCLOSE: 1,0\r\n'),
      host('AT+CCHSSLCFG?\r'),
      modem('\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        choose(1, 4),
        settings({ session: 0, sendtimeout: 150, sslctx: 0 }, { session: 1, sendtimeout: 150, sslctx: 4 }),
        { command: 'CCHOPEN', form: 'write', value: { session: 1, host: 'server.example', port: 7, clientType: 1 } },
        { command: 'CCHCLOSE', form: 'write', value: { session: 1 } },
        chosen({ session: 0 }, { session: 1 }),
      ],
      unsolicited: [
        { type: 'open-result', session: 1, error: 0 },
        { type: 'close-result', session: 1, error: 0 },
      ],
    },
  },
  {
    name: 'SSL context of a session, read form with one not chosen',
    source: 'F1009 R) [ssl_ctx_index]',
    cells: ['AT+CCHSSLCFG?'],
    virtual: { before: running },
    steps: [
      host('AT+CCHSSLCFG?\r'),
      modem('\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,\r\n\r\nOK\r\n'),
      host('AT+CCHSSLCFG=1,7\r'),
      ok,
      host('AT+CCHSSLCFG?\r'),
      modem('\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,7\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [chosen({ session: 0 }, { session: 1 }), choose(1, 7), chosen({ session: 0 }, { session: 1, context: 7 })],
    },
  },
  exchange({
    name: 'SSL context of an open session',
    source: 'F1009 W) b, note',
    cells: ['F1009 W) b'],
    before: connected,
    command: 'AT+CCHSSLCFG=0,1\r',
    answer: '\r\nERROR\r\n',
    call: { ...choose(0, 1), error: refused },
  }),
  {
    name: 'SSL context of a session out of range',
    source: 'F1009 W) b, ranges',
    virtual: { before: running },
    steps: refusals('AT+CCHSSLCFG=', '2,0', '0,10', '0', '0,', '0,1,1', '0,"1"'),
  },
];
