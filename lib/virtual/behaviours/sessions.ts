import {
  Result,
  formatUnsolicited,
  type CommandTable,
  type OpenInformation,
  type Profile,
} from '../../cch/table/index.js';
import { error, ok, okWithResult, type Answer } from '../answer.js';
import { onForm, onTest, type Behaviour } from '../behaviour.js';
import type { OpenTarget } from '../dial.js';
import type { Module } from '../module.js';
import { cutFrames } from '../frames.js';
import type { Session } from '../session.js';
import type { SessionSettings } from '../session-settings.js';

function open(module: Module, session: Session, target: OpenTarget): Answer {
  // A session whose peer closed may be opened anew without AT+CCHCLOSE; what it had cached is lost.
  if (module.service === 'stopped' || (session.state !== 'idle' && session.state !== 'ended')) return error();
  return okWithResult(
    session.open(target).then((number) => {
      if (number === undefined) return [];
      const line = (type: 'open-result' | 'close-result') =>
        formatUnsolicited({ type, session: session.id, error: number });
      if (number === Result.succeeded) return [line('open-result')];
      return { failed: [line('open-result'), ...(module.profile.closeAfterFailedOpen ? [line('close-result')] : [])] };
    }),
  );
}

function close(module: Module, session: Session): Answer {
  const { state, id } = session;
  if (state === 'idle' || state === 'closing') return error();
  if (state === 'ended' && module.settings.closeAfterPeer === 'error') {
    void session.end();
    return error();
  }
  return okWithResult(session.close().then(() => [formatUnsolicited({ type: 'close-result', session: id, error: 0 })]));
}

function send(module: Module, session: Session, length: number): Answer {
  if (session.state !== 'open') return error();
  // Before the report of the bytes before; seen to fail (field note 3.11).
  if (module.profile.sendAwaitsReport && session.unsent > 0) return error();
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
  const refusal = formatUnsolicited({ type: 'receive-end', session: session.id, error: Result.transferFailed });
  if (module.receive === 0 || session.cached === 0) return error([refusal]);
  const data = session.take(length === 0 ? module.profile.zeroRead : (length ?? Infinity));
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

/**
 * CCHCFG and CCHSSLCFG: after the start of the service and before the open (F1008, F1009). A session whose peer closed has
 * been opened, and what is set before its `AT+CCHCLOSE` would be forgotten by that.
 */
function configure(module: Module, session: Session, apply: (settings: SessionSettings) => void): Answer {
  if (module.service === 'stopped' || session.state !== 'idle') return error();
  apply(session.settings);
  return ok();
}

function openInformation({ profile, sessions }: Module): OpenInformation[] {
  const shown = sessions.map((session) => informationOf(session, profile));
  if (profile.openRead === 'open-only') return shown.filter(({ host }) => host !== '');
  return profile.openRead === 'both' ? shown : [...shown, { session: 2, host: '' }];
}

function informationOf({ id, state, target, localPort }: Session, { showsLocalPort }: Profile): OpenInformation {
  if (state !== 'open' || target === undefined) return { session: id, host: '' };
  const { host, port, clientType, bindPort = showsLocalPort ? localPort : undefined } = target;
  return { session: id, host, port, clientType, ...(bindPort === undefined ? {} : { bindPort }) };
}

function settingBehaviours({ CCHCFG, CCHSSLCFG }: CommandTable): Behaviour[] {
  return [
    onTest(CCHCFG.test),
    onForm(CCHCFG.read, (_, { sessions }) =>
      ok(
        CCHCFG.read.answer.format(
          sessions.map(({ id, settings: { sendTimeout, context } }) => ({
            session: id,
            sendtimeout: sendTimeout,
            sslctx: context ?? id,
          })),
        ),
      ),
    ),
    onForm(CCHCFG.write, (value, module) => {
      return configure(module, module.session(value.session), (settings) => {
        if (value.key === 'sendtimeout') settings.sendTimeout = value.value;
        else settings.context = value.value;
      });
    }),
    onTest(CCHSSLCFG.test),
    onForm(CCHSSLCFG.read, (_, { sessions }) =>
      ok(
        CCHSSLCFG.read.answer.format(
          sessions.map(({ id, settings: { context } }) => ({
            session: id,
            ...(context === undefined ? {} : { context }),
          })),
        ),
      ),
    ),
    onForm(CCHSSLCFG.write, (value, module) => {
      return configure(module, module.session(value.session), (settings) => {
        settings.context = value.context;
      });
    }),
  ];
}

/** CCHOPEN, CCHCLOSE, CCHSEND, CCHRECV, CCHCFG, CCHSSLCFG. */
export function sessionBehaviours(table: CommandTable): readonly Behaviour[] {
  const { CCHOPEN, CCHCLOSE, CCHSEND, CCHRECV } = table;
  return [
    onTest(CCHOPEN.test),
    onForm(CCHOPEN.read, (_, module) => ok(CCHOPEN.read.answer.format(openInformation(module)))),
    onForm(CCHOPEN.write, ({ session, host, port, clientType, bindPort }, module) =>
      open(module, module.session(session), { host, port, clientType: clientType ?? 2, bindPort }),
    ),
    onForm(CCHCLOSE.write, ({ session }, module) => close(module, module.session(session))),
    onTest(CCHSEND.test),
    onForm(CCHSEND.read, (_, { sessions: [first, second] }) =>
      ok(CCHSEND.read.answer.format({ unsent: [first.unsent, second.unsent] })),
    ),
    onForm(CCHSEND.write, ({ session, length }, module) => send(module, module.session(session), length)),
    onForm(CCHRECV.read, (_, { sessions: [first, second] }) =>
      ok(CCHRECV.read.answer.format({ cached: [first.cached, second.cached] })),
    ),
    onForm(CCHRECV.write, ({ session, length }, module) => receive(module, module.session(session), length)),
    ...settingBehaviours(table),
  ];
}
