import type { Answer, FinalAnswer, PromptAnswer, Result } from './answer.js';
import { error } from './answer.js';
import { decide, type Behaviour } from './behaviour.js';
import { edited } from './command-line.js';
import type { Module } from './module.js';
import type { Speaker } from './speaker.js';
import { Timers } from './timers.js';
import type { Uart } from './uart.js';

/**
 * What the module does with the bytes that come in:
 *
 * - `idle`: they are a command line.
 * - `answering`: a command is being answered; they wait in the serial port.
 * - `prompting`: the same, and the command's prompt was not sent yet.
 * - `counting`: they are the counted bytes of a command, whatever they look like.
 * - `deaf`: the module boots; they are lost.
 */
type Phase = 'idle' | 'answering' | 'prompting' | 'counting' | 'deaf';

const CR = 0x0d;
const LF = 0x0a;

/** Bytes from the host that may wait while a command is answered. */
const INPUT_BUFFER = 16 * 1024;
/** How long a command line that is not continued holds back unsolicited lines, in ms. */
const TYPING = 200;

/**
 * How long a prompt waits for the line feed of a host that ends its commands with CR LF, in ms. On a real line it has
 * come long before the prompt (field note 5.14); here the two may be written apart.
 */
const LINE_FEED_TIME = 10;

const asksForPayload = /^AT\+(CCHSEND|CCERTDOWN)=/i;

/** Reads command lines one at a time, has them answered, and sees to the order and the time of what is said. */
export class Interpreter {
  readonly #module: Module;
  readonly #uart: Uart;
  readonly #speaker: Speaker;
  readonly #behaviours: readonly Behaviour[];
  readonly #timers = new Timers();
  #phase: Phase = 'idle';
  /** Counts resets: what was begun before one is not gone on with. */
  #epoch = 0;
  #pending: Buffer = Buffer.alloc(0);
  #scheduled = false;
  #line: Buffer[] = [];
  #lineLength = 0;
  #stopHolding: (() => void) | undefined;
  #prompt: PromptAnswer | undefined;
  #payload: Buffer[] = [];
  #missing = 0;
  #skipLineFeed = false;
  /** Whether the next byte is the first behind a command line. */
  #behindLine = false;
  /** Whether the host ends its command lines with CR LF. */
  #feedsLines = false;
  /** Whether nothing but line ends came since counted bytes. */
  #afterPayload = false;
  /** Whether the host was already seen not to wait for this answer. */
  #hasty = false;

  constructor(module: Module, uart: Uart, speaker: Speaker, behaviours: readonly Behaviour[]) {
    this.#module = module;
    this.#uart = uart;
    this.#speaker = speaker;
    this.#behaviours = behaviours;
  }

