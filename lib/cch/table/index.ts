export {
  commandTable,
  type CommandTable,
  type ContextKey,
  type ContextSetting,
  type OpenInformation,
  type SessionSetting,
} from './commands.js';
export { noLines, type Lines } from './codec.js';
export type { Completion, Form, NoParameters } from './form.js';
export { openQueryMisbehaves, profileOfModel, profiles, type Profile, type ProfileName } from './profile.js';
export { Result, moduleResult } from './results.js';
export { formatUnsolicited, parseUnsolicited, type Unsolicited } from './unsolicited.js';
