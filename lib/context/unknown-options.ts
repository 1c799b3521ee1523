import { ModemError } from '../errors/index.js';
import { editDistance } from '../util/index.js';

/** Throws `ERR_INVALID_ARG_VALUE` for an option that is none of `known`, naming the one that may have been meant. */
export function refuseUnknown(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const near = known.find((key) => editDistance(key.toLowerCase(), unknown.toLowerCase()) <= 2);
  const hint = near === undefined ? `It takes ${known.join(', ')}.` : `Did you mean '${near}'?`;
  throw new ModemError('ERR_INVALID_ARG_VALUE', `Unknown option '${unknown}'. ${hint}`);
}
