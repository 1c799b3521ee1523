import { Redactor, editDistance } from '../util/index.js';
import type { Exchange, ExchangeRequest } from './exchange.js';
import { parseFinalResult } from './final-result.js';

/** What the settings of an SSL context are printed behind, the password of a key among them (F1012). */
const CONTEXT = '+CSSLCFG';
/** Characters of it that may be lost or damaged on the line. */
const MOST_DAMAGED = 2;
/** A line that a module says of its own accord: `+CMTI: "SM",3`, `*ATREADY: 1`, `RING`, `Call Ready`. */
const code = /^([+*^$%][A-Z0-9_]+(:.*)?|RING|RDY|(SMS|PB) DONE|CALL READY|NO CARRIER|CLOSED)$/i;
/** The password that a command sets. */
const keyPassword = /\+CSSLCFG\s*=\s*"?keypwd"?\s*,\s*\d+\s*,\s*"?([^"]*)/i;

/**
 * What may be shown of a dialogue, in traces, messages and events. Of a concealed command, of its echo and of its answer
 * only names are; also of those that come late, until a barrier proves that nothing of it is still to come.
 */
export class Secrecy {
  readonly redactor = new Redactor();
  /** Concealed commands whose echo or answer may still come. */
  #late: ExchangeRequest[] = [];
  /** Whether counted bytes were written that the module may have taken for commands, and echo. */
  #astray = false;

  /** A command that is about to be written, as it may be shown. */
  command({ text, concealed }: ExchangeRequest): string {
    const password = keyPassword.exec(text)?.[1];
    if (password !== undefined) this.redactor.add(password);
    return concealed ? commandName(text) : this.redactor.clean(text);
  }

  /** An exchange is over. */
  ended({ request, answered }: Exchange): void {
    if (request.payload && !answered) this.#astray = true;
    if (request.barrier && answered) this.#astray = false;
    if (request.barrier && answered) this.#late = [];
    else if (request.concealed && !answered) this.#late.push(request);
  }

  /** A line that came during an exchange, or during none, as a trace may show it. */
  line(line: string, pending: Exchange | undefined): string {
    if (showsContext(line)) return lineName(line);
    if (parseFinalResult(line) !== undefined) return this.redactor.clean(line);
    if (pending?.request.concealed) return lineName(line);
    if (this.#late.length > 0 && pending?.request.owns?.(line) !== true) return lineName(line);
    // A header was damaged, or the module does not count any more, so that it may be payload.
    const counted = pending?.request.data ?? pending?.request.payload;
    if ((counted || this.#astray) && !code.test(line)) return `(${line.length} characters)`;
    return this.redactor.clean(line);
  }

  /** A line that nothing explains, as an event may tell it. */
  event(line: string, pending?: Exchange): string {
    if (showsContext(line)) return lineName(line);
    if ((this.#astray || pending?.request.payload) && !code.test(line)) return `(${line.length} characters)`;
    const upper = line.toUpperCase();
    const late = this.#late.some(({ text, owns }) => owns?.(line) === true || upper === text.toUpperCase());
    return late || (this.#late.length > 0 && !code.test(line)) ? lineName(line) : line;
  }
}

/** The name of the first command in a line of commands, for one that may hold secrets. */
export function commandName(text: string): string {
  const name = /^AT(?:[+*^$%][A-Z0-9_]+(?:=\?|\?|=)?|[&\\]?[A-Z])?/i.exec(text)?.[0] ?? '';
  return name.length === text.length ? text : `${name}…`;
}

/** The name that a line begins with, for one that may hold secrets: `+CSSLCFG:…`. */
function lineName(line: string): string {
  const name = /^(?:AT)?[+*^$%][A-Z0-9_]+[:=]/i.exec(line)?.[0] ?? '';
  return `${name}…`;
}

/** Whether a line shows an SSL context, also when bytes of its name were lost. */
function showsContext(line: string): boolean {
  const name = /^(?!\+CCH)[^\s:,"\d]{6,8}(?![A-Z])/i.exec(line)?.[0];
  return name !== undefined && editDistance(name.toUpperCase(), CONTEXT) <= MOST_DAMAGED;
}
