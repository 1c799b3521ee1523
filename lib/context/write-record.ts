import { namedByContent, type CertificateFile } from './certificates.js';

/** Ms within which a file is written once: flash wears out, and what a file does not mend, another write does not. */
const WRITE_INTERVAL = 3_600_000;

/** A file that was written. */
interface Write {
  /** Told from others of its name by this. */
  readonly content: string;
  /** In ms of `performance.now()`. */
  readonly time: number;
}

/** When this process wrote which file to the module last: the flash there is spared. */
export class WriteRecord {
  readonly #writes = new Map<string, Write>();

  /** Names of what was written. */
  get names(): ReadonlySet<string> {
    return new Set(this.#writes.keys());
  }

  /** A file was written. */
  add(file: CertificateFile): void {
    this.#writes.set(file.name, { content: contentOf(file), time: performance.now() });
  }

  /** A file is not there any more, or about to be replaced. */
  delete(name: string): void {
    this.#writes.delete(name);
  }

  /** All of it is forgotten. */
  clear(): void {
    this.#writes.clear();
  }

  /** Ms until a file may be written again. */
  wait(file: CertificateFile): number {
    return Math.max(0, this.#timeOf(file) + WRITE_INTERVAL - performance.now());
  }

  /** Whether any of the files was written after `since`, in ms of `performance.now()`. */
  since(files: readonly CertificateFile[], since: number): boolean {
    return files.some((file) => this.#timeOf(file) > since);
  }

  /** Whether a file of that name, whatever it holds, was written within the hour. */
  isFresh(name: string): boolean {
    const write = this.#writes.get(name);
    return write !== undefined && write.time > performance.now() - WRITE_INTERVAL;
  }

  #timeOf(file: CertificateFile): number {
    const write = this.#writes.get(file.name);
    return write?.content === contentOf(file) ? write.time : -Infinity;
  }
}

function contentOf({ content }: CertificateFile): string {
  return namedByContent('ca', content).name;
}
