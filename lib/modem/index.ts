export { AtCommands, type CommandOptions } from './at-commands.js';
export { ModemCertificates, type LearnedRoot } from './certificates.js';
export type { LearnOptions, Learned } from './learner.js';
export { Modem } from './modem.js';
export { listPorts, type ListOptions, type PortListing } from './ports.js';
export type { ModemOptions, Progress } from './options.js';
export { ModemPool, type ModemPoolEvents, type ModemPoolOptions, type PoolSessionUse } from './pool.js';
export type { PoolEntry } from './pool-member.js';
export type { ModemEvents, ModemInformation, ModemState, ModemStatistics } from './types.js';
