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

/** Parameters that a form writes, and what is said of them. */
type WriteCodec<P> = Codec<P> & Pick<Ranged<unknown>, 'facts'>;

/** What a form is one of: `+CCHMODE` of section `F1010`. */
interface Command {
  readonly name: string;
  readonly section: string;
}

/** How the forms of one command are declared: `forms('+CCHMODE', 'F1010')`. */
export function forms(name: string, section: string) {
  const command = { name, section };
  return {
    /** `AT+X=?`: the ranges of what the write form takes. */
    test: <A>(codec: Ranged<A>) => bareForm<A, 'final'>(command, 'test', rangesOf(name, codec), {}),

    /** `AT+X?` */
    read: <R>(answer: Lines<R>) => bareForm<R, 'final'>(command, 'read', answer, {}),

    /** `AT+X` */
    execute: <R = undefined, C extends Completion = 'final'>(
      options: FormOptions<C> = {},
      answer = nothing as Lines<R>,
    ) => bareForm(command, 'execute', answer, options),

    /** `AT+X=…` */
    write: <P, R = undefined, C extends Completion = 'final'>(
      codec: WriteCodec<P>,
      options: FormOptions<C> = {},
      answer = nothing as Lines<R>,
    ): Form<P, R, C> => writeForm(command, codec, answer, options),

    /** Exactly one information line. */
    line: <T>(codec: Codec<T>, misprints?: readonly string[]) => lineOf(name, codec, misprints),

    /** Information lines, any number of them. */
    lines: <T>(codec: Codec<T>, misprints?: readonly string[]) => linesOf(name, codec, misprints),
  };
}

/** What every form has. */
function commonOf<C extends Completion>({ section }: Command, kind: FormKind, options: FormOptions<C>) {
  const { completion = 'final' as C, maximumTime = 0, missing, packet } = options;
  const manual = `${section} ${kind.charAt(0).toUpperCase()})`;
  const rare = { ...(missing === undefined ? {} : { missing }), ...(packet === undefined ? {} : { packet }) };
  return { kind, manual, completion, maximumTime, ...rare };
}

/** What stands behind the name in forms without parameters. */
const suffixes = { test: '=?', read: '?', execute: '' } as const;

function bareForm<R, C extends Completion>(
  command: Command,
  kind: keyof typeof suffixes,
  answer: Lines<R>,
  options: FormOptions<C>,
): Form<NoParameters, R, C> {
  const text = `AT${command.name}${suffixes[kind]}`;
  const parse = (given: string) => (given.toUpperCase() === text ? none : undefined);
  return { ...commonOf(command, kind, options), syntax: [text], parameters: [], text: () => text, parse, answer };
}

function writeForm<P, R, C extends Completion>(
  command: Command,
  codec: WriteCodec<P>,
  answer: Lines<R>,
  options: FormOptions<C>,
): Form<P, R, C> {
  const start = `AT${command.name}`;
  const head = `${start}=`;
  const { missing } = options;
  return {
    ...commonOf(command, 'write', options),
    syntax: codec.syntax.map((parameters) => head + parameters),
    parameters: codec.facts,
    text(value) {
      if (missing !== undefined) {
        throw new ModemError('ERR_MODEM_UNSUPPORTED', `${start} takes no parameters here: ${missing}.`);
      }
      if (typeof value === 'object' && value !== null) return head + codec.format(value);
      throw invalidArgument('parameters', `${start} takes them as an object`, value);
    },
    parse(given) {
      if (missing !== undefined || !given.toUpperCase().startsWith(head)) return undefined;
      return codec.parse(given.slice(head.length).trim());
    },
    answer,
  };
}
