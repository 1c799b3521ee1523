import debug from 'debug';
import { OpenFailure, failureToError, type ContextKey, type OpenRequest, type SslService } from '../cch/index.js';
import {
  CertificateStore,
  ContextPool,
  LEARN,
  checkLearnable,
  contextRequest,
  handshakeAdvice,
  type CertificateFile,
  type ContextLease,
  type ContextRequest,
  type ContextTarget,
  type GivenContext,
} from '../context/index.js';
import { ModemError } from '../errors/index.js';
import type { AcquireProgress, Connection, OpenedSession } from '../socket/index.js';
import type { Identity } from './identity.js';
import type { Learner } from './learner.js';

const log = debug('modem-tls:modem');

/** Results that a damaged certificate file gives: handshake, and certificates not set (field note 5.20). */
const DOUBTFUL_RESULTS = [15, 19];
/** Results of a TLS handshake that came to nothing, or did not begin (field note 1). */
const HANDSHAKE_RESULTS = [5, ...DOUBTFUL_RESULTS];
const HANDSHAKE_FAILED = 15;
const FILE_MISSING = 19;

/** What an {@link Opener} needs of the modem. */
export interface OpenerHost {
  readonly identity: Pick<Identity, 'model' | 'revision'>;
  /** What the modem is called: its port. */
  readonly name: string;
  /** The module's clock, in ms since 1970; `undefined` when it does not tell. */
  clock(this: void): Promise<number | undefined>;
}

/** A session, as far as the modem need not add to it. */
type Opened = Omit<OpenedSession, 'address'>;

/** What a connection asks of the module's TLS, and how it was asked for. */
interface Plan {
  readonly request: ContextRequest | GivenContext | undefined;
  /** Whether its authority was learned of the server. */
  readonly learned: boolean;
}

/** What became of an attempt to open. */
interface Attempt {
  /** When the first attempt was begun, in ms of `performance.now()`. */
  readonly begun: number;
  context?: number | undefined;
  files?: 'uploaded' | 'found';
}

/** What was mended already: each once. */
type Mended = Set<'files' | 'root'>;

/** An attempt that failed. */
interface Failed {
  readonly connection: Connection;
  readonly plan: Plan;
  /** When the first was begun, in ms of `performance.now()`. */
  readonly begun: number;
  readonly mended: Mended;
}

/** Opens sessions of a module as connections ask for them: SSL context and files set up first, failures explained. */
export class Opener {
  /** Sessions opened so far. */
  opened = 0;
  readonly store: CertificateStore;
  readonly contexts: ContextPool;

  readonly #service: SslService;
  readonly #learner: Learner;
  readonly #host: OpenerHost;
  /** What was found out when the options of a connection were checked. */
  readonly #requests = new WeakMap<Connection, ContextRequest | GivenContext>();

  constructor(service: SslService, learner: Learner, host: OpenerHost) {
    this.#service = service;
    this.#learner = learner;
    this.#host = host;
    this.contexts = new ContextPool(service.environment);
    this.store = new CertificateStore(service.environment, this.contexts);
  }

