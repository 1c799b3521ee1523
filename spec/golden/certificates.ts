import { echoOff } from './before.js';
import { host, modem, type Transcript } from './transcript.js';

const refused = { code: 'ERR_MODEM_COMMAND', final: 'ERROR', phase: 'command' } as const;
const download = (name: string, payload: string) =>
  ({ command: 'CCERTDOWN', form: 'write', value: { name, length: payload.length }, payload }) as const;
const list = { command: 'CCERTLIST', form: 'execute', value: {} } as const;
const remove = (name: string) => ({ command: 'CCERTDELE', form: 'write', value: { name } }) as const;

const der = '\x30\x03\x02\x01\x00';
const pem = '-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n';
const stored = [
  ...echoOff,
  host('AT+CCERTDOWN="ca_cert.der",5\r'),
  modem('\r\n> '),
  host(der),
  modem('\r\nOK\r\n'),
  host(`AT+CCERTDOWN="client_key.pem",64\r`),
  modem('\r\n> '),
  host(pem.padEnd(64, ' ')),
  modem('\r\nOK\r\n'),
];

/** The certificate store. */
export const certificates: Transcript[] = [
  {
    name: 'certificates, test form of the download',
    source: 'F1013 T)',
    virtual: { before: echoOff },
    steps: [host('AT+CCERTDOWN=?\r'), modem('\r\n+CCERTDOWN: (5-128),(1-10240)\r\n\r\nOK\r\n')],
    driver: {
      calls: [{ command: 'CCERTDOWN', form: 'test', value: {}, answer: ['+CCERTDOWN: (5-128),(1-10240)'] }],
    },
  },
  {
    name: 'certificates, two files downloaded, listed, and used in a context',
    source: 'F1013 W) a, F1014 E), F1012 W) "cacert"',
    virtual: { before: echoOff },
    steps: [
      host('AT+CCERTDOWN="ca_cert.der",5\r'),
      modem('\r\n> '),
      host(der),
      modem('\r\nOK\r\n'),
      host('AT+CCERTDOWN="client_key.pem",64\r'),
      modem('\r\n> '),
      host(pem.padEnd(64, ' ')),
      modem('\r\nOK\r\n'),
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "ca_cert.der"\r\n+CCERTLIST: "client_key.pem"\r\n\r\nOK\r\n'),
      host('AT+CSSLCFG="cacert",3,"ca_cert.der"\r'),
      modem('\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        download('ca_cert.der', der),
        download('client_key.pem', pem.padEnd(64, ' ')),
        { ...list, answer: [{ name: 'ca_cert.der' }, { name: 'client_key.pem' }] },
        { command: 'CSSLCFG', form: 'write', value: { key: 'cacert', context: 3, value: 'ca_cert.der' } },
      ],
    },
  },
  {
    name: 'certificates, a download whose bytes look like answers, the prompt a bare `>`',
    source: 'F1013 W) a, field note 3.8',
    virtual: { before: echoOff, prompt: '>' },
    steps: [
      host('AT+CCERTDOWN="odd_one.pem",15\r'),
      modem('\r\n>'),
      host('\r\nOK\r\nERROR\r\n> '),
      modem('\r\nOK\r\n'),
    ],
    driver: { calls: [download('odd_one.pem', '\r\nOK\r\nERROR\r\n> ')] },
  },
  {
    name: 'certificates, names and sizes that are refused',
    source: 'F1013 W) b, ranges',
    virtual: { before: echoOff },
    steps: ['"a.pe",5', '"file.txt",5', '"file.pem",0', '"file.pem",10241', 'file.pem,5', '"file.pem"'].flatMap(
      (text) => [host(`AT+CCERTDOWN=${text}\r`), modem('\r\nERROR\r\n')],
    ),
  },
  {
    name: 'certificates, a download that is refused',
    source: 'F1013 W) b',
    steps: [host('AT+CCERTDOWN="ca_cert.der",5\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...download('ca_cert.der', der), error: refused }] },
  },
  {
    name: 'certificates, an empty list',
    source: 'F1014 E), field note 4',
    virtual: { before: echoOff },
    steps: [host('AT+CCERTLIST\r'), modem('\r\nOK\r\n')],
    driver: { calls: [{ ...list, answer: [] }] },
  },
  {
    name: 'certificates, a list with the doubled quote of the manual and a name in entities',
    source: 'F1014 example, field note 4',
    steps: [
      host('AT+CCERTLIST\r'),
      modem(
        '\r\n+CCERTLIST: "ca_cert.der"\r\n+CCERTLIST: "client_key.pem""\r\n+CCERTLIST: "&#x4E2D;.pem"\r\n\r\nOK\r\n',
      ),
    ],
    driver: {
      calls: [{ ...list, answer: [{ name: 'ca_cert.der' }, { name: 'client_key.pem' }, { name: '&#x4E2D;.pem' }] }],
    },
  },
  {
    name: 'certificates, a list with a name in UTF-8',
    source: 'field note 4, CCERTLIST',
    steps: [host('AT+CCERTLIST\r'), modem('\r\n+CCERTLIST: "\xe4\xb8\xad\xe5\x8d\x8e.pem"\r\n\r\nOK\r\n')],
    driver: { calls: [{ ...list, answer: [{ name: '中华.pem' }] }] },
  },
  {
    name: 'certificates, one deleted, and listed no more',
    source: 'F1015 W) a, F1014 E)',
    virtual: { before: stored },
    steps: [
      host('AT+CCERTDELE="ca_cert.der"\r'),
      modem('\r\nOK\r\n'),
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "client_key.pem"\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [remove('ca_cert.der'), { ...list, answer: [{ name: 'client_key.pem' }] }] },
  },
  {
    name: 'certificates, one deleted that is not there',
    source: 'F1015 W) b',
    virtual: { before: echoOff },
    steps: [host('AT+CCERTDELE="server_ca.der"\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...remove('server_ca.der'), error: refused }] },
  },
];
