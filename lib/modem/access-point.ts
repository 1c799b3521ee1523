import { ExchangeError } from '../at/index.js';
import { ModemError } from '../errors/index.js';
import { splitFields } from './fields.js';
import { askOptional, type Ask } from './identity.js';

/** How a network asks who one is. */
export type Authentication = 'none' | 'pap' | 'chap' | 'pap-or-chap';

/** The access point of a network, all of it as `AT+CGDCONT` and `AT+CGAUTH` take it. */
export interface AccessPoint {
  readonly name: string;
  /** Default: as it is stored with the same name, else `'IP'`. */
  readonly type?: 'IP' | 'IPV6' | 'IPV4V6' | undefined;
  /** Default: as it is stored. */
  readonly authentication?: Authentication | undefined;
  readonly user: string;
  readonly password: string;
}

const authenticationNumbers: Readonly<Record<Authentication, number>> = { none: 0, pap: 1, chap: 2, 'pap-or-chap': 3 };

/** What this process has told the module of its access point. */
export interface AccessPointTold {
  /** The authentication was written: some firmware does not show the password that it has. */
  authentication: boolean;
  /** Something was written that acts only when the module has attached anew. */
  attachPending: boolean;
}

/**
 * Writes the access point where it differs from the stored one, and attaches anew for it to act (field note 5.19). Whether
 * anything was written. Rejects with `ERR_MODEM_COMMAND` when the module refuses it.
 */
export async function setAccessPoint(ask: Ask, apn: AccessPoint, told: AccessPointTold): Promise<boolean> {
  const [, type, name] = await storedFields(ask);
  const sameName = name?.toLowerCase() === apn.name.toLowerCase();
  if (!sameName || (apn.type !== undefined && type !== apn.type)) {
    told.attachPending = true;
    await write(ask, `AT+CGDCONT=1,"${apn.type ?? 'IP'}","${apn.name}"`, () => nameRefused(apn));
  }
  if (apn.authentication !== undefined && !(await isAuthenticationStored(ask, apn, told.authentication))) {
    told.attachPending = true;
    await writeAuthentication(ask, apn);
    told.authentication = true;
  }
  if (!told.attachPending) return false;
  await attachAnew(ask);
  told.attachPending = false;
  return true;
}

/** Name of the access point that the module has stored; for messages. */
export async function storedName(ask: Ask): Promise<string> {
  const [, , name = ''] = await storedFields(ask);
  return name;
}

/** Asked twice where no line tells: one may have been damaged, and a needless write costs the module its attachment. */
async function storedFields(ask: Ask): Promise<string[]> {
  const first = splitFields(firstContext(await askOptional(ask, 'AT+CGDCONT?')));
  return first.length > 0 ? first : splitFields(firstContext(await askOptional(ask, 'AT+CGDCONT?')));
}

function firstContext(lines: readonly string[] | undefined): string | undefined {
  return lines?.find((line) => /^\+CGDCONT: ?1,/i.test(line));
}

async function isAuthenticationStored(ask: Ask, apn: AccessPoint, known: boolean): Promise<boolean> {
  const { type, shown } = await storedAuthentication(ask);
  const wanted = authenticationNumbers[apn.authentication ?? 'none'];
  if (wanted === 0) return type === 0 || Number.isNaN(type);
  if (type !== wanted || !shown.includes(apn.user)) return false;
  return shown.length > 1 || apn.password === '' ? shown.includes(apn.password) || apn.password === '' : known;
}

/** The texts that `AT+CGAUTH?` shows: the user, and of some firmware the password. */
async function storedAuthentication(ask: Ask): Promise<{ type: number; shown: string[] }> {
  const stored = await askOptional(ask, 'AT+CGAUTH?');
  const [, type, ...texts] = splitFields((stored ?? []).find((line) => /^\+CGAUTH: ?1,/i.test(line)));
  return { type: Number(type), shown: texts.filter((text) => text !== '' && !/^\*+$/.test(text)) };
}

/**
 * SIMCom's manuals put the password before the user, 3GPP and some drivers the user first (field note 5.19). A module that
 * then shows the password as its user is told again, the other way round.
 */
async function writeAuthentication(ask: Ask, apn: AccessPoint): Promise<void> {
  const { authentication = 'none', user, password } = apn;
  const tell = (command: string) => write(ask, command, () => authenticationRefused(apn.name, authentication));
  if (authentication === 'none') return tell('AT+CGAUTH=1,0');
  const command = (...texts: [string, string]) =>
    `AT+CGAUTH=1,${authenticationNumbers[authentication]},"${texts.join('","')}"`;
  await tell(command(password, user));
  const { shown } = await storedAuthentication(ask);
  if (shown[0] === password && shown[0] !== user) await tell(command(user, password));
}

/** Writes a setting; `refused` tells what a module has refused, and what to do. */
async function write(ask: Ask, command: string, refused: () => [what: string, remedy: string]): Promise<void> {
  try {
    await ask(command);
  } catch (cause) {
    if (!(cause instanceof ExchangeError) || cause.code !== 'ERR_MODEM_COMMAND') throw cause;
    const [what, remedy] = refused();
    // The command as it may be shown.
    const message = `The module refuses ${what} (option apn): ${cause.message} ${remedy}`;
    throw new ModemError('ERR_MODEM_COMMAND', message, { cause, command: cause.command });
  }
}

function nameRefused({ name, type = 'IP' }: AccessPoint): [string, string] {
  const other = type === 'IP' ? '' : "try type: 'IP', ";
  const remedy = `See that the name is the one of the SIM's contract, ${other}or leave apn out to use what is stored.`;
  return [`the access point '${name}' of type '${type}'`, remedy];
}

function authenticationRefused(name: string, authentication: Authentication): [string, string] {
  const others = Object.keys(authenticationNumbers).filter((other) => other !== authentication);
  const remedy =
    "See that user and password, which are not shown, are those of the SIM's contract, or try another authentication: " +
    `${others.map((other) => `'${other}'`).join(', ')}.`;
  return [`the authentication '${authentication}' of the access point '${name}'`, remedy];
}

async function attachAnew(ask: Ask): Promise<void> {
  if ((await askOptional(ask, 'AT+CGATT=0')) && (await askOptional(ask, 'AT+CGATT=1'))) return;
  await askOptional(ask, 'AT+CFUN=4');
  await askOptional(ask, 'AT+CFUN=1');
}
