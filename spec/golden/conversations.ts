import { connected, echoOff, unreported } from './before.js';
import { host, modem, serverEnds, serverReceived, serverSends, type Call, type Transcript } from './transcript.js';

const set: Call = { command: 'CCHSET', form: 'write', value: { report: 1, receive: 1 } };
const mode: Call = { command: 'CCHMODE', form: 'write', value: { mode: 0 } };
const start: Call = { command: 'CCHSTART', form: 'execute', value: {} };
const stop: Call = { command: 'CCHSTOP', form: 'execute', value: {} };
const unsent = (first: number, second = 0): Call => ({
  command: 'CCHSEND',
  form: 'read',
  value: {},
  answer: { unsent: [first, second] },
});
const cached = (length0: number, length1 = 0): Call => ({
  command: 'CCHRECV',
  form: 'read',
  value: {},
  answer: { cached: [length0, length1] },
});
const open = (session: number): Call => ({
  command: 'CCHOPEN',
  form: 'write',
  value: { session, host: 'server.example', port: 7, clientType: 1 },
});
const send = (session: number, payload: string): Call => ({
  command: 'CCHSEND',
  form: 'write',
  value: { session, length: payload.length },
  payload,
});
const read = (session: number, ...data: string[]): Call => ({
  command: 'CCHRECV',
  form: 'write',
  value: { session },
  data,
});
const close = (session: number): Call => ({ command: 'CCHCLOSE', form: 'write', value: { session } });

const request = 'GET / HTTP/1.1\r\nHost: server.example\r\n\r\n';
const response = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\r\nOK\r\n';

/** A whole session, request and response, with echo and reply order as given. */
function wholeSession(name: string, order: 'ok-first' | 'result-first', echo: boolean): Transcript {
  const typed = (command: string) => (echo ? `${command}\r` : '');
  const answered = (command: string, text: string) => [host(`${command}\r`), modem(`${typed(command)}${text}`)];
  const outcome = (line: string) => (order === 'ok-first' ? `\r\nOK\r\n\r\n${line}\r\n` : `\r\n${line}\r\n\r\nOK\r\n`);
  return {
    name,
    source: 'F1001 to F1006, field notes 3.5, 4, 5.7',
    virtual: { replyOrder: order, ...(echo ? {} : { before: echoOff }) },
    steps: [
      ...answered('AT+CCHSET=1,1', '\r\nOK\r\n'),
      ...answered('AT+CCHMODE=0', '\r\nOK\r\n'),
      ...answered('AT+CCHSTART', outcome('+CCHSTART: 0')),
      ...answered('AT+CCHSSLCFG=0,3', '\r\nOK\r\n'),
      ...answered('AT+CCHOPEN=0,"server.example",7,1', outcome('+CCHOPEN: 0,0')),
      ...answered('AT+CCHSEND=0,40', '\r\n> '),
      host(request),
      modem('\r\nOK\r\n\r\n+CCHSEND: 0,0\r\n'),
      serverReceived(request),
      ...answered('AT+CCHSEND?', '\r\n+CCHSEND: 0,0,1,0\r\n\r\nOK\r\n'),
      serverSends(response),
      modem('\r\n+CCHEVENT: 0, RECV EVENT\r\n'),
      ...answered('AT+CCHRECV?', '\r\n+CCHRECV: LEN,44,0\r\n\r\nOK\r\n'),
      ...answered('AT+CCHRECV=0', `\r\nOK\r\n\r\n+CCHRECV: DATA,0,44\r\n${response}\r\n\r\n+CCHRECV: 0,0\r\n`),
      serverEnds,
      modem('\r\n+CCH_PEER_CLOSED: 0\r\n'),
      ...answered('AT+CCHRECV?', '\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n'),
      ...answered('AT+CCHCLOSE=0', outcome('+CCHCLOSE: 0,0')),
      ...answered('AT+CCHSTOP', outcome('+CCHSTOP: 0')),
    ],
    driver: {
      calls: [
        set,
        mode,
        start,
        { command: 'CCHSSLCFG', form: 'write', value: { session: 0, context: 3 } },
        open(0),
        send(0, request),
        unsent(0),
        cached(44),
        read(0, response),
        cached(0),
        close(0),
        stop,
      ],
      unsolicited: [
        { type: 'start-result', error: 0 },
        { type: 'open-result', session: 0, error: 0 },
        { type: 'send-report', session: 0, error: 0 },
        { type: 'receive-event', session: 0 },
        { type: 'peer-closed', session: 0 },
        { type: 'close-result', session: 0, error: 0 },
        { type: 'stop-result', error: 0 },
      ],
    },
  };
}

