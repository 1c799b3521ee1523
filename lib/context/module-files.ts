import debug from 'debug';
import { run, succeeds, type Environment } from '../cch/index.js';
import type { CertificateFile } from './certificates.js';

const log = debug('modem-tls:cch');

/** The files that are on the module, and the SSL contexts that name them, as it says itself (F1012–F1015). */
export class ModuleFiles {
  readonly #environment: Environment;
  /** What is told to a module that is being brought up may be lost. */
  readonly #options = { beforeWrite: () => this.#environment.refuseWhileSuspended() };

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Names of the files. */
  async names(): Promise<string[]> {
    const { channel, table } = this.#environment;
    const files = await run(channel, table.CCERTLIST.execute, {}, this.#options);
    return files.map(({ name }) => name);
  }

  /** Files that contexts name: those contexts that count. */
  async namedBy(counts: (context: number) => boolean): Promise<Set<string>> {
    const { channel, table } = this.#environment;
    const contexts = await run(channel, table.CSSLCFG.read, {}, this.#options);
    const counted = contexts.filter(({ context }) => counts(context));
    return new Set(counted.flatMap(({ settings, fields }) => (fields ?? Object.values(settings)).map(String)));
  }

  /** Stores a file under its name. */
  async store({ name, content }: CertificateFile): Promise<void> {
    const { channel, table } = this.#environment;
    const value = { name, length: content.length };
    await run(channel, table.CCERTDOWN.write, value, { payload: [content], ...this.#options });
    log('stored %s, %d bytes', name, content.length);
  }

  /** Deletes a file; whether there was one. */
  async delete(name: string): Promise<boolean> {
    const { channel, table } = this.#environment;
    return succeeds(run(channel, table.CCERTDELE.write, { name }, this.#options));
  }

  /** Deletes a file that need not be there. Never rejects. */
  async discard(name: string): Promise<void> {
    const { channel, table } = this.#environment;
    try {
      await run(channel, table.CCERTDELE.write, { name }, this.#options);
    } catch (error) {
      log('delete of %s: %s', name, String(error));
    }
  }
}
