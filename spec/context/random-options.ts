import { inspect } from 'node:util';
import { seeded } from '../support/chunks.js';
import type { Certificate, Identity, KeyForm, Materials } from './oracle-materials.js';
import type { Options } from './oracle-refusals.js';
import {
  addresses,
  badCiphers,
  badHosts,
  badTimes,
  badVersions,
  ignored,
  names,
  times,
  tooMuch,
  versions,
} from './random-values.js';

/** A value, and what to call it when it is shown. */
export interface Named {
  readonly name: string;
  readonly value: unknown;
}

/** Options by name, each with a value that can be shown. */
export type NamedOptions = Readonly<Record<string, Named>>;

/** The options as they are given to `connect`. */
export function optionsOf(named: NamedOptions): Options {
  return Object.fromEntries(Object.entries(named).map(([key, { value }]) => [key, value]));
}

export function describeOptions(named: NamedOptions): string {
  const all = Object.entries(named).map(([key, { name }]) => `${key}: ${name}`);
  return `{ ${all.join(', ')} }`;
}

/** Anything that shows itself. */
function plain(value: unknown): Named {
  return { name: inspect(value), value };
}

/** Something of which one is chosen, and how often among the others. */
type Weighted<T> = readonly [weight: number, choice: T];

/** Makes options of every kind: as they should be, at the edge, wrong, and mixed. The same seed, the same options. */
export class RandomOptions {
  readonly #random: () => number;
  readonly #materials: Materials;
  readonly #trusted: Named[];
  readonly #below: readonly Named[];
  readonly #partlyOld: readonly Named[];
  readonly #public: Named[];
  readonly #refused: readonly Named[];

