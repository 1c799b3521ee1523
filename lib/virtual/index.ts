export {
  createAuthority,
  type Authority,
  type AuthorityOptions,
  type CertificateOptions,
  type IssuedCertificate,
  type KeyAlgorithm,
} from './authority.js';
export type {
  BringUpOptions,
  RegistrationKind,
  RegistrationState,
  RegistrationStep,
  RequiredAuthentication,
  SimAnswer,
} from './bring-up-options.js';
export type { SslContext } from './contexts.js';
export type { ListenOptions, Listener } from './listen.js';
export type { LogEntry } from './log.js';
export type { Faults, VirtualModemOptions } from './options.js';
export type { Pty } from './pty.js';
export type { BrokenRule, Rule } from './rules.js';
export type {
  SerialBinding,
  SerialBindingPort,
  SerialLines,
  SerialOpenOptions,
  SerialPortInfo,
  SerialStatus,
} from './serial-types.js';
export type { SessionState } from './session-environment.js';
export { VirtualModem, type SessionView, type Statistics } from './virtual-modem.js';
