import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import PQueue from 'p-queue';
import { isIssuedBy, parseCertificates, type CertificateInput } from '../context/index.js';
import { ModemError, asError, codeOf } from '../errors/index.js';
import { connect, type SessionSource } from '../socket/index.js';
import type { LearnedRoots } from './learned-roots.js';

/** Ms within which a root is learned anew once; what another root does not mend is not mended by learning. */
const RELEARN_INTERVAL = 3_600_000;

/** A root that was learned; `old` is the one that was known before. */
export interface Learned {
  readonly host: string;
  readonly port: number;
  readonly old: X509Certificate | undefined;
  readonly new: X509Certificate;
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
  /** One at a time: who waits for the same server finds it known. */
  readonly #turns = new PQueue({ concurrency: 1 });
  /** When a server's root was learned anew, in ms of `performance.now()`. */
  readonly #renewed = new Map<string, number>();

  constructor(source: SessionSource, roots: LearnedRoots, learned: (event: Learned) => void) {
    this.#source = source;
    this.#roots = roots;
    this.#learned = learned;
  }

  /** The root of a server, learned if it is not known. Rejects as {@link learn} does. */
  root(host: string, port: number, signal: AbortSignal): Promise<X509Certificate> {
    return this.#turns.add(
      async () => (await this.#roots.get(host, port))?.certificate ?? (await this.#learn(host, port, { signal })),
    );
  }

  /**
   * The root that a server's chain ends in. Rejects with what Node says of a chain or name that it refuses, with the errors
   * of a connect, and with `ERR_MODEM_CERTIFICATE` when the root cannot be told or kept.
   */
  learn(host: string, port: number, options: LearnOptions): Promise<X509Certificate> {
    return this.#turns.add(() => this.#learn(host, port, options));
  }

  /**
   * Learns anew a root that serves no more, once an hour for a server. Whether it is another one. A root that was verified
   * against authorities of the user's stays: Node's would be more than he trusted.
   */
  renew(host: string, port: number, signal: AbortSignal): Promise<boolean> {
    return this.#turns.add(async () => {
      const key = `${host}:${port}`;
      const last = this.#renewed.get(key);
      if (last !== undefined && performance.now() - last < RELEARN_INTERVAL) return false;
      const old = await this.#roots.get(host, port);
      if (old?.verifiedBy === 'given') return false;
      this.#renewed.set(key, performance.now());
      return (await this.#learn(host, port, { signal })).fingerprint256 !== old?.certificate.fingerprint256;
    });
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
    this.#learned({ host, port, old, new: root });
    return root;
  }

  /** The certificates that Node has verified, the server's own first. */
  #chainOf(host: string, port: number, { ca, signal }: LearnOptions): Promise<X509Certificate[]> {
    return new Promise((resolve, reject) => {
      // A resumed session shows no chain, and no change of it.
      const fresh = { maxCachedSessions: 0 };
      const options = {
        ...fresh,
        host,
        port,
        tls: 'host' as const,
        ...(ca === undefined ? {} : { ca: [...pemOf(ca)] }),
        signal,
      };
      const socket = connect(this.#source, options, () => {
        const chain = peerChain(socket as tls.TLSSocket);
        socket.destroy();
        resolve(chain);
      });
      socket.on('error', (error) => reject(whileLearning(asError(error), `${host}:${port}`)));
      socket.once('close', () => reject(new ModemError('ERR_MODEM_CERTIFICATE', `${host}:${port} closed too early.`)));
    });
  }
}

/** With the code that Node or the socket gave, and where it comes from. */
function whileLearning(error: Error, where: string): Error {
  const message =
    `${error.message} (while the root of ${where} was learned over TLS on the host; for a root of your own, ` +
    'modem.certificates.learn(host, port, { ca }) learns it)';
  return Object.assign(new Error(message, { cause: error }), { code: codeOf(error) });
}

/** What Node trusts; before version 22.15 it told only its own roots, and not those of `NODE_EXTRA_CA_CERTS`. */
function rootsOfNode(): X509Certificate[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  if (getCACertificates) return getCACertificates('default').map((pem) => new X509Certificate(pem));
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  const added =
    extra === undefined || extra === '' ? [] : parseCertificates(readFileSync(extra), 'NODE_EXTRA_CA_CERTS');
  return [...tls.rootCertificates.map((pem) => new X509Certificate(pem)), ...added];
}

function pemOf(ca: CertificateInput): string[] {
  return parseCertificates(ca, 'ca').map((certificate) => certificate.toString());
}

/** The first root, from the server's own certificate on, that has issued one of a chain or is in it. */
function trustedRoot(
  chain: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): X509Certificate | undefined {
  for (const certificate of chain) {
    const root = trusted.find(
      (authority) => authority.raw.equals(certificate.raw) || isIssuedBy(certificate, authority),
    );
    if (root) return root;
  }
  return undefined;
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
