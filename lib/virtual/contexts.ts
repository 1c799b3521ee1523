import type { ContextKey, VersionNumbers } from '../cch/table/index.js';

/** The settings of one SSL context (F1012), those of every family together; a key that a family lacks cannot be set. */
export interface SslContext {
  /**
   * 0 SSL 3.0 · 1 TLS 1.0 · 2 TLS 1.1 · 3 TLS 1.2 · 4 all of them. With TLS 1.3 firmware 0 TLS 1.2 · 1 TLS 1.3 · 2 both.
   * Node has no SSL 3.0: an open under it alone answers 15.
   */
  sslversion: number;
  /** 0 none · 1 server · 2 server and client · 3 client only. */
  authmode: number;
  /** 1: certificate dates are not looked at. */
  ignorelocaltime: number;
  /** Seconds for the handshake. */
  negotiatetime: number;
  cacert: string;
  clientcert: string;
  clientkey: string;
  enableSNI: number;
  /** Password of the client's key. */
  keypwd: string;
  /** 0x002F: TLS_RSA_WITH_AES_128_CBC_SHA only · 0xFFFF: all. */
  ciphersuites: number;
  /** Name of the file that holds the password of the client's key. */
  password: string;
  /** 1: the name in the server's certificate is not looked at. */
  ignorecertCN: number;
  /** Only kept and shown: every handshake is a full one. */
  use_tickets: number;
}

/** A context as it is after power-on; the last number of `sslversion` is the one for all versions. */
export function newContext(versions: VersionNumbers): SslContext {
  return {
    sslversion: versions.length - 1,
    authmode: 0,
    ignorelocaltime: 1,
    negotiatetime: 300,
    cacert: '',
    clientcert: '',
    clientkey: '',
    enableSNI: 0,
    keypwd: '',
    ciphersuites: 0xffff,
    password: '',
    ignorecertCN: 0,
    use_tickets: 0,
  };
}

/** Sets one of them; the table has checked that value and key fit. */
export function setContext(context: SslContext, key: ContextKey, value: number | string): void {
  Object.assign(context, { [key]: value });
}

const files: readonly ContextKey[] = ['cacert', 'clientcert', 'clientkey', 'password'];

/** Whether a setting names a file of the module. */
export function namesFile(key: ContextKey): boolean {
  return files.includes(key);
}
