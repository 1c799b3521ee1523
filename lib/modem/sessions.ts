import debug from 'debug';
import {
  OpenFailure,
  failureToError,
  type ContextKey,
  type Failure,
  type OpenRequest,
  type SslService,
} from '../cch/index.js';
import {
  CertificateStore,
  ContextPool,
  LEARN,
  checkLearnable,
  contextRequest,
  handshakeAdvice,
  type ContextLease,
  type ContextRequest,
  type ContextTarget,
  type GivenContext,
} from '../context/index.js';
import { ModemError } from '../errors/index.js';
import type { Identity } from './identity.js';
import { LearnedRoots } from './learned-roots.js';
import { Learner, type Learned } from './learner.js';
import {
  TlsSessions,
  type AcquireProgress,
  type Connection,
  type IdleSocket,
  type LiveSocket,
  type OpenedSession,
  type SessionSource,
} from '../socket/index.js';

const log = debug('modem-tls:modem');

/** Results that a damaged certificate file gives: handshake, and certificates not set (field note 5.20). */
const DOUBTFUL_RESULTS = [15, 19];
/** Results of a TLS handshake that came to nothing, or did not begin (field note 1). */
const HANDSHAKE_RESULTS = [5, ...DOUBTFUL_RESULTS];
const HANDSHAKE_FAILED = 15;

/** What {@link Sessions} need of the modem. */
export interface SessionsHost {
  readonly identity: Pick<Identity, 'model' | 'revision'>;
  /** File of learned roots. */
  readonly learnedRoots: string | undefined;
  /** The module's clock, in ms since 1970; `undefined` when it does not tell. */
  clock(this: void): Promise<number | undefined>;
  learned(this: void, event: Learned): void;
}

/** What a connection asks of the module's TLS, and how it was asked for. */
interface Plan {
  readonly request: ContextRequest | GivenContext | undefined;
  /** Whether its authority was learned of the server. */
  readonly learned: boolean;
}

/** Hands the sessions of one modem to sockets: contexts and files set up, failures told, idle sockets closed for others. */
export class Sessions implements SessionSource {
  /** The module's address in its network. */
  address: string | undefined;
  /** Sessions opened so far. */
  opened = 0;
  readonly store: CertificateStore;
  readonly tlsSessions = new TlsSessions();
  readonly learner: Learner;

  readonly #service: SslService;
  readonly #host: SessionsHost;
  readonly #pool: ContextPool;
  /** What was found out when the options of a connection were checked. */
  readonly #requests = new WeakMap<Connection, ContextRequest | GivenContext>();
  readonly #sockets = new Set<LiveSocket>();
  readonly #idle = new Set<IdleSocket>();
  #closed = false;

