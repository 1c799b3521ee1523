import type { ConnectOptions } from '../../lib/index.js';
import type { Attempted } from '../support/tls-attempt.js';
import type { Cell, Exception, LinkName, Reason } from './matrix-cell.js';

/** Whether the server is to be verified. */
export type Trust = 'verified' | 'unverified';

/** What Node said, and what it says where nobody looks at the name. */
export interface NodeSays {
  readonly outcome: Attempted;
  readonly nameWaived: () => Promise<Attempted>;
}

/** What an exception may be, by its reason. */
interface Law {
  /** `accepted`, or codes of a refusal. */
  readonly says: readonly string[];
  /** What Node must have said: a verdict, or codes of its refusal. */
  readonly node: readonly string[];
  readonly options?: (options: ConnectOptions) => boolean;
}

const unverifiedName = 'ERR_TLS_CERT_ALTNAME_INVALID';
const either = ['accepted', 'refused'];

const laws: Readonly<Record<Reason, Law>> = {
  'the module checks no host names': {
    says: ['accepted'],
    node: [unverifiedName],
    options: ({ checkHostName }) => checkHostName !== true,
  },
  'checkHostName: false waives the name': {
    says: ['accepted'],
    node: [unverifiedName],
    options: ({ checkHostName }) => checkHostName === false,
  },
  'checkDates: false waives the dates, an option that Node does not have': {
    says: ['accepted'],
    node: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    options: ({ checkDates }) => checkDates === false,
  },
  'the family has no such version': { says: ['EPROTO', 'ERR_MODEM_UNSUPPORTED'], node: either },
  'the firmware does not know the curve': { says: ['EPROTO'], node: ['accepted'] },
  'the module is not told before the handshake is over': { says: ['closed', 'ECONNRESET'], node: ['refused'] },
  'it was seen here, before anything was sent to the module': {
    says: ['ERR_MODEM_CA_REQUIRED', 'ERR_MODEM_CERTIFICATE', 'ERR_MODEM_HOSTNAME_UNCHECKED'],
    node: ['refused'],
  },
  'the module cannot be told to': { says: ['ERR_MODEM_UNSUPPORTED', 'ERR_MODEM_HOSTNAME_UNCHECKED'], node: either },
};

/** Where a module of the link says otherwise than Node. */
export function exceptionOf(cell: Cell, link: LinkName, trust: Trust): Exception | undefined {
  const found = (cell[trust] ?? []).filter(({ links }) => links.includes(link));
  if (found.length > 1) throw new Error(`${cell.name}: ${found.length} exceptions for ${link}`);
  return found[0];
}

/** What a module must say: as Node, with the one code that it has for handshakes, unless there is an exception. */
export function expectedOf({ verdict }: Attempted, exception: Exception | undefined): string {
  return exception?.says ?? (verdict === 'accepted' ? 'accepted' : 'EPROTO');
}

/** Why an exception may not be: nothing that Node refuses is accepted, but for what `laws` excuse. */
export async function unlawful(
  { says, why }: Exception,
  { options, publicRoot }: { options: ConnectOptions; publicRoot: string },
  { outcome, nameWaived }: NodeSays,
): Promise<string | undefined> {
  const law = laws[why];
  const { verdict } = outcome;
  const code = verdict === 'refused' ? outcome.code : verdict;
  if (says === expectedOf(outcome, undefined)) return `'${says}' is no exception: Node says '${code}'`;
  if (!law.says.includes(says)) return `'${why}' is no reason for '${says}'`;
  if (!law.node.includes(code) && !law.node.includes(verdict)) return `'${why}' is no reason where Node says '${code}'`;
  if (law.options?.(options) === false) return `'${why}' is no reason with these options`;
  if (!law.node.includes(unverifiedName)) return undefined;
  const authorities = [options.ca].flat();
  if (options.checkHostName !== false && authorities.includes(publicRoot))
    return 'a public root needs the name checked';
  // Node tells the first fault, and of those the name comes last.
  const waived = await nameWaived();
  return waived.verdict === 'accepted' && waived.authorized ? undefined : 'the name is not all that is wrong';
}
