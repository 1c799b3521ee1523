import { ModemError } from '../errors/index.js';

/** That the module cannot do what an option asks for; `value` is shown where it is a text, a number or a boolean. */
export function unsupported(option: string, value: unknown, reason: string): ModemError {
  const plain = ['string', 'number', 'boolean'].includes(typeof value) && String(value).length <= 60;
  const shown = plain ? ` with the value ${typeof value === 'string' ? `'${value}'` : String(value)}` : '';
  return new ModemError('ERR_MODEM_UNSUPPORTED', `The option '${option}' is not supported${shown}: ${reason}.`);
}
