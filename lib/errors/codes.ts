/**
 * Every code that an error of this package can carry. Each is a heading in `docs/errors.md`; a spec keeps the two equal.
 *
 * `ERR_MODEM_*` codes are this package's own. The others are Node's and the system's, used where Node's own sockets
 * would use them, so that programs which already test for them work unchanged.
 */
export const errorCodes = [
  'ERR_INVALID_ARG_VALUE',
  'ERR_MODEM_CA_REQUIRED',
  'ERR_MODEM_CERTIFICATE',
  'ERR_MODEM_CLEARTEXT',
  'ERR_MODEM_CLOCK',
  'ERR_MODEM_CLOSED',
  'ERR_MODEM_CODES',
  'ERR_MODEM_COMMAND',
  'ERR_MODEM_FLOW_CONTROL',
  'ERR_MODEM_HOSTNAME_UNCHECKED',
  'ERR_MODEM_IN_USE',
  'ERR_MODEM_LINE',
  'ERR_MODEM_NOT_REGISTERED',
  'ERR_MODEM_NO_ANSWER',
  'ERR_MODEM_NO_CERTIFICATE',
  'ERR_MODEM_NO_SESSION',
  'ERR_MODEM_PORT',
  'ERR_MODEM_RESET',
  'ERR_MODEM_RESULT',
  'ERR_MODEM_SEND_UNKNOWN',
  'ERR_MODEM_SERIALPORT',
  'ERR_MODEM_SERVICE',
  'ERR_MODEM_SESSION',
  'ERR_MODEM_SIM',
  'ERR_MODEM_SPEED',
  'ERR_MODEM_TIMEOUT',
  'ERR_MODEM_UNKNOWN',
  'ERR_MODEM_UNSUPPORTED',
  'ABORT_ERR',
  'EACCES',
  'EBUSY',
  'ECONNREFUSED',
  'ECONNRESET',
  'EINVAL',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOBUFS',
  'ENODEV',
  'ENOENT',
  'ENOMEM',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
] as const;

/** A stable error code: see {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];
