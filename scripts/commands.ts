/**
 * Writes docs/commands.md from the command table: `npm run docs:commands`, that is
 * `node --import tsx scripts/commands.ts`. A spec keeps page and table equal.
 */
import { writeFileSync } from 'node:fs';
import { commandsPage } from './commands/page.js';

writeFileSync(new URL('../docs/commands.md', import.meta.url), await commandsPage());
