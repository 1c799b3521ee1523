export type { SslContext } from './contexts.js';
export type { ListenOptions, Listener } from './listen.js';
export type { LogEntry } from './log.js';
export type { Faults, RegistrationState, VirtualModemOptions } from './options.js';
export type { Pty } from './pty.js';
export type { BrokenRule, Rule } from './rules.js';
export type { SessionState } from './session-environment.js';
export { VirtualModem, type SessionView, type Statistics } from './virtual-modem.js';
