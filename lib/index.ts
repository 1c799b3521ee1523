export { ModemError, SocketError, errorCodes, type ErrorCode, type ModuleResult } from './errors/index.js';
export {
  Modem,
  ModemCertificates,
  ModemPool,
  listPorts,
  type ListOptions,
  type PortListing,
  type AtCommands,
  type CommandOptions,
  type CreateConnection,
  type Learned,
  type LearnedRoot,
  type LearnOptions,
  type ModemEvents,
  type ModemInformation,
  type ModemOptions,
  type ModemPoolEvents,
  type ModemPoolOptions,
  type ModemState,
  type ModemStatistics,
  type PoolEntry,
  type PoolSessionUse,
  type Progress,
} from './modem/index.js';
export {
  ModemAgent,
  ModemSocket,
  type AnySocket,
  type HostTlsSocket,
  type Connector,
  type ConnectOptions,
  type ModemAgentOptions,
} from './socket/index.js';
export type { CallOptions, ProfileName, SlotUse as SessionUse, SslCommands } from './cch/index.js';
export type { Messages as DiagnosticsMessages } from './util/index.js';
export type { CertificateInput, KeyInput, PutOptions } from './context/index.js';
