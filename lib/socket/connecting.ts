import { ModemError, SocketError, asError } from '../errors/index.js';
import { outside } from './listeners.js';
import type { Connection, OpenedSession, SessionSource } from './source.js';

/**
 * - `waiting`: for a session of the module
 * - `learning`: the root of the server is being learned (`ca: 'learn'`)
 * - `opening`: the module connects
 */
export type ConnectingPhase = 'waiting' | 'learning' | 'opening';

/** One of the two is called, once; neither when it was stopped before. */
export interface ConnectingOutcome {
  stands(opened: OpenedSession): void;
  failed(error: Error): void;
}

/** The way of one connection from `connect()` to its session, within `connectTimeout`. */
export class Connecting {
  readonly #source: SessionSource;
  readonly #connection: Connection;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #phase: ConnectingPhase = 'waiting';

  constructor(source: SessionSource, connection: Connection, outcome: ConnectingOutcome) {
    this.#source = source;
    this.#connection = connection;
    const { signal } = this.#abort;
    this.#timer = setTimeout(() => outcome.failed(this.#late()), connection.connectTimeout);
    const waiting = () => void (this.#phase = 'waiting');
    const opening = () => void (this.#phase = 'opening');
    const learning = () => void (this.#phase = 'learning');
    outside(
      source.acquire(connection, { signal, waiting, opening, learning }),
      (opened) => {
        if (signal.aborted) return void opened.session.close();
        clearTimeout(this.#timer);
        outcome.stands(opened);
      },
      (error) => {
        if (!signal.aborted) outcome.failed(asError(error));
      },
    );
  }

  get phase(): ConnectingPhase {
    return this.#phase;
  }

  /** Gives it up. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #late(): SocketError {
    const { host, port, connectTimeout } = this.#connection;
    const phases: Record<ConnectingPhase, string> = {
      waiting: 'no session of the module came free',
      learning: 'the root of the server was not learned',
      opening: 'the module did not connect',
    };
    const holders = `The sessions are in use: ${this.#source.holders()}.`;
    const message = `connect ETIMEDOUT ${host}:${port}: ${phases[this.#phase]} within ${connectTimeout} ms.`;
    return new SocketError('ETIMEDOUT', message, {
      syscall: 'connect',
      address: host,
      port,
      transient: true,
      cause:
        this.#phase === 'waiting' ? new ModemError('ERR_MODEM_NO_SESSION', holders, { transient: true }) : undefined,
    });
  }
}
