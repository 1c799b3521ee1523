/** The line that ends the answer of a command (3GPP TS 27.007, V.250). */
export type FinalResult = { readonly ok: true } | { readonly ok: false; readonly text: string };

const errors = /^(ERROR|\+CM[ES] ERROR: ?.*|COMMAND NOT SUPPORT|NO CARRIER|CONNECT FAIL|BUSY|NO ANSWER|NO DIALTONE)$/i;

/** Reads a final result code; `undefined` for any other line. */
export function parseFinalResult(line: string): FinalResult | undefined {
  if (/^(OK|CONNECT( .*)?)$/i.test(line) && !/^CONNECT FAIL$/i.test(line)) return { ok: true };
  return errors.test(line) ? { ok: false, text: line } : undefined;
}
