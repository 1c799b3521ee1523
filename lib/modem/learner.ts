import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import debug from 'debug';
import PQueue from 'p-queue';
import { hasExpired, isIssuedBy, isSelfSigned, parseCertificates, type CertificateInput } from '../context/index.js';
import { ModemError, asError, invalidArgument } from '../errors/index.js';
import { connect, type SessionSource } from '../socket/index.js';
import type { LearnedRoots } from './learned-roots.js';

const log = debug('modem-tls:modem');

/** Ms within which a root is learned anew once; what another root does not mend is not mended by learning. */
const RELEARN_INTERVAL = 3_600_000;

/** A root that was learned; `old` is the one that was known before. */
export interface Learned {
  readonly host: string;
  readonly port: number;
  readonly old: X509Certificate | undefined;
  readonly new: X509Certificate;
}

/** How a connection follows that the root of its server is learned. */
export interface FollowedLearning {
  readonly signal: AbortSignal;
  /** Called when it begins. */
  learning(this: void): void;
}

/** How a root is learned. */
export interface LearnOptions {
  /** What the chain must end in. Default: the roots of Node. */
  ca?: CertificateInput | undefined;
  signal?: AbortSignal | undefined;
}

/** Learns which root servers' chains end in: Node verifies the chain and the name once, over a TCP session of the module. */
export class Learner {
  readonly #source: SessionSource;
  readonly #roots: LearnedRoots;
  readonly #learned: (event: Learned) => void;
  /** For each server one at a time: who waits finds its root known. */
  readonly #turns = new Map<string, PQueue>();
  /** When a server's root was learned anew, in ms of `performance.now()`. */
  readonly #renewed = new Map<string, number>();

  constructor(source: SessionSource, roots: LearnedRoots, learned: (event: Learned) => void) {
    this.#source = source;
    this.#roots = roots;
    this.#learned = learned;
  }

  /** The root of a server, learned if it is not known or has expired. Rejects as {@link learn} does. */
  async root(host: string, port: number, options: FollowedLearning): Promise<X509Certificate> {
    const known = await this.#known(host, port);
    if (known) return known;
    options.learning();
    return this.#inTurn(host, port, async () => {
      return (await this.#known(host, port)) ?? (await this.#learn(host, port, options));
    });
  }

  /**
   * The root that a server's chain ends in. Rejects with what Node says of a chain or name that it refuses, with the errors
   * of a connect, and with `ERR_MODEM_CERTIFICATE` when the root cannot be told or kept.
   */
  async learn(host: string, port: number, options: LearnOptions): Promise<X509Certificate> {
    if (typeof host !== 'string') throw invalidArgument('host', 'it must be a string', host);
    return this.#inTurn(host, port, () => this.#learn(host, port, options));
  }

  /**
   * Learns anew a root that serves no more, once an hour for a server. Whether it is another one. A root that was verified
   * against authorities of the user's stays: Node's would be more than he trusted.
   */
  renew(host: string, port: number, signal: AbortSignal): Promise<boolean> {
    return this.#inTurn(host, port, async () => {
      const key = `${host}:${port}`;
      const last = this.#renewed.get(key);
      if (last !== undefined && performance.now() - last < RELEARN_INTERVAL) return false;
      const old = await this.#roots.get(host, port);
      if (old?.verifiedBy === 'given') return false;
      try {
        const root = await this.#learn(host, port, { signal });
        this.#renewed.set(key, performance.now());
        return root.fingerprint256 !== old?.certificate.fingerprint256;
      } catch (error) {
        // Node has looked at the chain: another look does not mend it. What was given up, or not reached, is tried again.
        if (!(error instanceof ModemError)) this.#renewed.set(key, performance.now());
        throw error;
      }
    });
  }

  /** `undefined` for one that has expired, and can be learned anew by itself. */
  async #known(host: string, port: number): Promise<X509Certificate | undefined> {
    const known = await this.#roots.get(host, port);
    if (known === undefined || !hasExpired(known.certificate)) return known?.certificate;
    if (known.verifiedBy === 'node') return undefined;
    const message =
      `The root that was learned of ${host}:${port} has expired on ${known.certificate.validTo}; ` +
      'modem.certificates.learn(host, port, { ca }) learns another.';
    throw new ModemError('ERR_MODEM_CERTIFICATE', message);
  }

  async #inTurn<T>(host: string, port: number, work: () => Promise<T>): Promise<T> {
    const key = `${host}:${port}`;
    const turns = this.#turns.get(key) ?? new PQueue({ concurrency: 1 });
    this.#turns.set(key, turns);
    try {
      return await turns.add(work);
    } finally {
      if (turns.size === 0 && turns.pending === 0) this.#turns.delete(key);
    }
  }

  async #learn(host: string, port: number, { ca, signal }: LearnOptions): Promise<X509Certificate> {
    // A file of learned roots that cannot be read or written shows now, not after the handshake.
    const old = (await this.#roots.get(host, port))?.certificate;
    const trusted = ca === undefined ? rootsOfNode() : parseCertificates(ca, 'ca');
    const chain = await this.#chainOf(host, port, { ca, signal });
    const root = trustedRoot(chain, trusted);
    if (root === undefined) {
      const message = `The chain of ${host}:${port} was verified, but its root is not among those known: give it as 'ca'.`;
      throw new ModemError('ERR_MODEM_CERTIFICATE', message);
    }
    const verifiedBy = ca === undefined ? 'node' : 'given';
    await this.#roots.set(host, port, { certificate: root, verifiedBy, learned: new Date().toISOString() });
    // Apart: what a listener throws is not the connection's.
    queueMicrotask(() => this.#learned({ host, port, old, new: root }));
    return root;
  }

  /** The certificates that Node has verified, the server's own first. */
  #chainOf(host: string, port: number, { ca, signal }: LearnOptions): Promise<X509Certificate[]> {
    const options = {
      host,
      port,
      tls: 'host' as const,
      // Whatever the environment says.
      rejectUnauthorized: true,
      // A resumed session shows no chain, and no change of it.
      maxCachedSessions: 0,
      ...(ca === undefined ? {} : { ca: pemOf(ca) }),
      signal,
    };
    return new Promise((resolve, reject) => {
      const socket = connect(this.#source, options, () => {
        const secure = socket as tls.TLSSocket;
        if (secure.authorized) resolve(peerChain(secure));
        else reject(new ModemError('ERR_MODEM_CERTIFICATE', `The chain of ${host}:${port} was not verified.`));
        socket.destroy();
      });
      socket.on('error', (error) => reject(whileLearning(asError(error), `${host}:${port}`)));
      socket.once('close', () => reject(new ModemError('ERR_MODEM_CERTIFICATE', `${host}:${port} closed too early.`)));
    });
  }
}

