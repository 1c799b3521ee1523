import { echoOff } from './before.js';
import { exchange, refused, refusals } from './exchange.js';
import { host, modem, type Call, type Transcript } from './transcript.js';

const range = (min: number, max: number) => ({ context: { min: 0, max: 9 }, value: { min, max } });
const flag = { ...range(0, 1), value: { min: 0, max: 1, values: [0, 1] } };
const suites = { ...range(0x2f, 0xffff), value: { min: 0x2f, max: 0xffff, values: [0x2f, 0xffff] } };
const set = (key: string, value: number | string, context = 1): Call => ({
  command: 'CSSLCFG',
  form: 'write',
  value: { key, context, value },
});

/** What a context has after power-on. */
const defaults = {
  sslversion: 4,
  authmode: 0,
  ignorelocaltime: 1,
  negotiatetime: 300,
  cacert: '',
  clientcert: '',
  clientkey: '',
  enableSNI: 0,
  keypwd: '',
  ciphersuites: 0xffff,
};

/** `AT+CSSLCFG=<text>`, which is carried out. */
const setting = (text: string, key: string, value: number | string, context = 1): Transcript =>
  exchange({
    name: `context, ${text}`,
    source: `F1012 W) "${key}" a`,
    cells: [`AT+CSSLCFG="${key}",<context>,<value>`, `F1012 W) "${key}" a`],
    before: echoOff,
    command: `AT+CSSLCFG=${text}\r`,
    answer: '\r\nOK\r\n',
    call: set(key, value, context),
  });

/** The same, refused: the reason is none that the driver could know. */
const refusal = (text: string, key: string, value: number | string): Transcript =>
  exchange({
    name: `context, ${text}, refused`,
    source: `F1012 W) "${key}" b`,
    cells: [`F1012 W) "${key}" b`],
    command: `AT+CSSLCFG=${text}\r`,
    answer: '\r\nERROR\r\n',
    call: { ...set(key, value), error: refused },
  });

