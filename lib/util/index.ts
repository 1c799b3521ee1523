export { Deadline } from './deadline.js';
export { publish, type ConnectionMessage, type Messages } from './diagnostics.js';
export { editDistance } from './edit-distance.js';
export { lineTime } from './line-time.js';
export { pause } from './pause.js';
export { Redactor, lastFour } from './redactor.js';
export { Signal } from './signal.js';
