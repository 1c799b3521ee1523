import { parseInteger, splitParameters } from '../../wire/index.js';
import { cmeError, error, ok } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';
import type { RegistrationKind } from '../radio.js';

/** The names, in capitals, of the commands that this file answers in some form. */
export const bringUpNames = new Set(
  (
    'CGMI CGMM CGMR CGSN CMEE IFC IPR CFUN CPIN CSQ CREG CGREG CEREG COPS CGDCONT CGAUTH CGATT CGACT CGPADDR ' +
    'CCLK CTZU CSCLK CATR CRESET'
  ).split(' '),
);

/** What a command that only says who the module is answers; the 7600 puts its name before the revision. */
function identity(name: string, text: (module: Module) => string): Behaviour {
  return onPattern(new RegExp(`^AT\\+${name}(=\\?)?$`, 'i'), (module, test) => ok(test ? [] : [text(module)]));
}

/** A setting that is kept and shown, and does nothing. */
function plain(name: string, initial: string, allowed: RegExp, ranges: string): Behaviour {
  return onPattern(new RegExp(`^AT\\+${name}(\\?|=\\?|=(.+))$`, 'i'), (module, form, value) => {
    if (form === '?') return ok([`+${name}: ${module.plain.get(name) ?? initial}`]);
    if (form === '=?') return ok([`+${name}: ${ranges}`]);
    const text = (value ?? '').replaceAll(' ', '');
    if (!allowed.test(text)) return error();
    module.plain.set(name, text);
    return ok();
  });
}

/** `AT+CREG`, `AT+CGREG`, `AT+CEREG`. */
function registration(name: RegistrationKind): Behaviour {
  return onPattern(new RegExp(`^AT\\+${name}(\\?|=\\?|=([0-2]))$`, 'i'), ({ radio }, form, mode) => {
    if (form === '=?') return ok([`+${name}: (0-2)`]);
    if (form === '?') return ok([`+${name}: ${radio.modes[name]},${radio.state}`]);
    radio.modes[name] = Number(mode);
    return ok();
  });
}

const errorReports = onPattern(/^AT\+CMEE(\?|=\?|=([0-2])|)$/i, ({ line }, form, value) => {
  if (form === '?') return ok([`+CMEE: ${line.errors}`]);
  if (form === '=?') return ok(['+CMEE: (0,1,2)']);
  line.errors = value === '1' ? 1 : value === '2' ? 2 : 0;
  return ok();
});

const pinStates = { ready: 'READY', pin: 'SIM PIN', puk: 'SIM PUK' };

const pin = onPattern(/^AT\+CPIN(\?|=\?|="?([^"]*)"?)$/i, ({ radio }, form, value) => {
  if (form === '=?') return ok();
  if (form === '?') return ok([`+CPIN: ${pinStates[radio.sim]}`]);
  if (radio.sim === 'ready') return cmeError(3);
  if (radio.sim === 'puk') return cmeError(12);
  if (!/^\d{4,8}$/.test(value ?? '')) return cmeError(50);
  return radio.enter(value ?? '') ? ok(['+CPIN: READY']) : cmeError(16);
});

const functionality = onPattern(/^AT\+CFUN(\?|=\?|=([014])(?:,([01]))?)$/i, (module, form, level, reset) => {
  if (form === '?') return ok([`+CFUN: ${module.radio.functionality}`]);
  if (form === '=?') return ok(['+CFUN: (0,1,4),(0-1)']);
  if (reset === '1') return ok([], () => module.reset());
  return ok([], () => module.radio.setFunctionality(Number(level)));
});

const signal = onPattern(/^AT\+CSQ(=\?)?$/i, (module, test) =>
  ok([test ? '+CSQ: (0-31,99),(0-7,99)' : `+CSQ: ${module.settings.signal},99`]),
);

/** E-UTRAN. */
const LTE = 7;

const operator = onPattern(/^AT\+COPS(\?|=\?|=(.+))$/i, (module, form, value) => {
  const { operator: name } = module.settings;
  if (form === '?') return ok([module.radio.registered ? `+COPS: 0,0,"${name}",${LTE}` : '+COPS: 0']);
  if (form === '=?') return ok([`+COPS: (2,"${name}","${name}","00101",${LTE}),,(0-4),(0-2)`]);
  return /^[0-4](,.*)?$/.test(value ?? '') ? ok() : error();
});

