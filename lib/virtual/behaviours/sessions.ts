import { Result, formatUnsolicited, type CommandTable } from '../../cch/table/index.js';
import { error, ok, okWithResult, type Answer } from '../answer.js';
import { onForm, type Behaviour } from '../behaviour.js';
import type { OpenTarget } from '../dial.js';
import type { Module } from '../module.js';
import { cutFrames } from '../frames.js';
import type { Session } from '../session.js';

/** Bytes that `AT+CCHRECV=<id>,0` reads at most, in families whose explicit reads know no bound (F1006). */
const DEFAULT_READ = 2048;

function open(module: Module, session: Session, target: OpenTarget): Answer {
  // A session whose peer closed may be opened anew without AT+CCHCLOSE; what it had cached is lost.
  if (module.service === 'stopped' || (session.state !== 'idle' && session.state !== 'ended')) return error();
  return okWithResult(
    session.open(target).then((number) => {
      if (number === undefined) return [];
      const lines = [formatUnsolicited({ type: 'open-result', session: session.id, error: number })];
      // Field note 4: a second line on a 7600.
      if (number !== 0 && module.profile.name === 'sim7600') {
        lines.push(formatUnsolicited({ type: 'close-result', session: session.id, error: number }));
      }
      return lines;
    }),
  );
}

function close(module: Module, session: Session): Answer {
  const { state, id } = session;
  if (state === 'idle' || state === 'closing') return error();
  const refused = state === 'ended' && module.settings.closeAfterPeer === 'error';
  const closed = session.close();
  if (refused) return error();
  return okWithResult(closed.then(() => [formatUnsolicited({ type: 'close-result', session: id, error: 0 })]));
}

function send(module: Module, session: Session, length: number): Answer {
  if (session.state !== 'open') {
    if (session.closedByHost) module.broke('session-not-open', `AT+CCHSEND=${session.id},${length}`);
    return error();
  }
  if (!session.hasRoom(length) && module.settings.fullBuffer === 'error') return error();
  return {
    kind: 'prompt',
    length,
    ready: session.room(length),
    answer: (payload) => {
      module.statistics.payloadIn += payload.length;
      // The session may have ended meanwhile; all bytes were to be written all the same (field note 3.9).
      return session.state === 'open' ? ok([], () => session.send(payload)) : error();
    },
  };
}

function receive(module: Module, session: Session, length: number | undefined): Answer {
  const command = `AT+CCHRECV=${session.id}${length === undefined ? '' : `,${length}`}`;
  const refusal = formatUnsolicited({ type: 'receive-end', session: session.id, error: Result.transferFailed });
  if (module.receive === 0) return error([refusal]);
  if (session.cached === 0) {
    // A host that does not know yet of a reset has broken no rule.
    if (session.state !== 'idle' || session.closedByHost) module.broke('empty-read', command);
    return error([refusal]);
  }
  if (length !== undefined && length > session.cached) {
    module.broke('over-read', `${command} with ${session.cached} cached`);
  }
  const zero = module.profile.name === 'manual' || module.profile.name === 'sim7600' ? DEFAULT_READ : Infinity;
  const data = session.take(length === 0 ? zero : (length ?? Infinity));
  module.statistics.payloadOut += data.length;
  return {
    ...ok(),
    data: {
      session: session.id,
      frames: cutFrames(data, module.settings.frameSize),
      trailer: formatUnsolicited({ type: 'receive-end', session: session.id, error: 0 }),
    },
  };
}

/** CCHCFG and CCHSSLCFG: between the start of the service and the open (F1007, F1008). */
function configure(module: Module, session: Session, command: string, apply: () => void): Answer {
  if (module.service === 'stopped' || (session.state !== 'idle' && session.state !== 'ended')) {
    module.broke('session-setting-out-of-place', command);
    return error();
  }
  apply();
  return ok();
}

function openInformation({ profile, sessions }: Module) {
  const all = profile.openRead === 'all';
  return sessions
    .filter((session) => all || session.state === 'open')
    .map((session) => {
      const target = session.state === 'open' ? session.target : undefined;
      if (target === undefined) return { session: session.id, host: '' };
      const { host, port, clientType, bindPort } = target;
      return { session: session.id, host, port, clientType, ...(bindPort === undefined ? {} : { bindPort }) };
    });
}

function settingBehaviours({ CCHCFG, CCHSSLCFG }: CommandTable): Behaviour[] {
  return [
    onForm(CCHCFG.test, () => ok(CCHCFG.test.answer.format([]))),
    onForm(CCHCFG.read, (_, { sessions }) =>
      ok(
        CCHCFG.read.answer.format(
          sessions.map(({ id, sendTimeout, context }) => ({ session: id, sendTimeout, context: context ?? id })),
        ),
      ),
    ),
    onForm(CCHCFG.write, (value, module) => {
      const session = module.session(value.session);
      return configure(module, session, CCHCFG.write.text(value), () => {
        if (value.key === 'sendtimeout') session.sendTimeout = value.value;
        else session.context = value.value;
      });
    }),
    onForm(CCHSSLCFG.test, () => ok(CCHSSLCFG.test.answer.format([]))),
    onForm(CCHSSLCFG.read, (_, { sessions }) =>
      ok(
        CCHSSLCFG.read.answer.format(
          sessions.map(({ id, context }) => ({ session: id, ...(context === undefined ? {} : { context }) })),
        ),
      ),
    ),
    onForm(CCHSSLCFG.write, (value, module) => {
      const session = module.session(value.session);
      return configure(module, session, CCHSSLCFG.write.text(value), () => {
        session.context = value.context;
      });
    }),
  ];
}

/** CCHOPEN, CCHCLOSE, CCHSEND, CCHRECV, CCHCFG, CCHSSLCFG. */
export function sessionBehaviours(table: CommandTable): readonly Behaviour[] {
  const { CCHOPEN, CCHCLOSE, CCHSEND, CCHRECV } = table;
  return [
    onForm(CCHOPEN.test, () => ok(CCHOPEN.test.answer.format([]))),
    onForm(CCHOPEN.read, (_, module) => ok(CCHOPEN.read.answer.format(openInformation(module)))),
    onForm(CCHOPEN.write, ({ session, host, port, clientType, bindPort }, module) =>
      open(module, module.session(session), { host, port, clientType: clientType ?? 2, bindPort }),
    ),
    onForm(CCHCLOSE.write, ({ session }, module) => close(module, module.session(session))),
    onForm(CCHSEND.test, () => ok(CCHSEND.test.answer.format([]))),
    onForm(CCHSEND.read, (_, { sessions: [first, second] }) =>
      ok(CCHSEND.read.answer.format({ session0: 0, unsent0: first.unsent, session1: 1, unsent1: second.unsent })),
    ),
    onForm(CCHSEND.write, ({ session, length }, module) => send(module, module.session(session), length)),
    onForm(CCHRECV.read, (_, { sessions: [first, second] }) =>
      ok(CCHRECV.read.answer.format({ cached: [first.cached, second.cached] })),
    ),
    onForm(CCHRECV.write, ({ session, length }, module) => receive(module, module.session(session), length)),
    ...settingBehaviours(table),
  ];
}
