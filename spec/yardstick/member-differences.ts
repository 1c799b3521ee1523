import type { Kind } from './ground.js';
import type { Table } from './members.js';

/** Members that are something else on the module's socket, and why. */
export interface MemberDifference {
  readonly kinds: readonly Kind[];
  readonly reason: string;
  /** What each of them is there: while connecting, when it stands, and when it is closed. */
  readonly module: Table;
}

const ABSENT = 'undefined → undefined → undefined';
const both: readonly Kind[] = ['tls', 'tcp'];

function absent(...names: readonly string[]): Table {
  return Object.fromEntries(names.map((name) => [name, ABSENT]));
}

export const memberDifferences: readonly MemberDifference[] = [
  {
    kinds: ['tls'],
    reason:
      'The module shows no certificates, keys, tickets or messages of its handshake, and exports no key material.',
    module: absent(
      'exportKeyingMaterial',
      'getCertificate',
      'getEphemeralKeyInfo',
      'getFinished',
      'getPeerFinished',
      'getPeerX509Certificate',
      'getSharedSigalgs',
      'getTLSTicket',
      'getX509Certificate',
      'enableTrace',
    ),
  },
  {
    kinds: ['tls'],
    reason: 'The handshake is over when `AT+CCHOPEN` is answered, and nothing of it can be set on the socket.',
    module: absent(
      'disableRenegotiation',
      'renegotiate',
      'setKeyCert',
      'setMaxSendFragment',
      'setServername',
      'setSession',
      'ssl',
    ),
  },
  {
    kinds: ['tls'],
    reason: 'Known from the start: the module negotiates no protocol, and the name is the one that was asked for.',
    module: { alpnProtocol: 'boolean → boolean → boolean', servername: 'string → string → string' },
  },
  {
    kinds: both,
    reason: 'The module does not tell what a name was resolved to, nor the local port that it took.',
    module: absent('remoteAddress', 'localPort'),
  },
  {
    kinds: both,
    reason: 'Told while the connection stands; Node remembers them when they were asked for before.',
    module: { remoteFamily: 'undefined → string → undefined', remotePort: 'undefined → number → undefined' },
  },
  {
    kinds: both,
    reason: 'Counted by the stream, which needs no handle for it.',
    module: { bufferSize: 'number → number → number' },
  },
];
