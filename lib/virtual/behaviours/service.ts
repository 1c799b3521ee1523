import { Result, type CommandTable } from '../../cch/table/index.js';
import { error, ok, okWithResult, type FinalAnswer } from '../answer.js';
import { onForm, type Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';

/** A setting that must be made before the service starts (F1010, F1011). */
function beforeStart(module: Module, command: string, apply: () => void): FinalAnswer {
  if (module.service === 'running') {
    module.broke('setting-while-running', command);
    return error();
  }
  apply();
  return ok();
}

/** `context`: the number of the PDP context, where the command names one. */
function start(module: Module, context?: number): FinalAnswer {
  if (module.service === 'running') return error();
  if (!module.radio.registered) return startFailed(module, Result.noNetwork);
  module.service = 'running';
  return okWithResult([`+CCHSTART: 0${context === undefined ? '' : `,${context}`}`]);
}

/** `AT+CCHSTART=<cid>`, in the families that know it (field note 4). */
const startContext: Behaviour = (command, module) => {
  const context = Number(/^AT\+CCHSTART=\s*(\d{1,2})$/i.exec(command)?.[1]);
  return module.profile.startTakesContext && context >= 1 && context <= 15 ? start(module, context) : undefined;
};

/** `OK` and the result on a 7600, `ERROR` and the result on the others (field note 4). */
function startFailed(module: Module, number: number): FinalAnswer {
  const result = [`+CCHSTART: ${number}`];
  const final = module.profile.startTakesContext ? 'ERROR' : 'OK';
  return { kind: 'final', lines: [], final, result };
}

function stop(module: Module): FinalAnswer {
  if (module.service === 'stopped') return error();
  module.service = 'stopped';
  const closed = Promise.all(module.sessions.map((session) => session.close()));
  return okWithResult(closed.then(() => ['+CCHSTOP: 0']));
}

/** CCHSTART, CCHSTOP, CCHSET, CCHMODE, CCHADDR. Transparent mode is not built: `AT+CCHMODE=1` is refused. */
export function serviceBehaviours(table: CommandTable): readonly Behaviour[] {
  const { CCHSTART, CCHSTOP, CCHSET, CCHMODE, CCHADDR } = table;
  return [
    onForm(CCHSTART.execute, (_, module) => start(module)),
    startContext,
    onForm(CCHSTOP.execute, (_, module) => stop(module)),
    onForm(CCHSET.test, () => ok(CCHSET.test.answer.format([]))),
    onForm(CCHSET.read, (_, { report, receive }) => ok(CCHSET.read.answer.format({ report, receive }))),
    onForm(CCHSET.write, (value, module) =>
      beforeStart(module, CCHSET.write.text(value), () => {
        module.report = value.report;
        module.receive = value.receive ?? module.receive;
      }),
    ),
    onForm(CCHMODE.test, () => ok(CCHMODE.test.answer.format([]))),
    onForm(CCHMODE.read, () => ok(CCHMODE.read.answer.format({ mode: 0 }))),
    onForm(CCHMODE.write, (value, module) =>
      value.mode === 1 ? error() : beforeStart(module, CCHMODE.write.text(value), () => undefined),
    ),
    onForm(CCHADDR.execute, (_, module) =>
      module.service === 'running' ? ok(CCHADDR.execute.answer.format(module.settings)) : error(),
    ),
  ];
}
