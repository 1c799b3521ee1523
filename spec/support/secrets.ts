import { createPrivateKey, type KeyObject } from 'node:crypto';

/** Length of the pieces of a key that are looked for: a part of a key is one, too. */
const PIECE = 16;
/** Where pieces of keys may stand: base64 of either kind, with or without line ends, or hexadecimal. */
const runs = /[\w+/-]{16,}/g;
/** Bytes as `util.inspect` prints a Buffer: `30 81 87 …`. */
const spacedBytes = /(?:[0-9a-f]{2} ){8,}/g;
/** Bytes as JSON prints a Buffer: `48,129,135,…`. */
const listedBytes = /(?:\d{1,3},\s*){16,}/g;
/** One of these three. */
const anyRun = new RegExp([runs, spacedBytes, listedBytes].map(({ source }) => source.replaceAll(',}', '}')).join('|'));
/** Bytes at the beginning of an encrypted key that may be those of another one, too. */
const STRUCTURE = 36;
/** What is no base64 in a PEM file. */
const armour = /-----[^-]+-----|^[\w-]+:.*$|\s/gm;

/** Texts that must not be shown, by what they are. */
export class Secrets {
  readonly #texts = new Map<string, string>();
  readonly #pieces = new Map<string, string>();
  /** All texts at once: there are millions of lines. */
  #compiled: RegExp | undefined;

  /** Adds a text, which it returns. It is long and unmistakable: a short one would be found in counts of bytes. */
  add(name: string, text: string): string {
    if (text.length < 8) throw new Error(`'${name}' is too short to be looked for.`);
    this.#texts.set(text, name);
    this.#compiled = undefined;
    return text;
  }

  /** Adds a private key, PEM or DER, which it returns; of an encrypted one also what is in it. */
  addKey<T extends string | Buffer>(name: string, key: T, passphrase?: string): T {
    const source = typeof key === 'string' ? { key } : { key, format: 'der' as const, type: 'pkcs8' as const };
    const inner = createPrivateKey({ ...source, ...(passphrase === undefined ? {} : { passphrase }) });
    const outer: Buffer = typeof key === 'string' ? Buffer.from(key.replace(armour, ''), 'base64') : key;
    for (const der of [outer, inner.export({ type: 'pkcs8', format: 'der' })]) this.#addBytes(name, der, inner);
    for (const part of privateParts(inner)) {
      this.#addPieces(name, part.toString('base64url'));
      this.#addPieces(name, part.toString('hex'));
    }
    return key;
  }

  /** The name of a secret that stands in a text. */
  find(text: string): string | undefined {
    const [plain] = this.#pattern.exec(text) ?? [];
    if (plain !== undefined) return this.#texts.get(plain);
    if (this.#pieces.size === 0 || !anyRun.test(text)) return undefined;
    for (const [run] of text.matchAll(runs)) {
      const name = this.#findPiece(run);
      if (name !== undefined) return name;
    }
    for (const [bytes] of text.matchAll(spacedBytes)) {
      const name = this.#findPiece(bytes.replaceAll(' ', ''));
      if (name !== undefined) return name;
    }
    for (const [bytes] of text.matchAll(listedBytes)) {
      const name = this.#findPiece(Buffer.from(bytes.split(',').map(Number)).toString('hex'));
      if (name !== undefined) return name;
    }
    return undefined;
  }

  get #pattern(): RegExp {
    return (this.#compiled ??= patternOf([...this.#texts.keys()]));
  }

  #findPiece(run: string): string | undefined {
    for (let start = 0; start + PIECE <= run.length; start++) {
      const name = this.#pieces.get(run.slice(start, start + PIECE));
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** The bytes of a key but for those that its certificate shows, too. */
  #addBytes(name: string, der: Buffer, key: KeyObject): void {
    const [first = Buffer.alloc(0)] = privateParts(key);
    const start = der.indexOf(first);
    // Encrypted, all of it is as good as random.
    const [from, to] = start < 0 ? [STRUCTURE, der.length] : [start, privateEnd(der, key, start + first.length)];
    // Pieces that stand in the base64 of these bytes as in that of the whole, where 3 bytes are 4 characters.
    const bytes = (PIECE / 4) * 3;
    for (let at = Math.ceil(from / bytes) * bytes; at < to; at += bytes) {
      if (to - at >= bytes / 2) this.#addPieces(name, der.subarray(at, at + bytes).toString('base64'));
    }
    this.#addPieces(name, der.subarray(from, to).toString('hex'));
  }

  #addPieces(name: string, text: string): void {
    for (let start = 0; start + PIECE <= text.length; start += PIECE)
      this.#pieces.set(text.slice(start, start + PIECE), name);
  }
}

/** Any of these texts. */
function patternOf(texts: readonly string[]): RegExp {
  const escaped = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.length === 0 ? '(?!)' : escaped.join('|'));
}

/** The numbers of a key that are not those of its certificate, the longest first. */
function privateParts(key: KeyObject): Buffer[] {
  const { d = '', p, q } = key.export({ format: 'jwk' });
  return [d, p, q].flatMap((part) => (part === undefined ? [] : [Buffer.from(part, 'base64url')]));
}

/** Behind the private number of an elliptic key comes the public one; behind that of RSA more that is private. */
function privateEnd(der: Buffer, key: KeyObject, end: number): number {
  return key.asymmetricKeyType === 'rsa' ? der.length : end;
}

/** What the specs use as secrets; the search over the whole suite looks for them: see secrets-hooks.ts. */
export const secrets = new Secrets();

/** What the driver shows in no trace and no error, and whoever it is for does: the text of commands by hand, and numbers. */
export const concealed = new Secrets();

export const PIN = secrets.add('PIN', '73910264');
export const WRONG_PIN = secrets.add('wrong PIN', '58204917');
/** A PIN that is in no option, and in a command by hand only. */
export const PIN_BY_HAND = secrets.add('PIN by hand', '40617385');
export const APN_USER = secrets.add('user of the access point', 'customer-no-30571');
export const APN_PASSWORD = secrets.add('password of the access point', 'sesame-in-the-air');
export const WRONG_APN_PASSWORD = secrets.add('wrong password of the access point', 'poppy-in-the-air');
export const KEY_PASSWORD = secrets.add('password of a key', 'hush, quite a long word');
export const OTHER_KEY_PASSWORD = secrets.add('another password of a key', 'not the word for that key');
/** Text that a caller sends by hand, or is answered. */
export const CONCEALED = concealed.add('text of a concealed command', 'WhatNobodyIsToldOf');

// As the transcripts of spec/golden spell them.
secrets.add('password of a key', 'a secret, with a comma');
secrets.add('password of a key that is refused', 'a secret that is refused');

concealed.add('IMEI of a virtual modem', '860000000000001');
