import { echoOff } from './before.js';
import { exchange, refused, refusals } from './exchange.js';
import { host, modem, type Call, type Step, type Transcript } from './transcript.js';

const download = (name: string, payload: string): Call => ({
  command: 'CCERTDOWN',
  form: 'write',
  value: { name, length: payload.length },
  payload,
});
const list = (...names: string[]): Call => ({
  command: 'CCERTLIST',
  form: 'execute',
  value: {},
  answer: names.map((name) => ({ name })),
});
const remove = (name: string): Call => ({ command: 'CCERTDELE', form: 'write', value: { name } });
const use = (key: string, value: string, context = 3): Call => ({
  command: 'CSSLCFG',
  form: 'write',
  value: { key, context, value },
});

const ok = modem('\r\nOK\r\n');
/** A file stored, with the prompt of the manual. */
const stored = (name: string, payload: string): Step[] => [
  host(`AT+CCERTDOWN=${name},${payload.length}\r`),
  modem('\r\n> '),
  host(payload),
  ok,
];

const der = '\x30\x03\x02\x01\x00';
const pem = '-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n'.padEnd(64, ' ');
const both = [...echoOff, ...stored('"ca_cert.der"', der), ...stored('"client_key.pem"', pem)];

/** Names of the shortest and the longest, files of the smallest and the largest size that the manual allows. */
const limits: Transcript[] = (
  [
    ['.pem name of 5 characters', 'a.pem', 'file of 1 byte', 'x'],
    ['.der name of 5 characters', 'b.der', 'file of 10240 bytes', '\r\nOK\r\n> \0\xff'.repeat(1024)],
    ['.pem name of 128 characters', `${'c'.repeat(124)}.pem`, 'file of 1 byte', '\n'],
    [
      '.der name of 128 characters',
      `${'d'.repeat(124)}.der`,
      'file of 10240 bytes',
      '\r+++\x1a\x1b\r\n>\n'.repeat(1024),
    ],
  ] as const
).map(([nameCell, name, sizeCell, payload]) => ({
  name: `certificates, a ${nameCell} and a ${sizeCell}`,
  source: 'F1013 W) a, <filename>, <len>',
  cells: [nameCell, sizeCell],
  virtual: { before: echoOff },
  steps: [...stored(`"${name}"`, payload), host('AT+CCERTLIST\r'), modem(`\r\n+CCERTLIST: "${name}"\r\n\r\nOK\r\n`)],
  driver: { calls: [download(name, payload), list(name)] },
}));

const testForms: Transcript[] = (
  [
    ['manual', 128],
    ['a76xx', 108],
    ['sim767x', 55],
  ] as const
).map(([profile, longest]) =>
  exchange({
    name: `certificates, test form of the download in ${profile}`,
    source: 'F1013 T), field note 4, certificate file names',
    cells: ['AT+CCERTDOWN=?'],
    profile,
    before: echoOff,
    command: 'AT+CCERTDOWN=?\r',
    answer: `\r\n+CCERTDOWN: (5-${longest}),(1-10240)\r\n\r\nOK\r\n`,
    call: {
      command: 'CCERTDOWN',
      form: 'test',
      value: {},
      answer: { name: { min: 5, max: longest }, length: { min: 1, max: 10240 } },
    },
  }),
);

/** The certificate store; names that are not ASCII are apart. */
export const certificates: Transcript[] = [
  ...testForms,
  ...limits,
  {
    name: 'certificates, files downloaded, listed, and used in a context',
    source: 'F1013 W) a, F1014 E), F1012 W) "cacert"',
    cells: [
      ...['AT+CCERTDOWN=<name>,<length>', 'F1013 W) a', 'AT+CCERTLIST', 'F1014 E) some'],
      ...['cacert', 'clientcert', 'clientkey'].flatMap((key) => [
        `AT+CSSLCFG="${key}",<context>,<value>`,
        `F1012 W) "${key}" a`,
      ]),
    ],
    virtual: { before: echoOff },
    steps: [
      ...stored('"ca_cert.der"', der),
      ...stored('"client_key.pem"', pem),
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "ca_cert.der"\r\n+CCERTLIST: "client_key.pem"\r\n\r\nOK\r\n'),
      host('AT+CSSLCFG="cacert",3,"ca_cert.der"\r'),
      ok,
      host('AT+CSSLCFG="clientcert",3,"ca_cert.der"\r'),
      ok,
      host('AT+CSSLCFG="clientkey",3,"client_key.pem"\r'),
      ok,
    ],
    driver: {
      calls: [
        download('ca_cert.der', der),
        download('client_key.pem', pem),
        list('ca_cert.der', 'client_key.pem'),
        use('cacert', 'ca_cert.der'),
        use('clientcert', 'ca_cert.der'),
        use('clientkey', 'client_key.pem'),
      ],
    },
  },
  {
    name: 'certificates, a download whose bytes look like answers, the prompt a bare `>`',
    source: 'F1013 W) a, field note 3.8',
    virtual: { before: echoOff, prompt: '>' },
    steps: [host('AT+CCERTDOWN="odd_one.pem",15\r'), modem('\r\n>'), host('\r\nOK\r\nERROR\r\n> '), ok],
    driver: { calls: [download('odd_one.pem', '\r\nOK\r\nERROR\r\n> ')] },
  },
  {
    name: 'certificates, names and sizes that are refused',
    source: 'F1013 W) b, ranges',
    cells: ['F1013 W) b'],
    virtual: { before: echoOff },
    steps: refusals(
      'AT+CCERTDOWN=',
      ...['"a.pe",5', '".pem",5', '"file.txt",5', '"file.pem",0', '"file.pem",10241', 'file.pem,5', '"file.pem"'],
      ...[`"${'a'.repeat(125)}.pem",5`, '"file.pem",5,5', '{non-ascii}"E4B8AD2E7065",5', '{non-ascii}"2E70656",5'],
    ),
  },
  {
    name: 'certificates, names that are longer than others allow',
    source: 'F1013 W) b, field note 4, certificate file names',
    profile: 'a76xx',
    virtual: { before: echoOff },
    steps: refusals('AT+CCERTDOWN=', `"${'a'.repeat(105)}.pem",5`, `{non-ascii}"${'E4B8AD'.repeat(14)}2E70656D",5`),
  },
  exchange({
    name: 'certificates, a download that is refused',
    source: 'F1013 W) b',
    cells: ['F1013 W) b'],
    command: 'AT+CCERTDOWN="ca_cert.der",5\r',
    answer: '\r\nERROR\r\n',
    call: { ...download('ca_cert.der', der), error: refused },
  }),
  exchange({
    name: 'certificates, an empty list',
    source: 'F1014 E), field note 4',
    cells: ['AT+CCERTLIST', 'F1014 E) none'],
    before: echoOff,
    command: 'AT+CCERTLIST\r',
    answer: '\r\nOK\r\n',
    call: list(),
  }),
  {
    name: 'certificates, one deleted, and listed no more',
    source: 'F1015 W) a, F1014 E)',
    cells: ['AT+CCERTDELE=<name>', 'F1015 W) a'],
    virtual: { before: both },
    steps: [
      host('AT+CCERTDELE="ca_cert.der"\r'),
      ok,
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "client_key.pem"\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [remove('ca_cert.der'), list('client_key.pem')] },
  },
  exchange({
    name: 'certificates, one deleted that is not there',
    source: 'F1015 W) b',
    cells: ['F1015 W) b'],
    before: echoOff,
    command: 'AT+CCERTDELE="server_ca.der"\r',
    answer: '\r\nERROR\r\n',
    call: { ...remove('server_ca.der'), error: refused },
  }),
];
