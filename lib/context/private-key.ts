import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Profile } from '../cch/index.js';
import { ModemError, invalidArgument } from '../errors/index.js';

/** A key with a passphrase of its own, as `tls.connect` takes it in a list. */
export interface KeyWithPassphrase {
  readonly pem: string | Buffer;
  readonly passphrase?: string | undefined;
}

/** A private key as `tls.connect` takes it: PEM or DER. A list must hold exactly one. */
export type KeyInput =
  string | Buffer | Uint8Array | KeyWithPassphrase | readonly (string | Buffer | KeyWithPassphrase)[];

/** A private key that could be read. */
export interface PrivateKey {
  readonly key: KeyObject;
  /** As it was given, in PEM: still encrypted if it was. */
  readonly pem: string;
  /** What decrypts {@link pem}; `undefined` when it is in the clear. */
  readonly passphrase: string | undefined;
}

const pemBlock = /-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/**
 * Reads a private key. Throws `ERR_MODEM_CERTIFICATE` for what is none, or is not opened by its passphrase, and
 * `ERR_MODEM_UNSUPPORTED` for several; no message shows anything of key or passphrase.
 */
export function parsePrivateKey(input: KeyInput, passphrase: unknown): PrivateKey {
  const { source, password } = single(input, passphrase);
  if (password !== undefined && typeof password !== 'string') {
    throw invalidArgument('passphrase', 'it must be a string');
  }
  const bytes = Buffer.from(source as string);
  const pem = pemBlock.exec(bytes.toString('latin1'))?.[0];
  if (pem !== undefined) return readPem(`${pem}\n`, password);
  const key = readDer(bytes, undefined);
  if (key) return { key, pem: toPem(key), passphrase: undefined };
  const opened = password === undefined ? undefined : readDer(bytes, password);
  if (opened === undefined || password === undefined) throw noKey(bytes);
  const body = bytes.toString('base64').replace(/.{1,64}/g, '$&\n');
  const label = 'ENCRYPTED PRIVATE KEY';
  return { key: opened, pem: `-----BEGIN ${label}-----\n${body}-----END ${label}-----\n`, passphrase: password };
}

/** A private key as a module can use it. */
export interface StoredKey {
  readonly pem: string;
  /** What the module needs to open it with (`keypwd`); `undefined` for a key in the clear. */
  readonly passphrase: string | undefined;
}

/**
 * An encrypted key goes to the module as it is where that has a setting for the passphrase (F1012), and the text fits into a
 * command; it is decrypted here where not (field note 4).
 */
export function keyForModule({ key, pem, passphrase }: PrivateKey, profile: Profile): StoredKey {
  if (passphrase === undefined || takesPassphrase(profile, passphrase)) return { pem, passphrase };
  return { pem: toPem(key), passphrase: undefined };
}

function takesPassphrase(profile: Profile, passphrase: string): boolean {
  if (!profile.contextKeys.includes('keypwd')) return false;
  return Buffer.byteLength(passphrase) <= 128 && /^[^"\u0000-\u001f\u007f]+$/.test(passphrase);
}

/** A key in the clear, as PEM (PKCS #8). */
function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A key in the clear, as DER (PKCS #8). */
export function toDer(key: KeyObject): Buffer {
  return key.export({ type: 'pkcs8', format: 'der' });
}

/** Whether a text is a key in PEM that needs a passphrase. */
export function isEncryptedPem(text: Buffer): boolean {
  return /BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text.toString('latin1'));
}

function single(input: KeyInput, passphrase: unknown): { source: string | Uint8Array; password: unknown } {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (list.length !== 1) {
    const message = `The option 'key' is not supported with ${list.length} keys: the module takes one for a connection.`;
    throw new ModemError('ERR_MODEM_UNSUPPORTED', message);
  }
  const [item] = list;
  const own = typeof item === 'object' && item !== null && 'pem' in item ? (item as KeyWithPassphrase) : undefined;
  const source = own?.pem ?? item;
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    throw new ModemError('ERR_MODEM_CERTIFICATE', "'key' must be PEM text or a Buffer.");
  }
  return { source, password: own?.passphrase ?? passphrase ?? undefined };
}

function readPem(pem: string, passphrase: string | undefined): PrivateKey {
  const encrypted = isEncryptedPem(Buffer.from(pem));
  if (encrypted && passphrase === undefined) {
    throw new ModemError('ERR_MODEM_CERTIFICATE', "'key' is encrypted, and there is no 'passphrase'.");
  }
  try {
    const key = createPrivateKey(encrypted ? { key: pem, passphrase } : { key: pem });
    return { key, pem, passphrase: encrypted ? passphrase : undefined };
  } catch (cause) {
    const said = encrypted ? "'passphrase' does not open 'key'." : "'key' holds something that is no private key.";
    throw new ModemError('ERR_MODEM_CERTIFICATE', said, { cause });
  }
}

function readDer(key: Buffer, passphrase: string | undefined): KeyObject | undefined {
  for (const type of passphrase === undefined ? (['pkcs8', 'pkcs1', 'sec1'] as const) : (['pkcs8'] as const)) {
    try {
      return createPrivateKey({ key, format: 'der', type, ...(passphrase === undefined ? {} : { passphrase }) });
    } catch {
      // Another type of key, perhaps.
    }
  }
  return undefined;
}

function noKey(bytes: Buffer): ModemError {
  const path = bytes.length < 300 && /^[^\r\n]*\.(pem|key|der)$/i.test(bytes.toString('latin1'));
  const hint = path ? ' It looks like a path: give what the file holds, readFileSync(path).' : '';
  const said = "'key' holds something that is no private key, or is encrypted with another 'passphrase'.";
  return new ModemError('ERR_MODEM_CERTIFICATE', said + hint);
}
