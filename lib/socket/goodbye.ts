const ALERT = 0x15;
const APPLICATION_DATA = 0x17;
/** Bytes of a record's header, and of an alert in TLS 1.3: level, description and type, and a tag of 16. */
const HEADER = 5;
const ENCRYPTED_ALERT = 19;

/**
 * Whether bytes are an alert of TLS, and nothing more (RFC 8446, 5.1 and 6). To a peer that has closed it is the goodbye that
 * TLS of a client's own says in any case, and that nobody misses.
 */
export function isTlsGoodbye(chunk: unknown): boolean {
  if (!(chunk instanceof Uint8Array) || chunk.length < HEADER || chunk[1] !== 3) return false;
  const [type, , , high = 0, low = 0] = chunk;
  const length = high * 256 + low;
  if (chunk.length !== HEADER + length) return false;
  return type === ALERT || (type === APPLICATION_DATA && length === ENCRYPTED_ALERT);
}
