export type {
  BrokenFrame,
  DiscardedFrame,
  Frame,
  HeaderFrame,
  LineFrame,
  PayloadFrame,
  PromptFrame,
  RawFrame,
} from './frame.js';
export { Framer, type FramerOptions, type PendingPayload } from './framer.js';
export {
  checkText,
  parseInformation,
  parseInteger,
  quote,
  splitParameters,
  type Information,
  type Parameter,
} from './parameters.js';
