import { echoOff } from './before.js';
import { exchange, refusals, refused } from './exchange.js';
import { host, modem, type Call, type Transcript } from './transcript.js';

const range = (min: number, max: number) => ({ context: { min: 0, max: 9 }, value: { min, max } });
const flag = { ...range(0, 1), value: { min: 0, max: 1, values: [0, 1] } };
const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const set = (key: string, value: number | string, context = 1): Call => ({
  command: 'CSSLCFG',
  form: 'write',
  value: { key, context, value },
});

/** What both families have after power-on. */
const defaults = {
  authmode: 0,
  ignorelocaltime: 1,
  negotiatetime: 300,
  cacert: '',
  clientcert: '',
  clientkey: '',
  enableSNI: 0,
};
const defaultsOf767 = {
  ...{ ...defaults, sslversion: 2, password: '', ignorecertCN: 0, use_tickets: 0, ciphersuites: 0xffff },
};

const ranges = (longest: number) => ({
  authmode: range(0, 3),
  ignorelocaltime: flag,
  negotiatetime: range(10, 300),
  cacert: range(5, longest),
  clientcert: range(5, longest),
  clientkey: range(5, longest),
  enableSNI: flag,
  password: range(5, longest),
});

const a76xx: Transcript[] = [
  exchange({
    name: 'contexts of a76xx, test form',
    source: 'F1012 T), field note 4, CSSLCFG keys',
    cells: ['AT+CSSLCFG=?'],
    profile: 'a76xx',
    before: echoOff,
    command: 'AT+CSSLCFG=?\r',
    answer:
      '\r\n+CSSLCFG: "sslversion",(0-9),(0-4)\r\n+CSSLCFG: "authmode",(0-9),(0-3)\r\n' +
      '+CSSLCFG: "ignorelocaltime",(0-9),(0,1)\r\n+CSSLCFG: "negotiatetime",(0-9),(10-300)\r\n' +
      '+CSSLCFG: "cacert",(0-9),(5-108)\r\n+CSSLCFG: "clientcert",(0-9),(5-108)\r\n' +
      '+CSSLCFG: "clientkey",(0-9),(5-108)\r\n+CSSLCFG: "enableSNI",(0-9),(0,1)\r\n' +
      '+CSSLCFG: "password",(0-9),(5-108)\r\n\r\nOK\r\n',
    call: { command: 'CSSLCFG', form: 'test', value: {}, answer: { sslversion: range(0, 4), ...ranges(108) } },
  }),
  exchange({
    name: 'contexts of a76xx, read form',
    source: 'F1012 R), field note 4, CSSLCFG read',
    cells: ['AT+CSSLCFG?'],
    profile: 'a76xx',
    before: echoOff,
    command: 'AT+CSSLCFG?\r',
    answer:
      '\r\n+CSSLCFG: 0,4,0,1,300,"","","",0\r\n+CSSLCFG: 1,4,0,1,300,"","","",0\r\n' +
      '+CSSLCFG: 2,4,0,1,300,"","","",0\r\n+CSSLCFG: 3,4,0,1,300,"","","",0\r\n' +
      '+CSSLCFG: 4,4,0,1,300,"","","",0\r\n+CSSLCFG: 5,4,0,1,300,"","","",0\r\n' +
      '+CSSLCFG: 6,4,0,1,300,"","","",0\r\n+CSSLCFG: 7,4,0,1,300,"","","",0\r\n' +
      '+CSSLCFG: 8,4,0,1,300,"","","",0\r\n+CSSLCFG: 9,4,0,1,300,"","","",0\r\n\r\nOK\r\n',
    call: {
      command: 'CSSLCFG',
      form: 'read',
      value: {},
      answer: numbers.map((context) => ({ context, settings: { sslversion: 4, ...defaults } })),
    },
  }),
  exchange({
    name: 'contexts of a76xx, one of them',
    source: 'F1012 W) <ssl_ctx_index>, field note 4, CSSLCFG read',
    cells: ['AT+CSSLCFG=<context>'],
    profile: 'a76xx',
    before: echoOff,
    command: 'AT+CSSLCFG=3\r',
    answer: '\r\n+CSSLCFG: 3,4,0,1,300,"","","",0\r\n\r\nOK\r\n',
    call: {
      command: 'CSSLCFG',
      form: 'query',
      value: { context: 3 },
      answer: { context: 3, settings: { sslversion: 4, ...defaults } },
    },
  }),
  {
    name: 'contexts of a76xx, the password in a file',
    source: 'field note 4, CSSLCFG keys',
    cells: ['AT+CSSLCFG="password",<context>,<value>'],
    profile: 'a76xx',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCERTDOWN="word.pem",6\r'),
      modem('\r\n> '),
      host('secret'),
      modem('\r\nOK\r\n'),
      host('AT+CSSLCFG="password",1,"word.pem"\r'),
      modem('\r\nOK\r\n'),
      host('AT+CSSLCFG="password",1,"missing.pem"\r'),
      modem('\r\nERROR\r\n'),
    ],
    driver: {
      calls: [
        { command: 'CCERTDOWN', form: 'write', value: { name: 'word.pem', length: 6 }, payload: 'secret' },
        set('password', 'word.pem'),
        {
          ...set('password', 'missing.pem'),
          error: refused,
        },
      ],
    },
  },
  exchange({
    name: 'contexts of a76xx, with a column that nobody knows: kept as it stood there',
    source: 'field note 4, "keep raw fields"',
    profile: 'a76xx',
    command: 'AT+CSSLCFG=0\r',
    answer: '\r\n+CSSLCFG: 0,4,1,1,300,"ca.pem","","",1,"",7\r\n\r\nOK\r\n',
    call: {
      command: 'CSSLCFG',
      form: 'query',
      value: { context: 0 },
      answer: { context: 0, settings: {}, fields: ['4', '1', '1', '300', 'ca.pem', '', '', '1', '', '7'] },
    },
  }),
];

