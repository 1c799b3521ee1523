/**
 * The commands of a line that holds several, each with its `AT`: `ATE0;+CREG?;+CSQ` (V.250, 5.2.1). Without the spaces
 * that stand outside quotes, which a module passes over.
 */
export function commandsOf(line: string): string[] {
  const bare = line.replace(/"[^"]*"|\s+/g, (part) => (part.startsWith('"') ? part : '')).replace(/^AT/i, '');
  const parts = bare.match(/(?:"[^"]*"|[^";])+/g) ?? [];
  const commands = parts.flatMap((part) => {
    // Basic commands may stand before an extended one without a semicolon: `ATE0+CSQ`. In a number, + is a digit.
    const [, basic, extended] = /^((?:&D|[^+D"])+)(\+.*)$/is.exec(part) ?? [];
    return basic === undefined || extended === undefined ? [part] : [basic, extended];
  });
  return commands.map((command) => `AT${command}`);
}