  constructor(service: SslService, host: SessionsHost) {
    this.#service = service;
    this.#host = host;
    this.#pool = new ContextPool(service.environment);
    this.store = new CertificateStore(service.environment, this.#pool);
    this.learner = new Learner(this, new LearnedRoots(host.learnedRoots), host.learned);
    service.on('wanted', () => this.#evict());
  }

  get sessions(): number {
    return this.#service.sessions;
  }

  get wanted(): boolean {
    return this.#service.wanted;
  }

  check(connection: Connection): void {
    if (this.#closed) throw failureToError({ type: 'closed' }, connection);
    if (connection.tls !== 'modem') return;
    if (isLearned(connection)) checkLearnable(connection.options, this.#target(connection));
    else this.#requests.set(connection, this.#requestOf(connection));
  }

  async acquire(connection: Connection, progress: AcquireProgress): Promise<OpenedSession> {
    let plan = await this.#plan(connection, progress.signal);
    let renewed = false;
    for (;;) {
      const attempt: Attempt = {};
      try {
        return await this.#open(connection, progress, plan, attempt);
      } catch (error) {
        const better = renewed ? undefined : await this.#mend(error, connection, plan, progress.signal);
        if (!better) throw await this.#toSocketError(error, connection, plan, attempt);
        plan = better;
        renewed = true;
      }
    }
  }

  /** Whether a connection is being opened with an SSL context, or lives. */
  contextInUse(index: number): boolean {
    return this.#pool.inUse(index);
  }

  /** Leaves an SSL context to the user. */
  withholdContext(index: number): void {
    this.#pool.withhold(index);
  }

  holders(): string {
    const described = this.#service.use.map(({ id, state, host, port, age }) => {
      const where = host === undefined ? '' : ` ${host}:${port ?? ''}`;
      const since = age === undefined ? '' : ` for ${Math.round(age / 1000)} s`;
      const how = state === 'held' ? 'opened by hand (CCHOPEN.write)' : state;
      return `session ${id} ${how}${where}${since}`;
    });
    return described.join(', ');
  }

  registerSocket(socket: LiveSocket): () => void {
    this.#sockets.add(socket);
    return () => void this.#sockets.delete(socket);
  }

  registerIdle(socket: IdleSocket): () => void {
    this.#idle.add(socket);
    return () => void this.#idle.delete(socket);
  }

  /** The module was reset: what it was told is forgotten. */
  forget(): void {
    this.#pool.forget();
    this.store.forget();
  }

  /** Lets ended sockets finish, destroys the others, and takes no more. Resolves when all are closed. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    const all = [...this.#sockets].map((socket) => {
      const closed = new Promise<void>((resolve) => socket.once('close', resolve));
      if (socket.writableEnded) socket.destroySoon();
      else socket.destroy();
      return closed;
    });
    await Promise.all(all);
  }

  /** Destroys every socket with the error of a failure; those that have a session are told through it. */
  destroyAll(failure: Failure): void {
    for (const socket of [...this.#sockets]) socket.destroy(failureToError(failure));
  }

  /** Closes the socket that has been idle longest, if there is one. */
  #evict(): void {
    const [oldest] = this.#idle;
    if (oldest === undefined) return;
    this.#idle.delete(oldest);
    oldest.destroy();
  }

  #target({ host, connectTimeout }: Connection): ContextTarget {
    return { host, connectTimeout, profile: this.#service.environment.profile };
  }

  #requestOf(connection: Connection, learned?: string): ContextRequest | GivenContext {
    const { options } = connection;
    return contextRequest(learned === undefined ? options : { ...options, ca: learned }, this.#target(connection));
  }

  async #plan(connection: Connection, signal: AbortSignal): Promise<Plan> {
    if (connection.tls !== 'modem') return { request: undefined, learned: false };
    const known = this.#requests.get(connection);
    if (known) return { request: known, learned: false };
    const { host, port } = connection;
    const root = await this.learner.root(host, port, signal);
    return { request: this.#requestOf(connection, root.toString()), learned: true };
  }

  /** What is worth a second try: files written anew, or a root that was learned anew. */
  async #mend(error: unknown, connection: Connection, plan: Plan, signal: AbortSignal): Promise<Plan | undefined> {
    const number = resultOf(error);
    if (plan.request?.type !== 'settings' || number === undefined || !DOUBTFUL_RESULTS.includes(number))
      return undefined;
    try {
      if (await this.store.renew(plan.request.files)) return plan;
      if (!plan.learned || number !== HANDSHAKE_FAILED) return undefined;
      const other = await this.learner.renew(connection.host, connection.port, signal);
      return other ? await this.#plan(connection, signal) : undefined;
    } catch (failure) {
      log('no second try: %s', String(failure));
      return undefined;
    }
  }

  async #open(
    connection: Connection,
    progress: AcquireProgress,
    { request }: Plan,
    attempt: Attempt,
  ): Promise<OpenedSession> {
    let lease: ContextLease | undefined;
    let letGo: (() => void) | undefined;
    const release = () => {
      lease?.release();
      letGo?.();
    };
    const prepare = async (id: number): Promise<OpenRequest> => {
      progress.opening();
      release();
      if (request?.type === 'settings') {
        const uploads = this.store.uploads;
        letGo = await this.store.hold(request.files);
        attempt.files = this.store.uploads > uploads ? 'uploaded' : 'found';
        lease = await this.#pool.lease(request, id);
      } else if (request) {
        lease = this.#pool.use(request.index);
      }
      attempt.context = lease?.index;
      const { host, port, bindPort, sendTimeout, tls } = connection;
      const clientType = tls === 'modem' ? 2 : 1;
      return { host, port, clientType, bindPort, sendTimeout, context: lease?.index };
    };
    try {
      const session = await this.#service.acquire({ signal: progress.signal, prepare });
      this.opened++;
      session.whenOver(release);
      return { session, tls: request?.type === 'settings' ? request.tls : undefined };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #toSocketError(error: unknown, connection: Connection, { request }: Plan, attempt: Attempt): Promise<unknown> {
    if (error instanceof ModemError && error.code === 'ERR_MODEM_SERVICE') {
      return failureToError({ type: 'service-failed', cause: error }, connection);
    }
    if (!(error instanceof OpenFailure)) return error;
    const result = resultOf(error);
    const advice =
      request && result !== undefined && HANDSHAKE_RESULTS.includes(result)
        ? await this.#advice(result, connection, request, attempt)
        : undefined;
    return failureToError(error.failure, connection, advice);
  }

  /** Why the module may not have made a TLS connection. */
  async #advice(
    result: number,
    { host, port }: Connection,
    request: ContextRequest | GivenContext,
    { context = 0, files = 'found' }: Attempt,
  ): Promise<string> {
    const { profile } = this.#service.environment;
    const settings = request.type === 'settings' ? request.settings : new Map<ContextKey, number | string>();
    const checksDates = result === HANDSHAKE_FAILED && settings.get('ignorelocaltime') === 0;
    const clock = checksDates ? await this.#host.clock().catch(() => undefined) : undefined;
    return handshakeAdvice({ ...this.#host.identity, profile, host, port, result, context, settings, files, clock });
  }
}

/** What became of an attempt to open. */
interface Attempt {
  context?: number | undefined;
  files?: 'uploaded' | 'found';
}

function isLearned({ options }: Connection): boolean {
  return options.ca === LEARN && options.rejectUnauthorized !== false;
}

function resultOf(error: unknown): number | undefined {
  return error instanceof OpenFailure && error.failure.type === 'result' ? error.failure.number : undefined;
}
