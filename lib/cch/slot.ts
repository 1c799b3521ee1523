import debug from 'debug';
import { ExchangeError } from '../at/index.js';
import { ModemError, abortError } from '../errors/index.js';
import { Deadline } from '../util/index.js';
import { Closer } from './closer.js';
import type { Environment } from './environment.js';
import { failureToError, type Failure } from './failure.js';
import { OpenFailure, type OpenOutcome, type OpenRequest } from './open.js';
import { OpenAttempt } from './open-attempt.js';
import { Session, type SessionHome } from './session.js';
import { DEFAULT_SEND_TIMEOUT, SessionSettings } from './session-settings.js';
import { transition, type SlotInput, type SlotState } from './slot-state.js';
import type { Unsolicited } from './table/index.js';

const log = debug('modem-tls:cch');

/** Ms that a late open result may take beyond its maximum response time before the id is lost. */
const LOST_AFTER = 10_000;
/** Ms after a connection's end in which a close code of its id may be about that one (field note 6: stale closes). */
const STALE_TIME = 10_000;

/**
 * One session id of the module: opens, closes, and tells codes of the connection that lives on it now from those of
 * connections before. Nothing on the wire carries a generation, so: close codes before the open's result are ignored,
 * early ones are checked by asking, and an id is used again only when its close is confirmed.
 */
export class Slot implements SessionHome {
  readonly id: number;
  /** When it was last in use, in ms of `performance.now()`; the id that rested longest is used first. */
  lastUse = -Infinity;

  readonly #environment: Environment;
  readonly #changed: () => void;
  readonly #settings: SessionSettings;
  readonly #closer: Closer;
  #state: SlotState = 'free';
  /** Counts the connections that the id was used for. */
  #generation = 0;
  #session: Session | undefined;
  #request: OpenRequest | undefined;
  #attempt: OpenAttempt | undefined;
  #overdue: Deadline | undefined;

  constructor(id: number, environment: Environment, changed: () => void) {
    this.id = id;
    this.#environment = environment;
    this.#changed = changed;
    this.#settings = new SessionSettings(environment, id);
    this.#closer = new Closer(environment, id);
  }

  get state(): SlotState {
    return this.#state;
  }

  /** The connection that lives on the id, if one does. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Where it is, or was last, connected to. */
  get request(): OpenRequest | undefined {
    return this.#request;
  }

  /** Opens a connection. Rejects with {@link OpenFailure}, or why the channel failed or `signal` was aborted. */
  async open(request: OpenRequest, signal: AbortSignal): Promise<Session> {
    this.#input('open');
    this.#generation++;
    this.#request = request;
    try {
      await this.#settings.apply(request, signal);
    } catch (error) {
      this.#input('failed');
      // Settings are refused on an id that is open: the module may hold a connection that nobody here knows of.
      const refused = error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND';
      throw refused ? new OpenFailure({ type: 'open-refused', session: this.id, cause: error }) : error;
    }
    const outcome = await this.#connect(request, signal);
    switch (outcome.type) {
      case 'opened':
        return outcome.session;
      case 'unwritten':
        this.#input('failed');
        throw outcome.error;
      case 'failed':
        throw new OpenFailure(outcome.failure);
      case 'given-up':
        void this.#abandon();
        if (outcome.failure) throw new OpenFailure(outcome.failure);
        throw abortError(signal);
    }
  }

  /** Keeps the id from connections, for a session that is used by hand; whether it was free. */
  hold(): boolean {
    return this.#input('hold');
  }

  /** Gives the id back. */
  release(): void {
    this.#input('release');
  }

  /** Its settings on the module were changed by hand: they are all said again before the next open. */
  distrust(): void {
    this.#settings.distrust();
  }

