import { commandName } from '../at/index.js';
import type { HandGuard, SslService } from '../cch/index.js';
import { ModemError } from '../errors/index.js';
import { HandSessions, isRefusal, type Ending } from './hand-sessions.js';
import type { Sessions } from './sessions.js';
import { touches, type Touch } from './touches.js';

const nothing: Ending = () => undefined;

/**
 * Lets commands that are written by hand pass, through `modem.ssl` and `modem.at`, where they touch nothing that sockets
 * use; and sees to it that what they change is not taken for what it was.
 */
export function handGuard(service: SslService, sessions: Sessions): HandGuard {
  const byHand = new HandSessions(service);
  return (text) => {
    const all = touches(text);
    for (const touch of all) refuse(touch, text, service, sessions);
    const endings = all.map((touch) => begin(touch, service, sessions, byHand));
    return (error) => {
      for (const end of endings) end(error);
    };
  };
}

/** What a command changes; also told how it ends. */
function begin(touch: Touch, service: SslService, sessions: Sessions, byHand: HandSessions): Ending {
  switch (touch.type) {
    case 'session':
      if (touch.how === 'settings') service.distrust(touch.id);
      if (touch.id === undefined) return nothing;
      if (touch.how === 'open') return byHand.open(touch.id);
      return touch.how === 'close' ? byHand.close(touch.id) : nothing;
    case 'context':
      if (touch.index === undefined) sessions.forget();
      else sessions.withholdContext(touch.index);
      return nothing;
    case 'files':
      // A list of them may have been asked for just before: it is older than what comes now.
      sessions.store.changedByHand();
      return () => sessions.store.changedByHand();
    case 'service':
      return (error) => {
        if (!isRefusal(error)) service.unsettle();
      };
    case 'module':
    case 'form':
    case 'nothing':
      return nothing;
  }
}

function refuse(touch: Touch, text: string, service: SslService, sessions: Sessions): void {
  const refusal = (code: 'ERR_MODEM_IN_USE' | 'ERR_MODEM_UNSUPPORTED', why: string) =>
    new ModemError(code, `${nameOf(text)} was not written: ${why}.`);
  switch (touch.type) {
    case 'session':
      if (touch.id === undefined ? service.busy : service.isTaken(touch.id)) {
        throw refusal('ERR_MODEM_IN_USE', `session ${touch.id ?? '0 or 1'} belongs to a socket; destroy it first`);
      }
      if (touch.how === 'open') refuseOpen(service, (why) => refusal('ERR_MODEM_UNSUPPORTED', why));
      return;
    case 'context':
      if (touch.index === undefined ? service.busy : sessions.contextInUse(touch.index)) {
        throw refusal('ERR_MODEM_IN_USE', `a connection uses SSL context ${touch.index ?? '0 to 9'}`);
      }
      return;
    case 'service':
    case 'module':
      if (!service.busy) return;
      throw refusal('ERR_MODEM_IN_USE', 'sockets are open, or waited for, that it would end; close them first');
    case 'form':
      throw refusal('ERR_MODEM_UNSUPPORTED', 'it changes how the module answers, on which this package relies');
    case 'files':
    case 'nothing':
  }
}

/** Data that comes without being asked for has no reader when the session is used by hand. */
function refuseOpen({ environment }: SslService, refusal: (why: string) => ModemError): void {
  const { receive, transparent } = environment;
  if (receive === 'manual' && !transparent) return;
  const how = transparent ? "mode: 'transparent'" : "receive: 'auto'";
  throw refusal(`with ${how} nobody would read its data; open a socket, or the modem without that option`);
}

/** Without its parameters, which may hold a secret. */
function nameOf(text: string): string {
  return commandName(text).replace(/[=?…]+$/, '');
}
