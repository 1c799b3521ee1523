import type { ErrorCode } from './codes.js';

/** A result number of a `+CCH…` result, with its meaning (manual, result codes of the SSL service; field note 1). */
export interface ModuleResult {
  /** The number as the module sent it; unknown numbers are kept. */
  readonly number: number;
  /** What the manual calls it. */
  readonly text: string;
}

/** What an error can tell beside its code and message. Secrets are never among it. */
export interface ModemErrorDetails {
  cause?: unknown;
  /** The AT command that failed, secrets masked. */
  command?: string | undefined;
  /** Session of the module: 0 or 1. */
  session?: number | undefined;
  result?: ModuleResult | undefined;
  /** Whether the same thing may well work when tried again later. */
  transient?: boolean | undefined;
}

/** The base of every error that this package makes. */
export class ModemError extends Error {
  /** `AbortError` when a signal aborted it, as Node has it. */
  override readonly name: 'ModemError' | 'AbortError';
  readonly code: ErrorCode;
  declare readonly command?: string;
  declare readonly session?: number;
  declare readonly result?: ModuleResult;
  readonly transient: boolean;

  constructor(code: ErrorCode, message: string, details: ModemErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = code === 'ABORT_ERR' ? 'AbortError' : 'ModemError';
    this.code = code;
    this.transient = details.transient ?? false;
    const { command, session, result } = details;
    // Only what is known becomes a property, so that an inspected error shows no row of `undefined`.
    Object.assign(this, {
      ...(command === undefined ? {} : { command }),
      ...(session === undefined ? {} : { session }),
      ...(result === undefined ? {} : { result }),
    });
  }
}

/** What Node's own socket errors carry beside `code`. */
export interface SocketErrorDetails extends ModemErrorDetails {
  syscall?: string | undefined;
  hostname?: string | undefined;
  address?: string | undefined;
  port?: number | undefined;
}

/** An error at the edge of a socket: the shape of Node's own, with the modem's error as `cause`. */
export class SocketError extends ModemError {
  declare readonly syscall?: string;
  declare readonly hostname?: string;
  declare readonly address?: string;
  declare readonly port?: number;

  constructor(code: ErrorCode, message: string, details: SocketErrorDetails = {}) {
    super(code, message, details);
    for (const key of ['syscall', 'hostname', 'address', 'port'] as const) {
      const value = details[key];
      if (value !== undefined) Object.assign(this, { [key]: value });
    }
  }
}

/** `ERR_INVALID_ARG_VALUE`: a value that was refused before anything was written. `shown` must hold no secret. */
export function invalidArgument(name: string, reason: string, shown?: unknown): ModemError {
  const received = shown === undefined ? '' : ` Received ${inspectShort(shown)}.`;
  return new ModemError('ERR_INVALID_ARG_VALUE', `The value of '${name}' is invalid: ${reason}.${received}`);
}

/** `ABORT_ERR`: what a signal aborted. */
export function abortError(signal: AbortSignal | undefined): ModemError {
  return new ModemError('ABORT_ERR', 'The operation was aborted.', { cause: signal?.reason });
}

/** The error's code if it has one, whatever made it. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Any thrown value as an Error. */
export function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

function inspectShort(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
