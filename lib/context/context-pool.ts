import { createHash } from 'node:crypto';
import PQueue from 'p-queue';
import { run, type CommandTable, type ContextKey, type Environment } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import type { ContextRequest } from './tls-options.js';

/** Number of SSL contexts of a module (F1012). */
const CONTEXTS = 10;

interface Context {
  readonly index: number;
  /** What it was set up for; `undefined` when nothing is known of it. */
  fingerprint: string | undefined;
  /** What was written to it since the module started. */
  readonly written: Map<ContextKey, number | string>;
  users: number;
  lastUse: number;
}

/** An SSL context that is set up as asked, and not changed until it is released. */
export interface ContextLease {
  readonly index: number;
  release(): void;
}

/** The module's ten SSL contexts: equal settings share one, the least recently used gives way, one in use never. */
export class ContextPool {
  readonly #environment: Environment;
  #contexts: Context[] = [];
  #uses = 0;
  readonly #withheld = new Set<number>();
  /** Contexts that were configured by hand since the last reset, and whether there was one. */
  readonly #configured = new Set<number>();
  #reset = false;
  /** One set-up at a time, so that two connects with equal settings do not both write them. */
  readonly #turns = new PQueue({ concurrency: 1 });

  constructor(environment: Environment) {
    this.#environment = environment;
    this.forget();
  }

  /** A context with these settings; `preferred` is the number that needs no `AT+CCHSSLCFG`. */
  lease(request: ContextRequest, preferred: number): Promise<ContextLease> {
    return this.#turns.add(() => this.#lease(request, preferred));
  }

  /** Whether a connection is being opened with a context, or lives. */
  inUse(index: number): boolean {
    return (this.#contexts[index]?.users ?? 0) > 0;
  }

  /** Whether a context was left to the user. */
  isUsers(index: number): boolean {
    return this.#withheld.has(index);
  }

  /**
   * Uses a context that the user configured. Throws `ERR_MODEM_RESET` when the module was reset since: it is at its defaults
   * then, which verify nothing.
   */
  use(index: number): ContextLease {
    if (this.#reset && !this.#configured.has(index)) throw notConfigured(index);
    this.#leave(index);
    const context = this.#contexts[index];
    if (context) context.users++;
    return leaseOf(index, context);
  }

  /** Leaves a context to the user, who configures it. */
  withhold(index: number): void {
    this.#configured.add(index);
    this.#leave(index);
  }

  #leave(index: number): void {
    this.#withheld.add(index);
    const context = this.#contexts[index];
    // What it was set up for is not what it is any more.
    if (context) context.fingerprint = undefined;
    context?.written.clear();
  }

  /** The module was reset: its contexts are at their defaults (field note 5.13). */
  reset(): void {
    this.#reset = true;
    this.#configured.clear();
    this.forget();
  }

  /** Nothing is known of the contexts any more. */
  forget(): void {
    this.#contexts = Array.from({ length: CONTEXTS }, (_, index) => ({
      index,
      fingerprint: undefined,
      written: new Map<ContextKey, number | string>(),
      users: 0,
      lastUse: 0,
    }));
  }

  async #lease(request: ContextRequest, preferred: number): Promise<ContextLease> {
    const fingerprint = fingerprintOf(request);
    const context = this.#choose(fingerprint, preferred);
    context.users++;
    try {
      if (context.fingerprint !== fingerprint) await this.#set(context, request.settings);
      context.fingerprint = fingerprint;
    } catch (error) {
      context.users--;
      throw error;
    }
    context.lastUse = ++this.#uses;
    return leaseOf(context.index, context);
  }

  #choose(fingerprint: string, preferred: number): Context {
    const known = this.#contexts.find((context) => context.fingerprint === fingerprint);
    if (known) return known;
    const idle = this.#contexts.filter(({ users, index }) => users === 0 && !this.#withheld.has(index));
    const [best] = idle.sort((a, b) => a.lastUse - b.lastUse || rank(a, preferred) - rank(b, preferred));
    if (best === undefined) {
      throw new ModemError('ERR_MODEM_IN_USE', 'Every SSL context of the module is in use, or was configured by hand.');
    }
    return best;
  }

  async #set(context: Context, settings: ReadonlyMap<ContextKey, number | string>): Promise<void> {
    const { channel, table } = this.#environment;
    context.fingerprint = undefined;
    for (const [key, value] of settings) {
      if (context.written.get(key) === value) continue;
      context.written.delete(key);
      if (key === 'keypwd' && value !== '') channel.conceal(String(value));
      const setting = { key, context: context.index, value } as Parameters<CommandTable['CSSLCFG']['write']['text']>[0];
      await run(channel, table.CSSLCFG.write, setting, { beforeWrite: () => this.#environment.refuseWhileSuspended() });
      context.written.set(key, value);
    }
  }
}

/** Of the settings, the passphrase of a key among them: a digest, so that it is kept nowhere but where it is written. */
function fingerprintOf({ settings }: ContextRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([...settings].sort()))
    .digest('hex');
}

function notConfigured(index: number): ModemError {
  const message =
    `The module was reset, and SSL context ${index} is at its defaults, which verify nothing. Configure it again ` +
    '(modem.ssl.CSSLCFG) before a connection uses it.';
  return new ModemError('ERR_MODEM_RESET', message);
}

function leaseOf(index: number, context: { users: number } | undefined): ContextLease {
  let released = false;
  const release = () => {
    if (!released && context) context.users--;
    released = true;
  };
  return { index, release };
}

/** Among contexts used equally long ago: the preferred one, then those that are no session's own number. */
function rank(context: Context, preferred: number): number {
  if (context.index === preferred) return -1;
  return context.index < 2 ? CONTEXTS : context.index;
}
