import { withoutText, type Log } from './log.js';

/**
 * What a driver must not do to a real module. A rule speaks of what the host can know: what it does because a line was
 * lost, because the module was reset or the network is gone, or once a deadline has passed, breaks none.
 *
 * On the line:
 * - `command-before-final-result`: a command written before the one before it was answered. A read such as `AT+CCHSET?`
 *   may follow a silence of 50 ms, any command once the maximum response time has passed.
 * - `payload-before-prompt`: counted bytes written before the prompt.
 * - `bytes-after-payload`: more bytes than were announced; they became the start of the next command (field note 3.10).
 *   Line ends are harmless.
 * - `unknown-command`: a command that no module of the family knows, or none at all.
 * - `refused-parameters`: a known command in a form or with values that the family does not take.
 *
 * The service:
 * - `start-while-running`: CCHSTART while the service runs; CCHADDR tells whether it does (field note 5.1).
 * - `setting-while-running`: CCHSET or CCHMODE after the service started (F1010, F1011).
 *
 * Sessions:
 * - `session-setting-out-of-place`: CCHCFG or CCHSSLCFG without the service, or on a session that was opened and not closed
 *   by the host since, whoever else closed it (F1008, F1009).
 * - `open-without-service`: CCHOPEN before CCHSTART (F1001), or after CCHSTOP.
 * - `open-in-use`: CCHOPEN on a session that is open, or is being opened.
 * - `open-query`: `AT+CCHOPEN?` on firmware where it misbehaves (field note 5.2).
 * - `session-not-open`: CCHSEND on a session whose open has brought no result yet, or that the host never opened, or
 *   closed itself.
 * - `send-before-report`: CCHSEND while bytes of the one before are unsent, in a family that fails then (field note 3.11).
 *
 * Reading:
 * - `cached-query`: `AT+CCHRECV?` on an A76 while no session is in use (field note 5.2).
 * - `over-read`: an explicit length above what is cached, which freezes some firmware (field note 5.6).
 * - `empty-read`: a read while nothing is cached (F1006, field note 5.6).
 * - `read-in-push-mode`: a read of a session whose data the module pushes (F1011).
 */
export type Rule =
  | 'command-before-final-result'
  | 'payload-before-prompt'
  | 'bytes-after-payload'
  | 'unknown-command'
  | 'refused-parameters'
  | 'start-while-running'
  | 'setting-while-running'
  | 'session-setting-out-of-place'
  | 'open-without-service'
  | 'open-in-use'
  | 'open-query'
  | 'session-not-open'
  | 'send-before-report'
  | 'cached-query'
  | 'over-read'
  | 'empty-read'
  | 'read-in-push-mode';

/** One rule that the module's client broke. */
export interface BrokenRule {
  readonly rule: Rule;
  /** The command, or what was seen, secrets masked; `<line of n bytes>` for one that may be payload. */
  readonly detail: string;
  /** Milliseconds since the virtual modem was made. */
  readonly time: number;
}

/** Most broken rules that are kept: the first tell most. */
const MOST = 1000;

/** The rules that were broken, in order. */
export class RuleBook {
  readonly broken: BrokenRule[] = [];
  /** Whether the text of the line that the host wrote last may be shown: it may be payload. */
  lines: 'shown' | 'concealed' = 'shown';
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `circumstance` is what there is to say beside the command. */
  broke(rule: Rule, command: string, circumstance = ''): void {
    if (this.broken.length >= MOST) return;
    const shown = this.lines === 'shown' ? this.#log.shown('host', command) : withoutText(command);
    this.broken.push({ rule, detail: shown + circumstance, time: this.#log.time });
  }
}
