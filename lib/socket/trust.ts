import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { present, type ConnectOptions } from './options.js';

/**
 * Every option that decides whom a TLS connection trusts, whom it shows itself as, or how it is secured: those of Node's
 * `tls.connect` and `tls.createSecureContext`, and this package's own.
 */
const trustOptions = [
  'ALPNProtocols',
  'allowPartialTrustChain',
  'ca',
  'cert',
  'certificateCompression',
  'checkDates',
  'checkHostName',
  'checkServerIdentity',
  'ciphers',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'honorCipherOrder',
  'key',
  'maxVersion',
  'minDHSize',
  'minVersion',
  'passphrase',
  'pfx',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'pskCallback',
  'rejectUnauthorized',
  'requestOCSP',
  'secureContext',
  'secureOptions',
  'secureProtocol',
  'sessionIdContext',
  'sessionTimeout',
  'sigalgs',
  'sslContext',
  'ticketKeys',
  'tls',
] as const;

/** Levels of lists and objects: of the options, of one, of its values, of a key with its passphrase, and one to spare. */
const DEEPEST = 6;

/** Known to this process alone, so that a digest that is shown lets nobody try passphrases. */
const secret = randomBytes(32);

/** A name for what cannot be read, a function or an object that hides its content; `undefined` when there is none. */
export type NameOpaque = (value: object) => string | undefined;

/**
 * A keyed SHA-256 over what `options` say of trust: equal for equal options, and for no others. `undefined` where one is
 * opaque and `nameOpaque` has no name for it.
 */
export function trustDigest(options: Readonly<ConnectOptions>, nameOpaque: NameOpaque): string | undefined {
  const digest = createHmac('sha256', secret);
  const description = new Description((part) => digest.update(part), nameOpaque);
  const given = trustOptions.filter((name) => present(options[name])).map((name) => [name, options[name]]);
  const readable = description.add([...given, servernameOf(options)], 0);
  return readable ? digest.digest('hex') : undefined;
}

/** The name to send to the server: what the caller says, or the host when it is a name; `''` for none. */
export function servernameOf({ host, servername }: Readonly<ConnectOptions>): string {
  if (present(servername)) return servername;
  const name = typeof host === 'string' ? host.replace(/\.$/, '') : 'localhost';
  return isIP(name) === 0 ? name : '';
}

/** Values as parts with type and length each, so that no two read the same. */
class Description {
  readonly #write: (part: string | Buffer) => void;
  readonly #nameOpaque: NameOpaque;

  constructor(write: (part: string | Buffer) => void, nameOpaque: NameOpaque) {
    this.#write = write;
    this.#nameOpaque = nameOpaque;
  }

  /** Whether all of the value could be read, or has a name. */
  add(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.#bytes(Buffer.from(value));
    if (ArrayBuffer.isView(value)) return this.#bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    if (typeof value === 'function') return this.#opaque(value);
    if (typeof value !== 'object' || value === null) {
      this.#write(`${typeof value}:${String(value)};`);
      return true;
    }
    if (depth < DEEPEST && Array.isArray(value)) return this.#list('list', value, depth);
    if (depth < DEEPEST && isPlain(value)) return this.#list('object', membersOf(value), depth);
    return this.#opaque(value);
  }

  #bytes(content: Buffer): true {
    this.#write(`bytes:${content.length};`);
    this.#write(content);
    return true;
  }

  #list(type: 'list' | 'object', items: readonly unknown[], depth: number): boolean {
    this.#write(`${type}:${items.length};`);
    return items.every((item) => this.add(item, depth + 1));
  }

  #opaque(value: object): boolean {
    const name = this.#nameOpaque(value);
    this.#write(`opaque:${name ?? ''};`);
    return name !== undefined;
  }
}

/** In order of their names, whatever the order in which they were written. */
function membersOf(value: object): [string, unknown][] {
  return Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
