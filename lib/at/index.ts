export { AtChannel, type Barrier, type ChannelOptions, type ExecuteOptions, type Priority } from './channel.js';
export { Exchange, ExchangeError, type Answer, type DataReader, type ExchangeRequest, type Phase } from './exchange.js';
export { parseFinalResult, type FinalResult } from './final-result.js';
