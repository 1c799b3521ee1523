import debug from 'debug';
import PQueue from 'p-queue';
import { ModemError } from '../errors/index.js';
import { run, type Environment } from '../cch/index.js';
import type { CertificateFile } from './certificates.js';

const log = debug('modem-tls:cch');

/** The certificate files on the module: uploaded once, found again by their content-made name. */
export class CertificateStore {
  /** Files uploaded by this process. */
  uploads = 0;

  readonly #environment: Environment;
  /** One upload at a time, so that two connects do not both write a file. */
  readonly #turns = new PQueue({ concurrency: 1 });
  /** Names that are known to be on the module; `found` ones were there already, and their content is only believed. */
  #present: Map<string, 'uploaded' | 'found'> | undefined;
  /** Whether a file is believed to hold what its name says. */
  #trusting = true;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Sees to it that files are on the module. */
  async ensure(files: readonly CertificateFile[]): Promise<void> {
    if (files.length > 0) await this.#turns.add(() => this.#ensure(files));
  }

  /**
   * Uploads files again that were only found: a name proves no content, since a reset may have cut an upload short (field
   * note 5.20). Whether there was any.
   */
  async renew(files: readonly CertificateFile[]): Promise<boolean> {
    const present = this.#present;
    const doubtful = files.filter((file) => present?.get(file.name) === 'found');
    if (present && doubtful.length > 0) {
      await this.#turns.add(async () => {
        for (const file of doubtful) await this.#upload(file, present);
      });
    }
    return doubtful.length > 0;
  }

  /** Files that are there may have been cut short: none is believed by its name any more (field note 5.20). */
  distrust(): void {
    this.#trusting = false;
    this.forget();
  }

  /** The module was reset: nothing is known any more. */
  forget(): void {
    this.#present = undefined;
  }

  async #ensure(files: readonly CertificateFile[]): Promise<void> {
    const present = (this.#present ??= await this.#list());
    for (const file of files) if (!present.has(file.name)) await this.#upload(file, present);
  }

  async #list(): Promise<Map<string, 'uploaded' | 'found'>> {
    const { channel, table } = this.#environment;
    const files = await run(channel, table.CCERTLIST.execute, {});
    return new Map(this.#trusting ? files.map(({ name }) => [name, 'found']) : []);
  }

  async #upload(file: CertificateFile, present: Map<string, 'uploaded' | 'found'>): Promise<void> {
    const { channel, table } = this.#environment;
    const { name, content } = file;
    if (present.has(name) || !this.#trusting) await this.#remove(name);
    present.delete(name);
    try {
      await run(channel, table.CCERTDOWN.write, { name, length: content.length }, { payload: [content] });
    } catch (cause) {
      // Half a file under a name that promises its content would be trusted later.
      await this.#remove(name);
      throw new ModemError('ERR_MODEM_CERTIFICATE', `The module did not store ${name} (${content.length} bytes).`, {
        cause,
      });
    }
    this.uploads++;
    present.set(name, 'uploaded');
    log('stored %s, %d bytes', name, content.length);
  }

  async #remove(name: string): Promise<void> {
    const { channel, table } = this.#environment;
    try {
      await run(channel, table.CCERTDELE.write, { name });
    } catch (error) {
      log('delete of %s: %s', name, String(error));
    }
  }
}
