import { ModemError, asError } from '../errors/index.js';
import { retold } from './troubles.js';

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

/** Why a modem could not be opened, with its warnings: they come as events otherwise, but nobody can listen yet. */
export class OpenFailed extends Error {
  readonly reason: Error;
  readonly warnings: readonly ModemError[];

  constructor(reason: unknown, warnings: readonly ModemError[]) {
    super('The modem could not be opened.', { cause: reason });
    this.reason = asError(reason);
    this.warnings = warnings;
  }
}

/** The error of a bring-up that failed, with what the user can do about it. */
export function explainFailure(error: Error, circumstances: Circumstances): Error {
  if (!(error instanceof OpenFailed)) return explain(error, circumstances);
  const { reason, warnings } = error;
  const explained = explain(reason, circumstances);
  if (warnings.length === 0 || !(explained instanceof ModemError)) return explained;
  return retold(explained, `${explained.message} Before that: ${warnings.map(({ message }) => message).join(' ')}`);
}

function explain(error: Error, { signal, baudRate, port, loss, lastWords }: Circumstances): Error {
  if (signal?.aborted) return new ModemError('ABORT_ERR', 'Opening the modem was aborted.', { cause: signal.reason });
  if (loss) {
    const words = lastWords === undefined ? '' : ` The last that was heard: ${lastWords}`;
    return new ModemError('ERR_MODEM_PORT', `The port was lost: ${loss.message}${words}`, { cause: loss });
  }
  if (!(error instanceof ModemError)) return error;
  const where = `Port ${port} at ${baudRate} baud`;
  switch (error.code) {
    case 'ERR_MODEM_NO_ANSWER':
      return retold(
        error,
        `${error.message} ${where}: is the module powered on (power key), the rate right, this its AT port (USB modules show ` +
          'several; others carry GPS or diagnostics), and does no other program (ModemManager, a getty, minicom) hold it?',
        true,
      );
    case 'ERR_MODEM_TIMEOUT':
      return retold(
        error,
        `${error.message} ${where}: does another program (ModemManager, a getty) read the answers, or does the line lose bytes ` +
          '(loose wires, no common ground; try a lower baudRate)?',
      );
    case 'ERR_MODEM_PORT':
      if (error.message.includes(port)) return error;
      return retold(error, `${error.message} Port ${port}: is it still there, and does its adapter have that speed?`);
    default:
      return error;
  }
}
