import { X509Certificate } from 'node:crypto';
import {
  certificateFile,
  certificateToPut,
  refuseUnknown,
  type CertificateFile,
  type PutOptions,
} from '../context/index.js';
import type { LearnOptions } from './learner.js';
import type { Sessions } from './sessions.js';

/** A root that was learned, and the file on the module that holds it. */
export interface LearnedRoot {
  /** Name of the file: `ca-….pem`. */
  readonly name: string;
  readonly certificate: X509Certificate;
}

/**
 * The certificate and key files on the module (F1013–F1015). Connections upload what their options need by themselves; this
 * is for looking after them. Each method rejects as an exchange does when the module does not answer.
 */
export class ModemCertificates {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** Names of the files; those that connections have uploaded are named `ca-`, `crt-` or `key-` and by their content. */
  list(): Promise<string[]> {
    return this.#sessions.store.list();
  }

  /**
   * Stores certificates (PEM, one or several, or DER) or a private key (PEM or DER), and resolves to the name of the file:
   * `name`, which ends in `.pem` or `.der`, or one made from the content. Rejects, before anything is written, with
   * `ERR_MODEM_CERTIFICATE` for what is neither, has expired, is not opened by `passphrase` or is larger than 10 240 bytes,
   * and with `ERR_INVALID_ARG_VALUE` for a name that the module does not take. What this process has written within the hour
   * is not written again.
   */
  async put(content: string | Buffer | Uint8Array, options: PutOptions = {}): Promise<string> {
    const file = certificateToPut(content, options, this.#sessions.profile);
    await this.#sessions.store.put(file);
    return file.name;
  }

  /** Deletes a file. Rejects with `ERR_MODEM_IN_USE` while a connection uses it, `ERR_MODEM_CERTIFICATE` when there is none. */
  remove(name: string): Promise<void> {
    return this.#sessions.store.remove(name);
  }

  /**
   * Deletes the files that are named by their content, which connections and `put` without a name have stored, in this
   * program or in others before it, and that no SSL context names any more. Resolves to their names.
   */
  prune(): Promise<string[]> {
    return this.#sessions.store.prune();
  }

  /**
   * Learns which root the chain of a server ends in: one TLS handshake of Node's over a TCP session of the module, chain and
   * name verified against `ca` or Node's roots. The root is stored on the module and remembered for that host and port, so
   * that connections with `ca: 'learn'` use the module's own TLS. Rejects with what Node says of a chain that it refuses,
   * with the errors of a connect, and with `ERR_MODEM_CERTIFICATE`.
   */
  async learn(host: string, port: number, options: LearnOptions = {}): Promise<LearnedRoot> {
    refuseUnknown(options, ['ca', 'signal']);
    const certificate = await this.#sessions.learner.learn(host, port, options);
    const file: CertificateFile = certificateFile('ca', [certificate]);
    const release = await this.#sessions.store.hold([file]);
    release();
    return { name: file.name, certificate };
  }
}
