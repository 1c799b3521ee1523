import { ModemError } from '../errors/index.js';
import type { BrokenFrame } from '../wire/index.js';
import { parseFinalResult } from './final-result.js';

/** What one exchange says, which lines are its own, and how it ends. */
export interface ExchangeRequest {
  /** The command without its CR. */
  readonly text: string;
  /** Whether an information line, by prefix and shape, belongs to its answer. Default: none does. */
  readonly owns?: ((line: string) => boolean) | undefined;
  /** Takes lines, too, that neither a final result nor an unsolicited code explains (`ATI`, `AT+CGMR`). */
  readonly free?: boolean | undefined;
  /** Counted bytes, written when the prompt came. */
  readonly payload?: readonly Buffer[] | undefined;
  /** Most of these bytes that go out without a pause. Default: all. */
  readonly packet?: number | undefined;
  /** For a read: how its data frames are taken, and which line is behind the last one. */
  readonly data?: DataReader | undefined;
  /** Whether `CONNECT` begins raw data. */
  readonly connects?: boolean | undefined;
  /** A final result before its own information line is somebody else's: late, and dropped. */
  readonly barrier?: boolean | undefined;
  /** A line that shows that the final result is near: it is then due within the channel's `commandTimeout`. */
  readonly hastenedBy?: ((line: string) => boolean) | undefined;
  /** Maximum response time in ms, not counting the time on the line. Default: the channel's `commandTimeout`. */
  readonly timeout?: number | undefined;
  /** Whether command and answer may hold secrets: only their names are shown. */
  readonly concealed?: boolean | undefined;
  /** Bytes that the answer will bring, for its time on the line. */
  readonly answerBytes?: number | undefined;
}

/** How an exchange takes counted bytes from the module. */
export interface DataReader {
  readonly session: number;
  /** Largest number of bytes that one frame may announce; what is larger is not believed. */
  readonly limit: number;
  /** One frame of counted bytes, followed by CR LF. */
  onFrame(this: void, data: Buffer): void;
  /** Result number of the line behind the last frame; `undefined` when the line is another. */
  end(this: void, line: string): number | undefined;
}

/** The answer of an exchange that ended well. */
export interface Answer {
  /** Its information lines, in order. */
  readonly lines: string[];
}

/** How far an exchange had come. `payload`: at least one counted byte was written. */
export type Phase = 'command' | 'payload';

/** Why an exchange failed. */
export class ExchangeError extends ModemError {
  /** How far it had come. */
  readonly phase: Phase;
  /** The final result code or the line that ended it, if one did. */
  declare readonly final?: string;
  /** Carriage returns that are supplied in place of counted bytes that the module may still wait for. */
  readonly supplied: number;

  constructor(
    code: 'ERR_MODEM_COMMAND' | 'ERR_MODEM_TIMEOUT' | 'ERR_MODEM_LINE',
    message: string,
    details: { phase: Phase; command: string; final?: string; supplied?: number },
  ) {
    super(code, message, { command: details.command, transient: code !== 'ERR_MODEM_COMMAND' });
    this.phase = details.phase;
    this.supplied = details.supplied ?? 0;
    if (details.final !== undefined) Object.assign(this, { final: details.final });
  }
}

/** What the channel does for an exchange. */
export interface ExchangeHost {
  /** Writes counted bytes, in packets with pauses where the request says so, as long as the exchange is not over. */
  write(data: readonly Buffer[]): void;
  /** Called once, when the exchange is over. */
  settled(): void;
}

/** What a line that came unasked looks like; text of a payload whose header was damaged seldom does. */
const unsolicited = /^[+*^$%]?[A-Z][A-Z0-9_ ]*(:.*)?$/;

type State = 'lines' | 'prompt' | 'payload' | 'ended';

/**
 * One command and its answer: *write, lines, [prompt, payload], final*. It is offered what comes and says what it took;
 * it knows no queue and no timer.
 */
export class Exchange {
  readonly request: ExchangeRequest;
  /** Settles when the exchange is over. */
  readonly answer: Promise<Answer>;
  /** How the command may be shown: secrets masked. */
  readonly shown: string;

  readonly #host: ExchangeHost;
  readonly #lines: string[] = [];
  #state: State;
  #owned = 0;
  #echoed = false;
  #supplied = 0;
  #received = 0;
  #answered = false;
  #resolve!: (answer: Answer) => void;
  #reject!: (error: Error) => void;

