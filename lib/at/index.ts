export type { Barrier, ChannelOptions, ExecuteOptions, Priority, SynchroniseOptions } from './channel-options.js';
export { AtChannel } from './channel.js';
export { Exchange, ExchangeError, type Answer, type DataReader, type ExchangeRequest, type Phase } from './exchange.js';
export { parseFinalResult, type FinalResult } from './final-result.js';
export { ladder, type Rung } from './ladder.js';
export { commandName } from './secrecy.js';
