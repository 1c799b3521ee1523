/**
 * What a driver must not do to a real module:
 *
 * - `command-before-final-result`: a command written before the one before it was answered.
 * - `payload-before-prompt`: counted bytes written before the prompt.
 * - `bytes-after-payload`: more bytes than were announced; they became the start of the next command (field note 3.10).
 * - `over-read`: an explicit length above what is cached, which freezes some firmware (field note 5.6).
 * - `empty-read`: a read while nothing is cached (F1006, field note 5.6).
 * - `setting-while-running`: CCHSET or CCHMODE after the service started (F1010, F1011).
 * - `session-setting-out-of-place`: CCHCFG or CCHSSLCFG without the service, or on a session in use (F1007, F1008).
 * - `session-not-open`: CCHSEND on a session that the host never opened, or closed itself.
 * - `unknown-command`, `refused-parameters`: what it was answered `ERROR` for.
 */
export type Rule =
  | 'command-before-final-result'
  | 'payload-before-prompt'
  | 'bytes-after-payload'
  | 'over-read'
  | 'empty-read'
  | 'setting-while-running'
  | 'session-setting-out-of-place'
  | 'session-not-open'
  | 'unknown-command'
  | 'refused-parameters';

/** One rule that the module's client broke. */
export interface BrokenRule {
  readonly rule: Rule;
  /** The command, or what was seen, secrets masked. */
  readonly detail: string;
  /** Milliseconds since the virtual modem was made. */
  readonly time: number;
}
