import type { Form, NoParameters } from '../cch/table/index.js';
import { error, ok, type Answer } from './answer.js';
import type { Module } from './module.js';

/** Answers a command line (without its CR), or leaves it to the behaviours after it. */
export type Behaviour = (command: string, module: Module) => Answer | undefined;

/** The answer of the first behaviour that has one. */
export function decide(behaviours: readonly Behaviour[], command: string, module: Module): Answer {
  for (const behaviour of behaviours) {
    const answer = behaviour(command, module);
    if (answer) return answer;
  }
  return error();
}

/** A behaviour that answers one form of the command table. */
export function onForm<P, R>(form: Form<P, R>, answer: (parameters: P, module: Module) => Answer): Behaviour {
  return (command, module) => {
    const parameters = form.parse(command);
    return parameters === undefined ? undefined : answer(parameters, module);
  };
}

/** A behaviour that answers a test form with the family's own ranges. */
export function onTest<R>(form: Form<NoParameters, R>): Behaviour {
  return onForm(form, () => ok(form.answer.syntax));
}

/**
 * A behaviour that answers commands of a pattern, case aside; the groups of the match are the parameters. `undefined`: they
 * are not what it takes.
 */
export function onPattern(
  pattern: RegExp,
  answer: (module: Module, ...groups: (string | undefined)[]) => Answer | undefined,
): Behaviour {
  return (command, module) => {
    const match = pattern.exec(command);
    return match ? answer(module, ...match.slice(1)) : undefined;
  };
}
