import { certificates } from './certificates.js';
import { examples } from './chapter.js';
import { closes } from './close.js';
import { contextFamilies } from './context-families.js';
import { contexts } from './contexts.js';
import { conversations } from './conversations.js';
import { fileNames } from './file-names.js';
import { misprints } from './misprints.js';
import { modes } from './modes.js';
import { noise } from './noise.js';
import { failedOpens } from './open-failures.js';
import { openReads } from './open-reads.js';
import { opens } from './open.js';
import { receiveBodies } from './receive-bodies.js';
import { failedReads, interjected } from './receive-failures.js';
import { receive } from './receive.js';
import { send } from './send.js';
import { service } from './service.js';
import { contextChoices, sessionSettings } from './session-settings.js';
import type { Transcript } from './transcript.js';

/** Every golden transcript. */
export const transcripts: readonly Transcript[] = [
  ...service,
  ...noise,
  ...openReads,
  ...opens,
  ...failedOpens,
  ...closes,
  ...send,
  ...receive,
  ...receiveBodies,
  ...failedReads,
  ...interjected,
  ...sessionSettings,
  ...contextChoices,
  ...modes,
  ...contexts,
  ...contextFamilies,
  ...certificates,
  ...fileNames,
  ...conversations,
  ...examples,
  ...misprints,
];

export type { Transcript } from './transcript.js';
