import type { Kind } from './ground.js';

/** A behaviour that the module, or this package with a purpose, forces to be another; both traces are asserted. */
export interface Difference {
  readonly behaviour: string;
  /** Where it differs; default both. */
  readonly kinds?: readonly Kind[];
  /** As in docs/differences.md. */
  readonly reason: string;
  readonly node: readonly string[];
  readonly module: readonly string[];
}

export const differences: readonly Difference[] = [
  {
    behaviour: 'handshake: nobody signed the certificate',
    kinds: ['tls'],
    reason:
      'The module connects and does TLS in one command, so `connect` and `ready` come only when both are done, and it gives one result number for every handshake that fails.',
    node: ['connect', 'ready', 'error (UNABLE_TO_VERIFY_LEAF_SIGNATURE)', 'close true'],
    module: ['error (EPROTO in connect)', 'close true'],
  },
  {
    behaviour: 'handshake: the peer speaks no TLS',
    kinds: ['tls'],
    reason:
      'The module connects and does TLS in one command and gives one result number for every handshake that fails.',
    node: ['connect', 'ready', 'error (ERR_SSL_WRONG_VERSION_NUMBER)', 'close true'],
    module: ['error (EPROTO in connect)', 'close true'],
  },
  {
    behaviour: 'handshake: the peer closes',
    kinds: ['tls'],
    reason:
      'The module connects and does TLS in one command and gives one result number for every handshake that fails.',
    node: ['connect', 'ready', 'end', 'error (ECONNRESET)', 'close true'],
    module: ['error (EPROTO in connect)', 'close true'],
  },
  {
    behaviour: 'write: the sizes that are told while it waits',
    reason: 'Node keeps a string as it was given, and counts its characters; here it is turned into bytes at once.',
    node: ['7 6 6', '8 0 0'],
    module: ['7 7 7', '8 0 0'],
  },
  {
    behaviour: 'cork: writableCorked behind a write',
    reason: 'What one tick writes is gathered, so that it is one command and one TLS record on the serial line.',
    node: ['0', '0'],
    module: ['1', '0'],
  },
  {
    behaviour: 'read: pipe ends what it is piped to',
    reason:
      'The order of promise callbacks against `finish`, one turn apart: the writing side has nothing of the kernel to wait for.',
    node: ['end', 'piped true', 'finish', 'close false'],
    module: ['end', 'finish', 'piped true', 'close false'],
  },
  {
    behaviour: 'ending: a write within the listener of end',
    reason:
      'The module has no half-close: when the peer has closed, nothing can be sent any more. The error comes before the callback, which http takes for the end of its request.',
    node: ['end', 'true', 'callback null', 'finish', 'close false'],
    module: ['end', 'true', 'error (EPIPE in write)', 'callback (EPIPE in write)', 'close true'],
  },
  {
    behaviour: 'ending: the peer answers behind our end',
    kinds: ['tls'],
    reason:
      'The module has no half-close: our end is told to the peer only by closing, `linger` ms later, so a peer that waits for it is never heard.',
    node: ['connect', 'ready', 'secureConnect', 'finish', 'data object "answer"', 'end', 'close false'],
    module: ['connect', 'ready', 'secureConnect', 'finish', 'end', 'close false'],
  },
  {
    behaviour: 'destroy: with writes that wait',
    reason: 'What waited has the error of this package, in one group, and before `close`.',
    node: [
      'close false',
      'callback a (ERR_SOCKET_CLOSED_BEFORE_CONNECTION)',
      'callback b (ERR_SOCKET_CLOSED_BEFORE_CONNECTION)',
      'callback c (ERR_SOCKET_CLOSED_BEFORE_CONNECTION)',
    ],
    module: [
      'callback a (ERR_MODEM_CLOSED)',
      'callback b (ERR_MODEM_CLOSED)',
      'callback c (ERR_MODEM_CLOSED)',
      'close false',
    ],
  },
  {
    behaviour: 'destroy: with an error and with writes that wait',
    reason: 'What waited is told the error itself, in one group, and before `close`.',
    node: ['error (mine)', 'close true', 'callback a (ERR_SOCKET_CLOSED_BEFORE_CONNECTION)', 'callback b (mine)'],
    module: ['callback a (mine)', 'callback b (mine)', 'error (mine)', 'close true'],
  },
  {
    behaviour: 'destroy: while it ends',
    reason:
      'The bytes were on their way to the module, whose session is closed: the callback has the error of the send.',
    node: ['end callback (ERR_STREAM_DESTROYED)', 'close false', 'false true'],
    module: ['end callback (EPIPE in write)', 'close false', 'false true'],
  },
  {
    behaviour: 'timeout: what is no time',
    reason: 'Every value that is refused has `ERR_INVALID_ARG_VALUE`, as everywhere in this package.',
    node: [
      'thrown (ERR_INVALID_ARG_TYPE)',
      'thrown (ERR_OUT_OF_RANGE)',
      'thrown (ERR_OUT_OF_RANGE)',
      'thrown (ERR_OUT_OF_RANGE)',
    ],
    module: [
      'thrown (ERR_INVALID_ARG_VALUE)',
      'thrown (ERR_INVALID_ARG_VALUE)',
      'thrown (ERR_INVALID_ARG_VALUE)',
      'thrown (ERR_INVALID_ARG_VALUE)',
    ],
  },
  {
    behaviour: 'instanceof: EventEmitter, Stream, Readable, Writable, Duplex',
    reason:
      'The base class is that of readable-stream, which is the same on every version of Node; it is of one kind with Node’s by its members only.',
    node: ['EventEmitter true', 'Stream true', 'Readable true', 'Writable true', 'Duplex true'],
    module: ['EventEmitter true', 'Stream false', 'Readable false', 'Writable false', 'Duplex false'],
  },
  {
    behaviour: 'instanceof: net.Socket',
    reason: 'It has no handle of the operating system, and a `net.Socket` is one.',
    node: ['true'],
    module: ['false'],
  },
  {
    behaviour: 'connecting: an unconnected socket, by port, host and listener',
    kinds: ['tcp'],
    reason:
      'Node calls a socket that was never connected `open` in `readyState`; here it is `closed`, which `pending` says too.',
    node: [
      '{"connecting":false,"pending":true,"readyState":"open","destroyed":false,"closed":false}',
      'true {"connecting":true,"pending":true,"readyState":"opening","destroyed":false,"closed":false}',
      'connect',
      'listener',
      'ready',
    ],
    module: [
      '{"connecting":false,"pending":true,"readyState":"closed","destroyed":false,"closed":false}',
      'true {"connecting":true,"pending":true,"readyState":"opening","destroyed":false,"closed":false}',
      'connect',
      'listener',
      'ready',
    ],
  },
  {
    behaviour: 'connecting: a write to an unconnected socket',
    kinds: ['tcp'],
    reason: 'What nothing can be sent of has the error of this package.',
    node: ['callback (ERR_SOCKET_CLOSED)', 'error (ERR_SOCKET_CLOSED)', 'close'],
    module: ['callback (ERR_MODEM_CLOSED)', 'error (ERR_MODEM_CLOSED)', 'close'],
  },
  {
    behaviour: 'connecting: a port that is none',
    kinds: ['tcp'],
    reason:
      '`connect` never throws on option values: the socket emits what is wrong, so that agents and clients see it in one place.',
    node: ['thrown (ERR_SOCKET_BAD_PORT)'],
    module: ['error (ERR_INVALID_ARG_VALUE)', 'close true'],
  },
  {
    behaviour: 'ending: the peer answers behind our end',
    kinds: ['tcp'],
    reason:
      'The module has no half-close: our end is told to the peer only by closing, `linger` ms later, so a peer that waits for it is never heard.',
    node: ['connect', 'ready', 'finish', 'data object "answer"', 'end', 'close false'],
    module: ['connect', 'ready', 'finish', 'end', 'close false'],
  },
  {
    behaviour: 'connecting: again, after what was read in part',
    kinds: ['tcp'],
    reason: 'What nobody read of the first connection is not handed out as if it were of the second.',
    node: ['data object "of the first"'],
    module: ['connect', 'ready', 'data object "of the second"'],
  },
  {
    behaviour: 'connecting: again, behind destroy',
    kinds: ['tcp'],
    reason:
      'The next connection begins behind `close`: until then the socket says that it is destroyed, and what is written to it fails.',
    node: ['true false', 'close false', 'connect', 'ready'],
    module: ['false true', 'close false', 'connect', 'ready'],
  },
  {
    behaviour: 'write: what a callback is given',
    reason: 'The stream calls it with nothing, as its documentation says; Node with null.',
    node: ['written null'],
    module: ['written'],
  },
  {
    behaviour: 'destroy: resetAndDestroy',
    kinds: ['tcp'],
    reason: 'The module cannot send a reset.',
    node: ['true true', 'close false', 'the peer hears ECONNRESET'],
    module: ['true true', 'close false', 'the peer hears end'],
  },
];
