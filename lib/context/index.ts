export { CertificateStore } from './certificate-store.js';
export { type CertificateFile, type CertificateInput } from './certificates.js';
export { ContextPool, type ContextLease } from './context-pool.js';
export { contextRequest, type ContextRequest, type GivenContext, type ModuleTlsOptions } from './tls-options.js';
