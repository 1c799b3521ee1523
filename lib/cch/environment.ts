import type { AtChannel } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { CodeWatch } from './code-watch.js';
import { run } from './run.js';
import type { CommandTable, Profile } from './table/index.js';

/** How the service is used; it is told before it starts. */
export interface ServiceOptions {
  /** Whether `AT+CCHOPEN?` may be asked: some firmware misbehaves on it (field note 5.2). */
  readonly openQuery: boolean;
  /** `manual`: the module caches and is asked. `auto`: it pushes (F1011). */
  readonly receive: 'manual' | 'auto';
  /** `transparent`: one session of raw bytes (F1010). */
  readonly mode: 'command' | 'transparent';
  /** Whether the line has flow control, so that the module can be held back. */
  readonly flowControl: boolean;
}

/** What every part of the service works with. */
export class Environment {
  readonly channel: AtChannel;
  readonly table: CommandTable;
  readonly profile: Profile;
  readonly codes = new CodeWatch();
  /** Commands and opens that were tried again, since the module refused or did not answer. */
  retries = 0;
  readonly openQuery: boolean;
  readonly receive: 'manual' | 'auto';
  readonly transparent: boolean;
  readonly flowControl: boolean;
  /** Whether another session than `id` is open or wanted, so that the line is to be shared; set by the service. */
  shared: (id: number) => boolean = () => false;
  /** Whether any session is open: some firmware crashes when it is asked otherwise (field note 5.2); set by the service. */
  anyOpen: () => boolean = () => true;
  /** Whether the module is being brought up, and forgets what it is told by others; set by the service. */
  suspended: () => boolean = () => false;
  /** Told the cached bytes of both sessions each time they are known; set by the service. */
  noticed: (cached: readonly [number, number]) => void = () => undefined;

  #cachedQuery: Promise<readonly [number, number]> | undefined;

  constructor(channel: AtChannel, table: CommandTable, profile: Profile, options: ServiceOptions) {
    this.channel = channel;
    this.table = table;
    this.profile = profile;
    this.openQuery = options.openQuery;
    this.receive = options.receive;
    this.transparent = options.mode === 'transparent';
    this.flowControl = options.flowControl;
  }

  /** Speed of the line in bits a second. */
  get baudRate(): number {
    return this.channel.options.baudRate;
  }

  /**
   * Bytes cached for both sessions. One question serves all who ask before it is written; who asks later gets a new one,
   * since its answer must not be older than what made them ask.
   */
  cached(): Promise<readonly [number, number]> {
    this.#cachedQuery ??= this.#askCached();
    return this.#cachedQuery;
  }

  /** Throws `ERR_MODEM_RESET` while what is told to the module now may be forgotten in a moment. */
  refuseWhileSuspended(): void {
    if (!this.suspended()) return;
    const message = 'The module is being brought up after a reset; nothing is told to it meanwhile.';
    throw new ModemError('ERR_MODEM_RESET', message, { transient: true });
  }

  /** Bytes that wait in the send buffer of a session. */
  async unsent(id: number): Promise<number> {
    const { unsent } = await run(this.channel, this.table.CCHSEND.read, {});
    return unsent[id] ?? 0;
  }

  /** Whether the module shows a session as open; `unknown` when it does not say. */
  async isOpen(id: number, unknown = false): Promise<boolean> {
    try {
      const sessions = await run(this.channel, this.table.CCHOPEN.read, {});
      return sessions.some(({ session, host }) => session === id && host !== '');
    } catch {
      return unknown;
    }
  }

  async #askCached(): Promise<readonly [number, number]> {
    const beforeWrite = () => {
      this.#cachedQuery = undefined;
      if (!this.anyOpen()) throw new ModemError('ERR_MODEM_SESSION', 'No session is open any more.');
    };
    try {
      const { cached } = await run(this.channel, this.table.CCHRECV.read, {}, { beforeWrite });
      this.noticed(cached);
      return cached;
    } finally {
      // When it never came to be written.
      if (this.#cachedQuery !== undefined) this.#cachedQuery = undefined;
    }
  }
}
