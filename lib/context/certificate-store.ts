import debug from 'debug';
import PQueue from 'p-queue';
import { ExchangeError } from '../at/index.js';
import type { Environment } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import { isNamedByContent, type CertificateFile } from './certificates.js';
import { ModuleFiles } from './module-files.js';
import { WriteRecord } from './write-record.js';

const log = debug('modem-tls:cch');

/** Files that are given up, one after the other, for one that the module has no room for. */
const MOST_VICTIMS = 5;

/** Numbers of the SSL contexts (F1012). */
const CONTEXTS = Array.from({ length: 10 }, (_, index) => index);

/** A file that is known to be on the module; of a `found` one the content is only believed. */
type Presence = 'uploaded' | 'found';

/** Who uses contexts. */
export interface ContextUse {
  /** Whether a context was left to the user. */
  isUsers(index: number): boolean;
  /** Whether a connection is being opened with a context, or lives. */
  inUse(index: number): boolean;
}

/** The certificate files on the module: uploaded once, found again by their content-made name. */
export class CertificateStore {
  /** Files uploaded by this process. */
  uploads = 0;

  readonly #files: ModuleFiles;
  readonly #use: ContextUse;
  /** One at a time, so that two connects do not both write a file. */
  readonly #turns = new PQueue({ concurrency: 1 });
  #present: Map<string, Presence> | undefined;
  /** Whether a file that this process has not written is believed to hold what its name says. */
  #trusting = true;
  readonly #written = new WriteRecord();
  /** How many connections need a file. */
  readonly #holds = new Map<string, number>();
  /** Names of which half a file may be there: the upload failed, and so did its end. */
  readonly #halves = new Set<string>();
  /** Names that gave way to others. */
  readonly #evicted = new Set<string>();
  /** Names in the order of their last use. */
  readonly #recent = new Set<string>();

  constructor(environment: Environment, use: ContextUse) {
    this.#files = new ModuleFiles(environment);
    this.#use = use;
  }

