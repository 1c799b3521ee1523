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

type ResultFailure = Extract<Failure, { type: 'result' }>;

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

function explain(failure: Failure, advice?: string): Explanation {
  switch (failure.type) {
    case 'result':
      return explainResult(failure, advice);
    case 'close-code':
    case 'receive-failed': {
      const { text } = moduleResult(failure.number);
      return because('ECONNRESET', 'read', `the module ended the session: ${failure.number} (${text}).`, failure);
    }
    case 'open-refused':
      return because('ERR_MODEM_SESSION', 'connect', 'the module refused to open the session.', failure);
    case 'connect-failed': {
      const said =
        'the module answered CONNECT FAIL, which has no number: the name was not found, the server not reached, or the ' +
        "TLS handshake failed. mode: 'command' tells which.";
      return because('ERR_MODEM_UNKNOWN', 'connect', said, failure);
    }
    case 'open-overdue': {
      const said = failure.time === 0 ? 'did not answer the open' : `gave no result within ${failure.time} ms`;
      return because('ETIMEDOUT', 'connect', `the module ${said}.`, failure);
    }
    case 'line':
      return because('ECONNRESET', 'read', 'bytes were lost between the module and this host.', failure);
    case 'read-refused':
      return because('ECONNRESET', 'read', 'the module refuses to hand over the data that it received.', failure);
    case 'send-refused':
      return because('EPIPE', 'write', 'the session takes no more data.', failure);
    case 'send-unknown':
      return because(
        'EPIPE',
        'write',
        `it is unknown how much the module took.${suppliedText(failure.supplied)}`,
        failure,
      );
    case 'send-overdue':
      return because('ETIMEDOUT', 'write', `no byte was sent for ${failure.time} ms, ${failure.unsent} wait.`, failure);
    case 'service-stopped':
      return because('ENETDOWN', 'read', 'the module stopped its SSL service (network lost).', failure);
    case 'service-failed':
      return because('ENETDOWN', 'connect', "the module's SSL service does not start.", failure);
    case 'module-reset':
      return because('ECONNRESET', 'read', `the module was reset (${failure.reason}).`, failure);
    case 'port-lost':
      return because('ENODEV', 'read', 'the port of the module is gone.', failure);
    case 'closed':
      return because('ENODEV', 'connect', 'the modem is closed.', failure);
  }
}

/** Codes of the error that stands as `cause` when there is none yet. */
const causeCodes: Partial<Record<Failure['type'], ErrorCode>> = {
  'send-unknown': 'ERR_MODEM_SEND_UNKNOWN',
  'module-reset': 'ERR_MODEM_RESET',
  'port-lost': 'ERR_MODEM_PORT',
  'service-stopped': 'ERR_MODEM_SERVICE',
  'service-failed': 'ERR_MODEM_SERVICE',
  'send-overdue': 'ERR_MODEM_TIMEOUT',
  'open-overdue': 'ERR_MODEM_TIMEOUT',
  'read-refused': 'ERR_MODEM_COMMAND',
  'send-refused': 'ERR_MODEM_COMMAND',
  'open-refused': 'ERR_MODEM_COMMAND',
  'connect-failed': 'ERR_MODEM_COMMAND',
  'close-code': 'ERR_MODEM_RESULT',
  'receive-failed': 'ERR_MODEM_RESULT',
  line: 'ERR_MODEM_LINE',
  closed: 'ERR_MODEM_CLOSED',
};

function because(code: ErrorCode, syscall: string, said: string, failure: Failure): Explanation {
  const inner = 'cause' in failure ? failure.cause : undefined;
  const causeCode = causeCodes[failure.type] ?? 'ERR_MODEM_UNKNOWN';
  const fitting = inner instanceof ModemError && inner.code === causeCode;
  const cause = fitting
    ? inner
    : new ModemError(causeCode, capitalise(said), {
        cause: inner,
        session: 'session' in failure ? failure.session : undefined,
        result: 'number' in failure ? moduleResult(failure.number) : undefined,
      });
  return { code, cause, said, syscall };
}

function explainResult({ number, command, session }: ResultFailure, advice: string | undefined): Explanation {
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
