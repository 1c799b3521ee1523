import * as virtual from '../../lib/virtual/authority.js';
import type {
  Authority,
  AuthorityOptions,
  CertificateOptions,
  IssuedCertificate,
} from '../../lib/virtual/authority.js';
import { secrets } from './secrets.js';

/** What `modem-tls/virtual` publishes, and what only specs need of it; the private keys are looked for in what is shown. */
export async function createAuthority(options?: AuthorityOptions): Promise<Authority> {
  return watched(await virtual.createAuthority(options));
}

export async function createSelfSigned(options: CertificateOptions): Promise<IssuedCertificate> {
  return registered(await virtual.createSelfSigned(options));
}

function watched(authority: Authority): Authority {
  return {
    pem: authority.pem,
    issue: async (options) => registered(await authority.issue(options)),
    issueAuthority: async (options) => watched(await authority.issueAuthority(options)),
  };
}

function registered(issued: IssuedCertificate): IssuedCertificate {
  secrets.addKey('private key of a certificate', issued.key);
  return issued;
}

export type { Authority, AuthorityOptions, CertificateOptions, IssuedCertificate };
