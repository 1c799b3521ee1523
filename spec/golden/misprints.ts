import { echoOff } from './before.js';
import { eagerHost, host, modem, type Transcript } from './transcript.js';

const ok = modem('\r\nOK\r\n');
const list = (...names: string[]) =>
  ({ command: 'CCERTLIST', form: 'execute', value: {}, answer: names.map((name) => ({ name })) }) as const;

/** A context with the values of F1012's own defaults. */
const defaults = {
  ...{ sslversion: 4, authmode: 0, ignorelocaltime: 1, negotiatetime: 300, cacert: '', clientcert: '', clientkey: '' },
  ...{ enableSNI: 0, keypwd: '', ciphersuites: 0xffff },
};

/**
 * What the chapter misprints where a module might print it so, too: the driver takes it. F1012 R) prints `AT+CSSLCFG=?` for
 * the read form, which is the test form: the host writes `AT+CSSLCFG?`, and both are answered as what they are.
 */
export const misprints: Transcript[] = [
  {
    name: 'misprint of F1012 R): a line of the read form without its second S',
    source: 'F1012 R), `+CSLCFG: 2,<sslversion>,…`',
    steps: [
      host('AT+CSSLCFG?\r'),
      modem(
        '\r\n+CSSLCFG: 0,4,0,1,300,"","","",0,"",0xFFFF\r\n+CSSLCFG: 1,4,0,1,300,"","","",0,"",0xFFFF\r\n' +
          '+CSLCFG: 2,4,0,1,300,"","","",0,"",0xFFFF\r\n\r\nOK\r\n',
      ),
      host('AT+CSSLCFG=2\r'),
      modem('\r\n+CSLCFG: 2,4,0,1,300,"","","",0,"",0xFFFF\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        {
          command: 'CSSLCFG',
          form: 'read',
          value: {},
          answer: [0, 1, 2].map((context) => ({ context, settings: defaults })),
        },
        { command: 'CSSLCFG', form: 'query', value: { context: 2 }, answer: { context: 2, settings: defaults } },
      ],
    },
  },
  {
    name: 'misprint of F1012 R): the read form as it is printed is the test form',
    source: 'F1012 R), `AT+CSSLCFG=?`',
    profile: 'sim7600',
    virtual: { before: echoOff },
    steps: [
      host('AT+CSSLCFG=?\r'),
      modem(
        '\r\n+CSSLCFG: "sslversion",(0-9),(0-4)\r\n+CSSLCFG: "authmode",(0-9),(0-3)\r\n' +
          '+CSSLCFG: "ignorelocaltime",(0-9),(0,1)\r\n+CSSLCFG: "negotiatetime",(0-9),(10-300)\r\n' +
          '+CSSLCFG: "cacert",(0-9),(5-128)\r\n+CSSLCFG: "clientcert",(0-9),(5-128)\r\n' +
          '+CSSLCFG: "clientkey",(0-9),(5-128)\r\n+CSSLCFG: "enableSNI",(0-9),(0,1)\r\n' +
          '+CSSLCFG: "keypwd",(0-9),(0-128)\r\n+CSSLCFG: "ciphersuites",(0-9),(0x002F,0xFFFF)\r\n\r\nOK\r\n',
      ),
    ],
  },
  {
    name: 'misprint of F1014: a doubled quote',
    source: 'F1014 example',
    steps: [
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "ca_cert.der"\r\n+CCERTLIST: "client_key.pem""\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [list('ca_cert.der', 'client_key.pem')] },
  },
  {
    // The hexadecimal that F1013 and F1015 print for 中华.pem is that of "&#x4E2D;&#x534E;.pem"; their prose says UTF-8.
    name: 'the name of F1013 and F1015: its printed hexadecimal and its UTF-8 are one file',
    source: 'F1013 <filename>, F1015 <filename>',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCERTDOWN={non-ascii}"262378344532443B262378353334453B2E70656D",1\r'),
      modem('\r\n> '),
      host('x'),
      ok,
      host('AT+CCERTDELE={non-ascii}"E4B8ADE58D8E2E70656D"\r'),
      ok,
      host('AT+CCERTLIST\r'),
      ok,
    ],
  },
  {
    name: 'the name of F1013 and F1015, listed in either way',
    source: 'F1013 <filename>, F1014 <file_name>',
    steps: [
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "&#x4E2D;&#x534E;.pem"\r\n+CCERTLIST: "\xe4\xb8\xad\xe5\x8d\x8e.pem"\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [list('中华.pem', '中华.pem')] },
  },
  {
    // The line of F1006 as it is printed: more bytes are counted than come, so the first of the next line are missing
    // there. The frame is given up and nothing of it handed over.
    name: 'misprint of F1006: more bytes announced than come',
    source: 'F1006 example, field note 5.9',
    steps: [
      host('AT+CCHRECV=1\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: DATA,1,9\r\nTest\r\n\r\n+CCHRECV: 1,0\r\n'),
      eagerHost('AT+CCHSET?\r'),
      modem('\r\n+CCHSET: 0,1\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        { command: 'CCHRECV', form: 'write', value: { session: 1 }, data: [], error: { code: 'ERR_MODEM_LINE' } },
      ],
      unknown: ['CCHRECV: 1,0'],
    },
  },
];
