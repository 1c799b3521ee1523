import type { AtChannel } from '../at/index.js';
import { ExchangeError } from '../at/index.js';

/** Who the module says it is. */
export interface Identity {
  readonly manufacturer: string;
  readonly model: string;
  readonly revision: string;
  readonly imei: string;
}

/** What bring-up asks with: a command, and all lines of its answer. */
export interface Ask {
  (text: string, options?: { timeout?: number }): Promise<string[]>;
}

/** Lines that may come between any two others and are nobody's answer (field note 2). */
const passers = /^(RING|RDY|SMS DONE|PB DONE|CALL READY|NO CARRIER|[+*^$][A-Z]+[:,].*)$/i;

/** Asks commands whose answers are free text, or have a prefix of their own. */
export function asker(channel: AtChannel, signal: AbortSignal | undefined): Ask {
  return async (text, options = {}) => {
    const prefix = /^AT([+*^$][A-Z]+)/i.exec(text)?.[1];
    const owns = (line: string) => prefix !== undefined && line.toUpperCase().startsWith(`${prefix.toUpperCase()}:`);
    const { lines } = await channel.execute({ text, owns, free: true, timeout: options.timeout }, { signal });
    const own = lines.filter(owns);
    // A question answered by nothing but OK: that may have been another command's, and its own is still to come.
    if (text.endsWith('?') && own.length === 0) channel.verify();
    return own.length > 0 ? own : lines.filter((line) => !passers.test(line));
  };
}

/** Asks a command that a module may refuse; `undefined` when it does. */
export async function askOptional(ask: Ask, text: string): Promise<string[] | undefined> {
  try {
    return await ask(text);
  } catch (error) {
    if (error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND') return undefined;
    throw error;
  }
}

/** What stands behind the prefix of the first line, or the line itself; families differ in printing one. */
export function valueOf(lines: readonly string[] | undefined): string {
  return (lines?.[0] ?? '').replace(/^(\+[A-Z]+|Revision|Model|Manufacturer):\s*/i, '').replace(/^"(.*)"$/, '$1');
}

/** Asks for manufacturer, model, revision and IMEI. */
export async function identify(ask: Ask): Promise<Identity> {
  return {
    manufacturer: valueOf(await askOptional(ask, 'AT+CGMI')),
    model: valueOf(await askOptional(ask, 'AT+CGMM')),
    revision: valueOf(await askOptional(ask, 'AT+CGMR')),
    imei: valueOf(await askOptional(ask, 'AT+CGSN')),
  };
}
