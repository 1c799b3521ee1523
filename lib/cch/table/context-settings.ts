import { flag, hexadecimal, integer, text, type Field } from './field.js';
import type { ContextKey, Profile } from './profile.js';
import type { Range } from './range.js';

/** The settings of an SSL context that take a number; the others take text. */
export type NumberKey = Exclude<ContextKey, 'cacert' | 'clientcert' | 'clientkey' | 'password' | 'keypwd'>;

type ContextFields = { readonly [K in ContextKey]: Field<K extends NumberKey ? number : string, Range> };

/** The values of `AT+CSSLCFG="<key>",<context>,<value>`, for the keys that the family has (F1012; field note 4). */
export function contextFields(profile: Profile, name: Field<string, Range>): ContextFields {
  const all: ContextFields = {
    /** 0 SSL 3.0 · 1 TLS 1.0 · 2 TLS 1.1 · 3 TLS 1.2 · 4 all; with TLS 1.3 firmware 0 TLS 1.2 · 1 TLS 1.3 · 2 both. */
    sslversion: integer(0, profile.versions.length - 1),
    /** 0 none · 1 server · 2 server and client · 3 client only. */
    authmode: integer(0, 3),
    /** 1: dates are not looked at; 0 needs the clock to be set. */
    ignorelocaltime: flag(),
    /** Seconds for the handshake. */
    negotiatetime: integer(10, 300),
    /** File with the authority that the server's chain ends in. */
    cacert: name,
    /** File with the client's certificate. */
    clientcert: name,
    /** File with the client's key. */
    clientkey: name,
    /** 1: the name of the host is sent. */
    enableSNI: flag(),
    /** Password of the client's key. */
    keypwd: text(0, 128, { secret: true }),
    /** TLS_RSA_WITH_AES_128_CBC_SHA, or all. */
    ciphersuites: hexadecimal(0x002f, 0xffff),
    /** A file that holds the password. */
    password: name,
    /** 1: the certificate's name is not looked at. */
    ignorecertCN: flag(),
    /** Session tickets. */
    use_tickets: flag(),
  };
  const known = profile.contextKeys.map((key) => [key, all[key]]);
  // Keys of other families are missing at run time, and refused then.
  return Object.fromEntries(known) as ContextFields;
}
