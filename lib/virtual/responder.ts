import type { Answer, FinalAnswer, Known, PromptAnswer, Result } from './answer.js';
import type { Module } from './module.js';
import { seededRandom } from './random.js';
import type { Speaker } from './speaker.js';

/** What a {@link Responder} leaves to others. */
export interface ResponderEvents {
  /** A prompt may go out, and counted bytes are awaited. */
  readonly ask: (answer: PromptAnswer) => void;
  /** Raw bytes follow the final result code. */
  readonly online: (answer: FinalAnswer & Required<Pick<FinalAnswer, 'online'>>) => void;
  /** The final result code is out, and what belongs to it: the next command may come. */
  readonly answered: () => void;
}

/** Says what is answered to a command: its lines, its final result code and its result, each when it is known. */
export class Responder {
  readonly #module: Module;
  readonly #speaker: Speaker;
  readonly #events: ResponderEvents;
  /** Decides for the next command, where the module says `OK` and the result in either order (field note 4). */
  readonly #random: () => number;
  /** Counts resets: what was begun before one is not gone on with. */
  #epoch = 0;

  constructor(module: Module, speaker: Speaker, events: ResponderEvents) {
    this.#module = module;
    this.#speaker = speaker;
    this.#events = events;
    this.#random = seededRandom(module.settings.seed);
  }

  /** Forgets what it was about. */
  reset(): void {
    this.#epoch++;
  }

  answer(answer: Answer): void {
    if (answer.kind === 'final') this.#say(answer);
    else if (answer.kind === 'later') this.#after(answer.outcome, (number) => this.#say(answer.answer(number)));
    else if (answer.ready === undefined) this.#events.ask(answer);
    else this.#after(answer.ready, () => this.#events.ask(answer));
  }

  #say(answer: FinalAnswer): void {
    const { result, lines, final } = answer;
    this.#speaker.information(lines);
    if (result && final === 'OK' && this.#orderOf(answer) === 'result-first') {
      this.#withResult(result, (known) => {
        const [early, late] = 'failed' in known ? [[], known.failed] : [known.slice(0, 1), known.slice(1)];
        for (const line of early) this.#speaker.earlyResult(line);
        this.#finish(answer);
        this.#speaker.results(late);
      });
      return;
    }
    this.#finish(answer);
    if (result) this.#withResult(result, (known) => this.#speaker.results('failed' in known ? known.failed : known));
  }

  #orderOf(answer: FinalAnswer): 'ok-first' | 'result-first' {
    const order = answer.order ?? this.#module.settings.replyOrder;
    if (order !== 'either') return order;
    return this.#random() < 0.5 ? 'ok-first' : 'result-first';
  }

  #finish(answer: FinalAnswer): void {
    const { final, data, online, then } = answer;
    if (online) {
      this.#events.online({ ...answer, online });
    } else if (data) {
      this.#speaker.final(final);
      this.#speaker.data(data, this.#events.answered);
    } else {
      this.#speaker.final(final, this.#events.answered);
    }
    then?.();
  }

  #withResult(result: Result, use: (known: Known) => void): void {
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
}
