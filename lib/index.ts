export { ModemError, SocketError, errorCodes, type ErrorCode, type ModuleResult } from './errors/index.js';
export {
  Modem,
  ModemCertificates,
  listPorts,
  type ListOptions,
  type PortListing,
  type AtCommands,
  type CommandOptions,
  type Learned,
  type LearnedRoot,
  type LearnOptions,
  type ModemEvents,
  type ModemInformation,
  type ModemOptions,
  type ModemState,
  type ModemStatistics,
  type Progress,
} from './modem/index.js';
export {
  ModemAgent,
  ModemSocket,
  type AnySocket,
  type Connector,
  type ConnectOptions,
  type ModemAgentOptions,
} from './socket/index.js';
export type { CallOptions, ProfileName, SslCommands } from './cch/index.js';
export type { CertificateInput, KeyInput, PutOptions } from './context/index.js';
