import { connected, connectedReported, echoOff, running } from './before.js';
import { exchange, refused, refusals } from './exchange.js';
import { host, modem, network, serverReceived, type Transcript } from './transcript.js';

const sending = (payload: string, session = 0) =>
  ({ command: 'CCHSEND', form: 'write', value: { session, length: payload.length }, payload }) as const;
const block = '\r\nOK\r\n> \0\xff+CCHSEND: 0,0\r\n'.repeat(93).slice(0, 2048);
const ring = '\r\nRING\r\n';

const bodies: Transcript[] = (
  [
    ['of final results', '\r\nOK\r\n\r\nERROR\r\n'],
    ['of prompts', '> > \r\n> '],
    ['of unsolicited codes', '\r\n+CCH_PEER_CLOSED: 0\r\n\r\n+CCHRECV: 0,0\r\n'],
    ['that begins with LF', '\nstarts with a line feed'],
    ['with NUL, escape, Ctrl-Z and high bytes', '\0\x1b\x1a\xff\x80\0'],
    ['of a command', '\rAT+CCHCLOSE=0\r'],
    ['that is one escape sequence', '+++'],
  ] as const
).map(([what, body]) => ({
  name: `send a body ${what}`,
  source: 'F1005 W) a, field note 3.9',
  virtual: { before: connected },
  steps: [
    host(`AT+CCHSEND=0,${body.length}\r`),
    modem('\r\n> '),
    host(body),
    modem('\r\nOK\r\n'),
    serverReceived(body),
  ],
  driver: { calls: [sending(body)] },
}));

const prompts: Transcript[] = (
  [
    ['`> `', '> '],
    ['`>`', '>'],
    ['`>` and a line end', '>\r\n'],
    ['`> ` and a line end', '> \r\n'],
  ] as const
).map(([what, prompt]) => ({
  name: `send with the prompt ${what}`,
  source: 'F1005 W) a, field note 3.8',
  virtual: { before: connected, prompt },
  steps: [
    host('AT+CCHSEND=0,5\r'),
    modem(`\r\n${prompt}`),
    host('hello'),
    modem('\r\nOK\r\n'),
    serverReceived('hello'),
    host('AT+CCHSEND=0,1\r'),
    modem(`\r\n${prompt}`),
    host('!'),
    modem('\r\nOK\r\n'),
    serverReceived('!'),
  ],
  driver: { calls: [sending('hello'), sending('!')] },
}));

