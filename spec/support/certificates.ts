/** What `modem-tls/virtual` publishes, and what only specs need of it. */
export {
  createAuthority,
  createSelfSigned,
  type Authority,
  type IssuedCertificate,
} from '../../lib/virtual/authority.js';
