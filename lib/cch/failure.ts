import { ModemError, SocketError, type ErrorCode } from '../errors/index.js';
import { moduleResult } from './table/index.js';

/** Where a connection goes, for messages. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Everything that ends a connection or keeps it from being made. */
export type Failure =
  /** The module answered an open, a send or a read with a result number. */
  | { readonly type: 'result'; readonly number: number; readonly command: string; readonly session: number }
  /** A bare `ERROR` to an open. */
  | { readonly type: 'open-refused'; readonly session: number; readonly cause: unknown }
  /** `CONNECT FAIL`: a transparent open came to nothing, and no module says why. */
  | { readonly type: 'connect-failed'; readonly session: number; readonly cause: unknown }
  | { readonly type: 'open-overdue'; readonly session: number; readonly time: number; readonly cause?: unknown }
  /** `+CCH_RECV_CLOSED` and `+CCH_RECV_ERROR`. */
  | { readonly type: 'receive-failed'; readonly session: number; readonly number: number }
  | { readonly type: 'close-code'; readonly session: number; readonly number: number }
  /** Bytes were lost between module and host. */
  | { readonly type: 'line'; readonly session: number; readonly cause: unknown }
  /** A read that the module refuses. */
  | { readonly type: 'read-refused'; readonly session: number; readonly cause: unknown }
  /** Bytes that the peer, or the module, does not take any more. */
  | { readonly type: 'send-refused'; readonly session: number; readonly cause?: unknown }
  | { readonly type: 'send-unknown'; readonly session: number; readonly supplied: number; readonly cause: unknown }
  | { readonly type: 'send-overdue'; readonly session: number; readonly unsent: number; readonly time: number }
  | { readonly type: 'service-stopped' }
  | { readonly type: 'service-failed'; readonly cause: unknown }
  | { readonly type: 'module-reset'; readonly reason: string }
  | { readonly type: 'port-lost'; readonly cause: unknown }
  | { readonly type: 'closed' };

/** Codes that Node programs test, by result number (field note 1). */
const codesByResult: Readonly<Record<number, ErrorCode>> = {
  3: 'EBUSY',
  4: 'ECONNRESET',
  5: 'ETIMEDOUT',
  6: 'EPIPE',
  7: 'ENOMEM',
  8: 'EINVAL',
  9: 'ENETUNREACH',
  10: 'ERR_MODEM_SESSION',
  11: 'ERR_MODEM_SESSION',
  12: 'ENOBUFS',
  13: 'ENOTFOUND',
  14: 'ECONNREFUSED',
  15: 'EPROTO',
  16: 'ERR_MODEM_SESSION',
  17: 'ENETDOWN',
  18: 'ETIMEDOUT',
  19: 'ERR_MODEM_NO_CERTIFICATE',
};

/** What another try, with nothing changed, does not mend. */
const lasting: readonly ErrorCode[] = ['EINVAL', 'EPROTO', 'ERR_MODEM_NO_CERTIFICATE', 'ERR_MODEM_UNKNOWN'];

/** What a user can do about a result number; appended to the message. */
const remedies: Readonly<Record<number, string>> = {
  9: 'Check signal and registration (modem.info()).',
  13: 'The name was not found, or no DNS server was reached: check the name and the APN.',
  14: 'The server refused, or could not be reached in time.',
  15: "The TLS handshake failed: check that the server's chain ends in the ca given, the module's clock, and the TLS version; tls: 'host' runs TLS in Node instead of in the module.",
  17: 'The module has no network: check signal and registration (modem.info()).',
  19: 'The module found no certificate file where its SSL context names one.',
};

/**
 * Turns a failure into the error that the socket emits: Node's code, with the modem's own error as `cause`. `advice` stands
 * in place of what is generally said of a result.
 */
export function failureToError(failure: Failure, target?: Target, advice?: string): SocketError {
  const { code, cause, said, syscall } = explain(failure, advice);
  const transient = failure.type !== 'closed' && !lasting.includes(code);
  if (cause instanceof ModemError) Object.assign(cause, { transient });
  const where = target === undefined ? '' : ` ${target.host}:${target.port}`;
  const error = new SocketError(code, `${syscall} ${code}${where}: ${said}`, {
    cause,
    syscall,
    session: 'session' in failure ? failure.session : undefined,
    result: failure.type === 'result' ? moduleResult(failure.number) : undefined,
    transient,
    ...(code === 'ENOTFOUND' ? { hostname: target?.host } : { address: target?.host, port: target?.port }),
  });
  return error;
}

interface Explanation {
  code: ErrorCode;
  cause: unknown;
  /** What stands behind the code in the message. */
  said: string;
  syscall: string;
}

type FailureOf<T extends Failure['type']> = Extract<Failure, { type: T }>;

/** How failures of one type are explained; `cause` is the code of the error behind it, where there is none yet. */
interface Rule<T extends Failure['type']> extends Pick<Explanation, 'code' | 'syscall'> {
  readonly cause: ErrorCode;
  said(this: void, failure: FailureOf<T>): string;
}

