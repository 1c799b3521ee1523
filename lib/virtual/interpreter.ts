import type { Final, PromptAnswer } from './answer.js';
import { error } from './answer.js';
import { decide, type Behaviour } from './behaviour.js';
import { CountedBytes } from './counted-bytes.js';
import { DataMode } from './data-mode.js';
import { Input } from './input.js';
import { withoutText } from './log.js';
import { Manners } from './manners.js';
import type { Module } from './module.js';
import { Responder } from './responder.js';
import type { Session } from './session.js';
import { Sleep } from './sleep.js';
import type { Speaker } from './speaker.js';
import { Timers } from './timers.js';
import { TypedLine } from './typed-line.js';
import type { Uart } from './uart.js';
import { UploadBuffer } from './upload.js';

/**
 * What the module does with the bytes that come in:
 *
 * - `idle`: they are a command line.
 * - `answering`: a command is being answered; they wait in the serial port.
 * - `prompting`: the same, and the command's prompt was not sent yet.
 * - `counting`: they are the counted bytes of a command, whatever they look like.
 * - `data`: they are the transparent session's.
 * - `deaf`: the module boots; they are lost.
 */
type Phase = 'idle' | 'answering' | 'prompting' | 'counting' | 'data' | 'deaf';

const CR = 0x0d;

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

/** Reads command lines one at a time and has them answered: what comes in is taken for what the {@link Phase} says. */
export class Interpreter {
  readonly #module: Module;
  readonly #uart: Uart;
  readonly #speaker: Speaker;
  readonly #behaviours: readonly Behaviour[];
  readonly #timers = new Timers();
  readonly #input: Input;
  readonly #manners: Manners;
  readonly #dataMode: DataMode;
  readonly #responder: Responder;
  #phase: Phase = 'idle';
  #scheduled = false;
  readonly #line: TypedLine;
  readonly #sleep: Sleep;
  #stopHolding: (() => void) | undefined;
  readonly #counted: CountedBytes;