  constructor(materials: Materials, seed: number) {
    this.#random = seeded(seed);
    this.#materials = materials;
    const { authorities, oldAuthorities, publicRoots, intermediate, root, crossed, junk } = materials;
    // Not a new one each time: every one is a file, and files are written slowly.
    const several = (count: number, make: () => Named) => Array.from({ length: count }, make);
    this.#trusted = several(24, () => this.#bundle(this.#some(authorities)));
    this.#partlyOld = several(8, () => this.#bundle([...this.#some(authorities), ...this.#some(oldAuthorities)]));
    const few = () => this.#some(publicRoots.slice(0, this.#upTo(publicRoots.length)));
    // Without the root above it, alone or beside another one, and with it.
    const rootless = several(6, () =>
      this.#bundle([intermediate, ...this.#some(authorities.slice(1)).slice(this.#upTo(2) - 1)]),
    );
    const rooted = several(4, () => this.#bundle(this.#happens(0.5) ? [intermediate, root] : [root, intermediate]));
    this.#below = [...rootless, ...rooted];
    this.#public = several(10, () => this.#bundle([...few(), ...(this.#happens(0.3) ? this.#some(authorities) : [])]));
    this.#trusted.push(this.#bundle([materials.slow]), this.#bundle([materials.slow, ...this.#some(authorities)]));
    this.#public.push(this.#bundle(crossed), this.#bundle([...crossed].reverse()));
    this.#refused = [
      ...junk,
      ...junk.map((one) => this.#list([one, this.#encoded(this.#one(authorities))])),
      plain(''),
      plain([]),
      this.#bundle(materials.tooMany),
    ];
  }

  next(): NamedOptions {
    const options: Record<string, Named> = { ...this.#place() };
    if (this.#happens(0.04)) return { ...options, ...this.#givenContext() };
    Object.assign(options, this.#trust(), this.#identity(), this.#versions(), this.#rest(options['host']?.value));
    if (this.#happens(0.08)) Object.assign(options, this.#from(tooMuch));
    if (this.#happens(0.3)) Object.assign(options, this.#from(ignored));
    // What is left out in so many words is left out.
    if (this.#happens(0.2)) {
      const absent = this.#one(Object.keys(tooMuch));
      options[absent] ??= plain(this.#one([undefined, null]));
    }
    return options;
  }

  #place(): Record<string, Named> {
    const ports = this.#happens(0.99) ? [443, '8883', 8443] : [0, 65_536, 'https', undefined, null];
    const options: Record<string, Named> = { port: plain(this.#one(ports)) };
    const host = this.#choose<readonly unknown[]>([
      [80, names],
      [12, addresses],
      [6, [undefined, null]],
      [1, badHosts],
    ]);
    options['host'] = plain(this.#one(host));
    if (this.#happens(0.4)) options['connectTimeout'] = plain(this.#one(this.#happens(0.97) ? times : badTimes));
    if (this.#happens(0.1)) options['sendTimeout'] = plain(this.#one(this.#happens(0.9) ? [6e4, 9e4, null] : [0, 2e5]));
    if (this.#happens(0.1)) options['tls'] = plain(this.#one(this.#happens(0.95) ? ['modem', null] : ['yes', true]));
    return options;
  }

  #givenContext(): Record<string, Named> {
    const sslContext = plain(this.#happens(0.8) ? this.#upTo(10) - 1 : this.#one([10, -1, 1.5, '3', NaN, true]));
    if (this.#happens(0.7))
      return { sslContext, ...(this.#happens(0.3) ? { ca: plain(this.#one([null, undefined])) } : {}) };
    return { sslContext, ...this.#one([() => this.#trust(), () => this.#versions(), () => this.#identity()])() };
  }

  /** Whom to believe. */
  #trust(): Record<string, Named> {
    const options: Record<string, Named> = {};
    const kind = this.#choose([
      [44, 'trusted'],
      [6, 'partly old'],
      [6, 'below'],
      [12, 'public'],
      [38, 'nobody'],
      [2, 'left out'],
      [2, 'old'],
      [4, 'refused'],
    ] as const);
    if (kind === 'trusted') options['ca'] = this.#one(this.#trusted);
    if (kind === 'below') options['ca'] = this.#one(this.#below);
    if (kind === 'partly old') options['ca'] = this.#one(this.#partlyOld);
    if (kind === 'public') options['ca'] = this.#one(this.#public);
    if (kind === 'old') options['ca'] = this.#bundle(this.#some(this.#materials.oldAuthorities));
    if (kind === 'refused') options['ca'] = this.#one(this.#refused);
    if (kind === 'left out' && this.#happens(0.5)) options['ca'] = plain(this.#one([null, undefined]));
    // Nobody looks at it then.
    if (kind === 'nobody' && this.#happens(0.3)) options['ca'] = this.#one([...this.#refused, ...this.#public]);
    if (kind === 'nobody') options['rejectUnauthorized'] = plain(false);
    else if (this.#happens(0.3))
      options['rejectUnauthorized'] = plain(this.#one([true, true, undefined, null, 0, 'false']));
    const mind: readonly Weighted<unknown>[] =
      kind === 'public' || kind === 'below' ? [[65, false], [25, true], [10, undefined]] : [[78, undefined], [12, false], [8, true], [2, null]]; // prettier-ignore
    if (this.#happens(0.9)) options['checkHostName'] = plain(this.#choose(mind));
    if (this.#happens(0.01)) options['checkHostName'] = plain(this.#one([0, 'false', '', 1, 'true']));
    if (this.#happens(kind === 'below' ? 0.6 : 0.06)) {
      const partial: readonly unknown[] = this.#happens(0.95) ? [true, true, true, false, null] : [1, 'true', 0];
      options['allowPartialTrustChain'] = plain(this.#one(partial));
    }
    if (this.#happens(0.5))
      options['checkDates'] = plain(this.#one([true, true, false, false, false, undefined, null, 0]));
    return options;
  }

  /** Who the client is. */
  #identity(): Record<string, Named> {
    const kind = this.#choose([
      [66, 'nobody'],
      [18, 'open'],
      [6, 'sealed'],
      [8, 'wrong'],
    ] as const);
    if (kind === 'nobody') {
      if (this.#happens(0.1)) return { passphrase: plain('for nothing') };
      return this.#happens(0.1) ? { cert: plain(null), key: plain(undefined) } : {};
    }
    if (kind === 'wrong') return this.#wrongIdentity();
    const { identities, oldIdentities } = this.#materials;
    const identity = this.#one(this.#happens(0.1) ? oldIdentities : identities);
    const cert = this.#clientCertificate(identity);
    if (kind === 'sealed') return { cert, ...this.#sealedKey(this.#one(identity.sealedKeys)) };
    if (this.#happens(0.1)) return this.#inOneFile(identity);
    const passphrase = this.#happens(0.2) ? { passphrase: plain('not needed') } : {};
    return { cert, key: this.#keyValue(this.#one(identity.keys)), ...passphrase };
  }

  /** Certificate and key on end, given for both, as programs do that keep one file. */
  #inOneFile({ certificate, keys: [key], name }: Identity): Record<string, Named> {
    const text = `${certificate.pem}${String(key?.value)}`;
    const both = { name: `one file of ${name}, its key in it`, value: text };
    return { cert: both, key: both };
  }

  #wrongIdentity(): Record<string, Named> {
    const [identity, other] = this.#two(this.#materials.identities);
    const cert = this.#clientCertificate(identity);
    const key = this.#keyValue(this.#one(identity.keys));
    const sealed = this.#one(identity.sealedKeys);
    const shut = { name: sealed.name, value: sealed.value };
    return this.#one<() => Record<string, Named>>([
      () => ({ cert }),
      () => ({ key }),
      () => ({ cert, key: this.#keyValue(this.#one(other.keys)) }),
      () => ({ cert, ...this.#sealedKey(this.#one(other.sealedKeys)) }),
      () => ({ cert, key: shut }),
      () => ({ cert, key: shut, passphrase: plain(this.#one(['wrong', '', null])) }),
      () => ({ cert, key: this.#list([plain({ pem: sealed.value, passphrase: 'wrong' })]) }),
      () => ({ cert, key: this.#list([key, this.#keyValue(this.#one(other.keys))]) }),
      () => ({ cert, key: plain([]) }),
      () => ({ cert, key: this.#one(this.#materials.junk) }),
      () => ({ cert: this.#one(this.#refused), key }),
      () => ({ cert: this.#encoded(identity.certificate), key: this.#encoded(identity.certificate) }),
      () => ({ cert: this.#bundle([identity.certificate, ...this.#materials.tooMany]), key }),
    ])();
  }

  #clientCertificate({ certificate, chain }: Identity): Named {
    const whole = this.#happens(chain.length > 0 ? 0.8 : 0.2);
    return this.#bundle(whole ? [certificate, ...chain] : [certificate]);
  }

  #keyValue({ name, value }: KeyForm): Named {
    const one = { name, value };
    return this.#happens(0.75) ? one : this.#happens(0.5) ? this.#list([one]) : this.#list([this.#entry(one)]);
  }

  #sealedKey({ name, value, passphrase }: KeyForm): Record<string, Named> {
    const one = { name, value };
    if (this.#happens(0.7)) return { key: this.#happens(0.8) ? one : this.#list([one]), passphrase: plain(passphrase) };
    const key = this.#list([this.#entry(one, passphrase)]);
    return this.#happens(0.3) ? { key, passphrase: plain('of another key') } : { key };
  }

  #entry({ name, value }: Named, passphrase?: string): Named {
    const more = passphrase === undefined ? {} : { passphrase };
    return { name: `{ pem: ${name}, ${inspect(more)} }`, value: { pem: value, ...more } };
  }

  #versions(): Record<string, Named> {
    const any = () => plain(this.#happens(0.03) ? this.#one(badVersions) : this.#one(versions));
    return this.#choose<() => Record<string, Named>>([
      [50, () => ({})],
      [12, () => ({ minVersion: any() })],
      [8, () => ({ maxVersion: plain(this.#one(['TLSv1.2', 'TLSv1.3'])) })],
      [4, () => ({ maxVersion: any() })],
      [14, () => ({ minVersion: any(), maxVersion: any() })],
      [12, () => ({ minVersion: plain(null), maxVersion: plain(undefined) })],
    ])();
  }

  #rest(host: unknown): Record<string, Named> {
    const options: Record<string, Named> = {};
    const suite = this.#choose<readonly unknown[]>([
      [80, []],
      [12, ['AES128-SHA']],
      [5, [null, undefined]],
      [3, badCiphers],
    ]);
    if (suite.length > 0) options['ciphers'] = plain(this.#one(suite));
    const name = typeof host === 'string' ? host : 'localhost';
    const shown = this.#choose<readonly unknown[]>([
      [50, []],
      [30, [name, name.toUpperCase(), name.replace(/\.?$/, '.'), name.replace(/\.$/, '')]],
      [12, ['']],
      [5, [null, undefined]],
      [3, ['another.example', `x${name}`, `${name}..`, 5, true]],
    ]);
    if (shown.length > 0) options['servername'] = plain(this.#one(shown));
    return options;
  }

  /** Certificates as one value: one, a list, or one file of them, each as text or bytes. */
  #bundle(certificates: readonly Certificate[]): Named {
    const [one] = certificates;
    if (one !== undefined && certificates.length === 1 && this.#happens(0.7)) return this.#encoded(one);
    if (this.#happens(0.6)) return this.#list(certificates.map((each) => this.#encoded(each)));
    const name = `one file of ${certificates.map((each) => each.name).join(' + ')}`;
    const text = certificates.map(({ pem }) => pem).join(this.#one(['', '\n', '# next\n']));
    return { name, value: this.#happens(0.5) ? text : Buffer.from(text) };
  }

  #encoded({ name, pem, der }: Certificate): Named {
    return this.#choose<() => Named>([
      [40, () => ({ name, value: pem })],
      [15, () => ({ name: `${name} PEM bytes`, value: Buffer.from(pem) })],
      [15, () => ({ name: `${name} DER`, value: der })],
      [10, () => ({ name: `${name} DER array`, value: Uint8Array.from(der) })],
      [10, () => ({ name: `${name} Windows`, value: pem.replaceAll('\n', '\r\n') })],
      [10, () => ({ name: `${name} with words`, value: `Subject: ${name}\n    Issuer: -\n${pem}\n\n` })],
    ])();
  }

  #list(all: readonly Named[]): Named {
    return { name: `[${all.map(({ name }) => name).join(', ')}]`, value: all.map(({ value }) => value) };
  }

  #from(table: Readonly<Record<string, readonly unknown[]>>): Record<string, Named> {
    const [key, values] = this.#one(Object.entries(table));
    return { [key]: plain(this.#one(values)) };
  }

  #happens(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number from 1. */
  #upTo(most: number): number {
    return 1 + Math.floor(this.#random() * most);
  }

  #one<T>(all: readonly T[]): T {
    return all[this.#upTo(all.length) - 1] as T;
  }

  #two<T>(all: readonly T[]): [T, T] {
    const at = this.#upTo(all.length) - 1;
    return [all[at] as T, all[(at + this.#upTo(all.length - 1)) % all.length] as T];
  }

  /** One to three, in any order. */
  #some<T>(all: readonly T[]): T[] {
    const left = [...all];
    const count = Math.min(left.length, this.#choose([[6, 1], [3, 2], [1, 3]])); // prettier-ignore
    return Array.from({ length: count }, () => left.splice(this.#upTo(left.length) - 1, 1)[0] as T);
  }

  #choose<T>(choices: readonly Weighted<T>[]): T {
    let left = this.#random() * choices.reduce((sum, [weight]) => sum + weight, 0);
    const found = choices.find(([weight]) => (left -= weight) < 0) ?? choices[0];
    return (found as Weighted<T>)[1];
  }
}