/** `AT+CGDCONT=<cid>,<type>,<apn>…`: kept by number, shown with an address of zeros as modules do. */
const pdpContext = onPattern(/^AT\+CGDCONT(\?|=\?|=(.+))$/i, (module, form, value) => {
  if (form === '=?') return ok(['+CGDCONT: (1-15),"IP",,,(0-2),(0-4)']);
  if (form === '?') {
    const shown = [...module.plain].filter(([key]) => key.startsWith('CGDCONT '));
    return ok((shown.length === 0 ? [['', '1,"IP",""']] : shown).map(([, text]) => pdpLine(text ?? '')));
  }
  const [number, type] = splitParameters(value ?? '') ?? [];
  const cid = parseInteger(number, 1, 15);
  if (cid === undefined || (type !== undefined && !/^(IP|IPV6|IPV4V6|PPP)$/i.test(type.text))) return error();
  if (type === undefined) module.plain.delete(`CGDCONT ${cid}`);
  else module.plain.set(`CGDCONT ${cid}`, value ?? '');
  return ok();
});

function pdpLine(text: string): string {
  const [cid, type, apn] = splitParameters(text) ?? [];
  return `+CGDCONT: ${cid?.text ?? ''},"${type?.text ?? ''}","${apn?.text ?? ''}","0.0.0.0",0,0`;
}

/** Public drivers write the arguments in different orders; any is taken (field note 5.19). */
const authentication = onPattern(/^AT\+CGAUTH(\?|=\?|=(.+))$/i, (_module, form, value) => {
  if (form === '?') return ok();
  if (form === '=?') return ok(['+CGAUTH: (1-15),(0-3),127,127']);
  const [cid, type] = splitParameters(value ?? '') ?? [];
  return parseInteger(cid, 1, 15) === undefined || (type && parseInteger(type, 0, 3) === undefined) ? error() : ok();
});

const attachment = onPattern(/^AT\+CG(ATT|ACT)(\?|=\?|=(.+))$/i, ({ radio }, name, form, value) => {
  const prefix = `+CG${(name ?? '').toUpperCase()}:`;
  const state = radio.registered ? 1 : 0;
  if (form === '?') return ok([prefix === '+CGATT:' ? `${prefix} ${state}` : `${prefix} 1,${state}`]);
  if (form === '=?') return ok([`${prefix} (0,1)`]);
  return /^[01](,\d{1,2})?$/.test(value ?? '') ? ok() : error();
});

const address = onPattern(/^AT\+CGPADDR(=\?|=(\d{1,2})|)$/i, (module, form, cid) => {
  if (form === '=?') return ok(['+CGPADDR: (1)']);
  return ok([`+CGPADDR: ${cid ?? 1},${module.radio.registered ? module.settings.address : '0.0.0.0'}`]);
});

const clock = onPattern(/^AT\+CCLK(\?|=\?|="([^"]*)")$/i, (module, form, text) => {
  if (form === '?') return ok([`+CCLK: "${module.clock.text}"`]);
  if (form === '=?') return ok();
  return module.clock.set(text ?? '') ? ok() : error();
});

const reset = onPattern(/^AT\+CRESET(=\?)?$/i, (module, test) => (test ? ok() : ok([], () => module.reset())));

/** Who the module is, its SIM, its network, its clock, and settings of the line. */
export const bringUpBehaviours: readonly Behaviour[] = [
  identity('CGMI', () => 'SIMCOM INCORPORATED'),
  identity('CGMM', (module) => module.settings.model),
  identity('CGMR', ({ profile, settings }) => (profile.name === 'sim7600' ? '+CGMR: ' : '') + settings.revision),
  identity('CGSN', (module) => module.settings.imei),
  errorReports,
  plain('IFC', '0,0', /^[02](,[02])?$/, '(0,2),(0,2)'),
  plain('IPR', '115200', /^\d{1,7}$/, '(0,300,9600,115200,230400,460800,921600,3000000)'),
  functionality,
  pin,
  signal,
  registration('CREG'),
  registration('CGREG'),
  registration('CEREG'),
  operator,
  pdpContext,
  authentication,
  attachment,
  address,
  clock,
  plain('CTZU', '0', /^[01]$/, '(0,1)'),
  plain('CSCLK', '0', /^[0-2]$/, '(0-2)'),
  plain('CATR', '0', /^[0-9](,[0-9])?$/, '(0-9)'),
  reset,
];
