import {
  ExchangeError,
  type AtChannel,
  type DataReader,
  type ExecuteOptions,
  type ExchangeRequest,
} from '../at/index.js';
import { invalidArgument } from '../errors/index.js';
import { noLines, type Form, type Lines } from './table/index.js';

/** What an exchange needs beside its form and parameters. */
export interface RunOptions extends ExecuteOptions {
  /** Counted bytes, for a form with a prompt. */
  payload?: readonly Buffer[];
  /** Takes the data frames, for a form with data. */
  data?: DataReader;
  /** Bytes that the answer will bring. */
  answerBytes?: number;
  /** Whether the answer is `CONNECT`, and raw data behind it. */
  connects?: boolean;
}

/** The exchange that a form and its parameters stand for. Throws `ERR_INVALID_ARG_VALUE`. */
export function requestOf<P, R>(form: Form<P, R>, value: P, options: RunOptions = {}): ExchangeRequest {
  const text = form.text(value);
  if (form.completion === 'prompt') checkPayload(value, options.payload);
  const result = resultOf(text);
  return {
    text,
    owns: form.answer.owns,
    payload: options.payload,
    packet: form.packet,
    data: options.data,
    answerBytes: options.answerBytes,
    connects: options.connects,
    concealed: form.answer.secret,
    timeout: form.maximumTime === 0 ? undefined : form.maximumTime,
    // The result of a start, stop, open or close came before its OK (field note 4): that one is then due.
    hastenedBy: form.completion === 'result' ? (line) => line.toUpperCase().startsWith(result) : undefined,
  };
}

/**
 * Runs one form of a command and returns its information lines as a value. Rejects as {@link AtChannel.execute} does, and
 * with `ERR_MODEM_LINE` when the answer is not what the manual says.
 */
export async function run<P, R>(channel: AtChannel, form: Form<P, R>, value: P, options: RunOptions = {}): Promise<R> {
  const request = requestOf(form, value, options);
  const { lines } = await channel.execute(request, options);
  if (form.answer === (noLines as Lines<unknown>)) return undefined as R;
  const parsed = form.answer.parse(lines);
  if (parsed === undefined) {
    const said = request.concealed ? 'something else, which is not shown' : channel.shown(lines.join(' · '));
    const answer = lines.length === 0 ? 'nothing but OK' : said;
    const command = channel.shown(request.text);
    // Its OK may have been another command's, and its own is then still to come.
    channel.verify();
    const message = `${command} answered ${answer}.`;
    throw new ExchangeError('ERR_MODEM_LINE', message, { phase: 'command', command });
  }
  return parsed;
}

/** Whether the module carried a command out; any failure but a refusal is passed on. */
export async function succeeds(command: Promise<unknown>): Promise<boolean> {
  try {
    await command;
    return true;
  } catch (error) {
    if (error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND') return false;
    throw error;
  }
}

/** Fewer bytes than announced block the port, more become commands (field note 3.10). */
function checkPayload(value: unknown, payload: readonly Buffer[] = []): void {
  const { length } = value as { length: number };
  const given = payload.reduce((sum, part) => sum + part.length, 0);
  if (given !== length) throw invalidArgument('payload', `it must be ${length} bytes long`, given);
}

/** The line with which the result of a write or execute form begins: `+CCHOPEN: 0,` for `AT+CCHOPEN=0,…`. */
export function resultOf(text: string): string {
  // The number behind a start or a stop is that of a PDP context, which is not what its result begins with.
  const [, name = '', session] = /^AT([+A-Z]+)(?:(?<!ST(?:ART|OP))=(\d))?/.exec(text) ?? [];
  return session === undefined ? `${name}: ` : `${name}: ${session},`;
}
