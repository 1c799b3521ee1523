import { cmeError, cmeTexts, ok, type FinalAnswer } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';
import type { Sim } from '../sim.js';

const states = { ready: 'READY', pin: 'SIM PIN', puk: 'SIM PUK' };

/** Operation not allowed, PUK required, incorrect password, incorrect parameters. */
const NOT_ALLOWED = 3;
const PUK_REQUIRED = 12;
const INCORRECT = 16;
const INCORRECT_PARAMETERS = 50;
/** SIM busy. */
const BUSY = 14;

/** What is said while the module does not have its SIM yet (field note 5.13). */
function notYet(sim: Sim): FinalAnswer {
  const answer = sim.busyAnswer;
  if (typeof answer === 'number') return cmeError(answer, 'number');
  const [number = BUSY] = Object.entries(cmeTexts).flatMap(([key, text]) => (text === answer ? [Number(key)] : []));
  return cmeError(number);
}

function enter(module: Module, pin: string): FinalAnswer {
  const { sim } = module;
  if (sim.state === 'busy') return cmeError(BUSY);
  if (sim.state === 'ready') return cmeError(NOT_ALLOWED);
  if (sim.state === 'puk') return cmeError(PUK_REQUIRED);
  if (!/^\d{4,8}$/.test(pin)) return cmeError(INCORRECT_PARAMETERS);
  if (!sim.enter(pin)) return cmeError(INCORRECT);
  return ok([`+CPIN: ${states.ready}`], () => module.simUnlocked());
}

const pin = onPattern(/^AT\+CPIN(\?|=\?|="?([^"]*)"?)$/i, (module, form, value) => {
  const { sim } = module;
  if (form === '=?') return ok();
  if (form !== '?') return enter(module, value ?? '');
  return sim.state === 'busy' ? notYet(sim) : ok([`+CPIN: ${states[sim.state]}`]);
});

/** Tries of PUK, PIN2 and PUK2 that are left; nothing here uses them up. */
const OTHERS = '10,3,10';

const triesLeft = onPattern(/^AT\+SPIC(=\?)?$/i, ({ sim }, test) =>
  ok(test ? [] : [`+SPIC: ${sim.triesLeft},${OTHERS}`]),
);

/** The SIM. */
export const simBehaviours: readonly Behaviour[] = [pin, triesLeft];