  /** Throws what is wrong with the TLS options of a connection. */
  check(connection: Connection): void {
    if (connection.tls !== 'modem') return;
    if (isLearned(connection)) checkLearnable(connection.options, this.#target(connection));
    else this.#requests.set(connection, this.#requestOf(connection));
  }

  /** Opens a session; once more with files, and with a root, that were found to be stale. Rejects with the socket's error. */
  async open(connection: Connection, progress: AcquireProgress): Promise<Opened> {
    const begun = performance.now();
    let plan = await this.#plan(connection, progress);
    for (const mended: Mended = new Set(); ;) {
      const attempt: Attempt = { begun };
      try {
        return await this.#open(connection, progress, plan, attempt);
      } catch (error) {
        const better = await this.#mend(error, { connection, plan, begun, mended }, progress);
        if (!better) throw await this.#toSocketError(error, connection, plan, attempt);
        plan = better;
      }
    }
  }

  #target({ host, connectTimeout }: Connection): ContextTarget {
    return { host, connectTimeout, profile: this.#service.environment.profile };
  }

  #requestOf(connection: Connection, learned?: string): ContextRequest | GivenContext {
    const { options } = connection;
    return contextRequest(learned === undefined ? options : { ...options, ca: learned }, this.#target(connection));
  }

  async #plan(connection: Connection, progress: AcquireProgress): Promise<Plan> {
    if (connection.tls !== 'modem') return { request: undefined, learned: false };
    const known = this.#requests.get(connection);
    if (known) return { request: known, learned: false };
    const root = await this.#learner.root(connection.host, connection.port, progress);
    return { request: this.#requestOf(connection, root.toString()), learned: true };
  }

  /**
   * What is worth another try: files written anew, then a root that was learned anew. Rejects when a file is missing that
   * may not be written.
   */
  async #mend(error: unknown, failed: Failed, progress: AcquireProgress): Promise<Plan | undefined> {
    const { connection, plan, mended } = failed;
    const number = resultOf(error);
    if (plan.request?.type !== 'settings' || number === undefined || !DOUBTFUL_RESULTS.includes(number))
      return undefined;
    if (!mended.has('files')) {
      mended.add('files');
      if (await this.#mendFiles(number, plan.request.files, failed.begun)) return plan;
    }
    if (!plan.learned || number !== HANDSHAKE_FAILED || mended.has('root')) return undefined;
    mended.add('root');
    try {
      const other = await this.#learner.renew(connection.host, connection.port, progress.signal);
      return other ? await this.#plan(connection, progress) : undefined;
    } catch (failure) {
      log('not learned anew: %s', String(failure));
      return undefined;
    }
  }

  async #mendFiles(number: number, files: readonly CertificateFile[], begun: number): Promise<boolean> {
    if (number === FILE_MISSING && (await this.store.restore(files))) return true;
    try {
      return await this.store.renew(files, begun);
    } catch (failure) {
      log('not written anew: %s', String(failure));
      return false;
    }
  }

  async #open(connection: Connection, progress: AcquireProgress, { request }: Plan, attempt: Attempt): Promise<Opened> {
    const { priority, short } = connection;
    const { signal, waiting } = progress;
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
        letGo = await this.store.hold(request.files);
        attempt.files = this.store.writtenSince(request.files, attempt.begun) ? 'uploaded' : 'found';
        lease = await this.contexts.lease(request, id);
      } else if (request) {
        lease = this.contexts.use(request.index);
      }
      attempt.context = lease?.index;
      const { host, port, bindPort, sendTimeout, tls } = connection;
      const clientType = tls === 'modem' ? 2 : 1;
      return { host, port, clientType, bindPort, sendTimeout, context: lease?.index };
    };
    try {
      const session = await this.#service.acquire({ signal, waiting, priority, short, prepare });
      this.opened++;
      session.whenOver(release);
      return { session, tls: request?.type === 'settings' ? request.tls : undefined, modem: this.#host.name };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #toSocketError(error: unknown, connection: Connection, plan: Plan, attempt: Attempt): Promise<unknown> {
    if (error instanceof ModemError && error.code === 'ERR_MODEM_SERVICE') {
      return failureToError({ type: 'service-failed', cause: error }, connection);
    }
    if (!(error instanceof OpenFailure)) return error;
    const result = resultOf(error);
    const advice =
      plan.request && result !== undefined && HANDSHAKE_RESULTS.includes(result)
        ? await this.#advice(result, connection, plan, attempt)
        : undefined;
    return failureToError(error.failure, connection, advice);
  }

  /** Why the module may not have made a TLS connection. */
  async #advice(
    result: number,
    { host, port }: Connection,
    { request, learned }: Plan,
    { context = 0, files = 'found' }: Attempt,
  ): Promise<string> {
    const { profile } = this.#service.environment;
    const settings = request?.type === 'settings' ? request.settings : new Map<ContextKey, number | string>();
    const checksDates = result === HANDSHAKE_FAILED && settings.get('ignorelocaltime') === 0;
    const clock = checksDates ? await this.#host.clock().catch(() => undefined) : undefined;
    const facts = { profile, host, port, result, context, settings, files, learned, clock };
    return handshakeAdvice({ ...this.#host.identity, ...facts });
  }
}

function isLearned({ options }: Connection): boolean {
  return options.ca === LEARN && options.rejectUnauthorized !== false;
}

function resultOf(error: unknown): number | undefined {
  return error instanceof OpenFailure && error.failure.type === 'result' ? error.failure.number : undefined;
}
