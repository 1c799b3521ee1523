/** The line that ends the answer of a command (3GPP TS 27.007, V.250). */
export type FinalResult = { readonly ok: true } | { readonly ok: false; readonly text: string };

const errors = /^(ERROR|\+CM[ES] ERROR: ?.*|COMMAND NOT SUPPORT|CONNECT FAIL)$/i;
const callErrors = /^(NO CARRIER|BUSY|NO ANSWER|NO DIALTONE)$/i;

/**
 * Reads a final result code; `undefined` for any other line. `calling` tells that the command dials or goes online: to any
 * other, `NO CARRIER` is no answer but the end of a call that somebody else made (after `RING`).
 */
export function parseFinalResult(line: string, calling = false): FinalResult | undefined {
  if (/^(OK|CONNECT( .*)?)$/i.test(line) && !/^CONNECT FAIL$/i.test(line)) return { ok: true };
  return errors.test(line) || (calling && callErrors.test(line)) ? { ok: false, text: line } : undefined;
}
