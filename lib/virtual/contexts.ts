import type { ContextKey } from '../cch/table/index.js';

/** The settings of one SSL context (F1012). */
export interface SslContext {
  /** 0 SSL 3.0 · 1 TLS 1.0 · 2 TLS 1.1 · 3 TLS 1.2 · 4 all of them. Node has no SSL 3.0: an open under it answers 15. */
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
  keypwd: string;
  /** 0x002F: TLS_RSA_WITH_AES_128_CBC_SHA only · 0xFFFF: all. */
  ciphersuites: number;
}

/** A context as it is after power-on. */
export function newContext(): SslContext {
  return {
    sslversion: 4,
    authmode: 0,
    ignorelocaltime: 1,
    negotiatetime: 300,
    cacert: '',
    clientcert: '',
    clientkey: '',
    enableSNI: 0,
    keypwd: '',
    ciphersuites: 0xffff,
  };
}

/** The fields of `+CSSLCFG: <n>,…` behind the number, in the manual's order. */
export function contextFields(context: SslContext): string[] {
  const { sslversion, authmode, ignorelocaltime, negotiatetime, cacert, clientcert, clientkey } = context;
  const suites = `0x${context.ciphersuites.toString(16).toUpperCase().padStart(4, '0')}`;
  return [
    ...[sslversion, authmode, ignorelocaltime, negotiatetime].map(String),
    ...[cacert, clientcert, clientkey].map((name) => `"${name}"`),
    String(context.enableSNI),
    `"${context.keypwd}"`,
    suites,
  ];
}

/** Sets one of them; the table has checked that value and key fit. */
export function setContext(context: SslContext, key: ContextKey, value: number | string): void {
  Object.assign(context, { [key]: value });
}

/** Whether a setting names a file of the module. */
export function namesFile(key: ContextKey): boolean {
  return key === 'cacert' || key === 'clientcert' || key === 'clientkey';
}
