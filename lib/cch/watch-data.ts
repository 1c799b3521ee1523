import type { AtChannel } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { editDistance } from '../util/index.js';
import type { ServiceOptions } from './environment.js';
import type { Slot } from './slot.js';

/** What a data frame begins with, and how many bytes of it may be lost for a line to be taken for one. */
const HEADER = '+CCHRECV: DATA,';
const MOST_LOST = 3;
/**
 * What a code looks like that is no data of the service, and seldom the text of a frame whose header lost a digit: `RING`,
 * `Call Ready`, `+CGEV: …`, `$GPGGA,…`, and the end of a read.
 */
const unsolicited = /^((?!\+CCH)[+*^$%][A-Z].*|[A-Z][A-Z0-9_]*( [A-Z0-9_]+)*(:.*)?|\+CCHRECV: ?[01], ?\d{1,4})$/i;
/** Ms behind a frame in which such text is looked for. */
const REST_TIME = 1000;

/**
 * Gives the bytes that the module sends of its own accord to the session that they are for, and fails sessions when such
 * bytes were damaged. Returns a function that ends it.
 *
 * Where data is pushed, a damaged header is a line that nothing explains, and the bytes behind it are lost: nobody knows
 * for which session, so all fail.
 */
export function watchData(channel: AtChannel, slots: readonly Slot[], { receive, mode }: ServiceOptions): () => void {
  const pushes = receive === 'auto' && mode === 'command';
  const fail = (slot: Slot | undefined, message: string) =>
    slot?.lose(new ModemError('ERR_MODEM_LINE', message, { session: slot.id }));
  const failAll = (message: string) => {
    // Text of the payload may have passed for an answer, and the module may be gone: asked before the sessions are closed.
    channel.verify();
    for (const slot of slots) fail(slot, message);
  };
  let framed = -Infinity;
  const frame = (session: number, data: Buffer) => {
    framed = performance.now();
    slots[session]?.takeData(data);
  };
  const broken = ({ session }: { session: number }) => {
    // What was counted in vain may have been a frame of the other session.
    if (pushes) failAll('Bytes of a data frame were lost.');
    else fail(slots[session], 'Bytes of a data frame were lost.');
  };
  const data = (bytes: Buffer) => slots[0]?.takeData(bytes);
  const lost = (error: Error | undefined) => slots[0]?.carrierLost(error);
  const unknown = (line: string) => {
    if (!pushes) return;
    if (isDamagedHeader(line)) failAll('The header of a data frame was damaged.');
    else if (performance.now() - framed < REST_TIME && !unsolicited.test(line)) failAll('A data frame was cut short.');
  };
  const noise = () => {
    if (pushes) failAll('Noise came where data is pushed.');
  };
  channel.on('frame', frame).on('broken', broken).on('unknown', unknown).on('noise', noise);
  if (mode === 'transparent') channel.on('data', data).on('carrier-lost', lost);
  return () => {
    channel.off('frame', frame).off('broken', broken).off('unknown', unknown).off('noise', noise);
    channel.off('data', data).off('carrier-lost', lost);
  };
}

function isDamagedHeader(line: string): boolean {
  const upper = line.toUpperCase();
  for (let lost = 0; lost <= MOST_LOST; lost++) {
    if (editDistance(upper.slice(0, HEADER.length - lost), HEADER) <= MOST_LOST) return true;
  }
  return false;
}
