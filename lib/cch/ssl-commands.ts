import { ExchangeError, type AtChannel, type ExecuteOptions } from '../at/index.js';
import { ModemError, abortError, invalidArgument } from '../errors/index.js';
import { pause } from '../util/index.js';
import { bytesOf, guarded, type HandGuard } from './by-hand.js';
import type { Environment } from './environment.js';
import { Intake } from './intake.js';
import { requestOf, resultOf, run } from './run.js';
import { moduleResult, parseUnsolicited, type Completion, type Form, type NoParameters } from './table/index.js';
import type { CommandTable, Profile } from './table/index.js';

/** Ms in which `+CCHSTART: <err>` may follow an `ERROR` (field note 4). */
const ABSORB_TIME = 2000;

/** How a call is made. */
export interface CallOptions {
  /** Ends the call; a command that was written goes on on the module. */
  signal?: AbortSignal | undefined;
}

type Given<P> = P extends NoParameters ? [] : [parameters: P];

/**
 * One form of a command as a function. With counted bytes their length is that of `payload`; a read resolves to the bytes;
 * the result of a start, stop, open or close is awaited.
 */
export type Call<P, R, C extends Completion> = C extends 'prompt'
  ? (parameters: Omit<P, 'length'>, payload: Uint8Array | string, options?: CallOptions) => Promise<void>
  : C extends 'data'
    ? (...given: [...Given<P>, options?: CallOptions]) => Promise<Buffer>
    : (...given: [...Given<P>, options?: CallOptions]) => Promise<R>;

type CallOf<F> = F extends Form<infer P, infer R, infer C> ? Call<P, R, C> : never;

/**
 * Every command of the manual's chapter in every form: `ssl.CCHOPEN.test()`, `ssl.CCHSEND.read()`,
 * `ssl.CCHCFG.write({ key: 'sendtimeout', session: 0, value: 60 })`, `ssl.CCHADDR.execute()`; see docs/commands.md.
 *
 * Rejects with `ERR_INVALID_ARG_VALUE` before anything is written, `ERR_MODEM_IN_USE` for what would touch a session held
 * by a socket or the service under one, `ERR_MODEM_UNSUPPORTED` for a form that the family lacks, `ERR_MODEM_COMMAND` for
 * `ERROR`, `ERR_MODEM_RESULT` (with `result`) for a result number, `ERR_MODEM_TIMEOUT`, `ERR_MODEM_LINE`.
 */
export type SslCommands = {
  readonly [N in keyof CommandTable]: {
    readonly [F in Exclude<keyof CommandTable[N], 'about'>]: CallOf<CommandTable[N][F]>;
  };
};

type AnyForm = Form<Record<string, unknown>, unknown>;

/** Makes the calls of every form of a command table. */
export function sslCommands({ channel, table, profile }: Environment, guard: HandGuard): SslCommands {
  const hand = new ByHand(channel, profile, guard);
  const calls = Object.entries(table).map(([name, entry]) => {
    const forms = Object.entries(entry as unknown as Record<string, AnyForm>).filter(([kind]) => kind !== 'about');
    const each = forms.map(([kind, form]) => [kind, callOf(hand, form)]);
    return [name, Object.freeze(Object.fromEntries(each))] as const;
  });
  return Object.freeze(Object.fromEntries(calls)) as SslCommands;
}

function callOf(hand: ByHand, form: AnyForm) {
  type Parameters = Record<string, unknown>;
  const bare = form.kind !== 'write';
  if (form.completion === 'prompt') {
    return (parameters: Parameters, payload: Uint8Array | string, options?: CallOptions) =>
      hand.send(form, parameters, payload, options);
  }
  return (...given: unknown[]) => {
    const [parameters, options] = (bare ? [{}, given[0]] : given) as [Parameters, CallOptions | undefined];
    return form.completion === 'data' ? hand.receive(form, parameters, options) : hand.ask(form, parameters, options);
  };
}

/** Writes commands for the user, and waits for all that they are answered. */
class ByHand {
  readonly #channel: AtChannel;
  readonly #profile: Profile;
  readonly #guard: HandGuard;

  constructor(channel: AtChannel, profile: Profile, guard: HandGuard) {
    this.#channel = channel;
    this.#profile = profile;
    this.#guard = guard;
  }

