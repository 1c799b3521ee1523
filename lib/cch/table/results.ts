import type { ModuleResult } from '../../errors/index.js';

/** What the numbers of every `+CCH…` result mean; the same in all families (field note 1). */
const texts = [
  'operation succeeded',
  'alerting state',
  'unknown error',
  'busy',
  'peer closed',
  'operation timeout',
  'transfer failed',
  'memory error',
  'invalid parameter',
  'network error',
  'open session error',
  'state error',
  'create socket error',
  'get DNS error',
  'connect socket error',
  'handshake error',
  'close socket error',
  'no network',
  'send data timeout',
  'certificates not set',
] as const;

/** A result number with its meaning; numbers that the manual does not know are kept. */
export function moduleResult(number: number): ModuleResult {
  return { number, text: texts[number] ?? 'unknown result' };
}

/** Names for the result numbers that code of ours gives or tests. */
export const Result = {
  succeeded: 0,
  peerClosed: 4,
  operationTimeout: 5,
  transferFailed: 6,
  dns: 13,
  connect: 14,
  handshake: 15,
  noNetwork: 17,
  sendTimeout: 18,
  certificatesNotSet: 19,
} as const;
