import type { X509Certificate } from 'node:crypto';

/** Elliptic curves that firmware can do: every one, P-256 alone, or none (field note 5.12). */
export type CurveSupport = 'all' | 'p256' | 'none';

/** P-256, as OpenSSL calls it. */
const P256 = 'prime256v1';

/** The curve of a certificate's key, where the module cannot do it: neither read it nor check what it has signed. */
export function unknownCurve({ publicKey }: X509Certificate, support: CurveSupport): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (support === 'all' || type === 'rsa' || type === 'rsa-pss') return undefined;
  const curve = details?.namedCurve ?? type ?? 'an unknown kind of key';
  return support === 'p256' && curve === P256 ? undefined : curve;
}
