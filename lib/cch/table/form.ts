import { ModemError, invalidArgument } from '../../errors/index.js';
import {
  lineOf,
  linesOf,
  noLines,
  rangesOf,
  type Codec,
  type Lines,
  type ParameterFacts,
  type Ranged,
} from './codec.js';

/**
 * When the exchange of a command is over and the channel free for the next:
 *
 * - `final`: at the final result code, `OK` or `ERROR`.
 * - `result`: the same; the command's own result (`+CCHOPEN: 0,0`) may come before or after it and is awaited apart.
 * - `prompt`: `>`, then counted bytes from the host, then the final result code.
 * - `data`: `OK` first, then data frames, then `+CCHRECV: <id>,<err>`; or an error.
 */
export type Completion = 'final' | 'result' | 'prompt' | 'data';

/** The four forms of a command; the manual marks them T), R), W) and E). */
export type FormKind = 'test' | 'read' | 'write' | 'execute';

/** One form of a command: what the host writes, what the module answers, and how long that may take. */
export interface Form<P, R, C extends Completion = Completion> {
  readonly kind: FormKind;
  /** Where the manual says it: `F1003 W)`. */
  readonly manual: string;
  /** How it looks, one for each variant: `AT+CCHSEND=<session>,<length>`. */
  readonly syntax: readonly string[];
  /** Its parameters, one list for each variant; none when it is bare. */
  readonly parameters: readonly (readonly ParameterFacts[])[];
  readonly completion: C;
  /** Maximum response time in ms; 0 when the manual gives none. */
  readonly maximumTime: number;
  /** Most counted bytes that go out without a pause; all when there is none. */
  readonly packet?: number;
  /** Why it does not exist in this family; then {@link text} throws `ERR_MODEM_UNSUPPORTED` and nothing parses. */
  readonly missing?: string;
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

interface FormOptions<C extends Completion> {
  completion?: C;
  maximumTime?: number;
  packet?: number;
  /** Set where the family does not have the form. */
  missing?: string | undefined;
}

const nothing = noLines as Lines<unknown>;

/** How the forms of one command are declared: `forms('+CCHMODE', 'F1010')`. */
export function forms(name: string, section: string) {
  const common = <C extends Completion>(kind: FormKind, options: FormOptions<C>) => {
    const { completion = 'final' as C, maximumTime = 0, missing, packet } = options;
    const manual = `${section} ${kind.charAt(0).toUpperCase()})`;
    const rare = { ...(missing === undefined ? {} : { missing }), ...(packet === undefined ? {} : { packet }) };
    return { kind, manual, completion, maximumTime, ...rare };
  };
  const bare = <R, C extends Completion>(
    suffix: string,
    kind: FormKind,
    answer: Lines<R>,
    options: FormOptions<C>,
  ): Form<NoParameters, R, C> => {
    const text = `AT${name}${suffix}`;
    const parse = (command: string) => (command.toUpperCase() === text ? none : undefined);
    return { ...common(kind, options), syntax: [text], parameters: [], text: () => text, parse, answer };
  };
  return {
    /** `AT+X=?`: the ranges of what the write form takes. */
    test: <A>(codec: Ranged<A>) => bare<A, 'final'>('=?', 'test', rangesOf(name, codec), {}),

    /** `AT+X?` */
    read: <R>(answer: Lines<R>) => bare<R, 'final'>('?', 'read', answer, {}),

    /** `AT+X` */
    execute: <R = undefined, C extends Completion = 'final'>(
      options: FormOptions<C> = {},
      answer = nothing as Lines<R>,
    ) => bare('', 'execute', answer, options),

    /** `AT+X=…` */
    write: <P, R = undefined, C extends Completion = 'final'>(
      codec: Codec<P> & Pick<Ranged<unknown>, 'facts'>,
      options: FormOptions<C> = {},
      answer = nothing as Lines<R>,
    ): Form<P, R, C> => {
      const head = `AT${name}=`;
      const { missing } = options;
      return {
        ...common('write', options),
        syntax: codec.syntax.map((parameters) => head + parameters),
        parameters: codec.facts,
        text(value) {
          if (missing !== undefined) {
            throw new ModemError('ERR_MODEM_UNSUPPORTED', `AT${name} takes no parameters here: ${missing}.`);
          }
          if (typeof value === 'object' && value !== null) return head + codec.format(value);
          throw invalidArgument('parameters', `AT${name} takes them as an object`, value);
        },
        parse(command) {
          if (missing !== undefined || !command.toUpperCase().startsWith(head)) return undefined;
          return codec.parse(command.slice(head.length).trim());
        },
        answer,
      };
    },

    /** Exactly one information line. */
    line: <T>(codec: Codec<T>, misprints?: readonly string[]) => lineOf(name, codec, misprints),

    /** Information lines, any number of them. */
    lines: <T>(codec: Codec<T>, misprints?: readonly string[]) => linesOf(name, codec, misprints),
  };
}
