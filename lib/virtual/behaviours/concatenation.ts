import { error, type Answer } from '../answer.js';
import { decide, type Behaviour } from '../behaviour.js';
import { commandsOf } from '../command-line.js';
import type { Module } from '../module.js';

/** What takes its time or sends data ends its line. */
const last = /^AT\+CCH(START|STOP|OPEN|CLOSE|RECV)(=(?!\?)|$)/i;
/** What asks for counted bytes stands alone. */
const alone = /^AT\+(CCHSEND|CCERTDOWN)=(?!\?)/i;

/**
 * Several commands in one line, each answered by `behaviours`: their information lines, then one final result. The first
 * that fails ends the line (V.250, 5.2.3).
 */
export function concatenation(behaviours: readonly Behaviour[]): Behaviour {
  return (line, module) => {
    const commands = commandsOf(line);
    if (commands === undefined) return undefined;
    if (
      commands.some((command) => alone.test(command)) ||
      commands.slice(0, -1).some((command) => last.test(command))
    ) {
      module.broke('refused-parameters', line);
      return error();
    }
    return inOne(commands, behaviours, module);
  };
}

function inOne(commands: readonly string[], behaviours: readonly Behaviour[], module: Module): Answer {
  const lines: string[] = [];
  const actions: (() => void)[] = [];
  let answer: Answer = error();
  for (const command of commands) {
    answer = decide(behaviours, command, module);
    if (answer.kind === 'prompt') return error();
    // It ends its line, and has no lines of its own.
    if (answer.kind === 'later') break;
    lines.push(...answer.lines);
    if (answer.then) actions.push(answer.then);
    if (answer.final !== 'OK') break;
  }
  const then = () => {
    for (const action of actions) action();
  };
  if (answer.kind === 'final') return { ...answer, lines, then };
  const { outcome, answer: known } = answer;
  return { kind: 'later', outcome, answer: (number) => ({ ...known(number), lines, then }) };
}
