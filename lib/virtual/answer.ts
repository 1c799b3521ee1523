import type { Session } from './session.js';

/**
 * A final result code: `OK`, `ERROR`, `NO CARRIER`, `CONNECT FAIL`, the number of a `+CME ERROR`, which is written as
 * `AT+CMEE` says or always as a number, or `CONNECT` with the speed of the line in bit/s.
 */
export type Final =
  | 'OK'
  | 'ERROR'
  | 'NO CARRIER'
  | 'CONNECT FAIL'
  | { readonly cme: number; readonly as?: 'number' }
  | { readonly connect: number };

/** What the module answers to a command. One interpreter turns it into bytes: order, echo, latency are its matter. */
export type Answer = FinalAnswer | PromptAnswer | LaterAnswer;

export interface FinalAnswer {
  readonly kind: 'final';
  /** Information lines, before the final result. */
  readonly lines: readonly string[];
  readonly final: Final;
  /** The command's own result, before or after `OK` by the module's reply order; without lines it is none. */
  readonly result?: Result;
  /** Where the order is the same in every module. */
  readonly order?: 'ok-first';
  /** Data frames after the final result, and the line behind them. */
  readonly data?: Data;
  /** The session whose raw bytes follow the final result, which is `CONNECT`. */
  readonly online?: Session;
  /** Runs when the answer is on its way. */
  readonly then?: () => void;
}

/** What is known now, or once something has happened. */
export type Result = Known | Promise<Known>;

/** The lines of a result. One that tells of a failure stands behind `OK` in any order (F1001 d, F1003 d). */
export type Known = readonly string[] | { readonly failed: readonly string[] };

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
  /** Whether they are a file, for which a module may have less room than they are. */
  readonly upload?: true;
  /** In place of an answer: what happens when so many bytes have come, after which the module hears nothing more. */
  readonly cut?: { readonly after: number; readonly then: (payload: Buffer) => void };
}

/** An answer that depends on the result number of an open; nothing is said before. */
export interface LaterAnswer {
  readonly kind: 'later';
  /** `undefined`: given up. */
  readonly outcome: Promise<number | undefined>;
  readonly answer: (outcome: number | undefined) => FinalAnswer;
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
  15: 'SIM wrong',
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

/** `+CME ERROR: <number>`, its text, or `ERROR`, as `AT+CMEE` says; some firmware knows the number only. */
export function cmeError(number: number, as?: 'number'): FinalAnswer {
  return { kind: 'final', lines: [], final: { cme: number, ...(as && { as }) } };
}

/** `OK` and a result in the module's order. */
export function okWithResult(result: Result, then?: () => void): FinalAnswer {
  return { kind: 'final', lines: [], final: 'OK', result, ...(then && { then }) };
}

/** Numbers of `ATV0`. A failed connection has none of its own, and counts as an error. */
const numbers = { OK: '0', 'NO CARRIER': '3', ERROR: '4', 'CONNECT FAIL': '4' };

/** The text of a final result code. */
export function finalText(final: Final, state: { verbose: boolean; errors: 0 | 1 | 2 }): string {
  if (typeof final !== 'string') {
    if ('connect' in final) return state.verbose ? `CONNECT ${final.connect}` : '1';
    if (state.errors === 0) return finalText('ERROR', state);
    const asNumber = state.errors === 1 || final.as === 'number';
    return `+CME ERROR: ${asNumber ? final.cme : (cmeTexts[final.cme] ?? 'unknown')}`;
  }
  return state.verbose ? final : numbers[final];
}
