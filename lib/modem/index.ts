export { Modem } from './modem.js';
export type { ModemOptions, Progress } from './options.js';
export type { ModemEvents, ModemInformation, ModemState, ModemStatistics } from './types.js';
