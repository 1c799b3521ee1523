import type { TlsVersion } from './table/index.js';

/** What is known of the TLS of a connection that was opened with a context; the module tells nothing more. */
export interface ModuleTls {
  /** Whether the module verified the server's chain. */
  readonly verified: boolean;
  /** Whether it compared the server's certificate with the host's name. */
  readonly nameChecked: boolean;
  /** The version, where only one was allowed. */
  readonly protocol: TlsVersion | undefined;
  /** The cipher suite, where only one was allowed. */
  readonly cipher: string | undefined;
}
