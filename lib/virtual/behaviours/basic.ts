import { error, ok } from '../answer.js';
import type { Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';

const identification = (module: Module) => [
  'Manufacturer: SIMCOM INCORPORATED',
  `Model: ${module.settings.model}`,
  `Revision: ${module.settings.revision}`,
  `IMEI: ${module.settings.imei}`,
  '+GCAP: +CGSM',
];

/** What each basic command does, by its letter; the number is 0 where it is left out. */
const commands: Readonly<Record<string, { max: number; run?: (module: Module, value: number) => void }>> = {
  E: {
    max: 1,
    run: (module, value) => {
      if (!module.settings.echoLocked) module.line.echo = value === 1;
    },
  },
  V: {
    max: 1,
    run: (module, value) => {
      module.line.verbose = value === 1;
    },
  },
  Z: { max: 0, run: (module) => module.line.restore() },
  I: { max: 9 },
  '&F': { max: 0, run: (module) => module.line.restore() },
  '&D': {
    max: 2,
    run: (module, value) => {
      module.line.dtr = value;
    },
  },
  '&C': {
    max: 1,
    run: (module, value) => {
      module.line.carrier = value;
    },
  },
};

/** `AT`, and basic commands one behind another: `ATE0V1`, `AT&D0&C0E0`. None acts when one of them is not known. */
const basic: Behaviour = (command, module) => {
  const match = /^AT((?:&?[A-Z]\d*)*)$/i.exec(command);
  if (!match) return undefined;
  const parts = [...(match[1] ?? '').toUpperCase().matchAll(/(&?[A-Z])(\d*)/g)].map(([, name = '', value = '']) => ({
    name,
    value: Number(value),
    known: commands[name],
  }));
  if (parts.some(({ known, value }) => known === undefined || value > known.max)) return undefined;
  for (const { known, value } of parts) known?.run?.(module, value);
  return ok(parts.some(({ name }) => name === 'I') ? identification(module) : []);
};

/** `ATO` goes back to a transparent session; here there is none. */
const online: Behaviour = (command) =>
  /^ATO0?$/i.test(command) ? { kind: 'final', lines: [], final: 'NO CARRIER' } : undefined;

/** What is no command: `+++` outside data mode breaks no rule, a driver may well try it first. */
const escape: Behaviour = (command) => (command.startsWith('+++') ? error() : undefined);

/** The commands of V.250 without a `+`. */
export const basicBehaviours: readonly Behaviour[] = [basic, online, escape];
