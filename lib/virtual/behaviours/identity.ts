import { ok } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';
import { kept, setting } from './settings.js';

/** What a command that only says who the module is answers; the 7600 puts its name before the revision. */
function identity(name: string, text: (module: Module) => string): Behaviour {
  return onPattern(new RegExp(`^AT\\+${name}(=\\?)?$`, 'i'), (module, test) => ok(test ? [] : [text(module)]));
}

const clock = onPattern(/^AT\+CCLK(\?|=\?|="([^"]*)")$/i, (module, form, text) => {
  if (form === '?') return ok([`+CCLK: "${module.clock.text}"`]);
  if (form === '=?') return ok();
  return module.clock.set(text ?? '') ? ok() : undefined;
});

const timeUpdates = setting('CTZU', {
  allowed: /^[01]$/,
  ranges: '(0,1)',
  shown: ({ memory }) => memory.timeUpdates,
  keep: kept(({ memory }, value) => {
    memory.timeUpdates = Number(value);
  }),
});

const reset = onPattern(/^AT\+CRESET(=\?)?$/i, (module, test) => (test ? ok() : ok([], () => module.reset())));

/** Who the module is, its clock, and its reset. */
export const identityBehaviours: readonly Behaviour[] = [
  identity('CGMI', () => 'SIMCOM INCORPORATED'),
  identity('CGMM', (module) => module.settings.model),
  identity('CGMR', ({ profile, settings }) => (profile.name === 'sim7600' ? '+CGMR: ' : '') + settings.revision),
  identity('CGSN', (module) => module.settings.imei),
  clock,
  timeUpdates,
  reset,
];
