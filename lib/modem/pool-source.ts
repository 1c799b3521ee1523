import { failureToError } from '../cch/index.js';
import { codeOf, type ModemError } from '../errors/index.js';
import {
  TlsSessions,
  type AcquireProgress,
  type Connection,
  type IdleSocket,
  type LiveSocket,
  type OpenedSession,
  type SessionSource,
} from '../socket/index.js';
import { LiveSockets } from './live-sockets.js';
import type { PoolMember } from './pool-member.js';
import { PoolQueue, type Waiter } from './pool-queue.js';

/** Codes that blame the module, or its network: none that another modem would give as well. */
const faults: readonly (string | undefined)[] = [
  'EBUSY',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOBUFS',
  'ENODEV',
  'ENOMEM',
  'ERR_MODEM_CLOSED',
  'ERR_MODEM_COMMAND',
  'ERR_MODEM_LINE',
  'ERR_MODEM_PORT',
  'ERR_MODEM_RESET',
  'ERR_MODEM_SERVICE',
  'ERR_MODEM_SESSION',
  'ERR_MODEM_TIMEOUT',
  'ERR_MODEM_UNKNOWN',
];
/** Codes behind another one that do. */
const faultsBehind: readonly (string | undefined)[] = ['ERR_MODEM_LINE', 'ERR_MODEM_RESET', 'ERR_MODEM_TIMEOUT'];
/** Codes that blame neither: the server, or the options. */
const neutral: readonly (string | undefined)[] = ['EPROTO', 'EINVAL', 'ERR_MODEM_NO_CERTIFICATE'];

/** Hands the sessions of several modems to sockets, as if they were of one. */
export class PoolSource implements SessionSource {
  /** TLS sessions are the host's: one that was opened over one modem is resumed over another. */
  readonly tlsSessions = new TlsSessions();
  readonly #members: readonly PoolMember[];
  readonly #queue: PoolQueue;
  readonly #sockets = new LiveSockets();
  /** Idle ones that were destroyed for somebody, and have not closed yet. */
  readonly #leaving = new Set<IdleSocket>();
  #state: 'open' | 'closed' = 'open';

  constructor(members: readonly PoolMember[]) {
    this.#members = members;
    this.#queue = new PoolQueue(members, (sessions) => this.#makeRoom(sessions));
  }

  get wanted(): boolean {
    return this.#queue.wanted;
  }

  /** Codes of the errors that sockets ended with, and how often. */
  get errors(): Readonly<Record<string, number>> {
    return this.#sockets.errors;
  }

  get sessions(): number {
    return this.#members.reduce((sum, { sessions }) => sum + sessions, 0);
  }

  /** Throws what is wrong with the options for every modem that is open; the others are asked when it is their turn. */
  check(connection: Connection): void {
    if (this.#isClosed()) throw failureToError({ type: 'closed' }, connection);
    let refusal: unknown;
    for (const { source } of this.#members) {
      try {
        source?.check(connection);
        if (source) return;
      } catch (error) {
        refusal ??= error;
      }
    }
    if (refusal !== undefined) throw refusal as Error;
  }

  async acquire(connection: Connection, progress: AcquireProgress): Promise<OpenedSession> {
    const waiter = this.#queue.join(connection);
    try {
      for (;;) {
        const opened = await this.#try(waiter, progress);
        if (opened) return opened;
      }
    } finally {
      this.#queue.leave(waiter);
    }
  }

  holders(): string {
    const described = this.#members.map(({ name, modem, source }) => {
      return `${name}: ${modem?.state === 'ready' && source ? source.holders() : (modem?.state ?? 'not open')}`;
    });
    return described.join('; ');
  }

  registerSocket(socket: LiveSocket): () => void {
    const remove = this.#sockets.add(socket);
    return () => {
      remove();
      if (this.#leaving.delete(socket)) this.#queue.evaluate();
    };
  }

  registerIdle(socket: IdleSocket): () => void {
    return this.#sockets.addIdle(socket);
  }

  /** The modems, or their sessions, are not as they were. */
  changed(): void {
    this.#queue.evaluate();
  }

  /** Lets ended sockets finish, destroys the others, and takes no more. Resolves when all are closed. */
  async closeAll(): Promise<void> {
    this.#state = 'closed';
    await this.#sockets.closeAll();
  }

  /** What still waits fails. */
  fail(error: ModemError): void {
    this.#state = 'closed';
    this.#queue.fail(error);
    this.#sockets.destroyAll(() => error);
  }

  /** A session of the modem where the waiter has its place; `undefined` when it needs another. */
  async #try(waiter: Waiter, progress: AcquireProgress): Promise<OpenedSession | undefined> {
    const { signal } = progress;
    const { member, moved } = await waiter.place(signal);
    const { source } = member;
    if (!source || !this.#suits(waiter, member)) {
      this.#elsewhere(waiter, member);
      return undefined;
    }
    const begun = performance.now();
    let served: number | undefined;
    const learning = () => {
      waiter.reach('learning');
      progress.learning();
    };
    const opening = () => {
      served = performance.now();
      waiter.reach('opening');
      progress.opening();
    };
    try {
      const { waiting } = progress;
      const asked = { signal: AbortSignal.any([signal, moved]), waiting, learning, opening };
      const opened = await source.acquire(waiter.connection, asked);
      member.succeeded(performance.now() - (served ?? begun));
      // By then its id is being closed.
      opened.session.whenOver(() => queueMicrotask(() => this.#queue.evaluate()));
      return opened;
    } catch (error) {
      if (signal.aborted || this.#isClosed()) throw error;
      if (moved.aborted) return undefined;
      const fault = isFault(error);
      if (fault || (served !== undefined && !neutral.includes(codeOf(error)))) member.record.failed();
      if (!fault) throw error;
      member.blame();
      waiter.unfit.set(member, error);
      this.#elsewhere(waiter, member);
      return undefined;
    }
  }

  /** Checks the options again: the modem may not have been open then, and keeps what it finds out. */
  #suits({ connection, unfit }: Waiter, member: PoolMember): boolean {
    try {
      member.source?.check(connection);
      return true;
    } catch (error) {
      unfit.set(member, error);
      return false;
    }
  }

  /** Another modem may open it: nothing was sent yet. Throws why this one could not when there is none. */
  #elsewhere(waiter: Waiter, member: PoolMember): void {
    const reason = waiter.unfit.get(member);
    if (reason !== undefined && !this.#queue.hasOther(waiter)) throw reason as Error;
    waiter.assign(undefined);
    this.#queue.evaluate();
  }

  /** Closes the sockets that have been idle longest. */
  #makeRoom(sessions: number): void {
    while (this.#leaving.size < sessions) {
      const oldest = this.#sockets.takeIdle();
      if (!oldest) return;
      this.#leaving.add(oldest);
      oldest.destroy();
    }
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

/** Whether an open failed by the fault of its modem. */
function isFault(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return faults.includes(codeOf(error)) || faultsBehind.includes(codeOf(cause));
}
