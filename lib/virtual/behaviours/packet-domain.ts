import { parseInteger, splitParameters } from '../../wire/index.js';
import { ok } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';

/** Most PDP contexts. */
const CONTEXTS = 15;

/** `AT+CGDCONT=<cid>,<type>,<apn>…`: shown with an address of zeros as modules do. Acts at the next attach. */
const contexts = onPattern(/^AT\+CGDCONT(\?|=\?|=(.+))$/i, ({ memory }, form, value) => {
  if (form === '=?') return ok([`+CGDCONT: (1-${CONTEXTS}),"IP",,,(0-2),(0-4)`]);
  if (form === '?') {
    const known = memory.contexts.size === 0 ? [[1, { type: 'IP', apn: '' }] as const] : [...memory.contexts];
    known.sort(([first], [second]) => first - second);
    return ok(known.map(([cid, { type, apn }]) => `+CGDCONT: ${cid},"${type}","${apn}","0.0.0.0",0,0`));
  }
  const [number, type, apn] = splitParameters(value ?? '') ?? [];
  const cid = parseInteger(number, 1, CONTEXTS);
  if (cid === undefined || (type !== undefined && !/^(IP|IPV6|IPV4V6|PPP)$/i.test(type.text))) return undefined;
  if (type === undefined) memory.contexts.delete(cid);
  else memory.contexts.set(cid, { type: type.text, apn: apn?.text ?? '' });
  return ok();
});

/** `AT+CGAUTH=<cid>,<type>,…`, whose last two families order differently (field note 5.19). Acts at the next attach. */
const authentication = onPattern(/^AT\+CGAUTH(\?|=\?|=(.+))$/i, ({ memory, settings }, form, value) => {
  if (form === '=?') return ok([`+CGAUTH: (1-${CONTEXTS}),(0-3),127,127`]);
  if (form === '?') {
    return ok([...memory.authentications].map(([cid, { type, user }]) => `+CGAUTH: ${cid},${type},"${user}"`));
  }
  const [number, kind, ...texts] = splitParameters(value ?? '') ?? [];
  const cid = parseInteger(number, 1, CONTEXTS);
  const type = kind === undefined ? 0 : parseInteger(kind, 0, 3);
  if (cid === undefined || type === undefined || texts.length > 2) return undefined;
  const [first = '', second = ''] = texts.map(({ text }) => text);
  const [user, password] = settings.authOrder === 'user-first' ? [first, second] : [second, first];
  if (type === 0) memory.authentications.delete(cid);
  else memory.authentications.set(cid, { type, user, password });
  return ok();
});

const attachment = onPattern(/^AT\+CGATT(\?|=\?|=([01]))$/i, ({ radio }, form, value) => {
  if (form === '?') return ok([`+CGATT: ${radio.registered ? 1 : 0}`]);
  if (form === '=?') return ok(['+CGATT: (0,1)']);
  return ok([], () => radio.setAttached(value === '1'));
});

/** The context is active whenever the module is registered, whatever was asked for. */
const activation = onPattern(/^AT\+CGACT(\?|=\?|=(.+))$/i, ({ radio }, form, value) => {
  if (form === '?') return ok([`+CGACT: 1,${radio.registered ? 1 : 0}`]);
  if (form === '=?') return ok(['+CGACT: (0,1)']);
  return /^[01](,\d{1,2})?$/.test(value ?? '') ? ok() : undefined;
});

const address = onPattern(/^AT\+CGPADDR(=\?|=(\d{1,2})|)$/i, ({ radio, access, settings }, form, cid) => {
  if (form === '=?') return ok(['+CGPADDR: (1)']);
  const online = radio.registered && access.accepted;
  return ok([`+CGPADDR: ${cid ?? 1},${online ? settings.address : '0.0.0.0'}`]);
});

/** Access points and what hangs on them. */
export const packetDomainBehaviours: readonly Behaviour[] = [contexts, authentication, attachment, activation, address];
