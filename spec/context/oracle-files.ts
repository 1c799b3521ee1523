import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

/** What was read of texts and bytes before: reading is slow, and the same come again and again. */
const known = new Map<unknown, readonly X509Certificate[] | undefined>();

/** The certificates of a text or of bytes, PEM or DER, in order; `undefined` when there are none in it. */
export function readCertificates(item: unknown): readonly X509Certificate[] | undefined {
  if (known.has(item)) return known.get(item);
  let found: X509Certificate[] | undefined;
  try {
    const text = textOf(item);
    const blocks = pemBlocks(text).filter(({ label }) => label === 'CERTIFICATE');
    if (blocks.length > 0) found = blocks.map(({ der }) => new X509Certificate(der));
    else if (item instanceof Uint8Array) found = [new X509Certificate(bytesOf(item))];
  } catch {
    found = undefined;
  }
  known.set(item, found);
  return found;
}

/** The bytes of a Buffer or another array of bytes; none of anything else. */
export function bytesOf(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0);
}

function textOf(item: unknown): string {
  return typeof item === 'string' ? item : bytesOf(item).toString('latin1');
}

/** One block of a PEM file. */
export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
  /** With its frame and its headers. */
  readonly text: string;
}

/** The blocks of a PEM file, what stands around them passed over. */
export function pemBlocks(text: string): PemBlock[] {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\s*?\n((?:[\w-]+:.*\n)*)([^-]*)-----END \1-----/g);
  return [...found].map(([whole, label = '', , body = '']) => {
    return { label, der: Buffer.from(body, 'base64'), text: whole };
  });
}

/** A private key that could be read. */
export interface OpenedKey {
  readonly key: KeyObject;
  /** Bytes of an encrypted one. */
  readonly sealed: Buffer | undefined;
  /** That of an encrypted one. */
  readonly passphrase: string;
}

const openedKeys = new Map<unknown, Map<unknown, OpenedKey | undefined>>();

/** The private key of a text or of bytes; `undefined` when there is none, or the passphrase does not open it. */
export function openKey(item: unknown, passphrase: unknown): OpenedKey | undefined {
  const before = openedKeys.get(item) ?? new Map<unknown, OpenedKey | undefined>();
  openedKeys.set(item, before);
  if (!before.has(passphrase)) before.set(passphrase, tryKey(item, passphrase));
  return before.get(passphrase);
}

function tryKey(item: unknown, given: unknown): OpenedKey | undefined {
  const block = pemBlocks(textOf(item)).find(({ label }) => label.endsWith('PRIVATE KEY'));
  const der = block?.der ?? bytesOf(item);
  const encrypted = block ? /ENCRYPTED/.test(block.text) : isSealed(der);
  const passphrase = encrypted ? given : undefined;
  if (encrypted && (typeof passphrase !== 'string' || passphrase === '')) return undefined;
  const secret = { passphrase: passphrase as string };
  const attempts = block
    ? [{ key: block.text }]
    : (['pkcs8', 'sec1', 'pkcs1'] as const).map((type) => ({ key: der, format: 'der' as const, type }));
  for (const attempt of attempts) {
    try {
      const key = createPrivateKey({ ...attempt, ...secret });
      return { key, sealed: encrypted ? der : undefined, passphrase: encrypted ? (passphrase as string) : '' };
    } catch {
      // The next form, or none.
    }
  }
  return undefined;
}

/** Whether DER is that of an EncryptedPrivateKeyInfo (RFC 5208): a sequence that begins with another one. */
function isSealed(der: Buffer): boolean {
  const length = der[1] ?? 0;
  const head = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return der[0] === 0x30 && der[head] === 0x30;
}
