import debug from 'debug';
import PQueue from 'p-queue';
import { ExchangeError } from '../at/index.js';
import { run, succeeds, type Environment } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import { isNamedByContent, namedByContent, type CertificateFile } from './certificates.js';

const log = debug('modem-tls:cch');

/** Ms within which a file is written once: flash wears out, and what a file does not mend, another write does not. */
const WRITE_INTERVAL = 3_600_000;
/** Files that are given up, one after the other, for one that the module has no room for. */
const MOST_VICTIMS = 5;

/** A file that is known to be on the module; of a `found` one the content is only believed. */
type Presence = 'uploaded' | 'found';

/** Which files contexts name. */
export interface FileUse {
  /** Names that some context is set up with, used or not. */
  named(): ReadonlySet<string>;
}

/** The certificate files on the module: uploaded once, found again by their content-made name. */
export class CertificateStore {
  /** Files uploaded by this process. */
  uploads = 0;

  readonly #environment: Environment;
  readonly #use: FileUse;
  /** One at a time, so that two connects do not both write a file. */
  readonly #turns = new PQueue({ concurrency: 1 });
  #present: Map<string, Presence> | undefined;
  /** Whether a file that this process has not written is believed to hold what its name says. */
  #trusting = true;
  /** When this process wrote a file last, by name and content; in ms of `performance.now()`. */
  readonly #written = new Map<string, number>();
  /** How many connections need a file. */
  readonly #holds = new Map<string, number>();
  /** Names in the order of their last use. */
  readonly #recent = new Set<string>();

  constructor(environment: Environment, use: FileUse) {
    this.#environment = environment;
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
      const doubtful = files.filter((file) => present?.get(file.name) === 'found' && this.#wait(file) === 0);
      for (const file of doubtful) await this.#upload(file);
      const fresh = files.some((file) => (this.#written.get(keyOf(file)) ?? -Infinity) > since);
      return fresh;
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
    return this.#turns.add(() => this.#names());
  }

  /** Writes a file, unless this process did within the hour and it is still there. */
  put(file: CertificateFile): Promise<void> {
    return this.#turns.add(async () => {
      if (this.#wait(file) > 0 && (await this.#names()).includes(file.name)) return;
      this.#written.delete(keyOf(file));
      await this.#upload(file);
    });
  }

  /** Deletes a file. Rejects with `ERR_MODEM_IN_USE` for one that a connection needs, `ERR_MODEM_CERTIFICATE` for none. */
  remove(name: string): Promise<void> {
    return this.#turns.add(async () => {
      if (this.inUse(name)) throw new ModemError('ERR_MODEM_IN_USE', `A connection uses the file ${name}.`);
      const { channel, table } = this.#environment;
      if (!(await succeeds(run(channel, table.CCERTDELE.write, { name })))) throw notThere(name);
      this.#forgetFile(name);
    });
  }

  /** Deletes files that are named by their content, and that no context names. Their names. */
  prune(): Promise<string[]> {
    return this.#turns.add(async () => {
      const named = await this.#namedByContexts();
      const needless = (await this.#names()).filter((name) => isNamedByContent(name) && !named.has(name));
      const unused = needless.filter((name) => !this.inUse(name));
      for (const name of unused) await this.#delete(name);
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

  async #names(): Promise<string[]> {
    const { channel, table } = this.#environment;
    return (await run(channel, table.CCERTLIST.execute, {})).map(({ name }) => name);
  }

  async #look(): Promise<Map<string, Presence>> {
    const own = new Set([...this.#written.keys()].map((key) => key.split(' ', 1)[0]));
    const names = (await this.#names()).filter((name) => this.#trusting || own.has(name));
    return new Map(names.map((name) => [name, 'found']));
  }

  /** Uploads a file that is missing, at most once an hour. */
  async #write(file: CertificateFile): Promise<void> {
    const wait = this.#wait(file);
    if (wait === 0) return this.#upload(file);
    const minutes = Math.ceil(wait / 60_000);
    const message =
      `The module has lost ${file.name}, which was written within the hour; the flash is spared, and it is written again ` +
      `in ${minutes} min. Does another program delete files, or are there too many (modem.certificates.list())?`;
    throw new ModemError('ERR_MODEM_CERTIFICATE', message, { transient: true });
  }

  /** Ms until a file may be written again. */
  #wait(file: CertificateFile): number {
    const last = this.#written.get(keyOf(file));
    return last === undefined ? 0 : Math.max(0, last + WRITE_INTERVAL - performance.now());
  }

  async #upload(file: CertificateFile): Promise<void> {
    for (let victims = 0; ; victims++) {
      try {
        await this.#store(file);
        return;
      } catch (cause) {
        const refused = cause instanceof ExchangeError && cause.code === 'ERR_MODEM_COMMAND';
        const victim = refused && victims < MOST_VICTIMS ? await this.#victim(file.name) : undefined;
        if (victim === undefined) throw notStored(file, cause);
        log('no room for %s: %s goes', file.name, victim);
        await this.#delete(victim);
        this.#present?.delete(victim);
      }
    }
  }

  async #store(file: CertificateFile): Promise<void> {
    const { channel, table } = this.#environment;
    const { name, content } = file;
    this.#present?.delete(name);
    await this.#delete(name);
    try {
      await run(channel, table.CCERTDOWN.write, { name, length: content.length }, { payload: [content] });
    } catch (error) {
      // Half a file under a name that promises its content would be trusted later.
      await this.#delete(name);
      throw error;
    }
    this.uploads++;
    this.#present?.set(name, 'uploaded');
    this.#written.set(keyOf(file), performance.now());
    log('stored %s, %d bytes', name, content.length);
  }

  /** The file that goes when there is no room: ours, needed by no connection; named by no context, if there is one; the oldest. */
  async #victim(wanted: string): Promise<string | undefined> {
    const names = await this.#names();
    const idle = names.filter((name) => isNamedByContent(name) && !this.inUse(name) && name !== wanted);
    const named = this.#use.named();
    const age = [...this.#recent];
    const [oldest] = idle.sort(
      (a, b) => Number(named.has(a)) - Number(named.has(b)) || age.indexOf(a) - age.indexOf(b),
    );
    return oldest;
  }

  /** Files that contexts name: those that this process has set up, and what the module says of others. */
  async #namedByContexts(): Promise<Set<string>> {
    const { channel, table } = this.#environment;
    const contexts = await run(channel, table.CSSLCFG.read, {});
    const values = contexts.flatMap(({ settings, fields }) => fields ?? Object.values(settings));
    return new Set([...this.#use.named(), ...values.map(String)]);
  }

  async #delete(name: string): Promise<void> {
    const { channel, table } = this.#environment;
    try {
      await run(channel, table.CCERTDELE.write, { name });
    } catch (error) {
      log('delete of %s: %s', name, String(error));
    }
  }

  #forgetFile(name: string): void {
    this.#present?.delete(name);
    for (const key of this.#written.keys()) if (key.startsWith(`${name} `)) this.#written.delete(key);
  }
}

function keyOf({ name, content }: CertificateFile): string {
  return `${name} ${namedByContent('ca', content).name}`;
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
