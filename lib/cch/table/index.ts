export type { ContextInformation, OpenInformation } from './answers.js';
export { noLines, type Lines, type ParameterFacts } from './codec.js';
export { UPLOAD_PACKET, commandTable, type CommandFacts, type CommandTable } from './commands.js';
export type { NumberKey } from './context-settings.js';
export type { Completion, Form, FormKind, NoParameters } from './form.js';
export {
  openQueryMisbehaves,
  profileOfModel,
  profiles,
  versionsOfManual,
  versionsWithTls13,
  type ContextKey,
  type Profile,
  type ProfileName,
  type TlsVersion,
  type VersionNumbers,
} from './profile.js';
export type { Allowed, Range } from './range.js';
export { Result, moduleResult } from './results.js';
export { formatUnsolicited, parseUnsolicited, type Unsolicited } from './unsolicited.js';
