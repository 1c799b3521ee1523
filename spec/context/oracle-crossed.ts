import { webcrypto } from 'node:crypto';
import { Integer, PrintableString } from 'asn1js';
import { AttributeTypeAndValue, Certificate, CryptoEngine, RelativeDistinguishedNames, Time } from 'pkijs';

const COMMON_NAME = '2.5.4.3';
const engine = new CryptoEngine({ name: 'node', crypto: webcrypto });

/** A public root that another authority has signed, as happens when a new one is introduced: DER of both. */
export async function crossSigned(root: Buffer): Promise<{ authority: Buffer; crossed: Buffer }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const model = Certificate.fromBER(Uint8Array.from(root));
  const name = new RelativeDistinguishedNames({
    typesAndValues: [
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new PrintableString({ value: 'Crossing' }) }),
    ],
  });
  const authority = blank(model);
  authority.subject = name;
  await authority.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  const crossed = blank(model);
  crossed.subject = model.subject;
  crossed.subjectPublicKeyInfo = model.subjectPublicKeyInfo;
  for (const one of [authority, crossed]) {
    one.issuer = name;
    await one.sign(keys.privateKey, 'SHA-256', engine);
  }
  return { authority: derOf(authority), crossed: derOf(crossed) };
}

/** Valid from yesterday on, and for an authority; without the identifiers of the model's key. */
function blank({ extensions = [] }: Certificate): Certificate {
  const day = 86_400_000;
  const basics = ['2.5.29.19', '2.5.29.15'];
  return new Certificate({
    version: 2,
    serialNumber: new Integer({ value: 4711 }),
    notBefore: new Time({ value: new Date(Date.now() - day) }),
    notAfter: new Time({ value: new Date(Date.now() + 30 * day) }),
    extensions: extensions.filter(({ extnID }) => basics.includes(extnID)),
  });
}

function derOf(certificate: Certificate): Buffer {
  return Buffer.from(certificate.toSchema().toBER());
}
