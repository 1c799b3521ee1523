import { failureToError, OpenFailure, type Failure, type OpenRequest, type SslService } from '../cch/index.js';
import {
  CertificateStore,
  ContextPool,
  contextRequest,
  type ContextLease,
  type ContextRequest,
} from '../context/index.js';
import { ModemError } from '../errors/index.js';
import type {
  AcquireProgress,
  Connection,
  IdleSocket,
  LiveSocket,
  OpenedSession,
  SessionSource,
} from '../socket/index.js';

/** Results that a damaged certificate file gives: handshake, and certificates not set (field note 5.20). */
const DOUBTFUL_RESULTS = [15, 19];

/** Hands the sessions of one modem to sockets: contexts and files set up, failures told, idle sockets closed for others. */
export class Sessions implements SessionSource {
  /** The module's address in its network. */
  address: string | undefined;
  /** Sessions opened so far. */
  opened = 0;
  readonly store: CertificateStore;

  readonly #service: SslService;
  readonly #pool: ContextPool;
  readonly #sockets = new Set<LiveSocket>();
  readonly #idle = new Set<IdleSocket>();
  #closed = false;

  constructor(service: SslService) {
    this.#service = service;
    this.store = new CertificateStore(service.environment);
    this.#pool = new ContextPool(service.environment);
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
    if (connection.tls === 'modem') this.#contextRequest(connection);
  }

  async acquire(connection: Connection, progress: AcquireProgress): Promise<OpenedSession> {
    const plan = connection.tls === 'modem' ? this.#contextRequest(connection) : undefined;
    const settings = plan?.type === 'settings' ? plan : undefined;
    const index = plan?.type === 'given' ? plan.index : undefined;
    for (let renewed = false; ; renewed = true) {
      try {
        return await this.#open(connection, progress, settings, index);
      } catch (error) {
        const again = !renewed && settings && isDoubtful(error) && (await this.store.renew(settings.files));
        if (!again) throw toSocketError(error, connection);
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

  #contextRequest(connection: Connection): ReturnType<typeof contextRequest> {
    const { host, connectTimeout, options } = connection;
    const { profile } = this.#service.environment;
    return contextRequest(options, { host, connectTimeout, profile });
  }

  async #open(
    connection: Connection,
    progress: AcquireProgress,
    settings: ContextRequest | undefined,
    given: number | undefined,
  ): Promise<OpenedSession> {
    let lease: ContextLease | undefined;
    const prepare = async (id: number): Promise<OpenRequest> => {
      progress.opening();
      lease?.release();
      if (settings) {
        await this.store.ensure(settings.files);
        lease = await this.#pool.lease(settings, id);
      } else if (given !== undefined) {
        lease = this.#pool.use(given);
      }
      const { host, port, bindPort, sendTimeout, tls } = connection;
      const clientType = tls === 'modem' ? 2 : 1;
      return { host, port, clientType, bindPort, sendTimeout, context: lease?.index };
    };
    try {
      const session = await this.#service.acquire({ signal: progress.signal, prepare });
      this.opened++;
      session.whenOver(() => lease?.release());
      return { session, verified: settings?.verifies ?? false };
    } catch (error) {
      lease?.release();
      throw error;
    }
  }
}

function isDoubtful(error: unknown): boolean {
  if (!(error instanceof OpenFailure)) return false;
  const { failure } = error;
  return failure.type === 'result' && DOUBTFUL_RESULTS.includes(failure.number);
}

function toSocketError(error: unknown, connection: Connection): unknown {
  if (error instanceof OpenFailure) return failureToError(error.failure, connection);
  if (error instanceof ModemError && error.code === 'ERR_MODEM_SERVICE') {
    return failureToError({ type: 'service-failed', cause: error }, connection);
  }
  return error;
}