/** Whole sessions. */
export const conversations: Transcript[] = [
  wholeSession('a session from start to stop', 'ok-first', false),
  wholeSession('the same, results before OK', 'result-first', false),
  wholeSession('the same with echo', 'ok-first', true),
  wholeSession('the same with echo, results before OK', 'result-first', true),
  {
    name: 'the server sends and closes at once: what is cached is read afterwards',
    source: 'field note 5.7',
    virtual: { before: connected },
    steps: [
      serverSends('farewell'),
      modem('\r\n+CCHEVENT: 0, RECV EVENT\r\n'),
      serverEnds,
      modem('\r\n+CCH_PEER_CLOSED: 0\r\n'),
      host('AT+CCHOPEN?\r'),
      modem('\r\nOK\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: LEN,8,0\r\n\r\nOK\r\n'),
      host('AT+CCHRECV=0\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: DATA,0,8\r\nfarewell\r\n\r\n+CCHRECV: 0,0\r\n'),
      host('AT+CCHCLOSE=0\r'),
      modem('\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n'),
      host('AT+CCHOPEN=0,"server.example",7,1\r'),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n'),
    ],
    driver: {
      calls: [
        { command: 'CCHOPEN', form: 'read', value: {}, answer: [] },
        cached(8),
        read(0, 'farewell'),
        close(0),
        open(0),
      ],
      unsolicited: [
        { type: 'receive-event', session: 0 },
        { type: 'peer-closed', session: 0 },
        { type: 'close-result', session: 0, error: 0 },
        { type: 'open-result', session: 0, error: 0 },
      ],
    },
  },
  {
    name: 'two sessions side by side',
    source: 'F1003 W) b, F1005 R), F1006 R)',
    virtual: { before: [...echoOff, ...unreported] },
    steps: [
      host('AT+CCHSTART\r'),
      modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n'),
      host('AT+CCHOPEN=0,"server.example",7,1\r'),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n'),
      host('AT+CCHOPEN=1,"server.example",7,1\r'),
      modem('\r\nOK\r\n\r\n+CCHOPEN: 1,0\r\n'),
      host('AT+CCHOPEN?\r'),
      modem('\r\n+CCHOPEN: 0,"server.example",7,1\r\n+CCHOPEN: 1,"server.example",7,1\r\n\r\nOK\r\n'),
      // The server of the golden transcripts talks to whoever came last.
      host('AT+CCHSEND=1,3\r'),
      modem('\r\n> '),
      host('one'),
      modem('\r\nOK\r\n'),
      serverReceived('one'),
      serverSends('answer'),
      modem('\r\n+CCHEVENT: 1, RECV EVENT\r\n'),
      host('AT+CCHRECV?\r'),
      modem('\r\n+CCHRECV: LEN,0,6\r\n\r\nOK\r\n'),
      host('AT+CCHRECV=1\r'),
      modem('\r\nOK\r\n\r\n+CCHRECV: DATA,1,6\r\nanswer\r\n\r\n+CCHRECV: 1,0\r\n'),
      host('AT+CCHCLOSE=0\r'),
      modem('\r\nOK\r\n\r\n+CCHCLOSE: 0,0\r\n'),
      host('AT+CCHCLOSE=1\r'),
      modem('\r\nOK\r\n\r\n+CCHCLOSE: 1,0\r\n'),
    ],
    driver: {
      calls: [
        start,
        open(0),
        open(1),
        {
          command: 'CCHOPEN',
          form: 'read',
          value: {},
          answer: [0, 1].map((session) => ({ session, host: 'server.example', port: 7, clientType: 1 })),
        },
        send(1, 'one'),
        cached(0, 6),
        read(1, 'answer'),
        close(0),
        close(1),
      ],
      unsolicited: [
        { type: 'start-result', error: 0 },
        { type: 'open-result', session: 0, error: 0 },
        { type: 'open-result', session: 1, error: 0 },
        { type: 'receive-event', session: 1 },
        { type: 'close-result', session: 0, error: 0 },
        { type: 'close-result', session: 1, error: 0 },
      ],
    },
  },
  {
    name: 'a kilobyte there and back in many blocks',
    source: 'F1005 W) a, F1006 W) a',
    virtual: { before: connected, frameSize: 300 },
    steps: [
      ...Array.from({ length: 4 }, () => [
        host('AT+CCHSEND=0,250\r'),
        modem('\r\n> '),
        host('\0\r\nOK\r\n>\xff\n'.repeat(25)),
        modem('\r\nOK\r\n'),
      ]).flat(),
      serverReceived('\0\r\nOK\r\n>\xff\n'.repeat(100)),
      serverSends('\xfe\r\n> +CC'.repeat(50)),
      modem('\r\n+CCHEVENT: 0, RECV EVENT\r\n'),
      host('AT+CCHRECV=0\r'),
      modem(
        `\r\nOK\r\n\r\n+CCHRECV: DATA,0,300\r\n${'\xfe\r\n> +CC'.repeat(50).slice(0, 300)}\r\n` +
          `\r\n+CCHRECV: DATA,0,100\r\n${'\xfe\r\n> +CC'.repeat(50).slice(300)}\r\n\r\n+CCHRECV: 0,0\r\n`,
      ),
    ],
    driver: {
      calls: [
        ...Array.from({ length: 4 }, () => send(0, '\0\r\nOK\r\n>\xff\n'.repeat(25))),
        read(0, '\xfe\r\n> +CC'.repeat(50).slice(0, 300), '\xfe\r\n> +CC'.repeat(50).slice(300)),
      ],
      unsolicited: [{ type: 'receive-event', session: 0 }],
    },
  },
];
