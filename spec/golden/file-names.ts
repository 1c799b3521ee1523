import { echoOff } from './before.js';
import { host, modem, type Call, type Transcript } from './transcript.js';

const ok = modem('\r\nOK\r\n');
const download = (name: string): Call => ({
  command: 'CCERTDOWN',
  form: 'write',
  value: { name, length: 4 },
  payload: 'file',
});
const list = (...names: string[]): Call => ({
  command: 'CCERTLIST',
  form: 'execute',
  value: {},
  answer: names.map((name) => ({ name })),
});
const remove = (name: string): Call => ({ command: 'CCERTDELE', form: 'write', value: { name } });
const use = (key: string, value: string): Call => ({
  command: 'CSSLCFG',
  form: 'write',
  value: { key, context: 0, value },
});

/** `中华.pem` in hexadecimal, and as the module lists it (latin1), in the way of each family. */
const written = {
  manual: { hexadecimal: 'E4B8ADE58D8E2E70656D', listed: '\xe4\xb8\xad\xe5\x8d\x8e.pem', prompt: '> ' },
  a76xx: { hexadecimal: '262378344532443B262378353334453B2E70656D', listed: '&#x4E2D;&#x534E;.pem', prompt: '> ' },
  sim767x: { hexadecimal: '262378344532443B262378353334453B2E70656D', listed: '&#x4E2D;&#x534E;.pem', prompt: '>\r\n' },
} as const;

const cells = [
  ...['{non-ascii} in CCERTDOWN=', '{non-ascii} in CCERTDELE='],
  ...['cacert', 'clientcert', 'clientkey'].map((key) => `{non-ascii} in CSSLCFG="${key}",<context>,`),
];

const lives: Transcript[] = (['manual', 'a76xx', 'sim767x'] as const).map((profile) => {
  const { hexadecimal, listed, prompt } = written[profile];
  return {
    name: `a file whose name is not ASCII, in ${profile}: stored, listed, used, deleted`,
    source: 'F1012 <ca_file>, F1013, F1014, F1015 <filename>, field note 4, CCERTLIST',
    cells: [...cells, `nameEncoding: ${profile === 'manual' ? 'utf-8' : 'entities'}`],
    profile,
    virtual: { before: echoOff },
    steps: [
      host(`AT+CCERTDOWN={non-ascii}"${hexadecimal}",4\r`),
      modem(`\r\n${prompt}`),
      host('file'),
      ok,
      host('AT+CCERTLIST\r'),
      modem(`\r\n+CCERTLIST: "${listed}"\r\n\r\nOK\r\n`),
      host(`AT+CSSLCFG="cacert",0,{non-ascii}"${hexadecimal}"\r`),
      ok,
      host(`AT+CSSLCFG="clientcert",0,{non-ascii}"${hexadecimal}"\r`),
      ok,
      host(`AT+CSSLCFG="clientkey",0,{non-ascii}"${hexadecimal}"\r`),
      ok,
      host(`AT+CCERTDELE={non-ascii}"${hexadecimal}"\r`),
      ok,
      host('AT+CCERTLIST\r'),
      ok,
    ],
    driver: {
      calls: [
        download('中华.pem'),
        list('中华.pem'),
        ...['cacert', 'clientcert', 'clientkey'].map((key) => use(key, '中华.pem')),
        remove('中华.pem'),
        list(),
      ],
    },
  };
});

/** File names that are not ASCII: `{non-ascii}`, and both ways in which families write and list them. */
export const fileNames: Transcript[] = [
  ...lives,
  {
    name: 'a file whose name is not ASCII shows in its context',
    source: 'F1012 R), field note 4, CCERTLIST',
    profile: 'a76xx',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCERTDOWN={non-ascii}"262378344532443B262378353334453B2E70656D",4\r'),
      modem('\r\n> '),
      host('file'),
      ok,
      host('AT+CSSLCFG="cacert",0,{non-ascii}"262378344532443B262378353334453B2E70656D"\r'),
      ok,
      host('AT+CSSLCFG=0\r'),
      modem('\r\n+CSSLCFG: 0,4,0,1,300,"&#x4E2D;&#x534E;.pem","","",0\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        download('中华.pem'),
        use('cacert', '中华.pem'),
        {
          command: 'CSSLCFG',
          form: 'query',
          value: { context: 0 },
          answer: {
            context: 0,
            settings: {
              ...{ sslversion: 4, authmode: 0, ignorelocaltime: 1, negotiatetime: 300, cacert: '中华.pem' },
              ...{ clientcert: '', clientkey: '', enableSNI: 0 },
            },
          },
        },
      ],
    },
  },
  {
    name: 'a host that writes a name in the other way, in small digits, or plainly, means the same file',
    source: 'F1013 <filename>: its prose and its example',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCERTDOWN={non-ascii}"262378344532443B262378353334453B2E70656D",4\r'),
      modem('\r\n> '),
      host('file'),
      ok,
      host('AT+CSSLCFG="cacert",0,{non-ascii}"e4b8ade58d8e2e70656d"\r'),
      ok,
      host('AT+CSSLCFG="cacert",1,"\xe4\xb8\xad\xe5\x8d\x8e.pem"\r'),
      ok,
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "\xe4\xb8\xad\xe5\x8d\x8e.pem"\r\n\r\nOK\r\n'),
      host('AT+CCERTDELE={non-ascii}"E4B8ADE58D8E2E70656D"\r'),
      ok,
      host('AT+CCERTDELE={non-ascii}"262378344532443B262378353334453B2E70656D"\r'),
      modem('\r\nERROR\r\n'),
    ],
  },
  {
    name: 'a list with names in both ways, and of files that are none of ours',
    source: 'field note 4, CCERTLIST',
    steps: [
      host('AT+CCERTLIST\r'),
      modem(
        '\r\n+CCERTLIST: "\xe4\xb8\xad\xe5\x8d\x8e.pem"\r\n+CCERTLIST: "&#x4E2D;.pem"\r\n' +
          '+CCERTLIST:"settings.json"\r\n\r\nOK\r\n',
      ),
    ],
    driver: { calls: [list('中华.pem', '中.pem', 'settings.json')] },
  },
];
