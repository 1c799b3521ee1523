import { Result, type CommandTable } from '../../cch/table/index.js';
import { error, okWithResult, type Answer, type FinalAnswer } from '../answer.js';
import { onForm, onPattern, type Behaviour } from '../behaviour.js';
import type { OpenTarget } from '../dial.js';
import type { Module } from '../module.js';
import type { Session } from '../session.js';

/*
 * Our choice, where the documents are silent:
 *
 * - In data mode no unsolicited line is said; all are said behind the `OK` or `CLOSED` that ends it.
 * - When the server closes while the host has escaped, `CLOSED` is said at once where nothing is cached. Otherwise what is
 *   cached stays until `ATO`, and `CLOSED` comes behind it; `AT+CCHCLOSE` gives it up.
 * - The silence before an escape sequence is counted from the last byte of the host, that of a command included. Pluses wait
 *   for room in the send buffer as all bytes do.
 * - Bytes of the host for a session whose server has closed go nowhere until `CLOSED` is said.
 */

/** `CONNECT` tells the speed of the line (field note 3.12). */
function connect(module: Module, session: Session): FinalAnswer {
  return { kind: 'final', lines: [], final: { connect: module.line.speed }, online: session };
}

/** What only the other mode, or the other session, has. */
function refuse(module: Module, command: string): Answer {
  module.broke('refused-parameters', command);
  return error();
}

/** Also refused while bytes of a session that the peer closed wait for `ATO`: the host was not told of its end yet. */
function open(module: Module, target: OpenTarget): Answer {
  const [session] = module.sessions;
  const busy = session.state !== 'idle' && session.state !== 'ended';
  if (module.service === 'stopped' || busy || module.transparentSession) return error();
  return {
    kind: 'later',
    outcome: session.open(target),
    answer: (number) => {
      if (number === Result.succeeded) return connect(module, session);
      // Also where the network went meanwhile: what the host is told is an open that failed.
      session.settings.forget();
      return { kind: 'final', lines: [], final: 'CONNECT FAIL' };
    },
  };
}

function close(module: Module): Answer {
  const [session] = module.sessions;
  if (session.state === 'idle' || session.state === 'closing') return error();
  if (module.transparentSession === undefined && module.settings.closeAfterPeer === 'error') {
    void session.end();
    return error();
  }
  return { ...okWithResult(session.close().then(() => ['CLOSED'])), order: 'ok-first' };
}

/** `ATO`: back to data mode. */
const online = onPattern(/^ATO0?$/i, (module) => {
  const session = module.transparentSession;
  return session ? connect(module, session) : { kind: 'final', lines: [], final: 'NO CARRIER' };
});

const inTransparentMode =
  (behaviour: Behaviour): Behaviour =>
  (command, module) =>
    module.transparent ? behaviour(command, module) : undefined;

/** What is different in transparent mode, where session 0 is the only one (F1010). */
export function transparentBehaviours({ CCHOPEN, CCHCLOSE, CCHSEND, CCHRECV }: CommandTable): readonly Behaviour[] {
  return [
    online,
    onForm(CCHOPEN.write, (value, module) => {
      if (value.session !== 0) return refuse(module, CCHOPEN.write.text(value));
      return open(module, { ...value, clientType: value.clientType ?? 2 });
    }),
    onForm(CCHCLOSE.write, ({ session }, module) => (session === 0 ? close(module) : error())),
    onForm(CCHSEND.write, (value, module) => refuse(module, CCHSEND.write.text(value))),
    onForm(CCHRECV.write, (value, module) => refuse(module, CCHRECV.write.text(value))),
  ].map(inTransparentMode);
}