/** What the manual says of the SSL contexts; what other families have is apart. */
export const contexts: Transcript[] = [
  exchange({
    name: 'contexts, test form',
    source: 'F1012 T)',
    cells: ['AT+CSSLCFG=?'],
    before: echoOff,
    command: 'AT+CSSLCFG=?\r',
    answer:
      '\r\n+CSSLCFG: "sslversion",(0-9),(0-4)\r\n+CSSLCFG: "authmode",(0-9),(0-3)\r\n' +
      '+CSSLCFG: "ignorelocaltime",(0-9),(0,1)\r\n+CSSLCFG: "negotiatetime",(0-9),(10-300)\r\n' +
      '+CSSLCFG: "cacert",(0-9),(5-128)\r\n+CSSLCFG: "clientcert",(0-9),(5-128)\r\n' +
      '+CSSLCFG: "clientkey",(0-9),(5-128)\r\n+CSSLCFG: "enableSNI",(0-9),(0,1)\r\n' +
      '+CSSLCFG: "keypwd",(0-9),(0-128)\r\n+CSSLCFG: "ciphersuites",(0-9),(0x002F,0xFFFF)\r\n\r\nOK\r\n',
    call: {
      command: 'CSSLCFG',
      form: 'test',
      value: {},
      answer: {
        sslversion: range(0, 4),
        authmode: range(0, 3),
        ignorelocaltime: flag,
        negotiatetime: range(10, 300),
        cacert: range(5, 128),
        clientcert: range(5, 128),
        clientkey: range(5, 128),
        enableSNI: flag,
        keypwd: range(0, 128),
        ciphersuites: suites,
      },
    },
  }),
  exchange({
    name: 'contexts, read form',
    source: 'F1012 R), defaults',
    cells: ['AT+CSSLCFG?'],
    before: echoOff,
    command: 'AT+CSSLCFG?\r',
    answer:
      '\r\n+CSSLCFG: 0,4,0,1,300,"","","",0,"",0xFFFF\r\n+CSSLCFG: 1,4,0,1,300,"","","",0,"",0xFFFF\r\n' +
      '+CSSLCFG: 2,4,0,1,300,"","","",0,"",0xFFFF\r\n+CSSLCFG: 3,4,0,1,300,"","","",0,"",0xFFFF\r\n' +
      '+CSSLCFG: 4,4,0,1,300,"","","",0,"",0xFFFF\r\n+CSSLCFG: 5,4,0,1,300,"","","",0,"",0xFFFF\r\n' +
      '+CSSLCFG: 6,4,0,1,300,"","","",0,"",0xFFFF\r\n+CSSLCFG: 7,4,0,1,300,"","","",0,"",0xFFFF\r\n' +
      '+CSSLCFG: 8,4,0,1,300,"","","",0,"",0xFFFF\r\n+CSSLCFG: 9,4,0,1,300,"","","",0,"",0xFFFF\r\n\r\nOK\r\n',
    call: {
      command: 'CSSLCFG',
      form: 'read',
      value: {},
      answer: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((context) => ({ context, settings: defaults })),
    },
  }),
  {
    name: 'contexts, one of them, changed and read back',
    source: 'F1012 W) <ssl_ctx_index>',
    cells: ['AT+CSSLCFG=<context>'],
    virtual: { before: echoOff },
    steps: [
      host('AT+CSSLCFG="negotiatetime",9,10\r'),
      modem('\r\nOK\r\n'),
      host('AT+CSSLCFG="keypwd",9,"a, b"\r'),
      modem('\r\nOK\r\n'),
      host('AT+CSSLCFG="ciphersuites",9,0x002F\r'),
      modem('\r\nOK\r\n'),
      host('AT+CSSLCFG=9\r'),
      modem('\r\n+CSSLCFG: 9,4,0,1,10,"","","",0,"a, b",0x002F\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        set('negotiatetime', 10, 9),
        set('keypwd', 'a, b', 9),
        set('ciphersuites', 0x2f, 9),
        {
          command: 'CSSLCFG',
          form: 'query',
          value: { context: 9 },
          answer: { context: 9, settings: { ...defaults, negotiatetime: 10, keypwd: 'a, b', ciphersuites: 0x2f } },
        },
      ],
    },
  },
  setting('"sslversion",1,1', 'sslversion', 1),
  setting('"authmode",1,2', 'authmode', 2),
  setting('"ignorelocaltime",1,0', 'ignorelocaltime', 0),
  setting('"negotiatetime",0,10', 'negotiatetime', 10, 0),
  setting('"negotiatetime",0,300', 'negotiatetime', 300, 0),
  setting('"enableSNI",9,1', 'enableSNI', 1, 9),
  setting('"keypwd",1,"a secret, with a comma"', 'keypwd', 'a secret, with a comma'),
  setting('"keypwd",1,""', 'keypwd', ''),
  setting('"ciphersuites",1,0x002F', 'ciphersuites', 0x002f),
  setting('"ciphersuites",1,0xFFFF', 'ciphersuites', 0xffff),
  refusal('"sslversion",1,4', 'sslversion', 4),
  refusal('"authmode",1,3', 'authmode', 3),
  refusal('"ignorelocaltime",1,1', 'ignorelocaltime', 1),
  refusal('"negotiatetime",1,120', 'negotiatetime', 120),
  refusal('"enableSNI",1,0', 'enableSNI', 0),
  refusal('"keypwd",1,"a secret that is refused"', 'keypwd', 'a secret that is refused'),
  refusal('"ciphersuites",1,0x002F', 'ciphersuites', 0x002f),
  {
    name: 'contexts, refused: files that are not there',
    source: 'F1012 W) b, <ca_file>',
    cells: ['F1012 W) "cacert" b', 'F1012 W) "clientcert" b', 'F1012 W) "clientkey" b'],
    virtual: { before: echoOff },
    steps: refusals(
      'AT+CSSLCFG=',
      '"cacert",1,"missing.pem"',
      '"clientcert",1,"missing.der"',
      '"clientkey",1,{non-ascii}"E4B8ADE58D8E2E70656D"',
    ),
    driver: {
      calls: [
        { ...set('cacert', 'missing.pem'), error: refused },
        { ...set('clientcert', 'missing.der'), error: refused },
        { ...set('clientkey', '中华.pem'), error: refused },
      ],
    },
  },
  {
    name: 'contexts, refused: values and contexts out of range',
    source: 'F1012 W) b, ranges',
    cells: [
      ...['sslversion', 'authmode', 'ignorelocaltime', 'negotiatetime', 'enableSNI', 'keypwd', 'ciphersuites'].map(
        (key) => `F1012 W) "${key}" b`,
      ),
    ],
    virtual: { before: echoOff },
    steps: refusals(
      'AT+CSSLCFG=',
      ...['"sslversion",1,5', '"authmode",10,1', '"authmode",1,4', '"ignorelocaltime",1,2', '"negotiatetime",1,9'],
      ...[
        '"negotiatetime",1,301',
        '"enableSNI",1,2',
        `"keypwd",1,"${'k'.repeat(129)}"`,
        '"keypwd",1,a secret that is refused',
      ],
      ...['"ciphersuites",1,0x0035', '"ciphersuites",1,47', '"unheard",1,1', '10', '"sslversion",1', 'sslversion,1,1'],
    ),
  },
];
