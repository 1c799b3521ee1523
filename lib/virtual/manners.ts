import type { Module } from './module.js';
import type { Uart } from './uart.js';

/** Silence in ms after which a host may ask whether its command was lost; modules take less to answer (field note 5.14). */
const SHORTEST_DEADLINE = 50;
/** Maximum response time in ms of what waits for the network (F1001), and what a driver gives the rest. */
const LONG = 120_000;
const SHORT = 9000;

const takesLong = /^AT\+CCH(START|STOP|OPEN|CLOSE)\b/i;
/** A command that only asks; the barrier of a driver that has lost an answer is one. */
const question = /^AT(I|\+CGM[IMR]|\+CGSN|\+[A-Z]{1,16}\?)?$/i;
/** What has payload follow it. */
const asksForPayload = /\+(CCHSEND|CCERTDOWN)\s*=/i;
/** A command, known or not, or several in one line. The rest of payload that looks like one is hardly to be found. */
const surelyCommand = /^AT((?:[EVZIO]|&[FDC])\d?)*;?(\+[A-Z]{1,16}\s*([=?;].*)?)?$/is;
const beginningOfOne = /^(A|AT(I|\+[A-Z]{0,16}\??)?)?$/i;

type Phase = 'answering' | 'prompting';

/**
 * Sees whether the host waits for its answers and counts its bytes, and takes note of the rules that it breaks. A host
 * that has waited in vain breaks none: it asks once its deadline has passed, and may supply counted bytes that were lost
 * with carriage returns, of which it cannot know how many are too many.
 */
export class Manners {
  readonly #module: Module;
  readonly #uart: Uart;
  /** The command that is answered. */
  #command = '';
  /** Since when the host waits for the answer, in ms. */
  #since = 0;
  /** The beginning of a question that came before the answer was out; `undefined`: what comes early was judged. */
  #early: string | undefined = '';
  /**
   * Whether the host recovers from a deadline. It cannot tell which of its questions the module has begun to answer, so
   * those are excused, too, that come while one is answered that came early itself.
   *
   * - `none`
   * - `begun`: what came early was excused.
   * - `going on`: it did while the command before was answered.
   */
  #recovery: 'none' | 'begun' | 'going on' = 'none';
  /** When the last counted byte came, and the last one before a stall, in ms. */
  #lastByte = 0;
  #stall: number | undefined;
  /**
   * Set while nothing but line ends came since counted bytes: how those came. `cut off`: by a reset, and more of them may
   * come until the host has heard of it.
   */
  #afterPayload: 'at once' | 'with a stall' | 'cut off' | undefined;
  /** Whether payload was announced, and no command was heard since. */
  #payload: 'none' | 'announced' = 'none';

  constructor(module: Module, uart: Uart) {
    this.#module = module;
    this.#uart = uart;
  }

  /** A command line is whole. */
  heard(line: string): void {
    if (this.#early && !question.test(line)) this.#hasty('answering', line.length);
    this.#command = line;
  }

  /** Whether a line may be payload that came where none was awaited: a key, or the rest of a command with a PIN. */
  mayBePayload(line: string): boolean {
    const text = line.replace(/^\++/, '');
    const isCommand = surelyCommand.test(text);
    if (isCommand) this.#payload = asksForPayload.test(text) ? 'announced' : 'none';
    return this.#payload === 'announced' && !isCommand && text !== '';
  }

  /** Raw bytes follow, which may go on beyond their end. */
  payloadFollows(): void {
    this.#payload = 'announced';
  }

  /** An answer begins; `early` came already. */
  begin(phase: Phase, early: Buffer): void {
    this.#since = this.#stall ?? performance.now();
    this.#stall = undefined;
    this.#early = '';
    this.#recovery = this.#recovery === 'begun' ? 'going on' : 'none';
    this.early(phase, early);
  }

  /** Bytes that come before the answer is out: a driver that does not wait. Line ends are harmless. */
  early(phase: Phase, bytes: Buffer): void {
    if (this.#early === undefined) return;
    const lines = (this.#early + bytes.toString('latin1')).split(/[\r\n]+/);
    const last = lines.pop() ?? '';
    const whole = lines.filter((line) => line !== '');
    const [first = last] = whole;
    if (first === '') return;
    if (this.#afterPayload && !/^A/i.test(first)) {
      // No command: it is judged as the rest of the counted bytes, once its line is whole.
      this.#early = undefined;
      return;
    }
    const asks = whole.every((line) => question.test(line)) && beginningOfOne.test(last);
    if (!this.#overdue && !(asks && this.#mayAsk)) {
      this.#hasty(phase, bytes.length);
      return;
    }
    this.#recovery = 'begun';
    this.#early = asks ? last : '';
  }

  /** The prompt goes out. */
  prompted(): void {
    this.#lastByte = performance.now();
    this.#stall = undefined;
  }

  /** Counted bytes have come, perhaps not the last of them. */
  counting(): void {
    const now = performance.now();
    if (now - this.#lastByte >= SHORTEST_DEADLINE) this.#stall ??= this.#lastByte;
    this.#lastByte = now;
  }

  /** The last of them has come. */
  counted(): void {
    this.#afterPayload = this.#stall === undefined ? 'at once' : 'with a stall';
  }

  /** Whether a line is what was written too much behind counted bytes (field note 3.10). */
  isRest(line: string): boolean {
    const after = this.#afterPayload;
    const isCommand = /^AT/i.test(line);
    if (after !== 'cut off' || isCommand) this.#afterPayload = undefined;
    if (after === undefined || isCommand) return false;
    if (after === 'at once') this.#module.broke('bytes-after-payload', line);
    return true;
  }

  /** Another host may be there, which cannot know that a command is being answered: it may ask. */
  newHost(): void {
    this.#recovery = 'begun';
  }

  /** Nor that its first bytes are counted. */
  newHostAmidPayload(): void {
    this.#stall ??= this.#lastByte;
  }

  /** The module forgets what it was about. */
  reset(): void {
    this.#afterPayload = this.#payload === 'announced' ? 'cut off' : undefined;
    this.#stall = undefined;
    this.#early = '';
    this.#recovery = 'none';
  }

  /** How long the host has waited for the answer, in ms. */
  get #waited(): number {
    return performance.now() - this.#since;
  }

  get #overdue(): boolean {
    return this.#waited >= (takesLong.test(this.#command) ? LONG : SHORT);
  }

  get #mayAsk(): boolean {
    const silent = this.#waited >= SHORTEST_DEADLINE && this.#uart.backlog === 0;
    return silent || this.#recovery !== 'none';
  }

  #hasty(phase: Phase, bytes: number): void {
    this.#early = undefined;
    const rule = phase === 'prompting' ? 'payload-before-prompt' : 'command-before-final-result';
    this.#module.broke(rule, this.#command, `, ${bytes} bytes too early`);
  }
}
