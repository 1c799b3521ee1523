import { X509Certificate, randomUUID } from 'node:crypto';
import { access, constants, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ModemError, codeOf } from '../errors/index.js';

/** A root that was learned of a server. */
export interface KnownRoot {
  readonly certificate: X509Certificate;
  /** What the chain was verified against when it was learned: the roots of Node, or authorities that the user gave. */
  readonly verifiedBy: 'node' | 'given';
  /** When that was, as ISO 8601 says it. */
  readonly learned: string;
}

/** The file: the same by `host:port`, the certificate in PEM. */
interface Stored {
  readonly roots: Readonly<Record<string, Omit<KnownRoot, 'certificate'> & { readonly certificate: string }>>;
}

/** The roots that were learned of servers, by host and port; kept in a file, if there is one. */
export class LearnedRoots {
  readonly #path: string | undefined;
  #roots: Promise<Map<string, KnownRoot>> | undefined;

  /** `path` is a file, read when the first is asked for and written with each that is learned. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** The root of a server; `undefined` when none is known. Rejects with `ERR_MODEM_CERTIFICATE` for a damaged file. */
  async get(host: string, port: number): Promise<KnownRoot | undefined> {
    return (await this.#all()).get(keyOf(host, port));
  }

  /** Remembers the root of a server. */
  async set(host: string, port: number, root: KnownRoot): Promise<void> {
    // Another program may have written since.
    if (this.#path !== undefined) this.#roots = undefined;
    const roots = new Map(await this.#all());
    roots.set(keyOf(host, port), root);
    if (this.#path !== undefined) await this.#write(this.#path, roots);
    this.#roots = Promise.resolve(roots);
  }

  #all(): Promise<Map<string, KnownRoot>> {
    this.#roots ??= this.#path === undefined ? Promise.resolve(new Map<string, KnownRoot>()) : this.#read(this.#path);
    // A file that is mended, or can be read again, counts from then on.
    this.#roots.catch(() => (this.#roots = undefined));
    return this.#roots;
  }

  async #read(path: string): Promise<Map<string, KnownRoot>> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return this.#begin(path);
      throw unusable(path, 'cannot be read', cause);
    }
    try {
      const { roots } = JSON.parse(text) as Partial<Stored>;
      if (typeof roots !== 'object') throw new Error("It has no member 'roots'.");
      const entries = Object.entries(roots);
      return new Map(
        entries.map(([key, root]) => [key, { ...root, certificate: new X509Certificate(root.certificate) }]),
      );
    } catch (cause) {
      throw unusable(path, 'holds something else than learned roots', cause);
    }
  }

  /** There is none yet: whether there can be one. */
  async #begin(path: string): Promise<Map<string, KnownRoot>> {
    try {
      await access(dirname(path), constants.W_OK);
      return new Map();
    } catch (cause) {
      throw unusable(path, 'cannot be written', cause);
    }
  }

  /** Aside first: half a file would be no trust at all after a crash. */
  async #write(path: string, roots: ReadonlyMap<string, KnownRoot>): Promise<void> {
    const entries = [...roots].map(
      ([key, root]) => [key, { ...root, certificate: root.certificate.toString() }] as const,
    );
    try {
      const aside = `${path}.${process.pid}-${randomUUID()}.new`;
      // Who can write it decides whom this program trusts.
      await writeFile(aside, `${JSON.stringify({ roots: Object.fromEntries(entries) }, undefined, 2)}\n`, {
        mode: 0o600,
      });
      await rename(aside, path);
    } catch (cause) {
      throw unusable(path, 'cannot be written', cause);
    }
  }
}

function keyOf(host: string, port: number): string {
  return `${host.toLowerCase().replace(/\.$/, '')}:${port}`;
}

function unusable(path: string, what: string, cause: unknown): ModemError {
  return new ModemError('ERR_MODEM_CERTIFICATE', `The file of learned roots, ${path}, ${what}.`, { cause });
}
