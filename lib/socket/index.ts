export { ModemAgent, type ModemAgentOptions } from './agent.js';
export { connect, type AnySocket } from './connect.js';
export { connectArguments, type ConnectArguments } from './connect-arguments.js';
export type { HostTlsSocket } from './host-tls.js';
export { makeConnector, type Connector } from './connector.js';
export { ModemSocket } from './modem-socket.js';
export { present, type ConnectOptions } from './options.js';
export type { AcquireProgress, Connection, IdleSocket, LiveSocket, OpenedSession, SessionSource } from './source.js';
export { TlsSessions } from './tls-sessions.js';
