import { commandName, type AtChannel, type ExchangeRequest } from '../at/index.js';
import { parseFinalResult } from '../at/final-result.js';
import { UPLOAD_PACKET, bytesOf, guarded, parseUnsolicited, type HandGuard } from '../cch/index.js';
import { ModemError, invalidArgument } from '../errors/index.js';
import { commandsOf } from './command-line.js';

/** Options of {@link AtCommands.command}. */
export interface CommandOptions {
  /** Ms until the final result is due, its time on the line not counted. Default: the modem's `commandTimeout`. */
  timeout?: number | undefined;
  /** Ends the call; a command that was written goes on on the module. */
  signal?: AbortSignal | undefined;
  /** What all lines of its answer begin with; others are events. Default: the command's name (`+CSQ`), or any line. */
  prefix?: string | undefined;
  /** Counted bytes, written when the module prompts for them. */
  payload?: Uint8Array | string | undefined;
  /** Whether command and answer may be shown in full under `DEBUG`. Default false: they may hold secrets. */
  log?: boolean | undefined;
}

/** Own commands between the traffic of sockets: `modem.at`. */
export class AtCommands {
  readonly #channel: AtChannel;
  readonly #guard: () => HandGuard;

  constructor(channel: AtChannel, guard: () => HandGuard) {
    this.#channel = channel;
    this.#guard = guard;
  }

  /**
   * Writes a command when its turn comes, and resolves to the lines of its answer before `OK`. A result that comes apart
   * from `OK` (`+CCHOPEN: 0,0`) is not awaited: see {@link on}. Rejects with `ERR_INVALID_ARG_VALUE`, `ERR_MODEM_IN_USE`
   * for what would touch a session held by a socket or the service under one, `ERR_MODEM_UNSUPPORTED`,
   * `ERR_MODEM_COMMAND` for an error result, `ERR_MODEM_TIMEOUT`, `ABORT_ERR`.
   */
  async command(text: string, options: CommandOptions = {}): Promise<{ lines: string[] }> {
    check(text, options);
    const request = requestOf(text, options);
    const { signal } = options;
    const { lines } = await guarded(this.#guard(), text, (beforeWrite) =>
      this.#channel.execute(request, { signal, beforeWrite }),
    );
    return { lines: this.#withoutStrangers([...lines], request) };
  }

  /**
   * Calls `listener` for each line that begins with `prefix`, without case, and is no answer: `+CMTI`, `RING`. Returns a
   * function that ends it. What a listener throws is an uncaught exception, as in any event.
   */
  on(prefix: string, listener: (line: string) => void): () => void {
    if (typeof prefix !== 'string' || prefix.trim() === '') {
      throw invalidArgument('prefix', 'it must be what a line begins with', prefix);
    }
    if (typeof listener !== 'function') throw invalidArgument('listener', 'it must be a function');
    return this.#channel.listen(prefix.trim(), (line) => {
      // Not inside the reading of the line, which must come to its end whatever the listener does.
      process.nextTick(listener, line);
      // What means something to this package is only overheard: a final result of nobody's, a damaged line of the service.
      return parseFinalResult(line) === undefined && !/^\+CCH/i.test(line);
    });
  }

  /**
   * The answer without what another service said meanwhile, which becomes an event. A command may answer under another
   * name than its own (`AT+CICCID`: `+ICCID`), or in text of its own: those lines are strangers only beside its own.
   */
  #withoutStrangers(lines: string[], { owns }: ExchangeRequest): string[] {
    if (owns === undefined || !lines.some(owns)) return lines;
    const isStranger = (line: string) => !owns(line) && /^[+*^$%][A-Z0-9_]+:/i.test(line);
    for (const line of lines.filter(isStranger)) this.#channel.tell(line);
    return lines.filter((line) => !isStranger(line));
  }
}

function requestOf(text: string, { timeout, prefix, payload, log }: CommandOptions): ExchangeRequest {
  const names = commandsOf(text).flatMap((command) => /^AT([+*^$%][A-Z0-9_]+)/i.exec(command)?.[1] ?? []);
  const begins = (prefix === undefined ? names : [prefix]).map((name) => name.toUpperCase());
  // Neither its end, nor what is said to a socket under the same name (`+CCHOPEN: 1,0` while `AT+CCHOPEN?` is answered).
  const owns = (line: string) =>
    begins.some((name) => line.toUpperCase().startsWith(name)) &&
    parseFinalResult(line) === undefined &&
    parseUnsolicited(line) === undefined;
  const bytes = payload === undefined ? undefined : [bytesOf(payload)];
  const packet = names.some((name) => name.toUpperCase() === '+CCERTDOWN') ? UPLOAD_PACKET : undefined;
  return { text, owns, free: prefix === undefined, timeout, payload: bytes, packet, concealed: log !== true };
}

function check(text: string, { timeout, prefix, payload }: CommandOptions): void {
  if (typeof text !== 'string' || !/^AT/i.test(text)) {
    throw invalidArgument('text', "it must be a command that begins with 'AT'");
  }
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw invalidArgument('text', 'it contains a line end or another control character');
  }
  // Where the commands of a line end is for the module and for us to see alike.
  if (text.split('"').length % 2 === 0) throw invalidArgument('text', 'a quote is left open in it');
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0 && timeout < 2 ** 31)) {
    throw invalidArgument('timeout', 'it must be a number of milliseconds', timeout);
  }
  if (prefix !== undefined && (typeof prefix !== 'string' || prefix === '')) {
    throw invalidArgument('prefix', 'it must be what a line begins with', prefix);
  }
  checkCounted(text, payload === undefined ? 0 : bytesOf(payload).length);
  if (commandsOf(text).some((command) => /^AT\+CCHRECV=(?!\?)/i.test(command))) {
    const message = 'AT+CCHRECV= is answered with data behind its OK: use modem.ssl.CCHRECV.write.';
    throw new ModemError('ERR_MODEM_UNSUPPORTED', message);
  }
}

/** Another number of bytes would block the port, or become a command (field note 3.10). */
function checkCounted(text: string, given: number): void {
  const commands = commandsOf(text);
  const index = commands.findIndex((command) => /^AT\+(CCHSEND|CCERTDOWN)=(?!\?)/i.test(command));
  if (index < 0) return;
  const length = Number(/,(\d+)$/.exec(commands[index] ?? '')?.[1]);
  if (given > 0 && given === length && index === commands.length - 1) return;
  const name = commandName(commands[index] ?? text);
  throw invalidArgument('payload', `it must be as long as '${name}' says, at the end of the line`, `${given} bytes`);
}