/** Sending counted bytes. */
export const send: Transcript[] = [
  ...prompts,
  ...bodies,
  exchange({
    name: 'send, test form',
    source: 'F1005 T)',
    cells: ['AT+CCHSEND=?'],
    before: echoOff,
    command: 'AT+CCHSEND=?\r',
    answer: '\r\n+CCHSEND: (0-1),(1-2048)\r\n\r\nOK\r\n',
    call: {
      command: 'CCHSEND',
      form: 'test',
      value: {},
      answer: { session: { min: 0, max: 1 }, length: { min: 1, max: 2048 } },
    },
  }),
  ...(['manual', 'sim7600', 'sim767x'] as const).map((profile): Transcript => {
    const prompt = { manual: '> ', sim7600: '>', sim767x: '>\r\n' }[profile];
    return {
      name: `send with the prompt of ${profile}`,
      source: 'F1005 W) a, field note 3.8',
      cells: [`prompt: ${JSON.stringify(prompt)}`, 'send of 1 byte', 'AT+CCHSEND=<session>,<length>', 'F1005 W) a'],
      profile,
      virtual: { before: connected },
      steps: [host('AT+CCHSEND=0,1\r'), modem(`\r\n${prompt}`), host('>'), modem('\r\nOK\r\n'), serverReceived('>')],
      driver: { calls: [sending('>')] },
    };
  }),
  {
    name: 'send, read form',
    source: 'F1005 R)',
    cells: ['AT+CCHSEND?'],
    virtual: { before: connected },
    steps: [host('AT+CCHSEND?\r'), modem('\r\n+CCHSEND: 0,0,1,0\r\n\r\nOK\r\n')],
    driver: {
      calls: [
        {
          command: 'CCHSEND',
          form: 'read',
          value: {},
          answer: { unsent: [0, 0] },
        },
      ],
    },
  },
  {
    name: 'send, read form with bytes on their way, and reports among its lines',
    source: 'F1005 R), field note 3.3',
    steps: [
      host('AT+CCHSEND?\r'),
      modem('\r\n+CCHSEND: 1,0\r\n\r\n+CCHSEND: 0,2048,1,731\r\n\r\n+CCHSEND: 0,0\r\n\r\nOK\r\n'),
    ],
    driver: {
      calls: [
        {
          command: 'CCHSEND',
          form: 'read',
          value: {},
          answer: { unsent: [2048, 731] },
        },
      ],
      unsolicited: [
        { type: 'send-report', session: 1, error: 0 },
        { type: 'send-report', session: 0, error: 0 },
      ],
    },
  },
  {
    name: 'send with the report of it',
    source: 'F1011 <report_send_result>, field note 3.8',
    virtual: { before: connectedReported },
    steps: [
      host('AT+CCHSEND=0,5\r'),
      modem('\r\n> '),
      host('hello'),
      modem('\r\nOK\r\n\r\n+CCHSEND: 0,0\r\n'),
      serverReceived('hello'),
    ],
    driver: { calls: [sending('hello')], unsolicited: [{ type: 'send-report', session: 0, error: 0 }] },
  },
  {
    name: 'send whose report is a failure',
    source: 'field note 2, +CCHSEND, error 18',
    steps: [host('AT+CCHSEND=1,5\r'), modem('\r\n>'), host('hello'), modem('\r\nOK\r\n\r\n+CCHSEND:1, 18\r\n')],
    driver: { calls: [sending('hello', 1)], unsolicited: [{ type: 'send-report', session: 1, error: 18 }] },
  },
  {
    name: 'send on a session that is not open',
    source: 'F1005 W) b, field note 5.2',
    cells: ['F1005 W) b'],
    virtual: { before: running },
    steps: [host('AT+CCHSEND=0,5\r'), modem('\r\nERROR\r\n')],
    driver: { calls: [{ ...sending('hello'), error: refused }] },
  },
  {
    name: 'send of more than a block, of nothing, on no session',
    source: 'F1005 W) b, ranges',
    virtual: { before: connected },
    steps: refusals('AT+CCHSEND=', '0,2049', '0,0', '2,5', '0', '0,5,5', '0,"5"'),
  },
  {
    name: 'send of a whole block, of bytes that look like anything',
    source: 'F1005 W) a, <len>',
    cells: ['send of 2048 bytes'],
    virtual: { before: connected },
    steps: [host('AT+CCHSEND=0,2048\r'), modem('\r\n> '), host(block), modem('\r\nOK\r\n'), serverReceived(block)],
    driver: { calls: [sending(block)] },
  },
  {
    name: 'send refused after the bytes',
    source: 'F1005 W) b',
    steps: [host('AT+CCHSEND=0,5\r'), modem('\r\n> '), host('hello'), modem('\r\nERROR\r\n'), barrier(), confirmed()],
    driver: {
      calls: [{ ...sending('hello'), error: { code: 'ERR_MODEM_COMMAND', final: 'ERROR', phase: 'payload' } }],
    },
  },
  {
    name: 'send with lines between the prompt and OK',
    source: 'field note 3.9',
    virtual: { before: connected },
    steps: [
      host('AT+CCHSEND=0,11\r'),
      modem('\r\n> '),
      network('RING'),
      modem(ring),
      host('hello world'),
      modem('\r\nOK\r\n'),
      serverReceived('hello world'),
    ],
    // The driver writes its bytes as soon as it sees the prompt; see the next transcript.
  },
  {
    name: 'send with an event, a peer close and a report between the bytes and OK',
    source: 'field note 3.9',
    steps: [
      host('AT+CCHSEND=0,11\r'),
      modem(`${ring}\r\n> `),
      host('hello world'),
      modem(
        '\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n\r\n+CCHSEND: 1,0\r\n\r\nOK\r\n\r\n+CCHSEND: 0,6\r\n',
      ),
    ],
    driver: {
      calls: [sending('hello world')],
      unknown: ['RING'],
      unsolicited: [
        { type: 'receive-event', session: 0 },
        { type: 'peer-closed', session: 0 },
        { type: 'send-report', session: 1, error: 0 },
        { type: 'send-report', session: 0, error: 6 },
      ],
    },
  },
  {
    name: 'a `>` that is no prompt',
    source: 'field note 3.8',
    steps: [
      host('AT+CCHADDR\r'),
      modem('\r\n> \r\n\r\n+CCHADDR: 10.71.155.118\r\n\r\nOK\r\n'),
      host('AT+CCHSEND=0,1\r'),
      modem('\r\n+CMTI: "SM",3\r\n\r\n>'),
      host('!'),
      modem('\r\nOK\r\n'),
    ],
    driver: {
      calls: [{ command: 'CCHADDR', form: 'execute', value: {}, answer: { address: '10.71.155.118' } }, sending('!')],
      unknown: ['> ', '+CMTI: "SM",3'],
    },
  },
  {
    name: 'one byte too many becomes the start of the next command',
    source: 'field note 3.10',
    virtual: { before: connected },
    steps: [
      host('AT+CCHSEND=0,5\r'),
      modem('\r\n> '),
      host('hello!'),
      modem('\r\nOK\r\n'),
      host('AT\r'),
      modem('\r\nERROR\r\n'),
      serverReceived('hello'),
      host('AT\r'),
      modem('\r\nOK\r\n'),
    ],
  },
  {
    name: 'commands that end in CR LF: the LF is not payload, one behind the prompt is',
    source: 'field note 3.2',
    virtual: { before: connected },
    steps: [
      host('AT+CCHSEND=0,6\r\n'),
      modem('\r\n> '),
      host('\nhello'),
      modem('\r\nOK\r\n'),
      serverReceived('\nhello'),
      host('\r\nAT\r\n'),
      modem('\r\nOK\r\n'),
    ],
  },
  {
    name: 'a block of 2048 bytes with echo on',
    source: 'F1005 W) a, field note 3.1',
    steps: [
      host('AT+CCHSEND=1,2048\r'),
      modem('AT+CCHSEND=1,2048\r\r\n> '),
      host('0123456789abcdef'.repeat(128)),
      modem('\r\nOK\r\n'),
    ],
    driver: { calls: [sending('0123456789abcdef'.repeat(128), 1)] },
  },
];

function barrier() {
  return host('AT+CCHSET?\r');
}

function confirmed() {
  return modem('\r\n+CCHSET: 1,1\r\n\r\nOK\r\n');
}
