export { errorCodes, type ErrorCode } from './codes.js';
export {
  ModemError,
  SocketError,
  abortError,
  asError,
  codeOf,
  invalidArgument,
  type ModemErrorDetails,
  type ModuleResult,
  type SocketErrorDetails,
} from './modem-error.js';