const endedByModule = ({ number }: { readonly number: number }) =>
  `the module ended the session: ${number} (${moduleResult(number).text}).`;

const rules: { readonly [T in Exclude<Failure['type'], 'result'>]: Rule<T> } = {
  'open-refused': {
    code: 'ERR_MODEM_SESSION',
    syscall: 'connect',
    cause: 'ERR_MODEM_COMMAND',
    said: () => 'the module refused to open the session.',
  },
  'connect-failed': {
    code: 'ERR_MODEM_UNKNOWN',
    syscall: 'connect',
    cause: 'ERR_MODEM_COMMAND',
    said: () =>
      'the module answered CONNECT FAIL, which has no number: the name was not found, the server not reached, or the TLS ' +
      "handshake failed. mode: 'command' tells which.",
  },
  'open-overdue': {
    code: 'ETIMEDOUT',
    syscall: 'connect',
    cause: 'ERR_MODEM_TIMEOUT',
    said: ({ time }) => `the module ${time === 0 ? 'did not answer the open' : `gave no result within ${time} ms`}.`,
  },
  'receive-failed': { code: 'ECONNRESET', syscall: 'read', cause: 'ERR_MODEM_RESULT', said: endedByModule },
  'close-code': { code: 'ECONNRESET', syscall: 'read', cause: 'ERR_MODEM_RESULT', said: endedByModule },
  line: {
    code: 'ECONNRESET',
    syscall: 'read',
    cause: 'ERR_MODEM_LINE',
    said: () => 'bytes were lost between the module and this host.',
  },
  'read-refused': {
    code: 'ECONNRESET',
    syscall: 'read',
    cause: 'ERR_MODEM_COMMAND',
    said: () => 'the module refuses to hand over the data that it received.',
  },
  'send-refused': {
    code: 'EPIPE',
    syscall: 'write',
    cause: 'ERR_MODEM_COMMAND',
    said: () => 'the session takes no more data.',
  },
  'send-unknown': {
    code: 'EPIPE',
    syscall: 'write',
    cause: 'ERR_MODEM_SEND_UNKNOWN',
    said: ({ supplied }) => `it is unknown how much the module took.${suppliedText(supplied)}`,
  },
  'send-overdue': {
    code: 'ETIMEDOUT',
    syscall: 'write',
    cause: 'ERR_MODEM_TIMEOUT',
    said: ({ time, unsent }) => `no byte was sent for ${time} ms, ${unsent} wait.`,
  },
  'service-stopped': {
    code: 'ENETDOWN',
    syscall: 'read',
    cause: 'ERR_MODEM_SERVICE',
    said: () => 'the module stopped its SSL service (network lost).',
  },
  'service-failed': {
    code: 'ENETDOWN',
    syscall: 'connect',
    cause: 'ERR_MODEM_SERVICE',
    said: () => "the module's SSL service does not start.",
  },
  'module-reset': {
    code: 'ECONNRESET',
    syscall: 'read',
    cause: 'ERR_MODEM_RESET',
    said: ({ reason }) => `the module was reset (${reason}).`,
  },
  'port-lost': {
    code: 'ENODEV',
    syscall: 'read',
    cause: 'ERR_MODEM_PORT',
    said: () => 'the port of the module is gone.',
  },
  closed: {
    code: 'ENODEV',
    syscall: 'connect',
    cause: 'ERR_MODEM_CLOSED',
    said: () => 'the modem is closed.',
  },
};

function explain(failure: Failure, advice?: string): Explanation {
  if (failure.type === 'result') return explainResult(failure, advice);
  const rule = rules[failure.type] as Rule<(typeof failure)['type']>;
  const said = rule.said(failure);
  const inner = 'cause' in failure ? failure.cause : undefined;
  const fitting = inner instanceof ModemError && inner.code === rule.cause;
  const cause = fitting
    ? inner
    : new ModemError(rule.cause, capitalise(said), {
        cause: inner,
        session: 'session' in failure ? failure.session : undefined,
        result: 'number' in failure ? moduleResult(failure.number) : undefined,
      });
  return { code: rule.code, cause, said, syscall: rule.syscall };
}

function explainResult({ number, command, session }: FailureOf<'result'>, advice: string | undefined): Explanation {
  const result = moduleResult(number);
  const code = codesByResult[number] ?? 'ERR_MODEM_UNKNOWN';
  const name = command.split('=')[0] ?? command;
  const cause = new ModemError('ERR_MODEM_RESULT', `${name} ended with result ${number} (${result.text}).`, {
    command,
    session,
    result,
  });
  const remedy = advice ?? remedies[number];
  const said = `the module answered ${number} (${result.text}).${remedy === undefined ? '' : ` ${remedy}`}`;
  const syscall = number === 13 ? 'getaddrinfo' : name.endsWith('SEND') ? 'write' : 'connect';
  return { code, cause, said, syscall };
}

function suppliedText(supplied: number): string {
  if (supplied === 0) return '';
  return ` Up to ${supplied} carriage returns were supplied in place of lost bytes; the server may have seen them.`;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
