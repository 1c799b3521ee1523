import { finalText, type Data, type Final } from './answer.js';
import { cutFrames } from './frames.js';
import type { Module } from './module.js';
import type { Session } from './session.js';
import type { Uart } from './uart.js';

/** What `loseEvents: true` loses. */
const events = /^\+(CCHEVENT|CCH_PEER_CLOSED|CCH_RECV_CLOSED):/;

/**
 * The module's voice: it knows how lines, prompts and counted bytes stand on the wire (field notes 3.1–3.8), and what may
 * come between them. `sent` callbacks run just before the host can see the end of a text, which its line end follows.
 */
export class Speaker {
  readonly #module: Module;
  readonly #uart: Uart;
  readonly #pushing = new Set<Session>();
  /** What waits for the end of a command line that is being typed, or of data mode; `undefined`: nothing waits. */
  #held: (() => void)[] | undefined;

  constructor(module: Module, uart: Uart) {
    this.#module = module;
    this.#uart = uart;
  }

  /** The host's own bytes. `first`: a command begins with them. */
  echo(bytes: Buffer, first: boolean): void {
    if (!this.#module.line.echo) return;
    if (first) this.#interject();
    this.#uart.send(bytes);
  }

  /** Information lines. */
  information(lines: readonly string[]): void {
    const { verbose } = this.#module.line;
    for (const [index, line] of lines.entries()) {
      this.#interject();
      this.#send(line, `${index === 0 && verbose ? '\r\n' : ''}${line}\r\n`);
    }
  }

  /** A final result code. */
  final(final: Final, sent?: () => void): void {
    this.#interject();
    this.#line(finalText(final, this.#module.line), sent);
  }

  /** What ends data mode, straight behind the data. */
  endData(text: 'OK' | 'CLOSED', sent: () => void): void {
    if (text === 'OK') this.#line(finalText(text, this.#module.line), sent);
    else if (this.#loses(text)) sent();
    else this.#line(text, sent);
  }

  /** The first result of a command, before its final result code. */
  earlyResult(line: string): void {
    if (!this.#appearsElsewhere(line)) this.information([line]);
  }

  /** The results of a command, behind its final result code. */
  results(lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#loses(line) || this.#appearsElsewhere(line)) continue;
      this.#whenFree(() => {
        this.#interject();
        this.#send(line, `\r\n${line}\r\n`);
      });
    }
  }

  /** The prompt; the host may write from its `>` on. */
  prompt(sent: () => void): void {
    const { prompt } = this.#module.settings;
    const end = prompt.indexOf('>') + 1;
    this.#interject();
    this.#send('>', `\r\n${prompt.slice(0, end)}`, sent);
    this.#uart.send(Buffer.from(prompt.slice(end)));
  }

  /** Data frames and the line that ends them, each a line of its own with its CR LF before and behind (field note 3.4). */
  data({ session, frames, trailer }: Data, sent: () => void): void {
    for (const frame of frames) {
      this.#interject();
      this.#frame(session, frame);
    }
    this.#interject();
    this.#send(trailer, `\r\n${trailer}`, sent);
    this.#uart.send(Buffer.from('\r\n'));
  }

  /** A line that nobody asked for, now: between lines, and not inside a command that is being typed. */
  unsolicited(line: string): void {
    if (this.#loses(line) || this.#appearsElsewhere(line)) return;
    this.#whenFree(() => this.#send(line, `\r\n${line}\r\n`));
  }

  /** Hands over what is cached as soon as the line has room for it (push mode, field note 3.7). */
  push(session: Session): void {
    if (this.#pushing.has(session)) return;
    this.#pushing.add(session);
    this.#uart.whenQuiet(() => this.#whenFree(() => this.#pushNow(session)));
  }

  /** A command line, or data mode, has begun: what may not stand inside it waits. */
  hold(): void {
    this.#held ??= [];
  }

  /** It has ended. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const action of held ?? []) action();
  }

  /** Forgets what it was about to say. */
  reset(): void {
    this.#held = undefined;
    this.#pushing.clear();
    this.#uart.clearOutput();
  }

  #pushNow(session: Session): void {
    this.#pushing.delete(session);
    const { frameSize } = this.#module.settings;
    for (const frame of cutFrames(session.take(frameSize), frameSize)) {
      if (this.#appearsElsewhere(`<${frame.length} bytes>`)) continue;
      this.#module.statistics.payloadOut += frame.length;
      this.#frame(session.id, frame);
    }
    if (session.cached > 0) this.push(session);
    else session.pushed();
  }

  #frame(session: number, frame: Buffer): void {
    const header = `+CCHRECV: DATA,${session},${frame.length}`;
    this.#module.log.add('modem', header);
    this.#module.log.add('modem', `<${frame.length} bytes>`);
    this.#uart.send(Buffer.concat([Buffer.from(`\r\n${header}\r\n`), frame, Buffer.from('\r\n')]));
  }

  #whenFree(action: () => void): void {
    if (this.#held) this.#held.push(action);
    else action();
  }

  #loses(line: string): boolean {
    const { loseEvents } = this.#module.faults;
    return typeof loseEvents === 'function' ? loseEvents(line) : loseEvents === true && events.test(line);
  }

  /** Whether `AT+CATR` sends codes to another port (field note 5.16). */
  #appearsElsewhere(line: string): boolean {
    const { line: state, log } = this.#module;
    if (state.codesElsewhere) log.add('net', `on port ${state.codesOn}: ${line}`);
    return state.codesElsewhere;
  }

  #interject(): void {
    const { interject } = this.#module.faults;
    if (interject === undefined) return;
    for (const line of typeof interject === 'string' ? [interject] : interject) this.#send(line, `\r\n${line}\r\n`);
  }

  #line(text: string, sent?: () => void): void {
    // Numbers stand without the line feeds of words (V.250, 5.7.1).
    const [lead, end] = /^\d$/.test(text) ? ['', '\r'] : ['\r\n', '\r\n'];
    this.#send(text, lead + text, sent);
    this.#uart.send(Buffer.from(end));
  }

  #send(entry: string, text: string, sent?: () => void): void {
    this.#module.log.add('modem', entry);
    this.#uart.send(Buffer.from(text), sent);
  }
}
