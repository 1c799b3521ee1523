import type { Behaviour } from '../behaviour.js';
import { agents } from './agents.js';
import { connecting } from './connecting.js';
import { destroying } from './destroying.js';
import { ending } from './ending.js';
import { handshakes } from './handshakes.js';
import { reading } from './reading.js';
import { requests } from './requests.js';
import { streams } from './streams.js';
import { timing } from './timing.js';
import { writing } from './writing.js';

export const behaviours: readonly Behaviour[] = [
  ...connecting,
  ...handshakes,
  ...writing,
  ...reading,
  ...ending,
  ...destroying,
  ...timing,
  ...streams,
  ...agents,
  ...requests,
];
