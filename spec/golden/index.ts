import { certificates } from './certificates.js';
import { conversations } from './conversations.js';
import { openClose } from './open-close.js';
import { receive } from './receive.js';
import { send } from './send.js';
import { service } from './service.js';
import { settings } from './settings.js';
import type { Transcript } from './transcript.js';

/** Every golden transcript. */
export const transcripts: readonly Transcript[] = [
  ...service,
  ...openClose,
  ...send,
  ...receive,
  ...settings,
  ...certificates,
  ...conversations,
];

export type { Transcript } from './transcript.js';
