import { connected } from './before.js';
import { host, modem, serverSends, type Transcript } from './transcript.js';

const reading = (session = 0, length?: number) =>
  ({ command: 'CCHRECV', form: 'write', value: length === undefined ? { session } : { session, length } }) as const;
const cached = (length0: number, length1 = 0) =>
  ({ command: 'CCHRECV', form: 'read', value: {}, answer: { cached: [length0, length1] } }) as const;
const event = { type: 'receive-event', session: 0 } as const;
const end = '\r\n+CCHRECV: 0,0\r\n';

/** Reads of bytes that look like something else. */
export const receiveBodies: Transcript[] = (
  [
    ['of final results', '\r\nOK\r\n'],
    ['of ERROR', 'ERROR'],
    ['of ERROR in a line', '\r\nERROR\r\n'],
    ['of a prompt', '> '],
    ['of a peer close', '+CCH_PEER_CLOSED: 0'],
    ['of the end of a read', '+CCHRECV: 0,0'],
    ['of the end of a read, as lines', '\r\n+CCHRECV: 0,0\r\n'],
    ['of a data header', '\r\n+CCHRECV: DATA,0,9\r\n'],
    ['that begins with LF', '\nbegins with a line feed'],
    ['that ends in CR', 'ends in a carriage return\r'],
    ['of line ends', '\r\n\r\n\r\n\n\r'],
    ['of NUL and high bytes', '\0\0\xff\xfe\x80\0'],
    ['of a single LF', '\n'],
  ] as const
).map(([what, body]) => ({
  name: `read a body ${what}`,
  source: 'F1006 W) a, field note 3.4',
  profile: 'sim7600',
  virtual: { before: connected },
  steps: [
    serverSends(body),
    modem('\r\n+CCHEVENT: 0,RECV EVENT\r\n'),
    host('AT+CCHRECV?\r'),
    modem(`\r\n+CCHRECV: LEN,${body.length},0\r\n\r\nOK\r\n`),
    host('AT+CCHRECV=0\r'),
    modem(`\r\nOK\r\n\r\n+CCHRECV: DATA,0,${body.length}\r\n${body}\r\n${end}`),
    host('AT+CCHRECV?\r'),
    modem('\r\n+CCHRECV: LEN,0,0\r\n\r\nOK\r\n'),
  ],
  driver: { calls: [cached(body.length), { ...reading(), data: [body] }, cached(0)], unsolicited: [event] },
}));
