export { Environment } from './environment.js';
export { failureToError, type Failure, type Target } from './failure.js';
export { requestOf, run, type RunOptions } from './run.js';
export { SendFailure } from './sender.js';
export { SslService, type AcquireRequest, type ServiceState, type SlotUse } from './service.js';
export { Session, type SessionState, type SessionUser } from './session.js';
export { OpenFailure, type OpenRequest } from './open.js';
export * from './table/index.js';
export { checkText } from '../wire/index.js';
