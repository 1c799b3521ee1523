import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';

import { createAuthority, type Authority, type CertificateOptions } from '../../lib/virtual/index.js';
import { rejection } from '../support/rig.js';

const DAY = 86_400_000;
const SERVER = '1.3.6.1.5.5.7.3.1';
const CLIENT = '1.3.6.1.5.5.7.3.2';

describe('createAuthority', () => {
  let authority: Authority;

  before(async () => {
    authority = await createAuthority();
  });

  const issue = async (options: CertificateOptions) => new X509Certificate((await authority.issue(options)).cert);
  const days = (certificate: X509Certificate) =>
    [certificate.validFrom, certificate.validTo].map((date) => Math.round((Date.parse(date) - Date.now()) / DAY));

  it('issues for DNS names and addresses of both kinds', async () => {
    const names = ['api.example.com', '*.example.org', '127.0.0.1', '::1', '2001:DB8::10.0.0.1', 'fe80::1%eth0', '1::'];
    const certificate = await issue({ names });
    expect(certificate.subject).to.equal('CN=api.example.com');
    expect(certificate.checkHost('any.example.org')).to.equal('*.example.org');
    for (const address of ['127.0.0.1', '::1', '2001:db8::a00:1', 'fe80::1', '1::']) {
      expect(certificate.checkIP(address), address).to.equal(address);
    }
    expect(certificate.checkIP('127.0.0.2')).to.equal(undefined);
    expect(certificate.subjectAltName).to.include('IP Address:2001:DB8:0:0:0:0:A00:1');
  });

  it('issues for servers unless told, and leaves are no authorities', async () => {
    const purpose = async (options: CertificateOptions) => (await issue(options)).keyUsage;
    expect(await purpose({ names: ['a.example'] })).to.deep.equal([SERVER]);
    expect(await purpose({ names: ['a.example'], client: true })).to.deep.equal([CLIENT]);
    expect((await issue({ names: ['a.example'] })).ca).to.equal(false);
    expect(new X509Certificate(authority.pem).ca).to.equal(true);
  });

  it('has dates that are in order, whichever of them is given', async () => {
    const names = ['a.example'];
    const inDays = (count: number) => new Date(Date.now() + count * DAY);
    expect(days(await issue({ names }))).to.deep.equal([-1, 365]);
    expect(days(await issue({ names, notAfter: inDays(-100) }))).to.deep.equal([-101, -100]);
    expect(days(await issue({ names, notBefore: inDays(100) }))).to.deep.equal([100, 465]);
    const far = await issue({ names, notBefore: new Date('1949-01-01'), notAfter: new Date('2100-01-01') });
    expect([far.validFrom, far.validTo]).to.deep.equal(['Jan  1 00:00:00 1949 GMT', 'Jan  1 00:00:00 2100 GMT']);
  });

  it('makes keys of every kind, which sign what they should', async () => {
    const kinds = [];
    for (const algorithm of ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const) {
      const own = await createAuthority({ algorithm, name: algorithm });
      const certificate = new X509Certificate((await own.issue({ names: ['a.example'] })).cert);
      const above = new X509Certificate(own.pem);
      expect(above.subject).to.equal(`CN=${algorithm}`);
      expect(certificate.checkIssued(above) && certificate.verify(above.publicKey), algorithm).to.equal(true);
      const { namedCurve, modulusLength } = certificate.publicKey.asymmetricKeyDetails ?? {};
      kinds.push(namedCurve ?? modulusLength);
    }
    expect(kinds).to.deep.equal(['prime256v1', 'secp384r1', 2048]);
  });

  it('is accepted by Node on both sides of a connection, over an authority in between too', async () => {
    const middle = await authority.issueAuthority();
    const { key, cert } = await middle.issue({ names: ['device.example'] });
    const client = await authority.issue({ names: ['device-1'], client: true });
    const server = tls.createServer(
      { key, cert: cert + middle.pem, ca: authority.pem, requestCert: true, rejectUnauthorized: true },
      (socket) => socket.end(JSON.stringify(socket.getPeerCertificate().subject)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const options = { host: '127.0.0.1', port, servername: 'device.example', ca: authority.pem, ...client };
      const [data] = (await once(tls.connect(options), 'data')) as [Buffer];
      expect(data.toString()).to.equal('{"CN":"device-1"}');
      const other = tls.connect({ ...options, ca: (await createAuthority()).pem });
      expect((await rejection(once(other, 'secureConnect'))).code).to.match(/^(UNABLE_TO|SELF_SIGNED)/);
    } finally {
      server.close();
    }
  });

  it('refuses what cannot be', async () => {
    const names = ['a.example'];
    const day = new Date('2026-01-01');
    for (const options of [
      { names: [] },
      { names, notBefore: day, notAfter: day },
      { names, notAfter: new Date('no date') },
    ]) {
      expect((await rejection(authority.issue(options))).code).to.equal('ERR_INVALID_ARG_VALUE');
    }
    expect((await rejection(createAuthority({ notBefore: new Date(NaN) }))).code).to.equal('ERR_INVALID_ARG_VALUE');
  });
});