  async close(session: Session): Promise<void> {
    if (session !== this.#session || !this.#input('close')) return;
    this.#session = undefined;
    await this.#closeUntilConfirmed();
  }

  /** Ends a connection that the module holds on a free id and nobody here knows of; whether there was one. */
  async clear(): Promise<boolean> {
    return (await this.#closer.close()) !== 'refused';
  }

  inquire(session: Session): void {
    if (!this.#environment.openQuery) return;
    // Twice: a byte lost in the answer makes a live connection look closed.
    const open = () => this.#environment.isOpen(this.id, true);
    const closed = async () => !(await open()) && !(await open());
    void closed().then((gone) => {
      if (gone && session === this.#session) session.peerClosed();
    });
  }

  /** Takes a code that names this id. */
  take(code: Unsolicited & { readonly session?: number | undefined }): void {
    switch (code.type) {
      case 'open-result':
        return this.#takeOpenResult(code.error);
      case 'receive-event':
        return this.#session?.receiveEvent();
      case 'send-report':
        return this.#session?.report(code.error);
      case 'close-result':
        if (code.error === 0) this.#settings.forgotten();
        if (this.#state === 'open') {
          return this.#takeCloseCode(
            code.error === 0 ? undefined : { ...code, type: 'close-code', number: code.error },
          );
        }
        return this.#closer.take(code.error);
      case 'peer-closed':
        return this.#takeCloseCode(undefined);
      case 'receive-closed':
      case 'receive-error':
        return this.#takeCloseCode({ type: 'receive-failed', session: this.id, number: code.error });
      default:
    }
  }

  /** Takes bytes that the module sent of its own accord. */
  takeData(data: Buffer): void {
    if (this.#session) this.#session.take(data);
    else if (this.#attempt?.written) this.#attempt.early.push(data);
  }

  /** Bytes that the module sent of its own accord were lost: the connection fails, also one whose open has no result yet. */
  lose(cause: ModemError): void {
    const failure: Failure = { type: 'line', session: this.id, cause };
    if (this.#session) this.#session.fail(failure);
    else if (this.#attempt?.written) this.#attempt.spoilt = failure;
  }

  /** The transparent session is over. */
  carrierLost(cause: Error | undefined): void {
    if (this.#state === 'closing' || this.#state === 'abandoned') {
      this.#settings.forgotten();
      this.#closer.take(0);
      return;
    }
    if (cause) this.#session?.fail({ type: 'line', session: this.id, cause });
    else this.#session?.peerClosed();
  }

  /** The module has no sessions any more. */
  stopped(failure: Failure): void {
    const session = this.#session;
    this.#session = undefined;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    // What was not written may start over.
    if (attempt?.written === false)
      attempt.settle({ type: 'unwritten', error: failureToError(failure, this.#request) });
    else attempt?.settle({ type: 'failed', failure });
    this.#closer.take(0);
    this.#input('stopped');
    session?.fail(failure);
  }

  #connect(request: OpenRequest, signal: AbortSignal): Promise<OpenOutcome> {
    const attempt = new OpenAttempt(this.#environment, this.id, {
      written: () => {
        // The service stopped while it was queued: the id may be somebody else's by now.
        if (this.#attempt !== attempt) throw new ModemError('ERR_MODEM_SESSION', 'The open was given up.');
      },
      refused: () => void this.#input('failed'),
      connected: () => this.#takeOpenResult(0),
      look: () => void this.#lookForOpen(attempt),
    });
    this.#attempt = attempt;
    return attempt.run(request, signal).finally(() => (this.#attempt = undefined));
  }

  /** The result may have gone to another port of the module. */
  async #lookForOpen(attempt: OpenAttempt): Promise<void> {
    if (!this.#environment.openQuery || !(await this.#environment.isOpen(this.id)) || this.#attempt !== attempt) return;
    this.#environment.codes.missed('the result of an open did not come');
    this.#takeOpenResult(0);
  }

  #begin({ early, spoilt }: OpenAttempt): Session {
    const sendTimeout = this.#request?.sendTimeout ?? DEFAULT_SEND_TIMEOUT;
    const session = new Session(this, this.#environment, sendTimeout, early);
    this.#session = session;
    if (spoilt) session.fail(spoilt);
    return session;
  }

  #takeOpenResult(error: number): void {
    // Before our own command it is the late result of a connection before.
    if (this.#state === 'opening' && !this.#attempt?.written) return;
    const late = this.#state !== 'opening';
    if (error === 0) {
      // `opened` first: the session must be there when the codes behind this line are taken.
      if (!this.#input('opened')) return;
      if (late) void this.#closeUntilConfirmed();
      else if (this.#attempt) this.#attempt.settle({ type: 'opened', session: this.#begin(this.#attempt) });
      return;
    }
    const command = 'AT+CCHOPEN';
    const failure: Failure = { type: 'result', number: error, command, session: this.id };
    this.#settings.forgotten();
    this.#attempt?.settle({ type: 'failed', failure });
    this.#input('failed');
  }

  /** Closes an open that nobody waits for. An error here does not free the id: its late result is awaited. */
  async #abandon(): Promise<void> {
    if (!this.#input('abandon')) return;
    const time = this.#environment.table.CCHOPEN.write.maximumTime + LOST_AFTER;
    this.#overdue = new Deadline(time, () => {
      // Its result may have been lost on the line. The module is through with the open by now: a close tells.
      if (this.#input('overdue')) void this.#closeUntilConfirmed('lost');
    });
    try {
      await this.#closer.abandon((error) => error === 0 && this.#input('closed'));
    } catch (error) {
      log('session %d: close of an abandoned open: %s', this.id, String(error));
    }
  }

  async #closeUntilConfirmed(from: 'closing' | 'lost' = 'closing'): Promise<void> {
    const generation = this.#generation;
    const over = () => this.#state !== from || generation !== this.#generation;
    await this.#closer.closeUntilConfirmed(over);
    if (!over()) this.#input('closed');
  }

  #takeCloseCode(lastWord: Failure | undefined): void {
    const session = this.#session;
    if (session?.state !== 'open') return;
    if (performance.now() - this.lastUse > STALE_TIME || !this.#environment.openQuery) {
      return session.peerClosed(lastWord);
    }
    session.doubted = this.#environment.isOpen(this.id).then((open) => {
      if (open) log('session %d: a close code of an earlier connection was ignored', this.id);
      else if (session === this.#session) session.peerClosed(lastWord);
    });
  }

  #input(input: SlotInput): boolean {
    const next = transition(this.#state, input);
    if (next === undefined) return false;
    log('session %d: %s → %s', this.id, this.#state, next);
    this.#state = next;
    if (next === 'free' || next === 'closing') this.#overdue?.clear();
    if (next === 'free') {
      this.#closer.forget();
      this.lastUse = performance.now();
    }
    this.#changed();
    return true;
  }
}