  /** Takes bytes from the host; `false` when it should wait with more. */
  receive(chunk: Buffer): boolean {
    if (this.#phase === 'deaf') return true;
    this.#watchHaste(chunk);
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#schedule();
    return this.#pending.length < INPUT_BUFFER;
  }

  /** Boots: deaf for a while, then the banner. */
  reset(bootTime: number, banner: readonly string[]): void {
    this.stop();
    this.#phase = 'deaf';
    this.#timers.after(bootTime, () => {
      this.#phase = 'idle';
      for (const line of banner) this.#speaker.unsolicited(line);
    });
  }

  /** Forgets what it was about. */
  stop(): void {
    this.#epoch++;
    this.#timers.clear();
    this.#speaker.reset();
    this.#scheduled = false;
    this.#pending = Buffer.alloc(0);
    this.#line = [];
    this.#lineLength = 0;
    this.#prompt = undefined;
    this.#payload = [];
    this.#afterPayload = false;
    this.#behindLine = false;
    this.#uart.resume();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#timers.soon(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    while (this.#pending.length > 0) {
      if (this.#phase === 'idle') this.#type();
      else if (this.#phase === 'counting') this.#count();
      else return;
    }
    this.#uart.resume();
  }

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }

  /** Takes bytes of a command line, up to its CR. A line feed is not part of one (field note 3.2). */
  #type(): void {
    if (this.#behindLine) this.#feedsLines = this.#pending[0] === LF;
    this.#behindLine = false;
    const end = this.#pending.indexOf(CR);
    const bytes = this.#take(end < 0 ? this.#pending.length : end + 1);
    const typed = bytes.includes(LF) ? bytes.filter((byte) => byte !== LF) : bytes;
    const text = Buffer.from(end < 0 ? typed : typed.subarray(0, -1));
    if (typed.length > 0) this.#speaker.echo(Buffer.from(typed), this.#lineLength === 0);
    if (this.#lineLength <= this.#module.settings.maxCommand) this.#line.push(text);
    this.#lineLength += text.length;
    this.#stopHolding?.();
    if (end >= 0) this.#endLine();
    else if (this.#lineLength > 0) this.#holdOthers();
  }

  #holdOthers(): void {
    this.#speaker.hold();
    this.#stopHolding = this.#timers.after(TYPING, () => this.#speaker.release());
  }

  #endLine(): void {
    this.#stopHolding = undefined;
    this.#behindLine = true;
    this.#speaker.release();
    const overlong = this.#lineLength > this.#module.settings.maxCommand;
    const line = edited(Buffer.concat(this.#line).toString('utf8')).trim();
    this.#line = [];
    this.#lineLength = 0;
    if (line === '') return;
    this.#module.statistics.commands++;
    this.#module.log.add(
      'host',
      overlong ? `<command line of more than ${this.#module.settings.maxCommand} bytes>` : line,
    );
    this.#begin(asksForPayload.test(line) ? 'prompting' : 'answering', () => {
      this.#answer(overlong || this.#isRest(line) ? error() : decide(this.#behaviours, line, this.#module));
    });
  }

  /** Whether a line is what was written too much behind counted bytes (field note 3.10). */
  #isRest(line: string): boolean {
    const after = this.#afterPayload;
    this.#afterPayload = false;
    if (!after || /^AT/i.test(line)) return false;
    this.#module.broke('bytes-after-payload', line);
    return true;
  }

  #begin(phase: 'answering' | 'prompting', action: () => void): void {
    this.#phase = phase;
    this.#hasty = false;
    this.#watchHaste(this.#pending);
    this.#timers.after(this.#module.settings.latency, action);
  }

  #answer(answer: Answer): void {
    if (answer.kind === 'final') this.#say(answer);
    else if (answer.ready === undefined) this.#ask(answer);
    else this.#after(answer.ready, () => this.#ask(answer));
  }

  #say(answer: FinalAnswer): void {
    const { result, lines, final } = answer;
    this.#speaker.information(lines);
    if (result && final === 'OK' && this.#module.settings.replyOrder === 'result-first') {
      this.#withResult(result, ([first, ...others]) => {
        this.#speaker.information(first === undefined ? [] : [first]);
        this.#finish(answer);
        this.#speaker.results(others);
      });
      return;
    }
    this.#finish(answer);
    if (result) this.#withResult(result, (known) => this.#speaker.results(known));
  }

  #finish({ final, data, then }: FinalAnswer): void {
    const done = () => this.#goIdle();
    if (data) {
      this.#speaker.final(final);
      this.#speaker.data(data, done);
    } else {
      this.#speaker.final(final, done);
    }
    then?.();
  }

  #withResult(result: Result, use: (lines: readonly string[]) => void): void {
    if (result instanceof Promise) this.#after(result, use);
    else use(result);
  }

  /** Goes on when something has happened, unless the module was reset meanwhile. */
  #after<T>(event: Promise<T>, action: (value: T) => void): void {
    const epoch = this.#epoch;
    void event.then((value) => {
      if (epoch === this.#epoch) action(value);
    });
  }

  #goIdle(): void {
    this.#phase = 'idle';
    this.#schedule();
  }

  #ask(answer: PromptAnswer): void {
    this.#prompt = answer;
    if (this.#feedsLines && this.#pending.length === 0 && this.#uart.incoming === undefined) {
      this.#timers.after(LINE_FEED_TIME, () => this.#promptFor(answer));
    } else {
      this.#promptFor(answer);
    }
  }

  #promptFor(answer: PromptAnswer): void {
    this.#speaker.prompt(() => {
      this.#phase = 'counting';
      this.#missing = answer.length;
      // The line feed of a command ended with CR LF came before the prompt and is no payload (field note 3.2).
      const coming = this.#pending.length === 0 && this.#uart.incoming === LF;
      this.#feedsLines = coming || this.#pending[0] === LF;
      this.#behindLine = false;
      this.#skipLineFeed = coming;
      if (this.#pending[0] === LF) this.#take(1);
      this.#schedule();
    });
  }

  #count(): void {
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false;
      if (this.#pending[0] === LF) this.#take(1);
    }
    const bytes = this.#take(this.#missing);
    this.#payload.push(bytes);
    this.#missing -= bytes.length;
    if (this.#missing > 0) return;
    const payload = Buffer.concat(this.#payload);
    const prompt = this.#prompt;
    this.#payload = [];
    this.#prompt = undefined;
    this.#afterPayload = true;
    this.#module.log.add('host', `<${payload.length} bytes>`);
    this.#begin('answering', () => this.#answer(prompt?.answer(payload) ?? error()));
  }

  /** Bytes that come before the answer is out: a driver that does not wait. Line ends are harmless. */
  #watchHaste(bytes: Buffer): void {
    if (this.#hasty || (this.#phase !== 'answering' && this.#phase !== 'prompting')) return;
    const first = bytes.find((byte) => byte !== CR && byte !== LF);
    if (first === undefined) return;
    // What is no command is judged as the rest of the counted bytes, once its line is whole.
    if (this.#afterPayload && first !== 0x41 && first !== 0x61) return;
    this.#hasty = true;
    const rule = this.#phase === 'prompting' ? 'payload-before-prompt' : 'command-before-final-result';
    this.#module.broke(rule, `${bytes.length} bytes`);
  }
}