  /** A command with lines, or a result, or nothing. */
  async ask(form: AnyForm, given: Record<string, unknown>, options: CallOptions = {}): Promise<unknown> {
    const text = textOf(form, given);
    // The password of a key stays out of traces.
    if (given['key'] === 'keypwd') this.#channel.conceal(String(given['value']));
    return this.#guarded(text, options, (guarded) =>
      form.completion === 'result' ? this.#awaitResult(form, given, guarded) : run(this.#channel, form, given, guarded),
    );
  }

  /** Counted bytes to the module. */
  async send(
    form: AnyForm,
    given: Record<string, unknown>,
    payload: Uint8Array | string,
    options: CallOptions = {},
  ): Promise<void> {
    const bytes = bytesOf(payload);
    // Callers without types may leave it out altogether.
    const length = (given as { length?: unknown } | undefined)?.length;
    if (length !== undefined && length !== bytes.length) {
      throw invalidArgument('length', `it is that of the payload, ${bytes.length}; leave it out`, length);
    }
    const parameters = { ...given, length: bytes.length };
    const text = textOf(form, parameters);
    await this.#guarded(text, options, (guarded) =>
      run(this.#channel, form, parameters, { ...guarded, payload: [bytes] }),
    );
  }

  /** Data frames from the module. */
  async receive(form: AnyForm, given: Record<string, unknown>, options: CallOptions = {}): Promise<Buffer> {
    const text = textOf(form, given);
    const { session, length } = given as { session: number; length?: number };
    const intake = new Intake(session, length === 0 ? undefined : length);
    const data = intake.reader(this.#profile.largestCache);
    try {
      await this.#guarded(text, options, (guarded) => run(this.#channel, form, given, { ...guarded, data }));
    } catch (error) {
      throw intake.result ? resultError(text, intake.result, session, error) : error;
    }
    if (length !== undefined && length > 0 && intake.taken > length) {
      throw new ModemError('ERR_MODEM_LINE', `${text} brought ${intake.taken} bytes.`, { command: text, session });
    }
    return Buffer.concat(intake.frames);
  }

  #guarded<T>(text: string, { signal }: CallOptions, action: (options: ExecuteOptions) => Promise<T>): Promise<T> {
    return guarded(this.#guard, text, (beforeWrite) => action({ signal, beforeWrite }));
  }

  /** The result comes before or after `OK`, or behind an `ERROR` (field note 4). */
  async #awaitResult(form: AnyForm, given: Record<string, unknown>, options: ExecuteOptions): Promise<void> {
    const text = form.text(given);
    const result = new ResultWatch(this.#channel);
    const beforeWrite = () => {
      options.beforeWrite?.();
      result.begin(text);
    };
    try {
      await this.#channel.execute(requestOf(form, given), { ...options, beforeWrite });
      const number = await result.within(form.maximumTime, options.signal);
      if (number === undefined) {
        const message = `${text} brought no result within ${form.maximumTime} ms.`;
        throw new ModemError('ERR_MODEM_TIMEOUT', message, { command: text, transient: true });
      }
      if (number !== 0) throw resultError(text, number, sessionOf(given));
    } catch (error) {
      const refused = error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND';
      // Only behind the ERROR of a start may it still come.
      const late = refused ? await result.within(text.startsWith('AT+CCHSTART') ? ABSORB_TIME : 0) : undefined;
      throw late ? resultError(text, late, undefined, error) : error;
    } finally {
      result.end();
    }
  }
}

/** Waits for the result of one command. */
class ResultWatch {
  readonly #channel: AtChannel;
  #result: Promise<number> | undefined;
  #end: () => void = () => undefined;

  constructor(channel: AtChannel) {
    this.#channel = channel;
  }

  /** The command is about to be written: a result before that is another's. */
  begin(text: string): void {
    const channel = this.#channel;
    const begins = resultOf(text);
    this.#result = new Promise((resolve, reject) => {
      const unlisten = channel.listen(begins.split(':', 1)[0] ?? begins, (line) => {
        const code = parseUnsolicited(line);
        const ours = code && 'error' in code && line.replace(/:\s*/, ': ').toUpperCase().startsWith(begins);
        if (ours) resolve(code.error);
        return false;
      });
      channel.on('interrupted', reject);
      this.#end = () => {
        unlisten();
        channel.off('interrupted', reject);
      };
    });
    this.#result.catch(() => undefined);
  }

  /** The number, `undefined` when it does not come in time. */
  async within(time: number, signal?: AbortSignal): Promise<number | undefined> {
    const patience = new AbortController();
    const either = signal ? AbortSignal.any([signal, patience.signal]) : patience.signal;
    const overdue = pause(time, either).then(() => undefined);
    const number = await Promise.race([this.#result, overdue]);
    patience.abort();
    if (number === undefined && signal?.aborted) throw abortError(signal);
    return number;
  }

  end(): void {
    this.#end();
  }
}

function textOf(form: AnyForm, given: unknown): string {
  if (typeof given === 'object' && given !== null) return form.text(given as Record<string, unknown>);
  throw new ModemError('ERR_INVALID_ARG_VALUE', `${form.syntax.join(' or ')} takes an object with its parameters.`);
}

function sessionOf(given: Record<string, unknown>): number | undefined {
  return typeof given['session'] === 'number' ? given['session'] : undefined;
}

function resultError(text: string, number: number, session: number | undefined, cause?: unknown): ModemError {
  const result = moduleResult(number);
  const message = `${text} ended with result ${number} (${result.text}).`;
  return new ModemError('ERR_MODEM_RESULT', message, { command: text, session, result, cause });
}
