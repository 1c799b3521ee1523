import type { ModemStatistics } from './types.js';

const none: ModemStatistics = {
  commands: 0,
  bytesSent: 0,
  bytesReceived: 0,
  payloadSent: 0,
  payloadReceived: 0,
  sessionsOpened: 0,
  certificatesUploaded: 0,
  retries: 0,
  eventsRecovered: 0,
  resets: 0,
  errors: {},
};

/** Of several modems, or of one that was opened several times. */
export function sumStatistics(each: readonly ModemStatistics[]): ModemStatistics {
  return each.reduce((sum, one) => {
    const { errors, ...counts } = one;
    const added = Object.entries(counts).map(([name, count]) => [name, count + sum[name as keyof typeof counts]]);
    return { ...(Object.fromEntries(added) as typeof counts), errors: sumErrors(sum.errors, errors) };
  }, none);
}

/** How often each code came, of two. */
export function sumErrors(
  some: Readonly<Record<string, number>>,
  others: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...some };
  for (const [code, count] of Object.entries(others)) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}
