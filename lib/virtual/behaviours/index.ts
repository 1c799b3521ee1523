import type { CommandTable } from '../../cch/table/index.js';
import { error } from '../answer.js';
import type { Behaviour } from '../behaviour.js';
import { basicBehaviours } from './basic.js';
import { bringUpBehaviours, bringUpNames } from './bring-up.js';
import { certificateBehaviours } from './certificates.js';
import { concatenation } from './concatenation.js';
import { serviceBehaviours } from './service.js';
import { sessionBehaviours } from './sessions.js';
import { transparentBehaviours } from './transparent.js';
import { watch } from './watch.js';

/** What nothing before it answered: `ERROR`, whether the name is known or not. */
function refuse(table: CommandTable): Behaviour {
  const known = new Set([...Object.keys(table), ...bringUpNames]);
  return (command, module) => {
    const name = /^AT\+([A-Z]+)/i.exec(command)?.[1]?.toUpperCase();
    module.broke(name !== undefined && known.has(name) ? 'refused-parameters' : 'unknown-command', command);
    return error();
  };
}

/** Everything that the module answers, in order: the first that does is heard. The last one always does. */
export function behaviours(table: CommandTable): readonly Behaviour[] {
  const single: readonly Behaviour[] = [
    ...watch(table),
    ...transparentBehaviours(table),
    ...basicBehaviours,
    ...bringUpBehaviours,
    ...serviceBehaviours(table),
    ...certificateBehaviours(table),
    ...sessionBehaviours(table),
    refuse(table),
  ];
  return [concatenation(single), ...single];
}
