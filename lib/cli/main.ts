#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { infoCommand } from './info.js';
import { portsCommand } from './ports.js';
import { virtualCommand } from './virtual.js';

/** `--version`: the package's own. */
function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

const program = new Command('modem-tls')
  .description('TLS and TCP through the SSL service of a cellular module')
  .version(version())
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'modem-tls: ')) })
  .exitOverride();
for (const command of [virtualCommand(), portsCommand(), infoCommand()]) {
  program.addCommand(command.copyInheritedSettings(program));
}

program.parseAsync().catch((error: unknown) => {
  // Commander has told it already, or it was --help or --version.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
    return;
  }
  console.error(`modem-tls: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
