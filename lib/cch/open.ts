import type { Failure } from './failure.js';
import type { Session } from './session.js';

/** What is opened. */
export interface OpenRequest {
  readonly host: string;
  readonly port: number;
  /** 1: plain TCP, 2: the module's TLS. */
  readonly clientType: 1 | 2;
  /** Local port on the module. */
  readonly bindPort?: number | undefined;
  /** SSL context, for client type 2. */
  readonly context?: number | undefined;
  /** Ms without progress after which a send fails; the module's own is set to it, within 60 to 150 s. */
  readonly sendTimeout?: number | undefined;
}

/** Thrown by an open: why it came to nothing. */
export class OpenFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.type);
    this.failure = failure;
  }
}

/** How an attempt to open ended. */
export type OpenOutcome =
  | { readonly type: 'opened'; readonly session: Session }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'unwritten'; readonly error: Error }
  | { readonly type: 'given-up'; readonly failure?: Failure };
