import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';

import { readAuthorities, verifyChain } from '../../lib/virtual/verifier.js';
import { createAuthority, type Authority, type IssuedCertificate } from '../support/certificates.js';

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY);
const parse = (pem: string) => new X509Certificate(pem);

describe('virtual modem: verification of a chain', () => {
  let root: Authority;
  let middle: Authority;
  let leaf: IssuedCertificate;

  before(async () => {
    root = await createAuthority({ name: 'root', notAfter: inDays(20) });
    middle = await root.issueAuthority({ name: 'middle', notBefore: inDays(-5), notAfter: inDays(10) });
    leaf = await middle.issue({ names: ['example.org'], notBefore: inDays(-10) });
  });

  const verify = (options: Partial<{ leaf: string; intermediates: string[]; authorities: string[]; at: Date }> = {}) =>
    verifyChain({
      leaf: parse(options.leaf ?? leaf.cert),
      intermediates: (options.intermediates ?? [middle.pem]).map(parse),
      authorities: (options.authorities ?? [root.pem]).map(parse),
      at: options.at,
    });

  it('follows the chain to an authority', () => {
    expect(verify()).to.equal(undefined);
    expect(verify({ at: new Date() })).to.equal(undefined);
  });

  it('does not without the authority in between, nor without the root', () => {
    expect(verify({ intermediates: [] })).to.equal('untrusted');
    expect(verify({ authorities: [] })).to.equal('untrusted');
    expect(verify({ authorities: [middle.pem], intermediates: [] })).to.equal(undefined);
  });

  it('looks at the dates of every certificate of the path', () => {
    expect(verify({ at: inDays(-7) })).to.equal('not-yet-valid');
    expect(verify({ at: inDays(15) })).to.equal('expired');
    expect(verify({ at: inDays(25) })).to.equal('expired');
  });

  it('is not deceived by an authority of the same name', async () => {
    const impostor = await createAuthority({ name: 'middle' });
    const forged = await impostor.issue({ names: ['example.org'] });
    expect(verify({ leaf: forged.cert })).to.equal('untrusted');
    expect(verify({ leaf: forged.cert, intermediates: [impostor.pem, middle.pem] })).to.equal('untrusted');
  });

  it('is not deceived by a forged signature', () => {
    const forged = parse(leaf.cert).raw;
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const pem = `-----BEGIN CERTIFICATE-----\n${forged.toString('base64')}\n-----END CERTIFICATE-----`;
    expect(parse(pem).checkIssued(parse(middle.pem))).to.equal(true);
    expect(verify({ leaf: pem })).to.equal('untrusted');
  });

  it('wants an issuer to be an authority', async () => {
    const plain = await root.issueAuthority({ name: 'plain', ca: false });
    const under = await plain.issue({ names: ['example.org'] });
    expect(verify({ leaf: under.cert, intermediates: [plain.pem] })).to.equal('untrusted');
  });

  it('wants a certificate for servers, where it says what it is for', async () => {
    const client = await root.issue({ names: ['example.org'], client: true });
    expect(verify({ leaf: client.cert })).to.equal('purpose');
  });

  it('trusts a certificate that is itself in the CA file', () => {
    expect(verify({ authorities: [leaf.cert], intermediates: [] })).to.equal(undefined);
  });

  it('reads CA files of several certificates, with line ends of either kind, and DER', () => {
    const both = Buffer.from(`# a comment\n${root.pem}\n${middle.pem.replaceAll('\n', '\r\n')}`);
    expect(readAuthorities(both).map(({ subject }) => subject)).to.deep.equal(['CN=root', 'CN=middle']);
    expect(readAuthorities(parse(root.pem).raw)).to.have.length(1);
    expect(() => readAuthorities(Buffer.from('nothing'))).to.throw();
  });
});
