import { ok } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';
import type { RegistrationKind } from '../bring-up-options.js';

/** `AT+CREG`, `AT+CGREG`, `AT+CEREG`. */
function registration(name: RegistrationKind): Behaviour {
  return onPattern(new RegExp(`^AT\\+${name}(\\?|=\\?|=([0-2]))$`, 'i'), ({ radio }, form, mode) => {
    if (form === '=?') return ok([`+${name}: (0-2)`]);
    if (form === '?') return ok([`+${name}: ${radio.modes[name]},${radio.state(name)}`]);
    radio.modes[name] = Number(mode);
    return ok();
  });
}

const functionality = onPattern(/^AT\+CFUN(\?|=\?|=([014])(?:,([01]))?)$/i, (module, form, level, reset) => {
  if (form === '?') return ok([`+CFUN: ${module.radio.functionality}`]);
  if (form === '=?') return ok(['+CFUN: (0,1,4),(0-1)']);
  if (reset === '1') return ok([], () => module.reset());
  return ok([], () => module.radio.setFunctionality(Number(level)));
});

/** Not known. */
const UNKNOWN = 99;

const signal = onPattern(/^AT\+CSQ(=\?)?$/i, ({ radio, settings }, test) => {
  const hears = settings.hears === 'always' || radio.onNetwork;
  return ok([test ? '+CSQ: (0-31,99),(0-7,99)' : `+CSQ: ${hears ? settings.signal : UNKNOWN},${UNKNOWN}`]);
});

/** E-UTRAN. */
const LTE = 7;

const operator = onPattern(/^AT\+COPS(\?|=\?|=(.+))$/i, (module, form, value) => {
  const { operator: name } = module.settings;
  if (form === '?') return ok([module.radio.onNetwork ? `+COPS: 0,0,"${name}",${LTE}` : '+COPS: 0']);
  if (form === '=?') return ok([`+COPS: (2,"${name}","${name}","00101",${LTE}),,(0-4),(0-2)`]);
  return /^[0-4](,.*)?$/.test(value ?? '') ? ok() : undefined;
});

/** Registration, signal and operator. */
export const networkBehaviours: readonly Behaviour[] = [
  functionality,
  signal,
  registration('CREG'),
  registration('CGREG'),
  registration('CEREG'),
  operator,
];
