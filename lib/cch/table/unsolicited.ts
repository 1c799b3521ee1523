import { parseInformation, parseInteger, splitParameters } from '../../wire/index.js';
import { profiles, type Profile } from './profile.js';

/**
 * What the service says unasked (field note 2), and the results of commands whose `OK` does not tell the outcome.
 * `error` is a result number: 0 is success.
 */
export type Unsolicited =
  | { readonly type: 'start-result' | 'stop-result'; readonly error: number }
  | {
      readonly type:
        'open-result' | 'close-result' | 'send-report' | 'receive-closed' | 'receive-error' | 'receive-end';
      readonly session: number;
      readonly error: number;
    }
  | { readonly type: 'receive-event'; readonly session: number }
  /** Some firmware names no session (field note 2). */
  | { readonly type: 'peer-closed'; readonly session: number | undefined }
  | { readonly type: 'service-stopped' };

const pairs = {
  '+CCHOPEN': 'open-result',
  '+CCHCLOSE': 'close-result',
  '+CCHSEND': 'send-report',
  '+CCH_RECV_CLOSED': 'receive-closed',
  '+CCH_RECV_ERROR': 'receive-error',
  '+CCHRECV': 'receive-end',
} as const;

const singles = { '+CCHSTART': 'start-result', '+CCHSTOP': 'stop-result' } as const;

/**
 * Reads an unsolicited result code of the service; `undefined` for any other line, also for the information lines of
 * read forms that share its name (`+CCHSEND: 0,0,1,0`). Spacing is tolerated, ranges are not (field note 2).
 */
export function parseUnsolicited(line: string): Unsolicited | undefined {
  const information = parseInformation(line);
  if (information === undefined) return undefined;
  const { name, text } = information;
  if (name === '+CCH') return /^CCH STOP$/i.test(text) ? { type: 'service-stopped' } : undefined;
  const [first, second, ...more] = splitParameters(text) ?? [];
  const session = parseInteger(first, 0, 1);
  if (name === '+CCH_PEER_CLOSED') {
    if (text === '') return { type: 'peer-closed', session: undefined };
    return session === undefined || second !== undefined ? undefined : { type: 'peer-closed', session };
  }
  if (name === '+CCHEVENT') {
    if (session === undefined || second?.quoted || more.length > 0) return undefined;
    if (second?.text.toUpperCase() !== 'RECV EVENT') return undefined;
    return { type: 'receive-event', session };
  }
  if (isKey(singles, name)) {
    // Families that start with a context name it behind the result: `+CCHSTART: 0,1` (field note 4).
    const error = parseInteger(first, 0, 9999);
    const known = second === undefined || parseInteger(second, 0, 99) !== undefined;
    return error === undefined || !known || more.length > 0 ? undefined : { type: singles[name], error };
  }
  if (!isKey(pairs, name) || more.length > 0) return undefined;
  const error = parseInteger(second, 0, 9999);
  return session === undefined || error === undefined ? undefined : { type: pairs[name], session, error };
}

/** The line of an unsolicited result code, as the family prints it. */
export function formatUnsolicited(code: Unsolicited, profile: Profile = profiles.manual): string {
  switch (code.type) {
    case 'start-result':
      return `+CCHSTART: ${code.error}`;
    case 'stop-result':
      return `+CCHSTOP: ${code.error}`;
    case 'receive-event':
      return `+CCHEVENT: ${code.session},${profile.receiveEvent}`;
    case 'peer-closed':
      return `+CCH_PEER_CLOSED: ${code.session ?? ''}`;
    case 'service-stopped':
      return profile.serviceStopped;
    default: {
      const name = (Object.keys(pairs) as (keyof typeof pairs)[]).find((key) => pairs[key] === code.type);
      return `${name ?? ''}: ${code.session},${code.error}`;
    }
  }
}

function isKey<T extends object>(object: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(object, key);
}
