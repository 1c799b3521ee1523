import { splitFields } from './fields.js';
import { askOptional, type Ask } from './identity.js';

/** How a network asks who one is. */
export type Authentication = 'none' | 'pap' | 'chap' | 'pap-or-chap';

/** The access point of a network, all of it as `AT+CGDCONT` and `AT+CGAUTH` take it. */
export interface AccessPoint {
  readonly name: string;
  readonly type: 'IP' | 'IPV6' | 'IPV4V6';
  readonly authentication: Authentication;
  readonly user: string;
  readonly password: string;
}

const authenticationNumbers: Readonly<Record<Authentication, number>> = { none: 0, pap: 1, chap: 2, 'pap-or-chap': 3 };

/**
 * Writes the access point where it differs from the stored one, and attaches anew for it to act (field note 5.19). Whether
 * anything was written. `known` is whether this process wrote the same authentication before: some firmware does not show
 * the password that it has.
 */
export async function setAccessPoint(ask: Ask, apn: AccessPoint, known: boolean): Promise<boolean> {
  const same = await isStored(ask, apn);
  if (!same) await ask(`AT+CGDCONT=1,"${apn.type}","${apn.name}"`);
  const authenticated = apn.authentication === 'none' || (await isAuthenticationStored(ask, apn, known));
  if (!authenticated) await writeAuthentication(ask, apn);
  if (same && authenticated) return false;
  await attachAnew(ask);
  return true;
}

/** Name of the access point that the module has stored; for messages. */
export async function storedName(ask: Ask): Promise<string> {
  const [, , name = ''] = await storedFields(ask);
  return name;
}

async function isStored(ask: Ask, apn: AccessPoint): Promise<boolean> {
  const [, type, name] = await storedFields(ask);
  return name?.toLowerCase() === apn.name.toLowerCase() && type === apn.type;
}

async function storedFields(ask: Ask): Promise<string[]> {
  const stored = await askOptional(ask, 'AT+CGDCONT?');
  return splitFields((stored ?? []).find((line) => /^\+CGDCONT: ?1,/i.test(line)));
}

async function isAuthenticationStored(ask: Ask, apn: AccessPoint, known: boolean): Promise<boolean> {
  const { type, shown } = await storedAuthentication(ask);
  if (type !== authenticationNumbers[apn.authentication] || !shown.includes(apn.user)) return false;
  return shown.length > 1 ? shown.includes(apn.password) : known;
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
async function writeAuthentication(ask: Ask, { authentication, user, password }: AccessPoint): Promise<void> {
  const command = (...texts: [string, string]) =>
    `AT+CGAUTH=1,${authenticationNumbers[authentication]},"${texts.join('","')}"`;
  await ask(command(password, user));
  const { shown } = await storedAuthentication(ask);
  if (shown[0] === password && shown[0] !== user) await ask(command(user, password));
}

async function attachAnew(ask: Ask): Promise<void> {
  if ((await askOptional(ask, 'AT+CGATT=0')) && (await askOptional(ask, 'AT+CGATT=1'))) return;
  await askOptional(ask, 'AT+CFUN=4');
  await askOptional(ask, 'AT+CFUN=1');
}
