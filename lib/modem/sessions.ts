import { failureToError, type Failure, type Profile, type SlotUse, type SslService } from '../cch/index.js';
import type { CertificateStore } from '../context/index.js';
import { invalidArgument } from '../errors/index.js';
import {
  TlsSessions,
  type AcquireProgress,
  type Connection,
  type IdleSocket,
  type LiveSocket,
  type OpenedSession,
  type SessionSource,
} from '../socket/index.js';
import { LearnedRoots } from './learned-roots.js';
import { Learner, type Learned } from './learner.js';
import { LiveSockets } from './live-sockets.js';
import { Opener, type OpenerHost } from './opener.js';

/** What {@link Sessions} need of the modem. */
export interface SessionsHost extends OpenerHost {
  /** File of learned roots. */
  readonly learnedRoots: string | undefined;
  learned(this: void, event: Learned): void;
}

/** Hands the sessions of one modem to sockets, counts what becomes of them, and closes idle sockets for others. */
export class Sessions implements SessionSource {
  /** The module's address in its network. */
  address: string | undefined;
  readonly tlsSessions = new TlsSessions();
  readonly learner: Learner;

  readonly #service: SslService;
  readonly #opener: Opener;
  readonly #sockets = new LiveSockets();
  #closed = false;

  constructor(service: SslService, host: SessionsHost) {
    this.#service = service;
    this.learner = new Learner(this, new LearnedRoots(host.learnedRoots), host.learned);
    this.#opener = new Opener(service, this.learner, host);
    service.on('wanted', () => this.#sockets.takeIdle()?.destroy());
  }

  get profile(): Profile {
    return this.#service.environment.profile;
  }

  /** The certificate files on the module. */
  get store(): CertificateStore {
    return this.#opener.store;
  }

  /** Sessions opened so far. */
  get opened(): number {
    return this.#opener.opened;
  }

  get sessions(): number {
    return this.#service.sessions;
  }

  /** How each session is used. */
  get use(): SlotUse[] {
    return this.#service.use;
  }

  /** Codes of the errors that sockets ended with, and how often. */
  get errors(): Readonly<Record<string, number>> {
    return this.#sockets.errors;
  }

  get wanted(): boolean {
    return this.#service.wanted;
  }

  check(connection: Connection): void {
    if (this.#closed) throw failureToError({ type: 'closed' }, connection);
    this.#opener.check(connection);
  }

  async acquire(connection: Connection, progress: AcquireProgress): Promise<OpenedSession> {
    return { ...(await this.#opener.open(connection, progress)), address: this.address };
  }

  /** Whether a connection is being opened with an SSL context, or lives. */
  contextInUse(index: number): boolean {
    return this.#opener.contexts.inUse(index);
  }

  /** Leaves an SSL context to the user. */
  withholdContext(index: number): void {
    this.#opener.contexts.withhold(index);
  }

  holders(): string {
    const { kept } = this.#service;
    const held = this.#service.use.map(describeUse).join(', ');
    return kept === 0 ? held : `${held}; ${kept} kept for short requests (modem.reserve)`;
  }

  /**
   * Keeps `count` sessions for short requests, until the returned function is called. Throws `ERR_INVALID_ARG_VALUE` when
   * none would be left for others.
   */
  reserve(count: number): () => void {
    if (!Number.isInteger(count) || count < 0 || this.#service.kept + count >= this.sessions) {
      const { kept } = this.#service;
      const before = kept === 0 ? '' : `; ${kept} kept already, until the function that reserve() returned is called`;
      throw invalidArgument(
        'count',
        `it must be a whole number from 0 to ${this.sessions - 1 - kept}, so that one is left for others${before}`,
        count,
      );
    }
    this.#service.kept += count;
    let kept = true;
    return () => {
      if (kept) this.#service.kept -= count;
      kept = false;
    };
  }

  registerSocket(socket: LiveSocket): () => void {
    return this.#sockets.add(socket);
  }

  registerIdle(socket: IdleSocket): () => void {
    return this.#sockets.addIdle(socket);
  }

  /** The module was reset: what it was told is forgotten, by it and here. */
  reset(): void {
    this.#opener.contexts.reset();
    this.store.forget();
  }

  /** Nobody knows what the module was told by hand. */
  forget(): void {
    this.#opener.contexts.forget();
    this.store.forget();
  }

  /** Lets ended sockets finish, destroys the others, and takes no more. Resolves when all are closed. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    await this.#sockets.closeAll();
  }

  /** Destroys every socket with the error of a failure; those that have a session are told through it. */
  destroyAll(failure: Failure): void {
    this.#sockets.destroyAll(() => failureToError(failure));
  }
}

function describeUse({ id, state, host, port, age, idle, bytesRead, bytesWritten }: SlotUse): string {
  const how = state === 'held' ? 'opened by hand (CCHOPEN.write)' : state;
  const where = host === undefined ? '' : ` ${host}:${port ?? ''}`;
  const seconds = (time: number) => `${Math.round(time / 1000)} s`;
  const since = age === undefined ? '' : ` for ${seconds(age)}`;
  const moved =
    idle === undefined ? '' : ` (idle ${seconds(idle)}, ${bytesRead ?? 0} bytes read, ${bytesWritten ?? 0} written)`;
  return `session ${id} ${how}${where}${since}${moved}`;
}
