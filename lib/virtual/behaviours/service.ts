import { Result, formatUnsolicited, type CommandTable } from '../../cch/table/index.js';
import { error, ok, okWithResult, type FinalAnswer } from '../answer.js';
import { onForm, onTest, type Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';

/** PDP context of a start that names none. */
const DEFAULT_CONTEXT = 1;

/** `network error`: the access point is not the network's (field note 5.19). */
const NETWORK_ERROR = 9;

/** A setting that must be made before the service starts (F1010, F1011). */
function beforeStart(module: Module, apply: () => void): FinalAnswer {
  if (module.service === 'running') return error();
  apply();
  return ok();
}

/** The result names the PDP context where the command does (field note 4). */
function succeeded(name: '+CCHSTART' | '+CCHSTOP', context: number | undefined): string {
  return `${name}: ${Result.succeeded}${context === undefined ? '' : `,${context}`}`;
}

function start(module: Module, context?: number): FinalAnswer {
  if (module.service === 'running') return error();
  if (!module.radio.registered) return startFailed(module, Result.noNetwork);
  if (!module.access.accepted) return startFailed(module, NETWORK_ERROR);
  module.service = 'running';
  module.pdpContext = context ?? DEFAULT_CONTEXT;
  return okWithResult([succeeded('+CCHSTART', context)]);
}

function startFailed(module: Module, number: number): FinalAnswer {
  // Now the host knows that it does not run.
  module.stoppedBy = 'host';
  const result = { failed: [formatUnsolicited({ type: 'start-result', error: number }, module.profile)] };
  return { kind: 'final', lines: [], final: module.profile.startFailure, result };
}

/** Only of the PDP context that the service was started with, where the command names one. */
function stop(module: Module, context?: number): FinalAnswer {
  if (module.service === 'stopped') module.stoppedBy = 'host';
  if (module.service === 'stopped' || (context ?? module.pdpContext) !== module.pdpContext) return error();
  module.stopService('host');
  const closed = Promise.all(module.sessions.map((session) => session.end()));
  return okWithResult(closed.then(() => [succeeded('+CCHSTOP', context)]));
}

/** CCHSTART, CCHSTOP, CCHSET, CCHMODE, CCHADDR. */
export function serviceBehaviours(table: CommandTable): readonly Behaviour[] {
  const { CCHSTART, CCHSTOP, CCHSET, CCHMODE, CCHADDR } = table;
  return [
    onForm(CCHSTART.execute, (_, module) => start(module)),
    onForm(CCHSTART.write, ({ context }, module) => start(module, context)),
    onForm(CCHSTOP.execute, (_, module) => stop(module)),
    onForm(CCHSTOP.write, ({ context }, module) => stop(module, context)),
    onTest(CCHSET.test),
    onForm(CCHSET.read, (_, { report, receive }) => ok(CCHSET.read.answer.format({ report, receive }))),
    onForm(CCHSET.write, (value, module) =>
      beforeStart(module, () => {
        module.report = value.report;
        module.receive = value.receive ?? module.receive;
      }),
    ),
    onTest(CCHMODE.test),
    onForm(CCHMODE.read, (_, { mode }) => ok(CCHMODE.read.answer.format({ mode }))),
    onForm(CCHMODE.write, (value, module) =>
      beforeStart(module, () => {
        module.mode = value.mode;
      }),
    ),
    onForm(CCHADDR.execute, (_, { service, profile, pdpContext, settings: { address } }) => {
      if (service === 'stopped') return error();
      const context = profile.addressNamesContext ? { context: pdpContext } : {};
      return ok(CCHADDR.execute.answer.format({ address, ...context }));
    }),
  ];
}
