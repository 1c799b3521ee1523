import { connected, echoOff, running } from './before.js';
import { host, modem, type Call, type CommandName, type Step, type Transcript } from './transcript.js';

const refused = { code: 'ERR_MODEM_COMMAND', final: 'ERROR', phase: 'command' } as const;
const ok = modem('\r\nOK\r\n');

/** One exchange without counted bytes. */
function exchange(
  name: string,
  source: string,
  before: readonly Step[] | undefined,
  command: string,
  answer: string,
  call?: Omit<Call, 'command'> & { command: CommandName },
): Transcript {
  return {
    name,
    source,
    ...(before && { virtual: { before } }),
    steps: [host(command), modem(answer)],
    ...(call && { driver: { calls: [call] } }),
  };
}

const sessions: Transcript[] = [
  exchange(
    'session settings, test form',
    'F1008 (CCHCFG) T)',
    echoOff,
    'AT+CCHCFG=?\r',
    '\r\n+CCHCFG: "sendtimeout",(0-1),(60-150)\r\n+CCHCFG: "sslctx",(0-1),(0-9)\r\n\r\nOK\r\n',
    {
      command: 'CCHCFG',
      form: 'test',
      value: {},
      answer: ['+CCHCFG: "sendtimeout",(0-1),(60-150)', '+CCHCFG: "sslctx",(0-1),(0-9)'],
    },
  ),
  exchange(
    'session settings, read form',
    'F1008 (CCHCFG) R), defaults',
    running,
    'AT+CCHCFG?\r',
    '\r\n+CCHCFG: 0,150,0\r\n+CCHCFG: 1,150,1\r\n\r\nOK\r\n',
    {
      command: 'CCHCFG',
      form: 'read',
      value: {},
      answer: [
        { session: 0, sendTimeout: 150, context: 0 },
        { session: 1, sendTimeout: 150, context: 1 },
      ],
    },
  ),
  {
    name: 'session settings, both of them, read back',
    source: 'F1008 (CCHCFG) W)',
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
        { command: 'CCHCFG', form: 'write', value: { key: 'sendtimeout', session: 0, value: 60 } },
        { command: 'CCHCFG', form: 'write', value: { key: 'sslctx', session: 1, value: 7 } },
        {
          command: 'CCHCFG',
          form: 'read',
          value: {},
          answer: [
            { session: 0, sendTimeout: 60, context: 0 },
            { session: 1, sendTimeout: 150, context: 7 },
          ],
        },
      ],
    },
  },
  {
    name: 'session settings out of range',
    source: 'F1008 (CCHCFG) W) failed',
    virtual: { before: running },
    steps: ['"sendtimeout",0,59', '"sendtimeout",0,151', '"sslctx",0,10', '"sslctx",2,1', '"other",0,1'].flatMap(
      (text) => [host(`AT+CCHCFG=${text}\r`), modem('\r\nERROR\r\n')],
    ),
  },
  exchange(
    'session settings without the service',
    'F1008 (CCHCFG) note',
    echoOff,
    'AT+CCHCFG="sendtimeout",0,60\r',
    '\r\nERROR\r\n',
    { command: 'CCHCFG', form: 'write', value: { key: 'sendtimeout', session: 0, value: 60 }, error: refused },
  ),
  exchange(
    'SSL context of a session, test form',
    'F1009 (CCHSSLCFG) T)',
    echoOff,
    'AT+CCHSSLCFG=?\r',
    '\r\n+CCHSSLCFG: (0-1),(0-9)\r\n\r\nOK\r\n',
    { command: 'CCHSSLCFG', form: 'test', value: {}, answer: ['+CCHSSLCFG: (0-1),(0-9)'] },
  ),
  {
    name: 'SSL context of a session, set, read, and forgotten after a close',
    source: 'F1009 (CCHSSLCFG) W) a, R), note; field note 5.4',
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
      host('AT+CCHCFG?\r'),
      modem('\r\n+CCHCFG: 0,150,0\r\n+CCHCFG: 1,150,1\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        { command: 'CCHSSLCFG', form: 'write', value: { session: 1, context: 4 } },
        {
          command: 'CCHCFG',
          form: 'read',
          value: {},
          answer: [
            { session: 0, sendTimeout: 150, context: 0 },
            { session: 1, sendTimeout: 150, context: 4 },
          ],
        },
        { command: 'CCHOPEN', form: 'write', value: { session: 1, host: 'server.example', port: 7, clientType: 1 } },
        { command: 'CCHCLOSE', form: 'write', value: { session: 1 } },
        {
          command: 'CCHCFG',
          form: 'read',
          value: {},
          answer: [
            { session: 0, sendTimeout: 150, context: 0 },
            { session: 1, sendTimeout: 150, context: 1 },
          ],
        },
      ],
      unsolicited: [
        { type: 'open-result', session: 1, error: 0 },
        { type: 'close-result', session: 1, error: 0 },
      ],
    },
  },
  exchange(
    'SSL context of a session, read form with one not chosen',
    'F1009 (CCHSSLCFG) R) [ssl_ctx_index]',
    undefined,
    'AT+CCHSSLCFG?\r',
    '\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,7\r\n\r\nOK\r\n',
    { command: 'CCHSSLCFG', form: 'read', value: {}, answer: [{ session: 0 }, { session: 1, context: 7 }] },
  ),
  exchange(
    'SSL context of an open session',
    'F1009 (CCHSSLCFG) W) b, note',
    connected,
    'AT+CCHSSLCFG=0,1\r',
    '\r\nERROR\r\n',
    { command: 'CCHSSLCFG', form: 'write', value: { session: 0, context: 1 }, error: refused },
  ),
];

