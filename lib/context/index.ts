export { CertificateStore, type ContextUse } from './certificate-store.js';
export {
  certificateFile,
  hasExpired,
  isIssuedBy,
  isSelfSigned,
  parseCertificates,
  type CertificateFile,
  type CertificateInput,
} from './certificates.js';
export { ContextPool, type ContextLease } from './context-pool.js';
export { handshakeAdvice, type HandshakeFacts } from './handshake-advice.js';
export type { KeyInput } from './private-key.js';
export { refuseUnknown } from './unknown-options.js';
export { certificateToPut, type PutOptions } from './put.js';
export {
  LEARN,
  checkLearnable,
  contextRequest,
  type ContextRequest,
  type ContextTarget,
  type GivenContext,
  type ModuleTlsOptions,
} from './tls-options.js';
