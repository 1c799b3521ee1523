import { connected, echoOff, running } from './before.js';
import { host, modem, serverReceived, serverSends, type Call, type Step, type Transcript } from './transcript.js';

/**
 * An example of the manual's chapter, as it is printed there and as bytes. What an extraction of its text loses is
 * restored without further notice: line ends, and the typographic quotes, which are plain ones on the wire.
 */
export interface Example extends Transcript {
  readonly printed: string;
  /** Where the bytes are others than those printed. */
  readonly departures: readonly { readonly printed: string; readonly meant: string; readonly why: string }[];
}

const ok = modem('\r\nOK\r\n');
const call = (command: Call['command'], form: Call['form'], value: object = {}, answer?: unknown): Call => ({
  command,
  form,
  value,
  ...(answer === undefined ? {} : { answer }),
});
const bit = { min: 0, max: 1 };
const result = (type: 'start-result' | 'stop-result') => ({ type, error: 0 }) as const;
const done = (type: 'open-result' | 'close-result', session: number) => ({ type, session, error: 0 }) as const;

const request =
  'GET / HTTP/1.1\r\nHost: www.google.com.hk\r\nUser-Agent: MAUI htp User Agent\r\n' +
  'Proxy-Connection: keep-alive\r\nContent-Length: 0\r\n\r\n';
const response =
  'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Language: zh-CN\r\nContent-Length: 57\r\n' +
  'Date: Tue, 31 Mar 2009 01:56:05 GMT\r\nConnection: Close\r\nProxy-Connection: Close\r\n\r\n' +
  '<html>\r\n<header>test</header>\r\n<body>\r\nTest body\r\n</body>';
const openedSecond: Step[] = [
  host('AT+CCHOPEN=1,"server.example",7,1\r'),
  modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n'),
  serverSends(response),
  modem('\r\n+CCHEVENT: 1, RECV EVENT\r\n'),
];
const file = 'file content'.padEnd(611, '.');