const modes: Transcript[] = [
  exchange('mode, test form', 'F1010 T)', echoOff, 'AT+CCHMODE=?\r', '\r\n+CCHMODE: (0-1)\r\n\r\nOK\r\n', {
    command: 'CCHMODE',
    form: 'test',
    value: {},
    answer: ['+CCHMODE: (0-1)'],
  }),
  {
    name: 'mode, set and read',
    source: 'F1010 W) a, R)',
    virtual: { before: echoOff },
    steps: [host('AT+CCHMODE=0\r'), ok, host('AT+CCHMODE?\r'), modem('\r\n+CCHMODE: 0\r\n\r\nOK\r\n')],
    driver: {
      calls: [
        { command: 'CCHMODE', form: 'write', value: { mode: 0 } },
        { command: 'CCHMODE', form: 'read', value: {}, answer: { mode: 0 } },
      ],
    },
  },
  exchange('mode while the service runs', 'F1010 W) b, note', running, 'AT+CCHMODE=0\r', '\r\nERROR\r\n', {
    command: 'CCHMODE',
    form: 'write',
    value: { mode: 0 },
    error: refused,
  }),
  exchange('reports, test form', 'F1011 T)', echoOff, 'AT+CCHSET=?\r', '\r\n+CCHSET: (0-1),(0,1)\r\n\r\nOK\r\n', {
    command: 'CCHSET',
    form: 'test',
    value: {},
    answer: ['+CCHSET: (0-1),(0,1)'],
  }),
  {
    name: 'reports, the defaults, then both set, then one left out',
    source: 'F1011 R), W) a; field note 3.1',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCHSET?\r'),
      modem('\r\n+CCHSET: 0,0\r\n\r\nOK\r\n'),
      host('AT+CCHSET=1,1\r'),
      ok,
      host('AT+CCHSET?\r'),
      modem('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n'),
      host('AT+CCHSET=0\r'),
      ok,
    ],
    driver: {
      calls: [
        { command: 'CCHSET', form: 'read', value: {}, answer: { report: 0, receive: 0 } },
        { command: 'CCHSET', form: 'write', value: { report: 1, receive: 1 } },
        { command: 'CCHSET', form: 'read', value: {}, answer: { report: 1, receive: 1 } },
        { command: 'CCHSET', form: 'write', value: { report: 0 } },
      ],
    },
  },
  exchange('reports while the service runs', 'F1011 W) b, note', running, 'AT+CCHSET=1,1\r', '\r\nERROR\r\n', {
    command: 'CCHSET',
    form: 'write',
    value: { report: 1, receive: 1 },
    error: refused,
  }),
];

