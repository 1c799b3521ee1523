import { splitParameters, type Parameter } from '../wire/index.js';
import { commandsOf } from './command-line.js';

/** What a command acts on beside its own answer. A number is `undefined` where nobody can tell which it is. */
export type Touch =
  | { readonly type: 'nothing' }
  /** A session. `open`: one may live on it afterwards. `settings`: what its next open uses. */
  | { readonly type: 'session'; readonly id: number | undefined; readonly how: 'open' | 'close' | 'settings' | 'data' }
  /** An SSL context. */
  | { readonly type: 'context'; readonly index: number | undefined }
  /** The certificate files. */
  | { readonly type: 'files' }
  /** Whether and how the service runs. */
  | { readonly type: 'service' }
  /** The network under the service, or the whole module. */
  | { readonly type: 'module' }
  /** How the module answers, or whether it does. */
  | { readonly type: 'form' };

const sessionCommands = {
  CCHOPEN: 'open',
  CCHCLOSE: 'close',
  CCHSEND: 'data',
  CCHRECV: 'data',
  CCHSSLCFG: 'settings',
  CCHCFG: 'settings',
} as const;

const service = /^CCH(START|STOP|SET|MODE)$/;
const module = /^(CRESET|REBOOT|CPOF|CPOWD|CFUN|CGATT|CGACT|COPS|CPIN|CNMP|CSCLK|CIPMODE)$/;
const form = /^(IPR|IPREX|ICF|IFC|CMUX|CMEE|CATR|CGDATA)$/;
/** V0, Q1, Z, &F, the characters that end lines, going online, dialling for data, and flow control. */
const basicForm = /^(V0*|Q0*1|Z\d*|&F\d*|S0*[345]=.*|O\d*|D.*|\\.*)$/i;
/** Hanging up ends calls of data as well as of voice (V.250, 6.3.6; so does SIMCom's manual), a transparent session too. */
const basicHangUp = /^H\d*$/i;
/** A call of voice takes the network from data where that has no room for both. */
const basicCall = /^(A|D.*)$/i;

/** What a line of commands acts on, by its text. Test and read forms act on nothing. */
export function touches(line: string): Touch[] {
  const commands = commandsOf(line);
  // Behind the number of a voice call stands a semicolon.
  const calls = (index: number) => index === commands.length - 1 && !/;\s*$/.test(line);
  return commands.map((command, index) => touchOf(command, calls(index)));
}

function touchOf(command: string, mayDial: boolean): Touch {
  const [, name, rest = ''] = /^AT\+([A-Z][A-Z0-9_]*)(.*)$/is.exec(command) ?? [];
  if (name === undefined) return touchOfBasic(command.slice(2), mayDial);
  if (/^=?\?/.test(rest)) return { type: 'nothing' };
  return touchOfExtended(name.toUpperCase(), rest.startsWith('=') ? rest.slice(1) : undefined);
}

function touchOfBasic(commands: string, mayDial: boolean): Touch {
  // What makers add behind another sign.
  if (/^[*^$%]/.test(commands)) return { type: 'nothing' };
  const each = commands.match(/D.*|[&\\]?[A-Z]\d*(=\d*)?/gi) ?? [];
  if (each.some((command) => basicForm.test(command) && (mayDial || !/^D/i.test(command)))) return { type: 'form' };
  if (each.some((command) => basicHangUp.test(command))) return { type: 'session', id: undefined, how: 'close' };
  return { type: each.some((command) => basicCall.test(command)) ? 'module' : 'nothing' };
}

function touchOfExtended(name: string, given: string | undefined): Touch {
  if (service.test(name)) return { type: 'service' };
  if (module.test(name)) return { type: 'module' };
  const [first, second] = splitParameters(given ?? '') ?? [];
  if (isSessionCommand(name)) {
    const id = numberOf(name === 'CCHCFG' ? second : first);
    return { type: 'session', id, how: sessionCommands[name] };
  }
  if (given === undefined) return { type: 'nothing' };
  if (form.test(name)) return { type: 'form' };
  // With the number alone it is a question.
  if (name === 'CSSLCFG' && given.includes(',')) return { type: 'context', index: numberOf(second) };
  return { type: /^CCERT(DOWN|DELE)$/.test(name) ? 'files' : 'nothing' };
}

function numberOf(parameter: Parameter | undefined): number | undefined {
  return parameter && /^\d+$/.test(parameter.text) ? Number(parameter.text) : undefined;
}

function isSessionCommand(name: string): name is keyof typeof sessionCommands {
  return Object.hasOwn(sessionCommands, name);
}
