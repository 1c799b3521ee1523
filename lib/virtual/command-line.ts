/** What is left of a line when its backspaces have deleted what they stand behind (V.250, 6.2.3). */
export function edited(line: string): string {
  if (!line.includes('\b')) return line;
  const kept: string[] = [];
  for (const character of line) {
    if (character === '\b') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}

/**
 * The commands of a line that holds several, each with its `AT`: `ATE0V1;+CREG?;+CSQ` or `ATE0+CSQ` (V.250, 5.2.1).
 * Basic commands one behind another count as one. `undefined` for a line that is one command, or none.
 */
export function commandsOf(line: string): string[] | undefined {
  const quotes = line.split('"').length - 1;
  if (!/^AT/i.test(line) || quotes % 2 === 1) return undefined;
  const parts = line.slice(2).match(/(?:"[^"]*"|[^";])+/g) ?? [];
  const commands = parts.flatMap((part) => {
    const [, basic, extended] = /^((?:&?[A-Z]\d*)+)(\+.*)$/is.exec(part.trim()) ?? [];
    return basic === undefined || extended === undefined ? [part.trim()] : [basic, extended];
  });
  const known = commands.filter((command) => command !== '').map((command) => `AT${command}`);
  return known.length === 0 || (known.length === 1 && known[0] === line) ? undefined : known;
}
