import type { ConnectOptions } from '../../lib/index.js';
import type { ServerName } from '../support/tls-servers.js';
import type { TlsMaterials } from '../support/tls-materials.js';

/** The modules of the matrix: one of each family, and one whose firmware can do no ECDSA (field note 5.12). */
export type LinkName = 'manual' | 'sim7600' | 'sim7600, RSA only' | 'a76xx' | 'sim767x';

/** Of families that know TLS up to 1.2 and check no names, and have the setting `keypwd` or have not. */
export const classic: readonly LinkName[] = ['manual', 'sim7600', 'sim7600, RSA only', 'a76xx'];
export const modern: readonly LinkName[] = ['sim767x'];
export const everyLink: readonly LinkName[] = [...classic, ...modern];
/** All but the one that refuses whatever has a curve in it. */
export const usual: readonly LinkName[] = everyLink.filter((link) => link !== 'sim7600, RSA only');

/** Why the module says otherwise than Node; the spec knows what each may excuse. */
export type Reason =
  /** Accepted: field note 5.10. */
  | 'the module checks no host names'
  | 'checkHostName: false waives the name'
  | 'checkDates: false waives the dates, an option that Node does not have'
  /** Refused, or with a code of its own. */
  | 'the family has no such version'
  | 'the firmware does not know the curve'
  | 'the module is not told before the handshake is over'
  | 'it was seen here, before anything was sent to the module'
  | 'the module cannot be told to';

/** Where the module says something else than Node; `says`: the error's code, or that it accepts. */
export interface Exception {
  readonly links: readonly LinkName[];
  readonly says: string;
  readonly why: Reason;
}

/** A server, and the options with which it is connected to. */
export interface Cell {
  readonly name: string;
  readonly server: ServerName;
  /** Default `server.test`. */
  readonly host?: string;
  readonly options?: (materials: TlsMaterials) => ConnectOptions;
  /** What Node must be told besides, on its own and with `tls: 'host'`, to do what a module does unasked. */
  readonly node?: (materials: TlsMaterials) => ConnectOptions;
  /** Default: {@link usual}. */
  readonly links?: readonly LinkName[];
  /** With verification, and without. */
  readonly verified?: readonly Exception[];
  readonly unverified?: readonly Exception[];
}

export const ca = ({ root }: TlsMaterials): ConnectOptions => ({ ca: root });

/** Something that is refused here, by every module, with this code. */
export function refusedHere(says: string, links: readonly LinkName[] = usual): readonly Exception[] {
  return [{ links, says, why: 'it was seen here, before anything was sent to the module' }];
}

export function cannot(links: readonly LinkName[], says = 'ERR_MODEM_UNSUPPORTED'): readonly Exception[] {
  return [{ links, says, why: 'the module cannot be told to' }];
}