const sim767x: Transcript[] = [
  exchange({
    name: 'contexts of sim767x, test form',
    source: 'F1012 T), field note 4, CSSLCFG keys and sslversion',
    cells: ['AT+CSSLCFG=?'],
    profile: 'sim767x',
    before: echoOff,
    command: 'AT+CSSLCFG=?\r',
    answer:
      '\r\n+CSSLCFG: "sslversion",(0-9),(0-2)\r\n+CSSLCFG: "authmode",(0-9),(0-3)\r\n' +
      '+CSSLCFG: "ignorelocaltime",(0-9),(0,1)\r\n+CSSLCFG: "negotiatetime",(0-9),(10-300)\r\n' +
      '+CSSLCFG: "cacert",(0-9),(5-55)\r\n+CSSLCFG: "clientcert",(0-9),(5-55)\r\n' +
      '+CSSLCFG: "clientkey",(0-9),(5-55)\r\n+CSSLCFG: "enableSNI",(0-9),(0,1)\r\n' +
      '+CSSLCFG: "password",(0-9),(5-55)\r\n+CSSLCFG: "ignorecertCN",(0-9),(0,1)\r\n' +
      '+CSSLCFG: "use_tickets",(0-9),(0,1)\r\n+CSSLCFG: "ciphersuites",(0-9),(0x002F,0xFFFF)\r\n\r\nOK\r\n',
    call: {
      command: 'CSSLCFG',
      form: 'test',
      value: {},
      answer: {
        sslversion: range(0, 2),
        ...ranges(55),
        ignorecertCN: flag,
        use_tickets: flag,
        ciphersuites: { ...flag, value: { min: 0x2f, max: 0xffff, values: [0x2f, 0xffff] } },
      },
    },
  }),
  exchange({
    name: 'contexts of sim767x, read form',
    source: 'F1012 R), field note 4, CSSLCFG read',
    cells: ['AT+CSSLCFG?'],
    profile: 'sim767x',
    before: echoOff,
    command: 'AT+CSSLCFG?\r',
    answer: `\r\n${numbers.map((number) => `+CSSLCFG: ${number},2,0,1,300,"","","","",0,0,0,0xFFFF\r\n`).join('')}\r\nOK\r\n`,
    call: {
      command: 'CSSLCFG',
      form: 'read',
      value: {},
      answer: numbers.map((context) => ({ context, settings: defaultsOf767 })),
    },
  }),
  {
    name: 'contexts of sim767x, its own keys, and one read back',
    source: 'field note 4, CSSLCFG keys, read and sslversion',
    cells: [
      'AT+CSSLCFG=<context>',
      'AT+CSSLCFG="password",<context>,<value>',
      'AT+CSSLCFG="ignorecertCN",<context>,<value>',
      'AT+CSSLCFG="use_tickets",<context>,<value>',
      'AT+CSSLCFG="ciphersuites",<context>,<value>',
      'AT+CSSLCFG="sslversion",<context>,<value>',
    ],
    profile: 'sim767x',
    virtual: {
      before: [
        ...echoOff,
        host('AT+CCERTDOWN="word.pem",6\r'),
        modem('\r\n>\r\n'),
        host('secret'),
        modem('\r\nOK\r\n'),
      ],
    },
    steps: [
      '"sslversion",5,1',
      '"password",5,"word.pem"',
      '"ignorecertCN",5,1',
      '"use_tickets",5,1',
      '"ciphersuites",5,0x002F',
    ]
      .flatMap((text) => [host(`AT+CSSLCFG=${text}\r`), modem('\r\nOK\r\n')])
      .concat([
        host('AT+CSSLCFG=5\r'),
        modem('\r\n+CSSLCFG: 5,1,0,1,300,"","","","word.pem",0,1,1,0x002F\r\n\r\nOK\r\n'),
      ]),
    driver: {
      calls: [
        set('sslversion', 1, 5),
        set('password', 'word.pem', 5),
        set('ignorecertCN', 1, 5),
        set('use_tickets', 1, 5),
        set('ciphersuites', 0x2f, 5),
        {
          command: 'CSSLCFG',
          form: 'query',
          value: { context: 5 },
          answer: {
            context: 5,
            settings: {
              ...{ ...defaultsOf767, sslversion: 1, password: 'word.pem', ignorecertCN: 1, use_tickets: 1 },
              ciphersuites: 0x2f,
            },
          },
        },
      ],
    },
  },
];