  constructor(request: ExchangeRequest, shown: string, host: ExchangeHost) {
    this.request = request;
    this.shown = shown;
    this.#host = host;
    this.#state = request.payload === undefined ? 'lines' : 'prompt';
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The caller may have gone by then; the channel's own turn does not depend on it.
    this.answer.catch(() => undefined);
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Whether a final result ended it, so that nothing of its answer is still to come. */
  get answered(): boolean {
    return this.#answered;
  }

  get phase(): Phase {
    return this.#state === 'payload' ? 'payload' : 'command';
  }

  /** Counted bytes that the module may be waiting for. */
  get owed(): number {
    if (this.#state !== 'prompt' && this.#state !== 'payload') return 0;
    return (this.request.payload ?? []).reduce((sum, part) => sum + part.length, 0);
  }

  /** Counted bytes that the module may still wait for, now that it is over. */
  get supplied(): number {
    return this.#supplied;
  }

  /**
   * Whether a read brought less than `answerBytes`: the end that it was given may have stood in a payload whose header was
   * damaged, so that more of that payload is still to come.
   */
  get doubtful(): boolean {
    return this.request.data !== undefined && this.#received < (this.request.answerBytes ?? 0);
  }

  /** Whether a line is the echo of this command, which is taken once. */
  takesEcho(line: string): boolean {
    if (this.#echoed || line.toUpperCase() !== this.request.text.toUpperCase()) return false;
    this.#echoed = true;
    return true;
  }

  /** Offers a line; whether it was this exchange's own, or the final result that ended it. */
  offer(line: string): boolean {
    const { data, owns, barrier } = this.request;
    if (data && this.#offerToReader(data, line)) return true;
    if (owns?.(line)) {
      this.#owned++;
      this.#lines.push(line);
      return true;
    }
    const final = parseFinalResult(line, this.request.connects ?? /^AT[ADO]/i.test(this.request.text));
    if (final === undefined) return false;
    if (barrier && this.#owned === 0) return true;
    // Behind the OK of a read no error is due (F1006): this one is a piece of damaged payload.
    if (!final.ok && data && this.#owned > 0) this.fail('ERR_MODEM_LINE', `was answered OK, then ${final.text}`, line);
    else if (!final.ok) this.fail('ERR_MODEM_COMMAND', `answered ${final.text}`, final.text);
    else if (data) this.#acknowledge();
    else if (this.#state === 'prompt') this.fail('ERR_MODEM_LINE', 'was answered OK before its prompt', line);
    else this.#succeed();
    return true;
  }

  /** Offers a line that nobody else knows; whether this exchange took it. */
  offerUnknown(line: string): boolean {
    if (this.request.data && (/RECV|DATA/i.test(line) || (this.#owned > 0 && !unsolicited.test(line)))) {
      this.fail('ERR_MODEM_LINE', 'brought a damaged line');
      return true;
    }
    if (!this.request.free) return false;
    this.#lines.push(line);
    return true;
  }

  /** Noise came in place of a line: behind the `OK` of a read it may have been a header. */
  noise(): void {
    if (this.request.data && this.#owned > 0) this.fail('ERR_MODEM_LINE', 'brought noise');
  }

  /** The prompt came: writes the counted bytes. */
  prompt(): void {
    if (this.#state !== 'prompt') return;
    this.#state = 'payload';
    this.#host.write(this.request.payload ?? []);
  }

  /** A data frame; whether it is one of this exchange's. */
  frame(session: number, bytes: Buffer): boolean {
    const { data } = this.request;
    if (data?.session !== session) return false;
    this.#received += bytes.length;
    data.onFrame(bytes);
    return true;
  }

  /** Counted bytes were damaged; whether they were this exchange's. */
  broken(frame: BrokenFrame): boolean {
    const { data } = this.request;
    if (data === undefined) return false;
    const what = `${frame.received} of ${frame.length} counted bytes arrived`;
    this.fail('ERR_MODEM_LINE', frame.reason === 'length' ? `announced ${frame.length} bytes` : what);
    return true;
  }

  /** Ends it with an {@link ExchangeError}; `reason` completes the sentence that the command begins. */
  fail(code: 'ERR_MODEM_COMMAND' | 'ERR_MODEM_TIMEOUT' | 'ERR_MODEM_LINE', reason: string, final?: string): void {
    const { phase, owed } = this;
    // After an error result the module waits for nothing; otherwise nobody knows.
    const supplied = code === 'ERR_MODEM_COMMAND' ? 0 : owed;
    const details = { phase, command: this.shown, supplied, ...(final === undefined ? {} : { final }) };
    this.end(new ExchangeError(code, `${this.shown} ${reason}.`, details));
  }

  /** Ends it with any error, for a channel that goes down. */
  end(error: Error): void {
    if (this.ended) return;
    this.#supplied = error instanceof ExchangeError ? error.supplied : this.owed;
    this.#answered = error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND';
    this.#state = 'ended';
    this.#reject(error);
    this.#host.settled();
  }

  #succeed(): void {
    if (this.ended) return;
    this.#answered = true;
    this.#state = 'ended';
    this.#resolve({ lines: this.#lines });
    this.#host.settled();
  }

  #offerToReader(data: DataReader, line: string): boolean {
    const result = data.end(line);
    if (result === undefined) return false;
    if (result === 0) {
      this.#succeed();
    } else if (this.#owned > 0) {
      this.fail('ERR_MODEM_COMMAND', `ended with ${line}`, line);
    }
    // Without an `OK` before it, `ERROR` follows this line (F1006 b) and ends the exchange.
    return true;
  }

  /** The `OK` of a read comes once, before its data (field note 3.5); another is a piece of damaged payload. */
  #acknowledge(): void {
    if (this.#owned > 0) this.fail('ERR_MODEM_LINE', 'was answered OK twice', 'OK');
    this.#owned++;
  }
}
