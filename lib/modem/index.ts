export { Modem, type ModemEvents, type ModemInformation, type ModemState, type ModemStatistics } from './modem.js';
export type { ModemOptions, Progress } from './options.js';
