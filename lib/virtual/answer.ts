/**
 * A final result code: `OK`, `ERROR`, `NO CARRIER`, or the number of a `+CME ERROR`, whose text depends on `AT+CMEE`.
 */
export type Final = 'OK' | 'ERROR' | 'NO CARRIER' | { readonly cme: number };

/** What the module answers to a command. One interpreter turns it into bytes: order, echo, latency are its matter. */
export type Answer = FinalAnswer | PromptAnswer;

export interface FinalAnswer {
  readonly kind: 'final';
  /** Information lines, before the final result. */
  readonly lines: readonly string[];
  readonly final: Final;
  /** The command's own result, before or after `OK` by the module's reply order; `undefined` in a promise is none. */
  readonly result?: Result;
  /** Data frames after the final result, and the line behind them. */
  readonly data?: Data;
  /** Runs when the answer is on its way. */
  readonly then?: () => void;
}

/** Lines that are known now, or once something has happened. */
export type Result = readonly string[] | Promise<readonly string[]>;

export interface Data {
  readonly session: number;
  readonly frames: readonly Buffer[];
  readonly trailer: string;
}

export interface PromptAnswer {
  readonly kind: 'prompt';
  /** Counted bytes that the host must write. */
  readonly length: number;
  /** When the prompt may be sent. Default: now. */
  readonly ready?: Promise<void>;
  /** What is answered to the bytes. */
  readonly answer: (payload: Buffer) => FinalAnswer;
}

/** Why the SIM, the network or the module refuses (3GPP TS 27.007, 9.2). */
export const cmeTexts: Readonly<Record<number, string>> = {
  3: 'operation not allowed',
  4: 'operation not supported',
  10: 'SIM not inserted',
  11: 'SIM PIN required',
  12: 'SIM PUK required',
  13: 'SIM failure',
  14: 'SIM busy',
  16: 'incorrect password',
  30: 'no network service',
  50: 'incorrect parameters',
};

/** Information lines, then `OK`. */
export function ok(lines: readonly string[] = [], then?: () => void): FinalAnswer {
  return { kind: 'final', lines, final: 'OK', ...(then && { then }) };
}

/** `ERROR`, perhaps behind information lines. */
export function error(lines: readonly string[] = []): FinalAnswer {
  return { kind: 'final', lines, final: 'ERROR' };
}

/** `+CME ERROR: <number>`, its text, or `ERROR`, as `AT+CMEE` says. */
export function cmeError(number: number): FinalAnswer {
  return { kind: 'final', lines: [], final: { cme: number } };
}

/** `OK` and a result in the module's order. */
export function okWithResult(result: Result, then?: () => void): FinalAnswer {
  return { kind: 'final', lines: [], final: 'OK', result, ...(then && { then }) };
}

/** The text of a final result code. */
export function finalText(final: Final, state: { verbose: boolean; errors: 0 | 1 | 2 }): string {
  if (typeof final !== 'string') {
    if (state.errors === 0) return finalText('ERROR', state);
    return `+CME ERROR: ${state.errors === 1 ? final.cme : (cmeTexts[final.cme] ?? 'unknown')}`;
  }
  return state.verbose ? final : { OK: '0', 'NO CARRIER': '3', ERROR: '4' }[final];
}