  constructor(module: Module, uart: Uart, speaker: Speaker, behaviours: readonly Behaviour[]) {
    this.#module = module;
    this.#uart = uart;
    this.#speaker = speaker;
    this.#behaviours = behaviours;
    this.#input = new Input(uart);
    this.#line = new TypedLine(module.settings.maxCommand);
    this.#sleep = new Sleep(module.line);
    this.#manners = new Manners(module, uart);
    this.#counted = new CountedBytes(new UploadBuffer(module, () => uart.controlled));
    this.#dataMode = new DataMode(module, uart, { escaped: () => this.#escaped(), ready: () => this.#run() });
    this.#responder = new Responder(module, speaker, {
      ask: (answer) => this.#ask(answer),
      online: ({ final, online }) => this.#goOnline(final, online),
      answered: () => this.#goIdle(),
    });
  }

  /** Bytes from the host that can be taken at once. */
  get room(): number {
    return this.#phase === 'data' ? this.#dataMode.room : Infinity;
  }

  /** Takes bytes from the host; `false` when it should wait with more. */
  receive(chunk: Buffer): boolean {
    if (this.#uart.written === 'now') this.#dataMode.hearsNow();
    if (this.#phase === 'deaf') return true;
    const heard = this.#sleep.hear(chunk, this.#phase === 'idle' && !this.#line.begun ? 'nothing' : 'busy');
    const lost = chunk.subarray(0, chunk.length - heard.length);
    if (lost.length > 0 && lost.at(-1) !== CR) this.#line.damage();
    const kept = this.#phase === 'counting' ? this.#counted.hear(heard) : heard;
    if (kept.length > 0) this.#take(kept);
    return this.#input.bytes.length < (this.#phase === 'data' ? 1 : INPUT_BUFFER) && this.room > 0;
  }

  #take(chunk: Buffer): void {
    if (this.#phase === 'answering' || this.#phase === 'prompting') this.#manners.early(this.#phase, chunk);
    this.#input.push(chunk);
    // Now: an escape sequence is a matter of time.
    if (this.#phase === 'data') this.#run();
    else this.#schedule();
  }

  /** Bytes of the transparent session were cached. */
  cached(): void {
    this.#dataMode.pump();
  }

  /** The transparent session has ended, and all that it brought is said. */
  ended(): void {
    if (!this.#dataMode.on) {
      this.#speaker.unsolicited('CLOSED');
      return;
    }
    this.#dataMode.leave();
    // What waited for room is nobody's any more.
    if (this.#phase === 'data') this.#run();
    this.#endData('CLOSED');
  }

  /** Whether bytes are the transparent session's: the carrier of DCD. */
  get inDataMode(): boolean {
    return this.#dataMode.on;
  }

  /** There is another cable, perhaps of another host: what the one before began, nobody can be blamed for. */
  newCable(): void {
    if (this.#phase === 'idle') this.#run();
    if (this.#line.begun) this.#line.damage();
    if (this.#phase === 'counting') this.#manners.newHostAmidPayload();
    else if (this.#phase === 'answering' || this.#phase === 'prompting') this.#manners.newHost();
  }

  /** DTR has dropped (`AT&D`). */
  hangUp(): void {
    const session = this.#module.transparentSession;
    if (this.#module.line.dtr === 1 && this.#phase === 'data') {
      this.#dataMode.leave();
      this.#escaped();
    } else if (this.#module.line.dtr === 2 && session) {
      void session.end();
      this.ended();
    }
  }

  /** Boots: deaf for a while. */
  reset(bootTime: number): void {
    this.stop();
    this.#phase = 'deaf';
    this.#timers.after(bootTime, () => {
      this.#phase = 'idle';
      this.#module.booted('now');
    });
  }

  /** Forgets what it was about. */
  stop(): void {
    this.#responder.reset();
    this.#timers.clear();
    this.#speaker.reset();
    this.#scheduled = false;
    this.#input.clear();
    this.#line.clear();
    this.#manners.reset();
    this.#dataMode.reset();
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
    while (this.#input.bytes.length > 0) {
      if (this.#phase === 'idle') this.#type();
      else if (this.#phase === 'counting') this.#count();
      else if (this.#phase === 'data' && this.room > 0) this.#dataMode.receive(this.#input.takePayload(this.room));
      else return;
    }
    if (this.room > 0) this.#uart.resume();
  }

  /** Takes bytes of a command line, up to its CR. */
  #type(): void {
    const typed = this.#input.takeTyped();
    const ended = typed.at(-1) === CR;
    const text = ended ? typed.subarray(0, -1) : typed;
    if (typed.length > 0) this.#speaker.echo(typed, !this.#line.begun);
    this.#line.add(text);
    this.#stopHolding?.();
    if (ended) this.#endLine();
    else if (this.#line.begun) this.#holdOthers();
  }

  #holdOthers(): void {
    this.#speaker.hold();
    this.#stopHolding = this.#timers.after(TYPING, () => this.#speaker.release());
  }

  #endLine(): void {
    this.#stopHolding = undefined;
    this.#speaker.release();
    this.#dataMode.heardCommand();
    const { type, text } = this.#line.finish();
    if (text === '') return;
    this.#module.statistics.commands++;
    const concealed = type === 'command' && this.#manners.mayBePayload(text);
    this.#module.rules.lines = concealed ? 'concealed' : 'shown';
    this.#module.log.add('host', concealed ? withoutText(text) : text);
    if (type === 'refused') {
      this.#begin('answering', () => this.#responder.answer(error()));
      return;
    }
    this.#manners.heard(text);
    this.#begin(asksForPayload.test(text) ? 'prompting' : 'answering', () => {
      this.#responder.answer(this.#manners.isRest(text) ? error() : decide(this.#behaviours, text, this.#module));
    });
  }

  #begin(phase: 'answering' | 'prompting', action: () => void): void {
    this.#phase = phase;
    this.#manners.begin(phase, this.#input.bytes);
    this.#timers.after(this.#module.settings.latency, action);
  }

  /** What is raw goes behind the line of `CONNECT`; from its last byte on the host may write. */
  #goOnline(final: Final, session: Session): void {
    this.#dataMode.enter(session);
    this.#manners.payloadFollows();
    this.#speaker.hold();
    this.#speaker.final(final, () => {
      this.#phase = 'data';
      this.#input.beginPayload();
      this.#schedule();
    });
    this.#dataMode.pump();
  }

  #escaped(): void {
    this.#phase = 'answering';
    this.#manners.begin(this.#phase, this.#input.bytes);
    this.#endData('OK');
  }

  /** Commands are taken from the moment that the host can see the end. What was held back is said behind it. */
  #endData(text: 'OK' | 'CLOSED'): void {
    this.#speaker.endData(text, () => this.#goIdle());
    this.#speaker.release();
  }

  #goIdle(): void {
    this.#phase = 'idle';
    this.#sleep.touch();
    this.#schedule();
  }

  #ask(answer: PromptAnswer): void {
    if (this.#input.lineFeedMissing) this.#timers.after(LINE_FEED_TIME, () => this.#promptFor(answer));
    else this.#promptFor(answer);
  }

  #promptFor(answer: PromptAnswer): void {
    this.#speaker.prompt(() => {
      this.#phase = 'counting';
      this.#manners.prompted();
      this.#counted.begin(answer);
      this.#input.beginPayload();
      this.#schedule();
    });
  }

  #count(): void {
    this.#manners.counting();
    const whole = this.#counted.add(this.#input.takePayload(this.#counted.missing));
    if (whole === undefined) return;
    const { asked, payload } = whole;
    this.#manners.counted();
    this.#module.log.add('host', `<${payload.length} bytes>`);
    if (asked.cut) {
      this.#phase = 'deaf';
      asked.cut.then(payload);
      return;
    }
    this.#begin('answering', () => this.#responder.answer(asked.answer(payload)));
  }
}
