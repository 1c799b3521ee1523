/** The module's certificate and key files, bounded in number and size (field note 4). They outlive a reset. */
export class FileStore {
  readonly files = new Map<string, Buffer>();
  readonly #maxFiles: number;
  readonly #size: number;
  #stored = 0;

  constructor(maxFiles: number, size: number) {
    this.#maxFiles = maxFiles;
    this.#size = size;
  }

  /** How often a file was stored. */
  get stored(): number {
    return this.#stored;
  }

  /** Whether a file of that name and size would fit; one of the same name is replaced. */
  fits(name: string, size: number): boolean {
    const others = [...this.files].filter(([other]) => other !== name);
    const used = others.reduce((sum, [, content]) => sum + content.length, 0);
    return others.length < this.#maxFiles && used + size <= this.#size;
  }

  put(name: string, content: Buffer): void {
    this.files.set(name, content);
    this.#stored++;
  }
}