const contextLines = (number: string) => `+CSSLCFG: ${number},4,0,1,300,"","","",0,"",0xFFFF`;
const numbers = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const defaults = ['4', '0', '1', '300', '', '', '', '0', '', '0xFFFF'];
const testLines = [
  '+CSSLCFG: "sslversion",(0-9),(0-4)',
  '+CSSLCFG: "authmode",(0-9),(0-3)',
  '+CSSLCFG: "ignorelocaltime",(0-9),(0,1)',
  '+CSSLCFG: "negotiatetime",(0-9),(10-300)',
  '+CSSLCFG: "cacert",(0-9),(5-128)',
  '+CSSLCFG: "clientcert",(0-9),(5-128)',
  '+CSSLCFG: "clientkey",(0-9),(5-128)',
  '+CSSLCFG: "enableSNI",(0-9),(0,1)',
  '+CSSLCFG: "keypwd",(0-9),(0-128)',
  '+CSSLCFG: "ciphersuites",(0-9),(0x002F,0xFFFF)',
];

const setting = (text: string, key: string, value: number | string, context = 1): Transcript =>
  exchange(`context, ${key}`, `F1012 W) "${key}"`, echoOff, `AT+CSSLCFG=${text}\r`, '\r\nOK\r\n', {
    command: 'CSSLCFG',
    form: 'write',
    value: { key, context, value },
  });

const contexts: Transcript[] = [
  exchange(
    'contexts, test form',
    'F1012 T)',
    echoOff,
    'AT+CSSLCFG=?\r',
    `\r\n${testLines.join('\r\n')}\r\n\r\nOK\r\n`,
    { command: 'CSSLCFG', form: 'test', value: {}, answer: testLines },
  ),
  exchange(
    'contexts, read form',
    'F1012 R), defaults',
    echoOff,
    'AT+CSSLCFG?\r',
    `\r\n${numbers.map(contextLines).join('\r\n')}\r\n\r\nOK\r\n`,
    {
      command: 'CSSLCFG',
      form: 'read',
      value: {},
      answer: numbers.map((number) => ({ context: Number(number), fields: defaults })),
    },
  ),
  exchange(
    'contexts, one of them',
    'F1012 W) <ssl_ctx_index>',
    echoOff,
    'AT+CSSLCFG=9\r',
    `\r\n${contextLines('9')}\r\n\r\nOK\r\n`,
    { command: 'CSSLCFG', form: 'query', value: { context: 9 }, answer: { context: 9, fields: defaults } },
  ),
  setting('"sslversion",1,1', 'sslversion', 1),
  setting('"authmode",1,2', 'authmode', 2),
  setting('"ignorelocaltime",1,0', 'ignorelocaltime', 0),
  setting('"negotiatetime",0,10', 'negotiatetime', 10, 0),
  setting('"enableSNI",9,1', 'enableSNI', 1, 9),
  setting('"keypwd",1,"a secret, with a comma"', 'keypwd', 'a secret, with a comma'),
  setting('"ciphersuites",1,0x002F', 'ciphersuites', 0x002f),
  {
    name: 'contexts, refused: files that are not there',
    source: 'F1012 W) b, <ca_file>',
    virtual: { before: echoOff },
    steps: ['cacert', 'clientcert', 'clientkey'].flatMap((key) => [
      host(`AT+CSSLCFG="${key}",1,"missing.pem"\r`),
      modem('\r\nERROR\r\n'),
    ]),
    driver: {
      calls: ['cacert', 'clientcert', 'clientkey'].map((key): Call => ({
        command: 'CSSLCFG',
        form: 'write',
        value: { key, context: 1, value: 'missing.pem' },
        error: refused,
      })),
    },
  },
  {
    name: 'contexts, refused: values and contexts out of range',
    source: 'F1012 W) b, ranges',
    virtual: { before: echoOff },
    steps: [
      '"sslversion",1,5',
      '"authmode",10,1',
      '"negotiatetime",1,9',
      '"negotiatetime",1,301',
      '"enableSNI",1,2',
      '"ciphersuites",1,0x0035',
      '"unheard",1,1',
    ].flatMap((text) => [host(`AT+CSSLCFG=${text}\r`), modem('\r\nERROR\r\n')]),
  },
];

/** Settings of sessions, of the service, and of the SSL contexts. */
export const settings: Transcript[] = [...sessions, ...modes, ...contexts];