/** Keys that only others know, and values that only others have. */
const strangers: Transcript[] = (
  [
    ['manual', '"password",1,"word.pem"', '"ignorecertCN",1,1', '"use_tickets",1,1'],
    ['sim7600', '"password",1,"word.pem"', '"ignorecertCN",1,1', '"use_tickets",1,1'],
    [
      'a76xx',
      '"keypwd",1,"a secret that is refused"',
      '"ciphersuites",1,0xFFFF',
      '"ignorecertCN",1,1',
      '"use_tickets",1,1',
      `"cacert",1,"${'a'.repeat(105)}.pem"`,
      '"password",1,a secret that is refused',
      '"password",1,"a secret that is refused"',
    ],
    [
      'sim767x',
      '"keypwd",1,"a secret that is refused"',
      '"sslversion",1,3',
      '"sslversion",1,4',
      `"cacert",1,"${'a'.repeat(52)}.pem"`,
    ],
  ] as const
).map(([profile, ...parameters]) => ({
  name: `contexts of ${profile}, keys and values of other families are refused`,
  source: 'F1012 W) b, field note 4, CSSLCFG keys',
  cells: ['keys of other families'],
  profile,
  virtual: { before: echoOff },
  steps: refusals('AT+CSSLCFG=', ...parameters),
}));

/** What the families have that the manual does not. */
export const contextFamilies: Transcript[] = [...a76xx, ...sim767x, ...strangers];
