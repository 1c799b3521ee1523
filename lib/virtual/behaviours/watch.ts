import { openQueryMisbehaves, type CommandTable, type Form } from '../../cch/table/index.js';
import type { Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';
import type { Rule } from '../rules.js';
import type { Session } from '../session.js';

/** A rule, perhaps with what there is to say beside the command. */
type Verdict = Rule | readonly [rule: Rule, circumstance: string] | undefined;

/** Looks at one form of a command as it comes, takes note of the rule that it breaks, and answers nothing. */
function on<P, R>(form: Form<P, R>, judge: (parameters: P, module: Module) => Verdict): Behaviour {
  return (command, module) => {
    const parameters = form.parse(command);
    const verdict = parameters === undefined ? undefined : judge(parameters, module);
    if (typeof verdict === 'string') module.broke(verdict, command);
    else if (verdict) module.broke(verdict[0], command, ` ${verdict[1]}`);
    return undefined;
  };
}

/** One that is still closing may already be shown as empty by `AT+CCHOPEN?`. */
const inUse = ({ state }: Session) => state === 'opening' || state === 'open';

/** The host knows that the service does not run. */
const stoppedByHost = ({ service, stoppedBy }: Module) => service === 'stopped' && stoppedBy === 'host';

const whileRunning =
  (rule: Rule) =>
  (_: unknown, { service }: Module): Verdict =>
    service === 'running' ? rule : undefined;

function configuring({ session: id }: { session: number }, module: Module): Verdict {
  const session = module.session(id);
  // The host opened one whose peer closed, and has not closed it, whether or not it knows of its end.
  const outOfPlace = stoppedByHost(module) || inUse(session) || session.state === 'ended';
  return outOfPlace ? 'session-setting-out-of-place' : undefined;
}

function opening({ session }: { session: number }, module: Module): Verdict {
  if (stoppedByHost(module)) return 'open-without-service';
  return inUse(module.session(session)) ? 'open-in-use' : undefined;
}

function sending({ session: id }: { session: number }, module: Module): Verdict {
  const session = module.session(id);
  if (module.transparent) return undefined;
  if (session.closedByHost || session.state === 'opening' || session.state === 'closing') return 'session-not-open';
  return module.profile.sendAwaitsReport && session.unsent > 0 ? 'send-before-report' : undefined;
}

function reading({ session: id, length }: { session: number; length?: number | undefined }, module: Module): Verdict {
  const { state, closedByHost, cached } = module.session(id);
  // A host that does not know yet of a reset has broken no rule.
  if (module.transparent || (state === 'idle' && !closedByHost)) return undefined;
  if (module.receive === 0) return 'read-in-push-mode';
  if (cached === 0) return 'empty-read';
  return length !== undefined && length > cached ? ['over-read', `with ${cached} cached`] : undefined;
}

/** The rules that single commands break by the state that the module is in (lib/virtual/rules.ts). */
export function watch(table: CommandTable): readonly Behaviour[] {
  const { CCHSTART, CCHOPEN, CCHSEND, CCHRECV, CCHCFG, CCHSSLCFG, CCHMODE, CCHSET } = table;
  return [
    on(CCHSTART.execute, whileRunning('start-while-running')),
    on(CCHSTART.write, whileRunning('start-while-running')),
    on(CCHSET.write, whileRunning('setting-while-running')),
    on(CCHMODE.write, whileRunning('setting-while-running')),
    on(CCHCFG.write, configuring),
    on(CCHSSLCFG.write, configuring),
    on(CCHOPEN.write, opening),
    on(CCHOPEN.read, (_, { settings }) =>
      openQueryMisbehaves(settings.model, settings.revision) ? 'open-query' : undefined,
    ),
    on(CCHSEND.write, sending),
    on(CCHRECV.write, reading),
    on(CCHRECV.read, (_, { profile, sessions }) =>
      profile.name === 'a76xx' && sessions.every(({ closedByHost }) => closedByHost) ? 'cached-query' : undefined,
    ),
  ];
}
