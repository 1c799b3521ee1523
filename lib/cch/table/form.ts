import { noLines, parameters, type Codec, type Lines, type Parameters } from './codec.js';

/**
 * When the exchange of a command is over and the channel free for the next:
 *
 * - `final`: at the final result code, `OK` or `ERROR`.
 * - `result`: the same; the command's own result (`+CCHOPEN: 0,0`) may come before or after it and is awaited apart.
 * - `prompt`: `>`, then counted bytes from the host, then the final result code.
 * - `data`: `OK` first, then data frames, then `+CCHRECV: <id>,<err>`; or an error.
 */
export type Completion = 'final' | 'result' | 'prompt' | 'data';

/** One form of a command: what the host writes, what the module answers, and how long that may take. */
export interface Form<P, R> {
  /** Where the manual says it: `F1003 W)`. */
  readonly manual: string;
  readonly completion: Completion;
  /** Maximum response time in ms; 0 when the manual gives none. */
  readonly maximumTime: number;
  /** The whole command without its CR. Throws `ERR_INVALID_ARG_VALUE` before anything is written. */
  text(this: void, value: P): string;
  /** What a received command (without CR) means; `undefined` when it is not this form or out of range. */
  parse(this: void, command: string): P | undefined;
  /** The information lines of its answer. */
  readonly answer: Lines<R>;
}

/** Forms without parameters parse to this. */
export interface NoParameters {
  readonly [key: string]: never;
}
const none: NoParameters = Object.freeze({});

interface FormOptions {
  completion?: Completion;
  maximumTime?: number;
}

/** How the forms of one command are declared. `name` is `+CCHOPEN`, `section` is `F1003`. */
export class Command {
  readonly name: string;
  readonly section: string;

  constructor(name: string, section: string) {
    this.name = name;
    this.section = section;
  }

  /** `AT+X=?`: the ranges, one line for each. */
  test(...ranges: string[]): Form<NoParameters, string[]> {
    const lines = ranges.map((range) => `${this.name}: ${range}`);
    // Ranges stand in brackets; a line without is a result code that has the same name.
    const owns = (line: string) => line.toUpperCase().startsWith(`${this.name}:`) && line.includes('(');
    return this.#bare('=?', 'T', { format: () => lines, parse: (given) => [...given], owns }, {});
  }

  /** `AT+X?` */
  read<R>(answer: Lines<R>): Form<NoParameters, R> {
    return this.#bare('?', 'R', answer, {});
  }

  /** `AT+X` */
  execute<R = undefined>(options: FormOptions = {}, answer?: Lines<R>): Form<NoParameters, R> {
    return this.#bare('', 'E', answer ?? (noLines as Lines<unknown> as Lines<R>), options);
  }

  /** `AT+X=…` */
  write<P, R = undefined>(codec: Codec<P>, options: FormOptions = {}, answer?: Lines<R>): Form<P, R> {
    const head = `AT${this.name}=`;
    return {
      manual: `${this.section} W)`,
      completion: options.completion ?? 'final',
      maximumTime: options.maximumTime ?? 0,
      text: (value) => head + codec.format(value),
      parse(command) {
        if (!command.toUpperCase().startsWith(head)) return undefined;
        return codec.parse(command.slice(head.length).trim());
      },
      answer: answer ?? (noLines as Lines<unknown> as Lines<R>),
    };
  }

  #bare<R>(suffix: string, kind: string, answer: Lines<R>, options: FormOptions): Form<NoParameters, R> {
    const text = `AT${this.name}${suffix}`;
    return {
      manual: `${this.section} ${kind})`,
      completion: options.completion ?? 'final',
      maximumTime: options.maximumTime ?? 0,
      text: () => text,
      parse: (command) => (command.toUpperCase() === text ? none : undefined),
      answer,
    };
  }
}

export { parameters, type Parameters };