/** The same error, which says where it comes from. */
function whileLearning(error: Error, where: string): Error {
  error.message +=
    ` (while the root of ${where} was learned over TLS on the host; for a root of your own, ` +
    'modem.certificates.learn(host, port, { ca }) learns it)';
  return error;
}

/** What Node trusts; before version 22.15 it told only its own roots, and not those of `NODE_EXTRA_CA_CERTS`. */
function rootsOfNode(): X509Certificate[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  if (getCACertificates) return getCACertificates('default').map((pem) => new X509Certificate(pem));
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  const added = extra === undefined || extra === '' ? [] : certificatesOf(extra);
  return [...tls.rootCertificates.map((pem) => new X509Certificate(pem)), ...added];
}

function pemOf(ca: CertificateInput): string[] {
  return parseCertificates(ca, 'ca').map((certificate) => certificate.toString());
}

/** Of a file that Node has read when it started; it goes on without one that it could not read, and so does this. */
function certificatesOf(path: string): X509Certificate[] {
  try {
    return parseCertificates(readFileSync(path), 'NODE_EXTRA_CA_CERTS');
  } catch (error) {
    log('NODE_EXTRA_CA_CERTS: %s', String(error));
    return [];
  }
}

/** The root above the first certificate, from the server's own on, that is trusted or was issued by one that is. */
function trustedRoot(
  chain: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): X509Certificate | undefined {
  for (const certificate of chain) {
    const above = trusted.filter((one) => one.raw.equals(certificate.raw) || isIssuedBy(certificate, one));
    const root = above.map((one) => climb(one, trusted, trusted.length)).find((one) => one !== undefined);
    if (root) return root;
  }
  return undefined;
}

/** The certificate itself when it is its own issuer, else the one at the top of those above it. */
function climb(
  certificate: X509Certificate,
  trusted: readonly X509Certificate[],
  steps: number,
): X509Certificate | undefined {
  if (isSelfSigned(certificate)) return certificate;
  const above = steps > 0 ? trusted.filter((one) => isIssuedBy(certificate, one)) : [];
  return above.map((one) => climb(one, trusted, steps - 1)).find((one) => one !== undefined);
}

function peerChain(socket: tls.TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  // It ends with a certificate that is its own issuer, or with an empty object.
  let next: Partial<tls.DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !chain.some(({ raw }) => raw.equals(next?.raw ?? Buffer.alloc(0)))) {
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}