const service: Example[] = [
  {
    name: 'example of F1001',
    source: 'F1001',
    printed: 'AT+CCHSTART OK +CCHSTART: 0',
    departures: [],
    virtual: { before: echoOff },
    steps: [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n')],
    driver: { calls: [call('CCHSTART', 'execute')], unsolicited: [result('start-result')] },
  },
  {
    name: 'example of F1002',
    source: 'F1002',
    printed: 'AT+CCHSTOP OK +CCHSTOP: 0',
    departures: [],
    virtual: { before: running },
    steps: [host('AT+CCHSTOP\r'), modem('\r\nOK\r\n\r\n+CCHSTOP: 0\r\n')],
    driver: { calls: [call('CCHSTOP', 'execute')], unsolicited: [result('stop-result')] },
  },
  {
    name: 'example of F1003',
    source: 'F1003',
    printed: 'AT+CCHOPEN=0,”www.baidu.com”,443,2 OK +CCHOPEN: 0,0',
    departures: [],
    virtual: { before: running, server: 'tls' },
    steps: [host('AT+CCHOPEN=0,"www.baidu.com",443,2\r'), modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n')],
    driver: {
      calls: [call('CCHOPEN', 'write', { session: 0, host: 'www.baidu.com', port: 443, clientType: 2 })],
      unsolicited: [done('open-result', 0)],
    },
  },
  {
    name: 'example of F1004',
    source: 'F1004',
    printed: 'AT+CCHCLOSE=0 OK +CCHCLOSE: 0,0',
    departures: [],
    virtual: { before: connected },
    steps: [host('AT+CCHCLOSE=0\r'), modem('\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n')],
    driver: { calls: [call('CCHCLOSE', 'write', { session: 0 })], unsolicited: [done('close-result', 0)] },
  },
  {
    // The section is headed "L1005", and its first sentence is that of F1004. The 125 bytes are right.
    name: 'example of F1005',
    source: 'F1005',
    printed:
      'AT+CCHSEND=0,125 > GET / HTTP/1.1 Host: www.google.com.hk User-Agent: MAUI htp User Agent ' +
      'Proxy-Connection: keep-alive Content-Length: 0 OK',
    departures: [],
    virtual: { before: connected },
    steps: [host('AT+CCHSEND=0,125\r'), modem('\r\n> '), host(request), ok, serverReceived(request)],
    driver: { calls: [{ ...call('CCHSEND', 'write', { session: 0, length: 125 }), payload: request }] },
  },
  {
    name: 'example of F1006',
    source: 'F1006',
    printed:
      'AT+CCHRECV=1 OK +CCHRECV: DATA,1,249 HTTP/1.1 200 OK Content-Type: text/html Content-Language: zh-CN ' +
      'Content-Length: 57 Date: Tue, 31 Mar 2009 01:56:05 GMT Connection: Close Proxy-Connection: Close ' +
      '<html> <header>test</header> <body> Test body </body> +CCHRECV: 1,0',
    departures: [
      {
        printed: 'DATA,1,249',
        meant: 'DATA,1,227',
        why: 'the header is 170 bytes long and the body 57, as Content-Length says',
      },
    ],
    virtual: { before: [...running, ...openedSecond] },
    steps: [
      host('AT+CCHRECV=1\r'),
      modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,1,227\r\n${response}\r\n\r\n+CCHRECV: 1,0\r\n`),
    ],
    driver: { calls: [{ ...call('CCHRECV', 'write', { session: 1 }), data: [response] }] },
  },
  {
    name: 'example of F1007',
    source: 'F1007',
    printed: 'AT+CCHADDR +CCHADDR: 10.71.155.118 OK',
    departures: [],
    virtual: { before: running },
    steps: [host('AT+CCHADDR\r'), modem('\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n')],
    driver: { calls: [call('CCHADDR', 'execute', {}, { address: '10.71.155.118' })] },
  },
];

const settings: Example[] = [
  {
    name: 'example of F1008',
    source: 'F1008',
    printed: 'AT+CCHCFG=”sendtimeout”,0,60 OK',
    departures: [],
    virtual: { before: running },
    steps: [host('AT+CCHCFG="sendtimeout",0,60\r'), ok],
    driver: { calls: [call('CCHCFG', 'write', { key: 'sendtimeout', session: 0, value: 60 })] },
  },
  {
    name: 'example of F1009',
    source: 'F1009',
    printed: 'AT+CCHSSLCFG=? +CCHSSLCFG: (0-1),(0-9) OK AT+CCHSSLCFG=1,1 OK',
    departures: [],
    virtual: { before: running },
    steps: [
      host('AT+CCHSSLCFG=?\r'),
      modem('\r\n+CCHSSLCFG: (0-1),(0-9)\r\n\r\nOK\r\n'),
      host('AT+CCHSSLCFG=1,1\r'),
      ok,
    ],
    driver: {
      calls: [
        call('CCHSSLCFG', 'test', {}, { session: bit, context: { min: 0, max: 9 } }),
        call('CCHSSLCFG', 'write', { session: 1, context: 1 }),
      ],
    },
  },
  {
    name: 'example of F1010',
    source: 'F1010',
    printed: 'AT+CCHMODE=? +CCHMODE: (0-1) OK AT+CCHMODE=1 OK',
    departures: [],
    virtual: { before: echoOff },
    steps: [host('AT+CCHMODE=?\r'), modem('\r\n+CCHMODE: (0-1)\r\n\r\nOK\r\n'), host('AT+CCHMODE=1\r'), ok],
    driver: { calls: [call('CCHMODE', 'test', {}, { mode: bit }), call('CCHMODE', 'write', { mode: 1 })] },
  },
  {
    // The prose of F1011 is that of F1010; its forms and its example are its own.
    name: 'example of F1011',
    source: 'F1011',
    printed: 'AT+CCHSET=? +CCHSET: (0-1),(0,1) OK AT+CCHSET=1,1 OK',
    departures: [],
    virtual: { before: echoOff },
    steps: [host('AT+CCHSET=?\r'), modem('\r\n+CCHSET: (0-1),(0,1)\r\n\r\nOK\r\n'), host('AT+CCHSET=1,1\r'), ok],
    driver: {
      calls: [
        call('CCHSET', 'test', {}, { report: bit, receive: { ...bit, values: [0, 1] } }),
        call('CCHSET', 'write', { report: 1, receive: 1 }),
      ],
    },
  },
  {
    name: 'example of F1012',
    source: 'F1012',
    printed: 'AT+CSSLCFG=”sslversion”,1,1 OK',
    departures: [],
    virtual: { before: echoOff },
    steps: [host('AT+CSSLCFG="sslversion",1,1\r'), ok],
    driver: { calls: [call('CSSLCFG', 'write', { key: 'sslversion', context: 1, value: 1 })] },
  },
];

const certificates: Example[] = [
  {
    name: 'example of F1013',
    source: 'F1013',
    printed: 'AT+CCERTDOWN=”client_key.der”,611 > file content…… OK',
    departures: [{ printed: 'file content……', meant: file, why: 'the dots stand for the rest of 611 bytes' }],
    virtual: { before: echoOff },
    steps: [host('AT+CCERTDOWN="client_key.der",611\r'), modem('\r\n> '), host(file), ok],
    driver: { calls: [{ ...call('CCERTDOWN', 'write', { name: 'client_key.der', length: 611 }), payload: file }] },
  },
  {
    name: 'example of F1014',
    source: 'F1014',
    printed: 'AT+CCERTLIST +CCERTLIST: “ca_cert.der” +CCERTLIST: “client_key.pem”” OK',
    departures: [{ printed: '"client_key.pem""', meant: '"client_key.pem"', why: 'one quote too many' }],
    virtual: {
      before: [...echoOff, 'ca_cert.der', 'client_key.pem'].flatMap((step) =>
        typeof step === 'string' ? [host(`AT+CCERTDOWN="${step}",1\r`), modem('\r\n> '), host('x'), ok] : [step],
      ),
    },
    steps: [
      host('AT+CCERTLIST\r'),
      modem('\r\n+CCERTLIST: "ca_cert.der"\r\n+CCERTLIST: "client_key.pem"\r\n\r\nOK\r\n'),
    ],
    driver: { calls: [call('CCERTLIST', 'execute', {}, [{ name: 'ca_cert.der' }, { name: 'client_key.pem' }])] },
  },
  {
    name: 'example of F1015',
    source: 'F1015',
    printed: 'AT+CCERTDELE=”server_ca.der” OK',
    departures: [],
    virtual: {
      before: [...echoOff, host('AT+CCERTDOWN="server_ca.der",1\r'), modem('\r\n> '), host('x'), ok],
    },
    steps: [host('AT+CCERTDELE="server_ca.der"\r'), ok],
    driver: { calls: [call('CCERTDELE', 'write', { name: 'server_ca.der' })] },
  },
];

/** Every example of the chapter. */
export const examples: readonly Example[] = [...service, ...settings, ...certificates];