  /**
   * Sees to it that files are on the module, and stay until the returned function is called. Rejects with
   * `ERR_MODEM_CERTIFICATE`.
   */
  async hold(files: readonly CertificateFile[]): Promise<() => void> {
    const names = files.map(({ name }) => name);
    for (const name of names) this.#holds.set(name, (this.#holds.get(name) ?? 0) + 1);
    let held = true;
    const release = () => {
      if (held) for (const name of names) this.#letGo(name);
      held = false;
    };
    try {
      if (files.length > 0) await this.#turns.add(() => this.#ensure(files));
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whether a connection is being opened with a file, or lives. */
  inUse(name: string): boolean {
    return this.#holds.has(name);
  }

  /**
   * Uploads files again that were only found: a name proves no content, since a reset may have cut an upload short (field
   * note 5.20). Whether there was any, or one was written after `since`, in ms of `performance.now()`.
   */
  renew(files: readonly CertificateFile[], since: number): Promise<boolean> {
    return this.#turns.add(async () => {
      const present = this.#present;
      const doubtful = files.filter((file) => present?.get(file.name) === 'found' && this.#written.wait(file) === 0);
      for (const file of doubtful) await this.#upload(file);
      return this.writtenSince(files, since);
    });
  }

  /**
   * Uploads files that the module does not find although they were there. Whether there were any. Rejects with
   * `ERR_MODEM_CERTIFICATE` for one that was written within the hour.
   */
  restore(files: readonly CertificateFile[]): Promise<boolean> {
    return this.#turns.add(async () => {
      const uploads = this.uploads;
      this.forget();
      await this.#ensure(files);
      return this.uploads > uploads;
    });
  }

  /** Names of the files on the module. */
  list(): Promise<string[]> {
    return this.#turns.add(() => this.#files.names());
  }

  /**
   * Writes a file, unless this process did within the hour and it is still there. Rejects with `ERR_MODEM_IN_USE` for
   * another content of one that a connection needs.
   */
  put(file: CertificateFile): Promise<void> {
    return this.#turns.add(async () => {
      if (this.#written.wait(file) > 0 && (await this.#files.names()).includes(file.name)) return;
      if (await this.#isNeeded(file.name)) throw inUse(file.name);
      await this.#upload(file);
    });
  }

  /** Deletes a file. Rejects with `ERR_MODEM_IN_USE` for one that a connection needs, `ERR_MODEM_CERTIFICATE` for none. */
  remove(name: string): Promise<void> {
    return this.#turns.add(async () => {
      if (await this.#isNeeded(name)) throw inUse(name);
      if (!(await this.#files.delete(name))) throw notThere(name);
      this.#forgetFile(name);
    });
  }

  /** Deletes files that are named by their content, and that no context names. Their names. */
  prune(): Promise<string[]> {
    return this.#turns.add(async () => {
      const named = await this.#files.namedBy(() => true);
      const needless = (await this.#files.names()).filter((name) => isNamedByContent(name) && !named.has(name));
      const unused = needless.filter((name) => !this.inUse(name));
      for (const name of unused) await this.#files.discard(name);
      for (const name of unused) this.#forgetFile(name);
      return unused;
    });
  }

  /** Files that are there may have been cut short: of those that others wrote none is believed by its name (field note 5.20). */
  distrust(): void {
    this.#trusting = false;
    this.forget();
  }

  /** Files were stored or deleted by hand, which is the user's own business: what is missing is written, whenever that was. */
  changedByHand(): void {
    this.#written.clear();
    this.forget();
  }

  /** The module was reset: nothing is known any more. */
  forget(): void {
    this.#present = undefined;
  }

  /** Whether any of the files was written after `since`, in ms of `performance.now()`. */
  writtenSince(files: readonly CertificateFile[], since: number): boolean {
    return this.#written.since(files, since);
  }

  /** Whether a connection needs a file, by its options or by a context that the user has set up. */
  async #isNeeded(name: string): Promise<boolean> {
    const isUsed = (context: number) => this.#use.isUsers(context) && this.#use.inUse(context);
    if (this.inUse(name) || !CONTEXTS.some(isUsed)) return this.inUse(name);
    return (await this.#files.namedBy(isUsed)).has(name);
  }

  #letGo(name: string): void {
    const holds = (this.#holds.get(name) ?? 1) - 1;
    if (holds > 0) this.#holds.set(name, holds);
    else this.#holds.delete(name);
  }

  async #ensure(files: readonly CertificateFile[]): Promise<void> {
    this.#present ??= await this.#look();
    for (const file of files) {
      if (!this.#present.has(file.name)) await this.#write(file);
      this.#recent.delete(file.name);
      this.#recent.add(file.name);
    }
  }

  async #look(): Promise<Map<string, Presence>> {
    const own = this.#written.names;
    const isBelieved = (name: string) => !this.#halves.has(name) && (this.#trusting || own.has(name));
    const names = (await this.#files.names()).filter(isBelieved);
    return new Map(names.map((name) => [name, 'found']));
  }

  /** Uploads a file that is missing, at most once an hour. */
  async #write(file: CertificateFile): Promise<void> {
    const wait = this.#written.wait(file);
    if (wait === 0) return this.#upload(file);
    const minutes = Math.ceil(wait / 60_000);
    const lost = this.#evicted.has(file.name) ? 'had no room left for' : 'has lost';
    const message =
      `The module ${lost} ${file.name}, which was written within the hour; the flash is spared, and it is written again ` +
      `in ${minutes} min. Does another program delete files, or are there too many (modem.certificates.list())?`;
    throw new ModemError('ERR_MODEM_CERTIFICATE', message, { transient: true });
  }

  async #upload(file: CertificateFile): Promise<void> {
    for (let refusals = 1; ; refusals++) {
      try {
        await this.#store(file);
        return;
      } catch (cause) {
        const refused = cause instanceof ExchangeError && cause.code === 'ERR_MODEM_COMMAND';
        if (!refused || refusals > MOST_VICTIMS + 1) throw notStored(file, cause);
        // A single refusal may have been about something else.
        if (refusals > 1 && !(await this.#makeRoom(file))) throw notStored(file, cause);
      }
    }
  }

  async #store(file: CertificateFile): Promise<void> {
    const { name } = file;
    await this.#files.discard(name);
    this.#forgetFile(name);
    this.#halves.add(name);
    try {
      await this.#files.store(file);
    } catch (error) {
      // Half a file under a name that promises its content would be trusted later.
      await this.#files.discard(name);
      throw error;
    }
    this.#halves.delete(name);
    this.uploads++;
    this.#present?.set(name, 'uploaded');
    this.#written.add(file);
    this.#evicted.delete(name);
  }

  /** Deletes the oldest file that nobody needs. Whether there was one. */
  async #makeRoom({ name }: CertificateFile): Promise<boolean> {
    const victim = await this.#victim(name);
    if (victim === undefined) return false;
    log('no room for %s: %s goes', name, victim);
    await this.#files.discard(victim);
    this.#present?.delete(victim);
    this.#evicted.add(victim);
    return true;
  }

  /**
   * The file that goes when there is no room: ours, and needed by no connection and no context of the user's. Rather one that no
   * context names, then one that may be written again; of those the oldest.
   */
  async #victim(wanted: string): Promise<string | undefined> {
    const users = await this.#files.namedBy((context) => this.#use.isUsers(context));
    const named = await this.#files.namedBy(() => true);
    const idle = (await this.#files.names()).filter(
      (name) => isNamedByContent(name) && !this.inUse(name) && !users.has(name) && name !== wanted,
    );
    const age = [...this.#recent];
    const rank = (name: string) => Number(named.has(name)) * 2 + Number(this.#written.isFresh(name));
    const [oldest] = idle.sort((a, b) => rank(a) - rank(b) || age.indexOf(a) - age.indexOf(b));
    return oldest;
  }

  #forgetFile(name: string): void {
    this.#present?.delete(name);
    this.#written.delete(name);
  }
}

function inUse(name: string): ModemError {
  return new ModemError('ERR_MODEM_IN_USE', `A connection uses the file ${name}, or an SSL context that names it.`);
}

function notThere(name: string): ModemError {
  const message = `The module has no file ${name} that it would delete; modem.certificates.list() shows what is there.`;
  return new ModemError('ERR_MODEM_CERTIFICATE', message);
}

function notStored({ name, content }: CertificateFile, cause: unknown): ModemError {
  // A name that the module does not take: nothing was written.
  if (cause instanceof ModemError && cause.code === 'ERR_INVALID_ARG_VALUE') return cause;
  const message = `The module did not store ${name} (${content.length} bytes).`;
  return new ModemError('ERR_MODEM_CERTIFICATE', message, { cause });
}
