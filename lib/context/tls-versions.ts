import { invalidArgument } from '../errors/index.js';
import type { Profile, TlsVersion } from '../cch/index.js';
import { unsupported } from './unsupported.js';

const versions: readonly TlsVersion[] = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** A value of `sslversion`, and the versions that it allows. */
export interface VersionSet {
  readonly number: number;
  readonly oldest: TlsVersion;
  readonly newest: TlsVersion;
}

/** Options that bound the TLS version. */
export interface VersionOptions {
  /** Oldest TLS version. Default `'TLSv1.2'`. */
  minVersion?: string | undefined;
  /** Newest TLS version. Default: none. */
  maxVersion?: string | undefined;
}

/**
 * The `sslversion` whose versions all lie between the oldest and the newest asked for, and are most of them (F1012; field
 * note 4). Throws `ERR_MODEM_UNSUPPORTED` when the family has none.
 */
export function versionSet(options: VersionOptions, profile: Profile): VersionSet {
  const min = versionIndex(options.minVersion ?? 'TLSv1.2', 'minVersion');
  const max = versionIndex(options.maxVersion ?? 'TLSv1.3', 'maxVersion');
  if (min > max) throw crossed(options);
  const [best] = profile.versions
    .map(([oldest, newest], number) => ({ number, oldest, newest }))
    .filter(({ oldest, newest }) => versions.indexOf(oldest) >= min && versions.indexOf(newest) <= max)
    .sort((a, b) => width(b) - width(a) || versions.indexOf(b.newest) - versions.indexOf(a.newest));
  if (best) return best;
  const option = (options.minVersion ?? undefined) === undefined ? 'maxVersion' : 'minVersion';
  const value = options[option] ?? undefined;
  const range = min === max ? (versions[min] ?? '') : `${versions[min] ?? ''} to ${versions[max] ?? ''}`;
  throw unsupported(
    option,
    value,
    `modules of the family '${profile.name}' cannot be held to ${range}; tls: 'host' can`,
  );
}

function width({ oldest, newest }: VersionSet): number {
  return versions.indexOf(newest) - versions.indexOf(oldest);
}

function crossed({ minVersion, maxVersion }: VersionOptions): Error {
  if ((minVersion ?? undefined) === undefined) {
    return invalidArgument('maxVersion', 'it is older than minVersion, which is TLSv1.2 unless given', maxVersion);
  }
  return invalidArgument('minVersion', 'it is newer than maxVersion', minVersion);
}

function versionIndex(version: string, option: string): number {
  const index = versions.findIndex((known) => known === version);
  // SSL 3.0 has no name in Node.
  if (index < 1) throw invalidArgument(option, `it must be one of ${versions.slice(1).join(', ')}`, version);
  return index;
}
