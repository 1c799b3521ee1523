import { ModemError } from '../errors/index.js';

/** What is known when bringing a modem up has failed. */
export interface Circumstances {
  /** The user's. */
  readonly signal: AbortSignal | undefined;
  readonly baudRate: number;
  /** What the user knows the port by. */
  readonly port: string;
  /** Why the port is gone, when it is. */
  readonly loss: Error | undefined;
  /** The last line that nothing explains: a serial server may have said why. */
  readonly lastWords: string | undefined;
}

/** The error of a bring-up that failed, with what the user can do about it. */
export function explainFailure(error: Error, { signal, baudRate, port, loss, lastWords }: Circumstances): Error {
  if (signal?.aborted) return new ModemError('ABORT_ERR', 'Opening the modem was aborted.', { cause: signal.reason });
  if (loss) {
    const words = lastWords === undefined ? '' : ` The last that was heard: ${lastWords}`;
    return new ModemError('ERR_MODEM_PORT', `The port was lost: ${loss.message}${words}`, { cause: loss });
  }
  if (!(error instanceof ModemError) || error.code !== 'ERR_MODEM_NO_ANSWER') return error;
  const message =
    `${error.message} Port ${port} at ${baudRate} baud: is the module powered on (power key), the rate right, this its ` +
    'AT port (USB modules show several; others carry GPS or diagnostics), and does no other program (ModemManager, a ' +
    'getty, minicom) hold it?';
  return new ModemError('ERR_MODEM_NO_ANSWER', message, { cause: error, transient: true });
}
